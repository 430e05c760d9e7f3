//! From numbers to places, and the round numbers worth a tick.
use crate::ui::{grouped, money::amount};
use chrono::{DateTime, Datelike, Duration, NaiveDateTime, NaiveTime, TimeZone, Timelike};
use chrono_tz::Tz;

/// A straight line from one range of numbers onto another. An empty domain maps to the start of the range.
#[derive(Debug, Clone, Copy)]
pub struct Linear {
    from: (f64, f64),
    to: (f64, f64),
}

impl Linear {
    /// Maps `from.0` to `to.0` and `from.1` to `to.1`.
    pub fn new(from: (f64, f64), to: (f64, f64)) -> Self {
        Self { from, to }
    }

    /// Where `value` lies. Values outside the domain are held at its ends, so that no mark leaves the chart.
    pub fn at(&self, value: f64) -> f64 {
        let span = self.from.1 - self.from.0;
        if span == 0.0 || !value.is_finite() {
            return self.to.0;
        }
        let share = ((value - self.from.0) / span).clamp(0.0, 1.0);
        self.to.0 + share * (self.to.1 - self.to.0)
    }
}

/// What the numbers of a chart are; decides how ticks and values are written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Unit {
    /// Whole things.
    Count,
    /// Shares from 0 to 1, written as percent.
    Share,
    /// Minor units of a currency with these decimals.
    Money {
        /// ISO 4217 code.
        currency: String,
        /// Decimal places.
        exponent: u8,
    },
}

impl Unit {
    /// A value in full: `3.1 %`, `1,204`, `12.50 USD`.
    pub fn write(&self, value: f64) -> String {
        match self {
            Self::Count => grouped(value.max(0.0).round() as u64),
            Self::Share => format!("{:.1} %", value * 100.0),
            Self::Money { currency, exponent } => format!("{} {currency}", amount(value.round() as i64, *exponent)),
        }
    }

    /// A tick: as short as it can be told from its neighbours `step` away.
    fn tick(&self, value: f64, step: f64) -> String {
        match self {
            Self::Count => self.write(value),
            Self::Share if step * 100.0 >= 0.999 => format!("{:.0} %", value * 100.0),
            Self::Share => self.write(value),
            Self::Money { exponent, .. } => {
                let unit = 10_f64.powi(i32::from(*exponent));
                if step >= unit {
                    amount((value / unit).round() as i64, 0)
                } else {
                    amount(value.round() as i64, *exponent)
                }
            }
        }
    }

    /// The least distance between ticks: whole things have no halves.
    fn least_step(&self) -> f64 {
        match self {
            Self::Count | Self::Money { .. } => 1.0,
            Self::Share => 0.001,
        }
    }
}

/// A place on an axis with its words.
#[derive(Debug, Clone, PartialEq)]
pub struct Tick {
    /// The value, or the moment in epoch milliseconds.
    pub at: f64,
    /// The words.
    pub label: String,
}

/// Ticks from zero to at least `max`, about `about` steps of 1, 2 or 5 times a power of ten. The last one is the top
/// of the chart. Shares never go past 100 %.
pub fn value_ticks(max: f64, about: usize, unit: &Unit) -> Vec<Tick> {
    let least = unit.least_step();
    let max = if max.is_finite() { max.max(least) } else { least };
    let raw = (max / about.max(1) as f64).max(least);
    let power = 10_f64.powf(raw.log10().floor());
    let step = [1.0, 2.0, 5.0, 10.0].into_iter().map(|m| m * power).find(|step| *step >= raw * 0.999).unwrap_or(raw);
    let steps = ((max / step) - 1e-9).ceil().max(1.0) as usize;
    (0..=steps)
        .map(|i| i as f64 * step)
        .map(|at| if *unit == Unit::Share { at.min(1.0) } else { at })
        .map(|at| Tick { at, label: unit.tick(at, step) })
        .collect()
}

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;

/// Steps that fall on round wall-clock times.
const STEPS: [i64; 13] = [
    MINUTE,
    5 * MINUTE,
    15 * MINUTE,
    30 * MINUTE,
    HOUR,
    2 * HOUR,
    4 * HOUR,
    6 * HOUR,
    12 * HOUR,
    DAY,
    2 * DAY,
    5 * DAY,
    14 * DAY,
];

/// Round local moments from `from` to `to` (epoch milliseconds, both included), at most about `about`, in order.
/// A local time that a clock change skips is left out.
pub fn time_ticks(from: i64, to: i64, zone: Tz, about: usize) -> Vec<Tick> {
    let span = to.saturating_sub(from);
    let Some(start) = DateTime::from_timestamp_millis(from).filter(|_| span > 0) else {
        return Vec::new();
    };
    let wanted = span / about.max(1) as i64;
    let step = STEPS.into_iter().find(|step| *step >= wanted).unwrap_or_else(|| (wanted / DAY + 1) * DAY);
    let mut wall = round_down(start.with_timezone(&zone).naive_local(), step);
    let mut ticks: Vec<Tick> = Vec::new();
    loop {
        if let Some(moment) = zone.from_local_datetime(&wall).earliest() {
            let at = moment.timestamp_millis();
            if at > to {
                return ticks;
            }
            if at >= from && ticks.last().is_none_or(|last| last.at < at as f64) {
                ticks.push(Tick { at: at as f64, label: words(wall, step) });
            }
        }
        match wall.checked_add_signed(Duration::milliseconds(step)) {
            Some(next) => wall = next,
            None => return ticks,
        }
    }
}

