//! The dashboard through its real router on a real database, as its users.
#![expect(clippy::unwrap_used, reason = "a test fails where it cannot go on")]

mod dashboard {
    mod browser;
    mod forms;
    mod webhooks;
}
