//! Moments and the clock that gives them.
//!
//! Every moment is a [`Timestamp`]: whole milliseconds since 1970 in UTC, as the API shows them and as
//! both databases store them. The present is an argument: whoever needs it is handed a [`Clock`].
use chrono::{DateTime, TimeZone, Utc};
use serde::{Deserialize, Serialize};
use std::{
    fmt,
    ops::{Add, Sub},
    sync::Arc,
    time::Duration,
};

/// A moment: milliseconds since the Unix epoch, UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
#[cfg_attr(feature = "store", derive(sqlx::Type), sqlx(transparent))]
#[serde(transparent)]
pub struct Timestamp(pub i64);

#[cfg(feature = "schema")]
crate::schema::schema!(Timestamp, crate::schema::moment());

/// One second in milliseconds.
pub const SECOND: i64 = 1_000;
/// One minute in milliseconds.
pub const MINUTE: i64 = 60 * SECOND;
/// One hour in milliseconds.
pub const HOUR: i64 = 60 * MINUTE;
/// Twenty-four hours in milliseconds.
pub const DAY: i64 = 24 * HOUR;

impl Timestamp {
    /// The moment as a calendar date and time; moments outside chrono's range become the epoch.
    pub fn utc(self) -> DateTime<Utc> {
        Utc.timestamp_millis_opt(self.0).single().unwrap_or_default()
    }

    /// The start of the quantum of `ms` milliseconds that holds this moment, counted from the epoch.
    pub fn floor(self, ms: i64) -> Self {
        Self(self.0 - self.0.rem_euclid(ms))
    }

    /// The start of the first such quantum that begins at this moment or after it.
    pub fn ceil(self, ms: i64) -> Self {
        (self + (ms - 1)).floor(ms)
    }

    /// Milliseconds from `earlier` to this moment; negative when `earlier` is later.
    pub fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

impl Add<i64> for Timestamp {
    type Output = Self;
    /// Later by `ms` milliseconds.
    fn add(self, ms: i64) -> Self {
        Self(self.0.saturating_add(ms))
    }
}

impl Sub<i64> for Timestamp {
    type Output = Self;
    /// Earlier by `ms` milliseconds.
    fn sub(self, ms: i64) -> Self {
        Self(self.0.saturating_sub(ms))
    }
}

impl Add<Duration> for Timestamp {
    type Output = Self;
    fn add(self, d: Duration) -> Self {
        self + i64::try_from(d.as_millis()).unwrap_or(i64::MAX)
    }
}

impl From<DateTime<Utc>> for Timestamp {
    fn from(t: DateTime<Utc>) -> Self {
        Self(t.timestamp_millis())
    }
}

impl fmt::Display for Timestamp {
    /// RFC 3339 in UTC with milliseconds.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.utc().to_rfc3339_opts(chrono::SecondsFormat::Millis, true))
    }
}

/// Where the present comes from.
pub trait Clock: Send + Sync + 'static {
    /// The present moment.
    fn now(&self) -> Timestamp;
}

impl<C: Clock + ?Sized> Clock for Arc<C> {
    fn now(&self) -> Timestamp {
        (**self).now()
    }
}

/// The machine's clock.
#[derive(Debug, Clone, Copy, Default)]
pub struct SystemClock;

impl Clock for SystemClock {
    #[expect(clippy::disallowed_methods, reason = "the one place that reads the machine's clock")]
    fn now(&self) -> Timestamp {
        Utc::now().into()
    }
}

/// A clock that stands still until it is set: the demo's history and the tests run on it.
#[derive(Debug, Default)]
pub struct SetClock(std::sync::atomic::AtomicI64);

impl SetClock {
    /// A clock standing at `now`.
    pub fn at(now: Timestamp) -> Self {
        Self(now.0.into())
    }
    /// Moves the clock to `now`, forwards or back.
    pub fn set(&self, now: Timestamp) {
        self.0.store(now.0, std::sync::atomic::Ordering::SeqCst);
    }
    /// Moves the clock on by `ms` milliseconds.
    pub fn advance(&self, ms: i64) {
        self.0.fetch_add(ms, std::sync::atomic::Ordering::SeqCst);
    }
}

impl Clock for SetClock {
    fn now(&self) -> Timestamp {
        Timestamp(self.0.load(std::sync::atomic::Ordering::SeqCst))
    }
}

/// The latest moment that a clock said.
#[derive(Debug, Default)]
pub struct Latest(std::sync::atomic::AtomicI64);

impl Latest {
    /// Hears what the clock says: the latest moment heard, this one included.
    pub fn hear(&self, now: Timestamp) -> Timestamp {
        Timestamp(self.0.fetch_max(now.0, std::sync::atomic::Ordering::SeqCst).max(now.0))
    }

    /// Goes back to `now`, unless a moment later than `latest` was heard meanwhile.
    pub fn go_back(&self, latest: Timestamp, now: Timestamp) {
        use std::sync::atomic::Ordering::SeqCst;
        let _ = self.0.fetch_update(SeqCst, SeqCst, |heard| (heard <= latest.0).then_some(now.0));
    }
}
