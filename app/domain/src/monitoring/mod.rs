//! Monitoring: how much, how often, how well.

pub mod interval;
