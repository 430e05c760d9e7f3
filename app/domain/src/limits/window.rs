//! The time a limit is counted over.
use super::Frequency;
use crate::time::{DAY, HOUR, Timestamp};
use chrono::{DateTime, Datelike, Days, Months, NaiveDate, NaiveTime, TimeZone};
use chrono_tz::Tz;

/// A stretch of time: from `start` (within) up to `end` (outside); an open side is unbounded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Window {
    /// The first moment of the window.
    pub start: Option<Timestamp>,
    /// The first moment after the window.
    pub end: Option<Timestamp>,
}

impl Window {
    /// Whether `t` lies in the window.
    pub fn contains(self, t: Timestamp) -> bool {
        self.start.is_none_or(|start| start <= t) && self.end.is_none_or(|end| t < end)
    }
}

/// The window that a purchase at `now` is counted in.
///
/// - `perTransaction`: empty, because earlier purchases do not count;
/// - `per24HourPeriod`: what is younger than 24 hours; a purchase exactly 24 hours ago is out;
/// - `perWeek` from Monday, `perMonth`, `perYear`: from the first moment of that day in `zone`, whatever clock
///   changes lie in it;
/// - `allTime`: everything.
pub fn window(frequency: Frequency, now: Timestamp, zone: Tz) -> Window {
    match frequency {
        Frequency::PerTransaction => Window { start: Some(now), end: Some(now) },
        Frequency::Per24HourPeriod => Window { start: Some(now - DAY + 1), end: Some(now + 1) },
        Frequency::PerWeek | Frequency::PerMonth | Frequency::PerYear => calendar(frequency, now, zone),
        Frequency::AllTime => Window { start: None, end: None },
    }
}

/// When the limit starts again from nothing; none where it rolls, never resets or keeps no count.
pub fn next_reset(frequency: Frequency, now: Timestamp, zone: Tz) -> Option<Timestamp> {
    match frequency {
        Frequency::PerWeek | Frequency::PerMonth | Frequency::PerYear => calendar(frequency, now, zone).end,
        Frequency::PerTransaction | Frequency::Per24HourPeriod | Frequency::AllTime => None,
    }
}

/// The moments whose local dates every zone can tell: 1 January of year 2 to 31 December 9998, UTC.
const CALENDAR: std::ops::RangeInclusive<i64> = -62_104_060_800_000..=253_370_764_799_999;

/// The calendar period that holds `now`, or the nearest moment a calendar can tell.
fn calendar(frequency: Frequency, now: Timestamp, zone: Tz) -> Window {
    let now = Timestamp(now.0.clamp(*CALENDAR.start(), *CALENDAR.end()));
    let first = first_day(frequency, now.utc().with_timezone(&zone).date_naive());
    let window = |first| Window {
        start: Some(start_of_day(first, zone)),
        end: following(frequency, first).map(|next| start_of_day(next, zone)),
    };
    let found = window(first);
    // Where clocks go back over midnight the old day shows twice: the period that began first has begun for good.
    match (found.end, following(frequency, first)) {
        (Some(end), Some(next)) if end <= now => window(next),
        _ => found,
    }
}

/// The first day of the period that holds `day`.
fn first_day(frequency: Frequency, day: NaiveDate) -> NaiveDate {
    match frequency {
        Frequency::PerMonth => day.with_day(1),
        Frequency::PerYear => day.with_ordinal(1),
        _ => day.checked_sub_days(Days::new(day.weekday().num_days_from_monday().into())),
    }
    .unwrap_or(day)
}

/// The first day of the next period.
fn following(frequency: Frequency, first: NaiveDate) -> Option<NaiveDate> {
    match frequency {
        Frequency::PerMonth => first.checked_add_months(Months::new(1)),
        Frequency::PerYear => first.checked_add_months(Months::new(12)),
        _ => first.checked_add_days(Days::new(7)),
    }
}

