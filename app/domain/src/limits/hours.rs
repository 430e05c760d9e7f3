//! Hours and days in which a card can be charged, by the clocks of a place.
use super::zone_name;
use crate::{error::Refused, time::Timestamp};
use chrono::{Datelike, Timelike};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

/// Hours of the day, days of the week, or both, in a time zone.
///
/// The hour of `start` is within, the hour of `end` is not. Where `start` is above `end` the stretch runs over midnight
/// and belongs to the day on which it began: Friday 22 to 6 holds Saturday, 5 o'clock. Local time is what the clocks
/// show: an hour that clocks skip holds nothing, one that they show twice counts twice.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct ActiveTime {
    /// First hour and the hour after the last, each 0 to 23 and different from the other; none: the whole day.
    #[cfg_attr(feature = "schema", schema(value_type = Option<Vec<u8>>))]
    pub hours: Option<(u8, u8)>,
    /// Days, Sunday 0 to Saturday 6, in order and without repeats; none: every day.
    pub days: Option<Vec<u8>>,
    /// Whose clocks.
    #[serde(with = "zone_name")]
    #[cfg_attr(feature = "schema", schema(value_type = String))]
    pub zone: Tz,
}

impl ActiveTime {
    /// Takes what was typed, or notes in `refused` under the documented names what is wrong with it. Nothing typed is
    /// no restriction. The zone may be left out where `or_zone` can stand in for it.
    pub fn parse(
        start: Option<i64>,
        end: Option<i64>,
        days: Option<&[i64]>,
        zone: Option<&str>,
        or_zone: Tz,
        refused: &mut Refused,
    ) -> Option<Self> {
        let mut hour = |name: &str, hour: Option<i64>| {
            let taken = hour.map(|hour| u8::try_from(hour).ok().filter(|hour| *hour < 24));
            if taken == Some(None) {
                refused.add(name, "must be an hour from 0 to 23");
            }
            taken.flatten()
        };
        let taken = (hour("activeHoursStart", start), hour("activeHoursEnd", end));
        let hours = match taken {
            (Some(start), Some(end)) if start == end => {
                refused.add(
                    "activeHoursEnd",
                    "must be another hour than activeHoursStart; leave both out for the whole day",
                );
                None
            }
            (Some(start), Some(end)) => Some((start, end)),
            _ => {
                match (start, end) {
                    (Some(_), None) => refused.add("activeHoursEnd", "is required with activeHoursStart"),
                    (None, Some(_)) => refused.add("activeHoursStart", "is required with activeHoursEnd"),
                    _ => {}
                }
                None
            }
        };
        let days = days.and_then(|days| Self::days(days, refused));
        let named = zone.is_some();
        let Ok(zone) = zone.map_or(Ok(or_zone), str::parse::<Tz>) else {
            refused.add("activeTimezone", "must be an IANA time zone name such as Europe/Berlin");
            return None;
        };
        if hours.is_none() && days.is_none() {
            if named && start.is_none() && end.is_none() {
                refused.add("activeTimezone", "needs activeHoursStart and activeHoursEnd, or activeDays");
            }
            return None;
        }
        Some(Self { hours, days, zone })
    }

    /// Sunday is 0; 7 is taken for it, too.
    fn days(days: &[i64], refused: &mut Refused) -> Option<Vec<u8>> {
        let mut taken: Vec<u8> =
            days.iter().filter_map(|day| u8::try_from(*day).ok().filter(|day| *day <= 7)).map(|day| day % 7).collect();
        if taken.len() < days.len() || days.is_empty() {
            refused.add("activeDays", "must name days from 0 (Sunday) to 6 (Saturday), at least one");
            return None;
        }
        taken.sort_unstable();
        taken.dedup();
        Some(taken)
    }

