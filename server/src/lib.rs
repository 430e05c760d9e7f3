//! The LedgerOS server: commands, settings, the HTTP front, the `/v1` API and the jobs.
//!
//! [`router`] is the whole of what the listener serves; [`commands::serve`] puts it behind one.
pub mod api;
pub mod commands;
pub mod config;
pub mod demo;
pub mod http;
pub mod jobs;
pub mod requests;
mod state;
pub mod telemetry;

pub use http::router;
pub use state::State;
