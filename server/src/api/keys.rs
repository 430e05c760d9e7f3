//! When keys were last used: written at most once a minute for each, after the answer has begun.
use crate::State;
use domain::{
    access::{Grant, KeyUsed},
    keys::Scope,
    time::{MINUTE, Timestamp},
};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// Keys whose moment is remembered; beyond it the memory starts afresh, at the price of a write each.
const MOST: usize = 10_000;

/// The uses that this process has written in the last minute.
#[derive(Default)]
pub struct KeyUses(Mutex<HashMap<String, Timestamp>>);

impl KeyUses {
    /// Whether this use is the first in a minute.
    fn is_news(&self, key: &str, now: Timestamp) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.get(key).is_some_and(|&at| (0..MINUTE).contains(&now.since(at))) {
            return false;
        }
        if seen.len() >= MOST {
            seen.clear();
        }
        seen.insert(key.to_owned(), now);
        true
    }
}

/// Notes the use of a key without making its caller wait.
pub(super) fn used(state: &State, grant: &Grant, key: String, scope: Option<Scope>) {
    if !state.key_uses.is_news(&key, state.db.now()) {
        return;
    }
    let note = KeyUsed {
        organisation: grant.organisation().clone(),
        environment: grant.environment(),
        key,
        address: grant.origin().address.map(|address| address.to_string()),
        client: grant.origin().client.clone(),
        scope: scope.map(|scope| scope.to_string()),
    };
    let db = state.db.clone();
    state.tasks.spawn(async move {
        if let Err(error) = db.note(note).await {
            tracing::warn!(%error, "the use of a key could not be noted");
        }
    });
}
