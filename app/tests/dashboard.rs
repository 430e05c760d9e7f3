//! The dashboard through its real router on a real database, as its users.
#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod dashboard {
    mod access;
    mod agents;
    mod alike;
    mod approvals;
    mod assignment;
    mod attestations;
    mod audit;
    mod browser;
    mod canaries;
    mod card_rules;
    mod cards;
    mod coverage;
    mod degraded;
    mod desk;
    mod disputes;
    mod exports;
    pub mod factors;
    mod forms;
    mod held;
    mod hostile;
    mod html;
    mod intents;
    mod issuing;
    mod keys;
    mod lists;
    mod members;
    mod monitoring;
    mod policies;
    mod purchases;
    mod remedies;
    mod removal;
    mod requests;
    mod reveal;
    mod risk;
    mod roles;
    mod rules;
    mod settings;
    mod simulate;
    mod stepping;
    mod stop;
    mod survival;
    mod tenants;
    mod today;
    mod unattested;
    mod unused;
    mod users;
    mod views;
    mod walls;
    mod webhooks;
    mod world;
}
