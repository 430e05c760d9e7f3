//! API keys of organisations and tokens of agents.

pub mod format;
