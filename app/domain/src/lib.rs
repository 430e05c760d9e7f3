//! The house of LedgerOS: its rules (pure) and their store (SQL).
//!
//! Built without the `store` feature this crate is rules only: no I/O, no clock, no chance.
mod text;

pub mod agents;
pub mod attestations;
pub mod cards;
pub mod environment;
pub mod intents;
pub mod issuer;
pub mod keys;
pub mod limits;
pub mod money;
pub mod monitoring;
pub mod time;
pub mod webhooks;
pub use text::UnknownWord;