/// The last round wall-clock time of this step at or before `wall`: counted from midnight, or in days from an epoch.
fn round_down(wall: NaiveDateTime, step: i64) -> NaiveDateTime {
    let midnight = wall.date().and_time(NaiveTime::MIN);
    if step < DAY {
        let past = i64::from(wall.num_seconds_from_midnight()) * 1000;
        return midnight + Duration::milliseconds(past - past % step);
    }
    let days = i64::from(wall.date().num_days_from_ce()).rem_euclid(step / DAY);
    midnight.checked_sub_signed(Duration::days(days)).unwrap_or(midnight)
}

fn words(wall: NaiveDateTime, step: i64) -> String {
    let midnight = wall.time() == NaiveTime::MIN;
    wall.format(if step >= DAY || midnight { "%-d %b" } else { "%H:%M" }).to_string()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn labels(ticks: &[Tick]) -> Vec<&str> {
        ticks.iter().map(|tick| tick.label.as_str()).collect()
    }

    #[test]
    fn values_get_round_ticks() {
        assert_eq!(labels(&value_ticks(37.0, 4, &Unit::Count)), ["0", "10", "20", "30", "40"]);
        assert_eq!(labels(&value_ticks(0.0, 4, &Unit::Count)), ["0", "1"]);
        assert_eq!(labels(&value_ticks(0.07, 4, &Unit::Share)), ["0 %", "2 %", "4 %", "6 %", "8 %"]);
        assert_eq!(labels(&value_ticks(1.0, 4, &Unit::Share)), ["0 %", "50 %", "100 %"]);
        let usd = Unit::Money { currency: "USD".into(), exponent: 2 };
        assert_eq!(labels(&value_ticks(240_000.0, 3, &usd)), ["0", "1,000", "2,000", "3,000"]);
        assert_eq!(labels(&value_ticks(90.0, 2, &usd)), ["0.00", "0.50", "1.00"]);
    }

    #[test]
    fn a_day_a_week_a_month() {
        let zone = Tz::Europe__Berlin;
        let to = 1_762_956_000_000; // 2025-11-12 15:00 in Berlin
        assert_eq!(labels(&time_ticks(to - DAY, to, zone, 7)), ["16:00", "20:00", "12 Nov", "04:00", "08:00", "12:00"]);
        assert_eq!(labels(&time_ticks(to - 7 * DAY, to, zone, 7)).len(), 7);
        let month = time_ticks(to - 30 * DAY, to, zone, 7);
        assert_eq!(month.len(), 6);
        assert!(month.windows(2).all(|pair| pair[1].at - pair[0].at >= (5 * DAY - HOUR) as f64));
    }

    #[test]
    fn a_skipped_hour_is_left_out() {
        // Berlin, 2026-03-29: 02:00 does not exist.
        let from = 1_774_738_800_000;
        let ticks = time_ticks(from, from + 6 * HOUR, Tz::Europe__Berlin, 6);
        assert_eq!(labels(&ticks), ["29 Mar", "01:00", "03:00", "04:00", "05:00", "06:00", "07:00"]);
    }

    proptest! {
        #[test]
        fn ticks_reach_past_the_largest_value(max in 0.0_f64..1e12, about in 1_usize..9) {
            let ticks = value_ticks(max, about, &Unit::Count);
            prop_assert_eq!(ticks[0].at, 0.0);
            prop_assert!(ticks[ticks.len() - 1].at >= max * (1.0 - 1e-9));
            prop_assert!(ticks.len() >= 2 && ticks.len() <= about + 2);
            prop_assert!(ticks.windows(2).all(|pair| pair[0].at < pair[1].at));
        }

        #[test]
        fn shares_stay_below_one_hundred_percent(max in 0.0_f64..=1.0) {
            let ticks = value_ticks(max, 4, &Unit::Share);
            prop_assert!(ticks[ticks.len() - 1].at <= 1.0 && ticks[ticks.len() - 1].at >= max - 1e-9);
        }

        #[test]
        fn moments_are_in_order_and_inside(from in 0_i64..4_000_000_000_000, span in 1_i64..400 * DAY, about in 1_usize..12) {
            for zone in [Tz::UTC, Tz::America__New_York, Tz::Australia__Lord_Howe] {
                let ticks = time_ticks(from, from + span, zone, about);
                prop_assert!(ticks.iter().all(|tick| tick.at >= from as f64 && tick.at <= (from + span) as f64));
                prop_assert!(ticks.windows(2).all(|pair| pair[0].at < pair[1].at));
                prop_assert!(ticks.len() <= about + 2);
            }
        }

        #[test]
        fn places_stay_on_the_chart(value: f64, top in 0.0_f64..1e9) {
            let y = Linear::new((0.0, top), (100.0, 0.0)).at(value);
            prop_assert!((0.0..=100.0).contains(&y));
        }
    }
}
