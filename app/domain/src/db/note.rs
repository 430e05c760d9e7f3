//! Bookkeeping: writes that need no trail, because they change nothing that anybody decides about.
//!
//! The list is closed: a note lives in a slice's `notes.rs`, and a test reads those files and refuses every
//! table that is not named here.
use super::{Tx, command::Change};
use crate::Result;
use std::future::Future;

/// The tables that notes may write: none of them says who may do what, or what was spent.
pub const TABLES: &[&str] = &[
    // Sign-in sessions, and when a key or token was last used.
    "sessions",
    // The latest moment that the machine's clock said.
    "clock_seen",
    // Letters on their way, and what was typed on the page for forgotten passwords.
    "mails",
    "reset_requests",
    // What a person was told, and has read.
    "notices",
    "key_uses",
    // Failed tries at the door, and sign-ins that still lack their second factor.
    "sign_in_failures",
    "sign_ins",
    // Leases, attempts and outcomes of webhook deliveries, and the counters of those outcomes.
    "deliveries",
    "attempts",
    "rollups",
    // The log of calls, and how often and from where each key called.
    "requests",
    "key_calls",
    "key_sources",
    "key_scopes",
    // What calls that carry a key of their own were answered.
    "idempotency",
];

/// A piece of bookkeeping.
pub trait Note: Send + Sync + 'static {
    /// What the caller gets after the commit.
    type Output: Send + 'static;
    /// Writes it.
    fn write(&self, tx: &mut Tx) -> impl Future<Output = Result<Self::Output>> + Send;
}

pub(crate) struct Noted<N>(pub N);

impl<N: Note> Change for Noted<N> {
    type Output = N::Output;
    async fn apply(&self, tx: &mut Tx) -> Result<N::Output> {
        self.0.write(tx).await
    }
}

#[cfg(test)]
mod tests {
    use super::TABLES;
    use std::{fs, path::Path};

    fn sources(dir: &Path, found: &mut Vec<(String, String)>) {
        for entry in fs::read_dir(dir).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                sources(&path, found);
            } else if path.extension().is_some_and(|e| e == "rs") {
                found.push((path.display().to_string(), fs::read_to_string(&path).unwrap()));
            }
        }
    }

    fn written_tables(source: &str) -> Vec<String> {
        let words: Vec<&str> = source.split(|c: char| !(c.is_alphanumeric() || c == '_')).collect();
        let next = |pattern: &[&str]| -> Vec<String> {
            words
                .windows(pattern.len() + 1)
                .filter(|w| w[..pattern.len()] == *pattern)
                .map(|w| w[pattern.len()].to_owned())
                .collect()
        };
        [next(&["insert", "into"]), next(&["delete", "from"]), next(&["update"])]
            .concat()
            .into_iter()
            .filter(|t| t != "set" && t != "skip")
            .collect()
    }

    #[test]
    fn notes_write_bookkeeping_tables_only() {
        let mut all = Vec::new();
        sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src")), &mut all);
        let mut seen = 0;
        for (path, source) in all {
            if path.ends_with("notes.rs") {
                for table in written_tables(&source) {
                    seen += 1;
                    assert!(TABLES.contains(&table.as_str()), "{path} writes {table}, which is no bookkeeping table");
                }
            } else if !path.ends_with("db/note.rs") {
                assert!(!source.contains("Note for"), "{path}: a note belongs into a notes.rs");
            }
        }
        assert!(seen > 0, "the test found no statement to look at");
    }
}
