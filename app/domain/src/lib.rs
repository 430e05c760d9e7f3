//! The house of LedgerOS: its rules (pure) and their store (SQL).
//!
//! Built without the `store` feature this crate is rules only: no I/O, no clock, no chance.
mod text;

pub mod access;
pub mod agents;
pub mod alert;
pub mod attestations;
pub mod audit;
#[cfg(feature = "store")]
pub mod bulk;
pub mod cards;
pub mod chance;
#[cfg(feature = "store")]
pub mod db;
pub mod disputes;
pub mod environment;
pub mod error;
#[cfg(feature = "store")]
pub mod find;
pub mod idempotency;
pub mod ids;
pub mod intents;
pub mod issuer;
pub mod keys;
pub mod limits;
pub mod metadata;
pub mod money;
pub mod monitoring;
pub mod name;
pub mod page;
pub mod purchases;
pub mod redact;
pub mod requests;
pub mod risk;
#[cfg(feature = "schema")]
mod schema;
pub mod secret;
#[cfg(feature = "testing")]
pub mod testing;
pub mod time;
pub mod users;
#[cfg(feature = "store")]
pub mod vault;
pub mod views;
pub mod webhooks;

pub use error::{Error, Result};
pub use text::UnknownWord;
