//! The simulated time: when things happen, by day and hour, and a clock that is only ever moved on.
use super::dice::Dice;
use chrono::{Datelike, Timelike, Weekday};
use chrono_tz::Tz;
use domain::time::{Clock, DAY, SetClock, Timestamp};
use std::sync::Arc;

/// How many days the story looks back.
pub(super) const DAYS: i64 = 90;
/// How many days before that the company is set up.
pub(super) const EARLIER: i64 = 5;

/// The clock of the story, and the moment at which it ends.
pub(super) struct Timeline<'a> {
    clock: &'a Arc<SetClock>,
    end: Timestamp,
}

impl<'a> Timeline<'a> {
    /// A story that ends at `end`; the clock stands at its very beginning.
    pub fn new(clock: &'a Arc<SetClock>, end: Timestamp) -> Self {
        clock.set(end - (DAYS + EARLIER) * DAY);
        Self { clock, end }
    }

    pub fn end(&self) -> Timestamp {
        self.end
    }

    pub fn now(&self) -> Timestamp {
        self.clock.now()
    }

    /// Moves the clock on by `ms`.
    pub fn pass(&mut self, ms: i64) {
        self.to(self.now() + ms);
    }

    /// Moves the clock on to `at`; never back, and never beyond the end.
    pub fn to(&mut self, at: Timestamp) {
        self.clock.set(at.max(self.now()).min(self.end));
    }
}

/// How busy the hour of `at` is, from 0 to 1: office hours of `zone`, little at night and at weekends.
fn busy(at: Timestamp, zone: Tz) -> f64 {
    let local = at.utc().with_timezone(&zone);
    let hour = match local.hour() {
        0..=5 => 0.08,
        6 | 7 => 0.35,
        8 | 17 => 0.75,
        9..=11 | 13..=16 => 1.0,
        12 => 0.8,
        18..=20 => 0.45,
        _ => 0.2,
    };
    if matches!(local.weekday(), Weekday::Sat | Weekday::Sun) { hour * 0.45 } else { hour }
}

/// The moments of `many` purchases over the last [`DAYS`], in order: eight times as many a day at the end as at the
/// beginning, and enough within the last 24 hours for a rate.
pub(super) fn moments(dice: &mut Dice, many: usize, end: Timestamp, zone: Tz) -> Vec<Timestamp> {
    let last_day = if many >= 1_000 { (many / 29).max(70) } else { many / 10 };
    let mut moments = Vec::with_capacity(many);
    while moments.len() < last_day {
        let at = end - dice.range(1, DAY - 1);
        if dice.happens(busy(at, zone) + 0.02) {
            moments.push(at);
        }
    }
    let span = (DAYS - 1) * DAY;
    while moments.len() < many {
        // The inverse of an exponential growth from 1 to 8.
        let place = (1.0 + 7.0 * dice.unit()).ln() / 8.0_f64.ln();
        let at = end - DAY - span + (place * span as f64) as i64;
        if dice.happens(busy(at, zone)) {
            moments.push(at);
        }
    }
    moments.sort_unstable();
    moments
}
