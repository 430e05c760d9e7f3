//! Where somebody was on each page with filters, order and place, so that the way back from a row leads to the same rows
//! (features F4).
//!
//! It is kept in this process' memory, by session, and nothing depends on it: without it the way back leads to the list as
//! it is first opened.
use crate::{cx::Cx, query};
use domain::time::Timestamp;
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Sessions that are remembered; of more the one that was quiet longest is forgotten.
const SESSIONS: usize = 1_000;
/// Pages that are remembered of a session.
const PAGES: usize = 30;
/// Bytes of a query that are worth it.
const LONGEST: usize = 1_024;

struct Seen {
    at: Timestamp,
    queries: HashMap<String, String>,
}

/// The pages that were looked at, by session.
#[derive(Clone, Default)]
pub struct Returns(Arc<Mutex<HashMap<String, Seen>>>);

impl Returns {
    /// Remembers the page that is being shown.
    pub fn note(&self, cx: &Cx) {
        let Some(session) = cx.session_id.as_ref().filter(|_| cx.posted.is_none()) else { return };
        if query::is_fleeting(cx) {
            return;
        }
        let query = cx.parts.uri.query().filter(|query| !query.is_empty() && query.len() <= LONGEST);
        let (path, now) = (query::full_path(cx), cx.db().now());
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(query) = query else {
            if let Some(seen) = all.get_mut(session.as_str()) {
                seen.queries.remove(&path);
            }
            return;
        };
        if all.len() >= SESSIONS
            && !all.contains_key(session.as_str())
            && let Some(oldest) = all.iter().min_by_key(|(_, seen)| seen.at).map(|(session, _)| session.clone())
        {
            all.remove(&oldest);
        }
        let seen = all.entry(session.to_string()).or_insert_with(|| Seen { at: now, queries: HashMap::new() });
        seen.at = now;
        if seen.queries.len() < PAGES || seen.queries.contains_key(&path) {
            seen.queries.insert(path, query.to_owned());
        }
    }

    /// The address of a page of ours as it was last looked at.
    pub fn back(&self, cx: &Cx, href: String) -> String {
        let Some(session) = cx.session_id.as_ref() else { return href };
        let all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        match all.get(session.as_str()).and_then(|seen| seen.queries.get(&href)) {
            Some(query) => format!("{href}?{query}"),
            None => href,
        }
    }
}
