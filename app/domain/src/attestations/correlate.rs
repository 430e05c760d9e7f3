//! When a reading belongs to a declaration, and a purchase to a reading.
use super::AttestationStatus;
use crate::time::{DAY, HOUR, MINUTE, Timestamp};

/// How long after it was declared an intent still opens the card's details.
pub const DECLARE_TO_READ: i64 = HOUR;
/// How long after a reading a purchase still counts as following it.
pub const READ_TO_PURCHASE: i64 = DAY;

/// How well a purchase at `purchase_at` is tied to the last reading at or before it. Both ends are inclusive;
/// a reading after the purchase is none.
pub fn status(last_read: Option<Timestamp>, purchase_at: Timestamp, window_minutes: u32) -> AttestationStatus {
    let age = last_read.map(|read| purchase_at.since(read)).filter(|age| *age >= 0);
    match age {
        Some(age) if age <= i64::from(window_minutes) * MINUTE => AttestationStatus::Attested,
        Some(age) if age <= READ_TO_PURCHASE => AttestationStatus::Stale,
        _ => AttestationStatus::Unattested,
    }
}

/// Whether an intent opens the card's details at `now`: up to 60 minutes after it was declared, or approved where that is
/// needed, and before it expires.
pub fn may_read(opened_at: Timestamp, expires_at: Timestamp, now: Timestamp) -> bool {
    now.since(opened_at) <= DECLARE_TO_READ && now < expires_at
}

#[cfg(test)]
mod tests {
    use super::*;
    use AttestationStatus::{Attested, Stale, Unattested};

    #[test]
    fn a_purchase_is_as_attested_as_its_last_reading_is_young() {
        let read = Timestamp(1_000);
        for (age, expected) in [
            (-1, Unattested),
            (0, Attested),
            (10 * MINUTE, Attested),
            (10 * MINUTE + 1, Stale),
            (DAY, Stale),
            (DAY + 1, Unattested),
        ] {
            assert_eq!(status(Some(read), read + age, 10), expected, "{age}");
        }
        assert_eq!(status(None, read, 10), Unattested);
        assert_eq!(status(Some(Timestamp(i64::MIN)), Timestamp(i64::MAX), u32::MAX), Unattested);
    }

    #[test]
    fn an_intent_opens_the_details_for_an_hour_or_until_it_expires() {
        let declared = Timestamp(0);
        for (ttl, age, open) in [
            (30 * MINUTE, 0, true),
            (30 * MINUTE, 30 * MINUTE - 1, true),
            (30 * MINUTE, 30 * MINUTE, false),
            (DAY, HOUR, true),
            (DAY, HOUR + 1, false),
        ] {
            assert_eq!(may_read(declared, declared + ttl, declared + age), open, "{ttl} {age}");
        }
    }
}
