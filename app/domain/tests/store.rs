//! The store against a real database: SQLite, or PostgreSQL when the run is for it.
#[cfg(test)]
mod store {
    mod access;
    mod agents;
    mod approvals;
    mod attestations;
    mod audit;
    mod cards;
    mod common;
    mod intents;
    mod invites;
    mod key_lists;
    mod key_trials;
    mod keys;
    mod limits;
    mod master_key;
    mod members;
    mod plans;
    mod purchases;
    mod requests;
    mod rotation;
    mod rules;
    mod sequence;
    mod settings;
    mod support;
    mod users;
    mod views;
    mod webhooks;
}
