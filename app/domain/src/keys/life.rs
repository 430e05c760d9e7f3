//! How long a key lives: its end, the notices before it, the age at which it should be rotated, and the
//! overlap of a rotation. All pure.
use crate::{
    name::Line,
    text::words,
    time::{DAY, HOUR, MINUTE, Timestamp},
};
use serde::{Deserialize, Serialize};

/// A key older than this should be rotated.
pub const ROTATE_AFTER_DAYS: i64 = 90;
/// A key that was not used for so long is idle.
pub const IDLE_MS: i64 = 90 * DAY;
/// A scope that was not used for so long may not be needed.
pub const SCOPES_MS: i64 = 30 * DAY;
/// Lifetimes in days that forms offer; 90 is preselected.
pub const PRESETS: [u16; 5] = [30, 60, 90, 180, 365];
/// A use this close before the end of a replaced key says that something still depends on it.
pub const CLOSE_MS: i64 = 15 * MINUTE;

/// When a key ends.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Expiry {
    /// At this moment.
    At(Timestamp),
    /// Never; in live only with a reason.
    Never(Option<Line>),
}

words! {
    /// How long a rotated key works beside its successor.
    Overlap {
        /// Not at all.
        Now = "now",
        /// One hour.
        Hour = "1h",
        /// A day.
        Day = "24h",
        /// Three days.
        ThreeDays = "72h",
        /// A week.
        Week = "7d",
    }
}

impl Overlap {
    /// In milliseconds.
    pub const fn ms(self) -> i64 {
        match self {
            Self::Now => 0,
            Self::Hour => HOUR,
            Self::Day => DAY,
            Self::ThreeDays => 3 * DAY,
            Self::Week => 7 * DAY,
        }
    }
}

words! {
    /// When the successor of a rotated key ends.
    Successor {
        /// After a life as long as its predecessor's, counted from the rotation.
        SameLife = "same_life",
        /// At the same moment as its predecessor would have.
        SameMoment = "same_moment",
    }
}

words! {
    /// How long a revocation is tried.
    TrialSpan {
        /// One hour.
        Hour = "1h",
        /// Four hours.
        FourHours = "4h",
        /// A day.
        Day = "24h",
    }
}

impl TrialSpan {
    /// In milliseconds.
    pub const fn ms(self) -> i64 {
        match self {
            Self::Hour => HOUR,
            Self::FourHours => 4 * HOUR,
            Self::Day => DAY,
        }
    }
}

/// From when to when a revocation is tried.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Trial {
    /// It began.
    pub from: Timestamp,
    /// It ends, or has ended.
    pub to: Timestamp,
}

/// The end of a successor that is made `now`, of a key that was made at `created` to end at `expires`.
pub fn successor_end(
    now: Timestamp,
    created: Timestamp,
    expires: Option<Timestamp>,
    how: Successor,
) -> Option<Timestamp> {
    expires.map(|end| match how {
        Successor::SameLife => now + end.since(created),
        Successor::SameMoment => end,
    })
}

/// What should have been told of a key's end by `now`: 0 nothing, 1 that seven days are left, 2 that one is,
/// 3 that it has ended.
pub(crate) fn notice(now: Timestamp, expires: Option<Timestamp>) -> i64 {
    match expires.map(|end| end.since(now)) {
        Some(left) if left <= 0 => 3,
        Some(left) if left <= DAY => 2,
        Some(left) if left <= 7 * DAY => 1,
        _ => 0,
    }
}

/// The badge of a key that ends soon: the least of 30, 14, 7 and 1 days that is not yet exceeded.
pub fn ends_within(now: Timestamp, expires: Option<Timestamp>) -> Option<u8> {
    let left = expires?.since(now);
    [1, 7, 14, 30].into_iter().find(|days| left > 0 && left <= i64::from(*days) * DAY)
}

/// Whole days since `created`.
pub fn age_days(now: Timestamp, created: Timestamp) -> i64 {
    now.since(created).max(0) / DAY
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_notice_has_its_moment() {
        let end = Some(Timestamp(100 * DAY));
        let at = |left: i64| (notice(Timestamp(100 * DAY - left), end), ends_within(Timestamp(100 * DAY - left), end));
        assert_eq!(at(30 * DAY + 1), (0, None));
        assert_eq!(at(30 * DAY), (0, Some(30)));
        assert_eq!(at(14 * DAY), (0, Some(14)));
        assert_eq!(at(7 * DAY + 1), (0, Some(14)));
        assert_eq!(at(7 * DAY), (1, Some(7)));
        assert_eq!(at(DAY + 1), (1, Some(7)));
        assert_eq!(at(DAY), (2, Some(1)));
        assert_eq!(at(1), (2, Some(1)));
        assert_eq!(at(0), (3, None));
        assert_eq!((notice(Timestamp(0), None), ends_within(Timestamp(0), None)), (0, None));
    }

    #[test]
    fn a_successor_lives_as_long_again_or_ends_with_its_predecessor() {
        let (now, created, end) = (Timestamp(80), Timestamp(10), Some(Timestamp(100)));
        assert_eq!(successor_end(now, created, end, Successor::SameLife), Some(Timestamp(170)));
        assert_eq!(successor_end(now, created, end, Successor::SameMoment), end);
        assert_eq!(successor_end(now, created, None, Successor::SameLife), None);
    }
}
