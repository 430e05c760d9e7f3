//! The store against a real database: SQLite, or PostgreSQL when the run is for it.
#[cfg(test)]
mod store {
    mod access;
    mod agents;
    mod attestations;
    mod cards;
    mod common;
    mod intents;
    mod key_lists;
    mod keys;
    mod limits;
    mod plans;
    mod purchases;
    mod requests;
    mod rotation;
    mod support;
    mod users;
    mod webhooks;
}
