//! The log: one line a request, in text or JSON, to standard error.
//!
//! Request lines name the route's template, never the address itself: neither query strings, secrets nor
//! personal data reach the log.
use crate::config::{Config, LogFormat};
use std::io::{self, IsTerminal};
use tracing_subscriber::{EnvFilter, fmt, prelude::*};

/// The filter cannot be read.
#[derive(Debug, thiserror::Error)]
#[error("RUST_LOG must be a filter such as info or info,server=debug: {0}")]
pub struct FilterError(#[from] tracing_subscriber::filter::ParseError);

/// Starts the log. A second call changes nothing.
pub fn start(config: &Config) -> Result<(), FilterError> {
    let filter = EnvFilter::try_new(&config.log_filter)?;
    let lines = fmt::layer().with_writer(io::stderr).with_ansi(io::stderr().is_terminal());
    let lines = match config.log {
        LogFormat::Json => lines.json().flatten_event(true).with_span_list(false).boxed(),
        LogFormat::Text => lines.with_target(false).boxed(),
    };
    // An embedding test may have set a subscriber of its own.
    let _already_there = tracing_subscriber::registry().with(filter).with(lines).try_init();
    Ok(())
}
