//! What an operator's alarm watches: one line of the log each, under names that do not change (security X-L5).
//!
//! The audit log keeps what people and keys of an organisation did or were refused. What strangers try would let them fill
//! it, so that it is told to the log alone, where the request around it has its id, method and route.
use crate::text::words;

words! {
    /// What a line is about: the field `event` of the target `security`.
    Alert {
        /// Somebody was not recognised, or not from where they called.
        Authentication = "authentication.refused",
        /// Somebody who was recognised asked for more than they may.
        Authorization = "authorization.refused",
        /// There were too many tries or calls.
        Limit = "limit.hit",
        /// Something came that no page and no client of ours sends: a check was to be passed by.
        Bypass = "validation.bypass_tried",
        /// What must be encrypted came in the open, or a sealed value did not open.
        Encryption = "encryption.failed",
    }
}

/// Writes the line. `code` tells the cases of an event apart: a fixed word of ours, never what was sent.
pub fn raise(alert: Alert, code: &str) {
    tracing::warn!(target: "security", event = %alert, code, "refused");
}

/// Tells of a link that opens nothing: what it leads to, or none, goes through as it is.
pub fn link<T>(found: Option<T>) -> Option<T> {
    if found.is_none() {
        raise(Alert::Authentication, "link");
    }
    found
}
