//! Panels: one rate each over a range, from quarter-hour counters, with the points of its chart.
use super::{BUCKET_MS, bucket, interval::Rate};
use crate::{
    text::words,
    time::{DAY, HOUR, Timestamp},
};
use serde::{Deserialize, Serialize};

words! {
    /// How far back the panels look.
    Range {
        /// A day, by the hour.
        Day = "24h",
        /// A week, by six hours.
        Week = "7d",
        /// Thirty days, by the day.
        Month = "30d",
    }
}

impl Range {
    /// The length in milliseconds.
    pub const fn length_ms(self) -> i64 {
        match self {
            Self::Day => DAY,
            Self::Week => 7 * DAY,
            Self::Month => 30 * DAY,
        }
    }

    /// The width of one point in milliseconds: whole buckets.
    pub const fn step_ms(self) -> i64 {
        match self {
            Self::Day => HOUR,
            Self::Week => 6 * HOUR,
            Self::Month => DAY,
        }
    }

    /// The span that ends with the bucket of `now`, snapped to bucket edges: from (inclusive), to (exclusive).
    pub fn span(self, now: Timestamp) -> (Timestamp, Timestamp) {
        let to = bucket(now) + BUCKET_MS;
        (to - self.length_ms(), to)
    }
}

/// One span of a panel's chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Point {
    /// Where the span begins.
    pub at: Timestamp,
    /// The cases counted.
    pub k: u64,
    /// All cases.
    pub n: u64,
}

impl Point {
    /// The rate of the span.
    pub const fn rate(&self) -> Rate {
        Rate::new(self.k, self.n)
    }
}

/// A rate over a range, its points, and a count that stands beside it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Panel {
    /// The cases counted.
    pub k: u64,
    /// All cases.
    pub n: u64,
    /// What is no part of the rate and belongs beside it: expired intents, abandoned deliveries.
    pub beside: u64,
    /// The chart's points, in order; every span is there, empty ones too.
    pub points: Vec<Point>,
}

impl Panel {
    /// The rate of the whole range.
    pub const fn rate(&self) -> Rate {
        Rate::new(self.k, self.n)
    }

    /// Sums buckets `(start, k, n)` into the points of a range; `k` and `n` of the whole are their sums.
    pub fn new(range: Range, from: Timestamp, buckets: &[(Timestamp, u64, u64)], beside: u64) -> Self {
        let step = range.step_ms();
        let mut points: Vec<Point> =
            (0..range.length_ms() / step).map(|i| Point { at: from + i * step, k: 0, n: 0 }).collect();
        for (start, k, n) in buckets {
            let place = usize::try_from(start.since(from).div_euclid(step)).ok();
            if let Some(point) = place.and_then(|place| points.get_mut(place)) {
                point.k += k;
                point.n += n;
            }
        }
        let (k, n) = points.iter().fold((0, 0), |(k, n), point| (k + point.k, n + point.n));
        Self { k, n, beside, points }
    }
}

/// The three rates of the monitoring page over one range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Panels {
    /// How far back.
    pub range: Range,
    /// The first moment that counts.
    pub from: Timestamp,
    /// The first moment that does not count any more.
    pub to: Timestamp,
    /// The moment at which the counters were read.
    pub as_of: Timestamp,
    /// Declined of decided authorizations, at the time of the decision.
    pub declines: Panel,
    /// Matched of matched and mismatched intents, at the time of the verdict; expired ones beside.
    pub matches: Panel,
    /// Failed of finished webhook attempts; abandoned deliveries beside.
    pub webhooks: Panel,
}

/// The three rates of the monitoring page without their points: for the overview.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Rates {
    /// The moment at which the counters were read.
    pub as_of: Timestamp,
    /// As in [`Panels`].
    pub declines: Rate,
    /// As in [`Panels`].
    pub matches: Rate,
    /// As in [`Panels`].
    pub webhooks: Rate,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn every_bucket_of_the_range_is_counted_once(now in 0i64..4_000_000_000_000, places in prop::collection::vec(-10i64..3_000, 0..60)) {
            for range in Range::ALL {
                let (from, to) = range.span(Timestamp(now));
                prop_assert!(from.0 <= now && now < to.0 && from.0 % BUCKET_MS == 0);
                let buckets: Vec<_> = places.iter().map(|p| (from + p * BUCKET_MS, 1, 2)).collect();
                let inside = buckets.iter().filter(|(at, ..)| *at >= from && *at < to).count() as u64;
                let panel = Panel::new(*range, from, &buckets, 0);
                prop_assert_eq!((panel.k, panel.n), (inside, 2 * inside));
                prop_assert_eq!(panel.points.last().map(|p| p.at + range.step_ms()), Some(to));
            }
        }
    }
}
