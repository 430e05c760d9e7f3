//! The HTTP front and the API over a real database: SQLite, or PostgreSQL when the run is for it.
#[cfg(test)]
mod http {
    mod agent_life;
    mod agents;
    mod assignment;
    mod audit;
    mod auth;
    mod bodies;
    pub mod browser;
    pub mod canary;
    mod cards;
    mod coverage;
    mod details;
    mod envelope;
    mod faults;
    mod framing;
    mod headers;
    mod health;
    mod intents;
    mod keys;
    mod limits;
    mod pages;
    mod patience;
    mod policies;
    mod quickstart;
    pub mod raw;
    mod reading;
    mod requests;
    mod risk;
    mod routes;
    mod sandbox;
    mod secrets;
    pub mod shop;
    pub mod support;
    mod tenants;
    mod texts;
    mod transactions;
    mod users;
    mod verification;
    mod webhooks;
}
