//! Which refusals were recorded lately: whoever is refused again and again fills no log that is never pruned.
use domain::{
    ids::PersonId,
    time::{MINUTE, Timestamp},
};
use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError},
};

/// Refusals that are remembered; beyond it the memory starts afresh, at the price of a record each.
const MOST: usize = 10_000;

/// The refusals of the last minute, by person and page.
#[derive(Clone, Default)]
pub struct Refusals(Arc<Mutex<HashMap<(PersonId, String), Timestamp>>>);

impl Refusals {
    /// Whether this is the person's first refusal at this page in a minute.
    pub fn is_news(&self, person: &PersonId, page: &str, now: Timestamp) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let key = (person.clone(), page.to_owned());
        if seen.get(&key).is_some_and(|&at| (0..MINUTE).contains(&now.since(at))) {
            return false;
        }
        if seen.len() >= MOST {
            seen.clear();
        }
        seen.insert(key, now);
        true
    }
}
