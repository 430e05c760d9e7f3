//! The store against a real database: SQLite, or PostgreSQL when the run is for it.
#![allow(clippy::unwrap_used, reason = "a failed helper of a test is a failed test")]

mod store {
    mod attestations;
    mod intents;
    mod keys;
    mod limits;
    mod purchases;
    mod support;
}
