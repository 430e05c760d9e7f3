//! The OpenAPI document (3.1): built from the table of routes, so that it knows each of them.
//!
//! A route is documented where it is declared:
//!
//! ```ignore
//! api.post("/v1/agents", Permission::CreateAgent, create)
//!     .answers::<Registered>("createAgent", "Register an agent")
//!     .made()
//!     .misses(Noun::User)
//!     .refuses(&[Code::UserNotApproved]);
//! ```
//!
//! Bodies and queries are documented by their types, refusals that come before the handler by the way every call goes.
mod components;
mod document;
mod operation;
mod refusals;
mod serve;

pub(super) use operation::Operation;
pub use operation::{Documented, Entry};
pub(super) use serve::routes;

use serde_json::Value;
use std::sync::OnceLock;

/// The document of this API.
pub fn document() -> &'static Value {
    static DOCUMENT: OnceLock<Value> = OnceLock::new();
    DOCUMENT.get_or_init(|| document::of(&super::table()).0)
}

#[cfg(test)]
mod tests;
