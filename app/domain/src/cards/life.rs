//! When a card ends: with the lifetime that people set, or with the month printed on it, whichever is over first.
use super::{CardStatus, EXPIRED, LIFETIME_OVER};
use crate::{Error, Result, error::Code, limits::terms::OnExpiry, time::Timestamp};
use chrono::{TimeZone, Utc};

/// What ends a card. It counts as ended at its own moment, however late the expiry job comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, sqlx::FromRow)]
pub(crate) struct Life {
    /// When the lifetime that people set is over.
    pub ends_at: Option<Timestamp>,
    /// 1 to 12: the month printed on the card, to whose end, UTC, it can be charged.
    pub expiration_month: i64,
    /// Four digits.
    pub expiration_year: i64,
}

impl Life {
    /// The first moment after the month printed on the card; a month that cannot be has been over for ever.
    pub fn printed_end(&self) -> Timestamp {
        let (year, month) = match (self.expiration_year, self.expiration_month) {
            (year, 12) => (year.saturating_add(1), 1),
            (year, month) => (year, month.saturating_add(1)),
        };
        let parts = i32::try_from(year).ok().zip(u32::try_from(month).ok());
        let first = parts.and_then(|(year, month)| Utc.with_ymd_and_hms(year, month, 1, 0, 0, 0).single());
        first.map(Timestamp::from).unwrap_or_default()
    }

    /// The first moment at which nothing can be bought with the card any more.
    pub fn end(&self) -> Timestamp {
        let printed = self.printed_end();
        self.ends_at.map_or(printed, |set| set.min(printed))
    }

    /// Whether the lifetime that people set is over.
    pub fn set_is_over(&self, now: Timestamp) -> bool {
        self.ends_at.is_some_and(|end| end <= now)
    }

    /// What becomes of the card and why, once it has ended. After the printed month nothing revives it; the end of a
    /// lifetime does what was set for it.
    pub fn ending(&self, at_end: Option<OnExpiry>, now: Timestamp) -> Option<(CardStatus, &'static str)> {
        if self.printed_end() <= now {
            return Some((CardStatus::Closed, EXPIRED));
        }
        let next = match at_end {
            Some(OnExpiry::Freeze) => CardStatus::Frozen,
            Some(OnExpiry::Close) | None => CardStatus::Closed,
        };
        self.set_is_over(now).then_some((next, LIFETIME_OVER))
    }

    /// Refuses what needs a card that has not ended.
    pub fn goes_on(&self, now: Timestamp) -> Result<()> {
        let why = if self.printed_end() <= now {
            "This card has expired; issue another one."
        } else if self.set_is_over(now) {
            "This card's lifetime is over; give it a longer one first."
        } else {
            return Ok(());
        };
        Err(Error::state(Code::CardNotActive, why))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn printed(expiration_month: i64, expiration_year: i64) -> Life {
        Life { ends_at: None, expiration_month, expiration_year }
    }

    fn moment(text: &str) -> Timestamp {
        text.parse::<chrono::DateTime<Utc>>().unwrap().into()
    }

    #[test]
    fn a_card_lives_to_the_last_millisecond_of_its_month() {
        for ((month, year), end) in [
            ((1, 2028), "2028-02-01T00:00:00Z"),
            ((2, 2028), "2028-03-01T00:00:00Z"),
            ((11, 2028), "2028-12-01T00:00:00Z"),
            ((12, 2028), "2029-01-01T00:00:00Z"),
        ] {
            let (life, end) = (printed(month, year), moment(end));
            assert_eq!(life.end(), end, "{month}/{year}");
            assert!(life.goes_on(end - 1).is_ok() && life.goes_on(end).is_err(), "{month}/{year}");
            assert_eq!(life.ending(None, end - 1), None);
            assert_eq!(life.ending(Some(OnExpiry::Freeze), end), Some((CardStatus::Closed, EXPIRED)));
        }
        for (month, year) in [(13, 2028), (-1, 2028), (i64::MAX, 2028), (12, i64::MAX)] {
            assert_eq!(printed(month, year).end(), Timestamp::default(), "{month}/{year}");
        }
    }

    #[test]
    fn what_is_over_first_ends_it() {
        let end = printed(1, 2028).end();
        let with = |ends_at| Life { ends_at: Some(ends_at), ..printed(1, 2028) };
        assert_eq!((with(end - 1).end(), with(end + 1).end()), (end - 1, end));
        let short = with(end - 5);
        assert_eq!(short.ending(Some(OnExpiry::Freeze), end - 6), None);
        assert_eq!(short.ending(Some(OnExpiry::Freeze), end - 5), Some((CardStatus::Frozen, LIFETIME_OVER)));
        assert_eq!(short.ending(Some(OnExpiry::Close), end - 5), Some((CardStatus::Closed, LIFETIME_OVER)));
        assert_eq!(short.ending(Some(OnExpiry::Freeze), end), Some((CardStatus::Closed, EXPIRED)));
        assert!(short.set_is_over(end - 5) && !with(end + 1).set_is_over(end));
    }
}
