//! The store against a real database: SQLite, or PostgreSQL when the run is for it.
#[cfg(test)]
mod store {
    mod access;
    mod agent_ends;
    mod agents;
    mod applications;
    mod approvals;
    mod attestations;
    mod audit;
    mod cards;
    mod common;
    mod disputes;
    mod held;
    mod idempotency;
    mod intents;
    mod invites;
    mod key_lists;
    mod key_trials;
    mod keys;
    mod limit_alerts;
    mod limits;
    mod master_key;
    mod members;
    mod plans;
    mod policies;
    mod purchases;
    mod remarks;
    mod requests;
    mod reuse;
    mod reveal;
    mod risk;
    mod rotation;
    mod rules;
    mod sequence;
    mod settings;
    mod single_use;
    mod stop;
    mod support;
    mod today;
    mod unattested;
    mod unused;
    mod users;
    mod views;
    mod webhooks;
}
