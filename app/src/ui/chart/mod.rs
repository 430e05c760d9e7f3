//! Charts drawn on the server: numbers to [`scale`], scale to [`geometry`], geometry to [`svg`].
//!
//! The first two are pure and tested; the third has no arithmetic. Every chart has a name, a text that
//! says the same, and a table beneath it.
pub mod geometry;
pub mod scale;
pub mod svg;

pub use geometry::{Bucket, Rate, bar_plot, line_plot, line_plots};
pub use scale::{Unit, time_ticks, value_ticks};
pub use svg::{Chart, Legend};
