//! The store against a real database: SQLite, or PostgreSQL when the run is for it.
#![expect(clippy::unwrap_used, reason = "the helpers of a test fail as the test does")]

mod store {
    mod agents;
    mod cards;
    mod common;
    mod keys;
    mod limits;
    mod plans;
    mod purchases;
    mod support;
    mod users;
    mod webhooks;
}
