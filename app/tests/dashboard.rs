//! The dashboard through its real router on a real database, as its users.
mod dashboard {
    mod browser;
    mod forms;
    mod webhooks;
}
