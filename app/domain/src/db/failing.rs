//! A statement that fails, wherever a test wants it: what is not acknowledged is all or nothing (security R8).
use super::Db;
use std::sync::atomic::{AtomicI64, Ordering};

/// How many statements of changes still pass before one fails; below zero: none fails.
#[derive(Debug)]
pub(crate) struct Countdown(AtomicI64);

impl Default for Countdown {
    fn default() -> Self {
        Self(AtomicI64::new(-1))
    }
}

impl Countdown {
    /// Counts one statement, which fails where it is the one.
    pub fn pass(&self) -> sqlx::Result<()> {
        match self.0.fetch_sub(1, Ordering::SeqCst) {
            0 => Err(sqlx::Error::Protocol("a test made this statement fail".into())),
            _ => Ok(()),
        }
    }
}

impl Db {
    /// Lets `statements` of changes pass and the next one fail, once; none for all to pass again. Statements that go to
    /// the database in one trip count as one.
    pub fn fail_after(&self, statements: Option<u32>) {
        self.0.around.failing.0.store(statements.map_or(-1, i64::from), Ordering::SeqCst);
    }
}
