//! The HTTP front and the API over a real database: SQLite, or PostgreSQL when the run is for it.
#[cfg(test)]
mod http {
    mod agents;
    mod auth;
    mod bodies;
    mod envelope;
    mod headers;
    mod health;
    mod limits;
    mod pages;
    mod routes;
    mod sandbox;
    pub mod support;
    mod users;
    mod webhooks;
}
