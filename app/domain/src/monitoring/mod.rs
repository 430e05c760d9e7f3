//! Monitoring: how much, how often, how well.
use crate::time::{MINUTE, Timestamp};

pub mod interval;
mod panel;
#[cfg(feature = "store")]
pub(crate) mod store;

pub use panel::{Panel, Panels, Point, Range, Rates};
#[cfg(feature = "store")]
pub use store::{panels, rates};

/// The width of a counter's bucket: a quarter of an hour, so that every time zone's days fit.
pub const BUCKET_MS: i64 = 15 * MINUTE;

/// The start of the bucket that holds `at`.
pub fn bucket(at: Timestamp) -> Timestamp {
    at.floor(BUCKET_MS)
}