/// The first moment of `day` in `zone`, also where clocks jump over midnight or over the whole day.
fn start_of_day(day: NaiveDate, zone: Tz) -> Timestamp {
    let midnight = day.and_time(NaiveTime::MIN);
    if let Some(t) = zone.from_local_datetime(&midnight).earliest() {
        return Timestamp(t.timestamp_millis());
    }
    // No such local time: find the jump itself. No zone is, or jumps, further than 26 hours from UTC.
    let local = |t: i64| DateTime::from_timestamp_millis(t).map(|t| t.with_timezone(&zone).naive_local());
    let around = midnight.and_utc().timestamp_millis();
    let (mut before, mut after) = (around - 50 * HOUR, around + 50 * HOUR);
    while after - before > 1 {
        let middle = before + (after - before) / 2;
        if local(middle).is_some_and(|t| t >= midnight) { after = middle } else { before = middle }
    }
    Timestamp(after)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ZONES: &[Tz] = &[
        Tz::UTC,
        Tz::Europe__Berlin,
        Tz::America__New_York,
        Tz::Australia__Lord_Howe,
        Tz::Asia__Kathmandu,
        Tz::America__Sao_Paulo,
        Tz::America__St_Johns,
        Tz::Pacific__Apia,
    ];
    const PERIODS: &[Frequency] = &[Frequency::PerWeek, Frequency::PerMonth, Frequency::PerYear];

    fn at(text: &str) -> Timestamp {
        Timestamp(DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis())
    }

    #[test]
    fn periods_begin_at_local_midnight() {
        use Frequency::*;
        let cases = [
            // The clocks of Berlin go forward in this week and month: 167 hours and 743 hours.
            (PerWeek, Tz::Europe__Berlin, "2026-03-29T12:00:00Z", "2026-03-22T23:00:00Z", "2026-03-29T22:00:00Z"),
            (PerMonth, Tz::Europe__Berlin, "2026-03-15T00:00:00Z", "2026-02-28T23:00:00Z", "2026-03-31T22:00:00Z"),
            (PerMonth, Tz::America__New_York, "2026-11-30T00:00:00Z", "2026-11-01T04:00:00Z", "2026-12-01T05:00:00Z"),
            (PerYear, Tz::Asia__Kathmandu, "2026-07-01T00:00:00Z", "2025-12-31T18:15:00Z", "2026-12-31T18:15:00Z"),
            (
                PerMonth,
                Tz::Australia__Lord_Howe,
                "2026-04-20T00:00:00Z",
                "2026-03-31T13:00:00Z",
                "2026-04-30T13:30:00Z",
            ),
            (PerWeek, Tz::UTC, "2024-02-29T23:59:59.999Z", "2024-02-26T00:00:00Z", "2024-03-04T00:00:00Z"),
        ];
        for (frequency, zone, now, start, end) in cases {
            let w = window(frequency, at(now), zone);
            assert_eq!((w.start.unwrap(), w.end.unwrap()), (at(start), at(end)), "{frequency} {zone} {now}");
        }
    }

    #[test]
    fn a_day_without_midnight_begins_at_the_jump() {
        // Brazil, 4 November 2018: midnight is one o'clock. Samoa, 30 December 2011: the day did not happen.
        let day = |y, m, d| NaiveDate::from_ymd_opt(y, m, d).unwrap();
        assert_eq!(start_of_day(day(2018, 11, 4), Tz::America__Sao_Paulo), at("2018-11-04T03:00:00Z"));
        assert_eq!(start_of_day(day(2011, 12, 30), Tz::Pacific__Apia), at("2011-12-30T10:00:00Z"));
        assert_eq!(start_of_day(day(2011, 12, 31), Tz::Pacific__Apia), at("2011-12-30T10:00:00Z"));
    }

    #[test]
    fn clocks_going_back_over_midnight_never_reopen_a_period() {
        // Newfoundland, 1 November 2009, a new month: 00:01 became 23:01 of October.
        let zone = Tz::America__St_Johns;
        let midnight = at("2009-11-01T02:30:00Z");
        for minutes in [0, 1, 30, 61, 90] {
            let now = midnight + minutes * crate::time::MINUTE;
            assert_eq!(window(Frequency::PerMonth, now, zone).start, Some(midnight), "{minutes}");
        }
    }

    #[test]
    fn a_purchase_leaves_the_rolling_window_after_exactly_24_hours() {
        let now = at("2026-03-29T12:00:00Z");
        let w = window(Frequency::Per24HourPeriod, now, Tz::Europe__Berlin);
        assert!(w.contains(now) && w.contains(now - DAY + 1) && !w.contains(now - DAY) && !w.contains(now + 1));
        assert_eq!(next_reset(Frequency::Per24HourPeriod, now, Tz::UTC), None);
    }

    #[test]
    fn the_ends_of_time_do_not_panic() {
        for now in [i64::MIN, -1, 0, i64::MAX, 8_210_266_876_799_999, -8_334_601_228_800_000] {
            for frequency in Frequency::ALL {
                ZONES.iter().for_each(|zone| drop(format!("{:?}", window(*frequency, Timestamp(now), *zone))));
            }
        }
    }

    proptest! {
        #[test]
        fn calendar_windows_hold_now_and_follow_each_other(
            ms in 0..4_102_444_800_000_i64, // 1970 to 2100
            zone in prop::sample::select(ZONES),
            frequency in prop::sample::select(PERIODS),
        ) {
            let now = Timestamp(ms);
            let w = window(frequency, now, zone);
            let (start, end) = (w.start.unwrap(), w.end.unwrap());
            prop_assert!(w.contains(now));
            prop_assert_eq!(next_reset(frequency, now, zone), Some(end));
            prop_assert_eq!(window(frequency, end, zone).start, Some(end));
            prop_assert_eq!(window(frequency, start, zone), w);
            prop_assert_eq!(window(frequency, end - 1, zone), w);
            prop_assert_eq!(window(frequency, start - 1, zone).end, Some(start));
        }

        #[test]
        fn all_time_holds_everything(ms in any::<i64>(), other in any::<i64>()) {
            prop_assert!(window(Frequency::AllTime, Timestamp(ms), Tz::UTC).contains(Timestamp(other)));
        }
    }
}
