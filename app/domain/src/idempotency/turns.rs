//! Which calls with a key are under way in this process.
use std::{
    collections::HashSet,
    sync::{Arc, Mutex, PoisonError},
};

/// The calls under way. Cheap to clone; the clones share what they know.
#[derive(Clone, Default)]
pub(crate) struct Turns(Arc<Mutex<HashSet<String>>>);

/// One of them, until it is dropped.
pub(super) struct Turn {
    turns: Turns,
    name: String,
}

impl Turns {
    /// The turn of the call of this name; none while another of that name has it.
    pub(super) fn take(&self, name: String) -> Option<Turn> {
        let fresh = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(name.clone());
        fresh.then(|| Turn { turns: self.clone(), name })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.turns.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.name);
    }
}
