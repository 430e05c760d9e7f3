//! Forgotten passwords: a single-use link, good for 30 minutes, under which the person chooses a new one.
//!
//! The link replaces the password and nothing else: it signs nobody in and asks the second factor of nobody less
//! (security X-A11). Whoever starts one for somebody else never learns or chooses the password.
mod choose;
mod commands;
mod notes;

pub use choose::{Opened, choose, open};
pub use commands::{StartReset, Started, run_asked};
pub use notes::AskReset;

use crate::time::MINUTE;

/// How long a link is good for.
pub const LINK_MS: i64 = 30 * MINUTE;
