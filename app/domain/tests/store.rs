//! The store against a real database: SQLite, or PostgreSQL when the run is for it.
mod store {
    mod attestations;
    mod intents;
    mod keys;
    mod limits;
    mod purchases;
    mod support;
}
