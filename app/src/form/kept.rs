//! Entries of a form that was sent after its session had ended: kept for the sign-in that follows.
//!
//! They wait in this process' memory, for the browser that sent them and for the person to whom the form was shown;
//! anybody else who signs in there never sees them. Secrets are not kept.
use super::{Fields, Posted, token, without_secrets};
use crate::{App, cx::Cx, guard, problem::Refusal, query};
use domain::time::{MINUTE, Timestamp};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// For how long, in milliseconds: as long as signing in with a second factor may take.
const KEEP_MS: i64 = 15 * MINUTE;
/// Forms that are kept at most; of more the oldest is forgotten. A form has at most 64 KiB.
const MOST: usize = 200;

struct Entry {
    at: Timestamp,
    path: String,
    fields: Fields,
}

/// The forms that wait, by the secret of the browser's door cookie.
#[derive(Clone, Default)]
pub struct Kept(Arc<Mutex<HashMap<String, Entry>>>);

impl Kept {
    /// Keeps what this browser has just sent.
    pub(super) fn keep(&self, cx: &Cx, fields: Fields) {
        let Some(door) = guard::door_secret(&cx.parts).or_else(|| cx.new_door.clone()) else { return };
        let entry = Entry { at: cx.db().now(), path: query::full_path(cx), fields: without_secrets(fields) };
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|_, kept| entry.at.since(kept.at) < KEEP_MS);
        if all.len() >= MOST
            && let Some(oldest) = all.iter().min_by_key(|(_, kept)| kept.at).map(|(door, _)| door.clone())
        {
            all.remove(&oldest);
        }
        all.insert(door, entry);
    }

    /// What this browser had sent to this page, for the person who is signed in now.
    fn take(&self, app: &App, cx: &Cx) -> Option<Fields> {
        let (door, visitor) = (guard::door_secret(&cx.parts)?, cx.visitor.as_ref()?);
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if all.get(&door)?.path != query::full_path(cx) {
            return None;
        }
        let entry = all.remove(&door)?;
        let shown_to = entry.fields.get(token::FIELD)?.first().is_some_and(|t| token::is_of(app, &visitor.id, t));
        (shown_to && cx.db().now().since(entry.at) < KEEP_MS).then_some(entry.fields)
    }
}

/// Fills the page's form with what was sent before signing in, if that waits for it.
pub(crate) fn refill(cx: &mut Cx) {
    let app = cx.app.clone();
    let Some(input) = app.kept.take(&app, cx) else { return };
    let refusal = Refusal::field(
        "",
        "You were signed out before this form was sent. Nothing was changed: look over the entries and send it again.",
    );
    cx.posted = Some(Posted { input, refusal, output: None, stale: false });
}