    /// Whether `at` lies within.
    pub fn contains(&self, at: Timestamp) -> bool {
        let local = at.utc().with_timezone(&self.zone);
        let today = local.weekday();
        let (open, day) = match (self.hours, local.hour()) {
            (None, _) => (true, today),
            (Some((start, end)), hour) if start < end => ((u32::from(start)..u32::from(end)).contains(&hour), today),
            (Some((start, _)), hour) if hour >= u32::from(start) => (true, today),
            (Some((_, end)), hour) => (hour < u32::from(end), today.pred()),
        };
        let day = day.num_days_from_sunday();
        open && self.days.as_ref().is_none_or(|days| days.iter().any(|d| u32::from(*d) == day))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use chrono::DateTime;
    use proptest::prelude::*;

    fn at(text: &str) -> Timestamp {
        Timestamp(DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis())
    }

    fn active(hours: Option<(u8, u8)>, days: Option<&[u8]>, zone: Tz) -> ActiveTime {
        ActiveTime { hours, days: days.map(<[u8]>::to_vec), zone }
    }

    #[test]
    fn the_first_hour_is_within_and_the_last_is_not() {
        let office = active(Some((9, 17)), Some(&[1, 2, 3, 4, 5]), Tz::Europe__Berlin);
        for (moment, open) in [
            ("2026-03-27T07:59:59Z", false),
            ("2026-03-27T08:00:00Z", true),
            ("2026-03-27T15:59:59Z", true),
            ("2026-03-27T16:00:00Z", false),
            ("2026-03-28T12:00:00Z", false),
            // Clocks went forward on Sunday: nine o'clock is an hour earlier in UTC.
            ("2026-03-30T06:59:59Z", false),
            ("2026-03-30T07:00:00Z", true),
            ("2026-03-30T15:00:00Z", false),
        ] {
            assert_eq!(office.contains(at(moment)), open, "{moment}");
        }
    }

    #[test]
    fn a_night_belongs_to_the_day_it_began_on() {
        let friday_night = active(Some((22, 6)), Some(&[5]), Tz::America__New_York);
        for (moment, open) in [
            ("2026-06-06T01:59:59Z", false),
            ("2026-06-06T02:00:00Z", true),
            ("2026-06-06T09:59:59Z", true),
            ("2026-06-06T10:00:00Z", false),
            ("2026-06-07T03:00:00Z", false),
            ("2026-06-05T05:00:00Z", false),
        ] {
            assert_eq!(friday_night.contains(at(moment)), open, "{moment}");
        }
    }

    #[test]
    fn skipped_hours_hold_nothing_and_repeated_ones_count_twice() {
        let two_to_three = active(Some((2, 3)), None, Tz::Europe__Berlin);
        let of_day = |first: &str| (0..24 * 4).filter(|q| two_to_three.contains(at(first) + q * 15 * 60_000)).count();
        assert_eq!(of_day("2026-03-28T23:00:00Z"), 0, "clocks jump from 2 to 3");
        assert_eq!(of_day("2026-10-24T22:00:00Z"), 8, "clocks show 2 o'clock twice");
        assert_eq!(of_day("2026-06-01T22:00:00Z"), 4);
    }

    #[test]
    fn what_makes_no_sense_is_refused_by_name() {
        let fields = |start, end, days: Option<&[i64]>, zone| {
            let mut refused = Refused::default();
            let taken = ActiveTime::parse(start, end, days, zone, Tz::UTC, &mut refused);
            assert!(taken.is_none() || refused.0.is_empty());
            refused.0.into_iter().map(|(field, _)| field).collect::<Vec<_>>().join(" ")
        };
        assert_eq!(fields(None, None, None, None), "");
        assert_eq!(fields(Some(9), Some(17), Some(&[7, 1]), Some("Asia/Kathmandu")), "");
        assert_eq!(fields(Some(9), None, None, None), "activeHoursEnd");
        assert_eq!(fields(None, Some(9), None, None), "activeHoursStart");
        assert_eq!(fields(Some(24), Some(-1), None, None), "activeHoursStart activeHoursEnd");
        assert_eq!(fields(Some(9), Some(9), None, None), "activeHoursEnd");
        assert_eq!(fields(None, None, Some(&[]), None), "activeDays");
        assert_eq!(fields(None, None, Some(&[8]), None), "activeDays");
        assert_eq!(fields(None, None, None, Some("Europe/Berlin")), "activeTimezone");
        assert_eq!(fields(Some(1), Some(2), None, Some("Berlin")), "activeTimezone");
    }

    proptest! {
        #[test]
        fn every_moment_is_in_hours_or_in_their_complement(
            ms in 0..4_102_444_800_000_i64,
            start in 0..24_u8, end in 0..24_u8,
            zone in prop::sample::select(&chrono_tz::TZ_VARIANTS[..]),
        ) {
            prop_assume!(start != end);
            let (hours, others) = (active(Some((start, end)), None, zone), active(Some((end, start)), None, zone));
            prop_assert_ne!(hours.contains(Timestamp(ms)), others.contains(Timestamp(ms)));
        }

        #[test]
        fn no_moment_panics(ms in any::<i64>(), zone in prop::sample::select(&chrono_tz::TZ_VARIANTS[..])) {
            active(Some((22, 6)), Some(&[0]), zone).contains(Timestamp(ms));
        }
    }
}
