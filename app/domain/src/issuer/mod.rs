//! The sandbox's own issuer of cards.

pub mod number;
