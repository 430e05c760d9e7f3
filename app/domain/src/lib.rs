//! The house of LedgerOS: its rules (pure) and their store (SQL).
//!
//! Built without the `store` feature this crate is rules only: no I/O, no clock, no chance.
mod text;

pub mod agents;
pub mod cards;
pub mod intents;
pub mod limits;
pub mod money;
pub mod time;
pub use text::UnknownWord;
