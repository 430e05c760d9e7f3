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
    mod disputes;
    mod envelope;
    mod faults;
    mod framing;
    mod headers;
    mod health;
    mod idempotency;
    mod intents;
    mod keys;
    mod killed;
    mod limits;
    mod openapi;
    mod pages;
    mod patience;
    mod policies;
    mod quickstart;
    pub mod raw;
    mod reading;
    mod reference;
    mod requests;
    mod reveal;
    mod risk;
    mod routes;
    mod sandbox;
    mod secrets;
    pub mod shop;
    mod stop;
    pub mod support;
    mod tenants;
    mod texts;
    mod transactions;
    mod users;
    mod verification;
    mod webhooks;
}
