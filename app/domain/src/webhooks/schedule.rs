//! When a delivery is tried again.
use crate::time::{HOUR, MINUTE, SECOND, Timestamp};

/// The wait before each try, in milliseconds; ten tries over about 75 hours.
pub const STEPS: [i64; 10] =
    [0, 5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR, 10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR];

/// When to try next after `attempts_made` tries, the last of which ended at `now`; none after the last try.
///
/// The wait is the step, spread by 10 % either way by `chance` (any uniform number), so that receivers that failed
/// together are not called together. What the receiver asked for in `Retry-After` (milliseconds) is kept between
/// once and twice the step: it can neither hurry us nor hold a delivery for ever.
pub fn next_attempt(attempts_made: u32, now: Timestamp, chance: u64, retry_after: Option<i64>) -> Option<Timestamp> {
    let step = *STEPS.get(usize::try_from(attempts_made).ok()?)?;
    let spread = step / 10;
    // The high half of the product is uniform over 0..=2*spread.
    let offset = (u128::from(chance) * u128::from(2 * spread.unsigned_abs() + 1)) >> 64;
    let wait = step - spread + i64::try_from(offset).unwrap_or(spread);
    let asked = retry_after.map_or(0, |ms| ms.clamp(step, 2 * step));
    Some(now + wait.max(asked))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn there_are_ten_tries_and_the_first_is_now() {
        let now = Timestamp(1_000);
        assert_eq!(next_attempt(0, now, u64::MAX, None), Some(now));
        assert!(next_attempt(9, now, 0, None).is_some());
        assert_eq!(next_attempt(10, now, 0, None), None);
        assert_eq!(next_attempt(u32::MAX, now, 0, None), None);
        assert_eq!(STEPS.iter().sum::<i64>(), 75 * HOUR + 35 * MINUTE + 5 * SECOND);
    }

    #[test]
    fn chance_spreads_over_the_whole_tenth() {
        let wait = |chance| next_attempt(1, Timestamp(0), chance, None).unwrap().0;
        assert_eq!((wait(0), wait(u64::MAX / 2), wait(u64::MAX)), (4_500, 5_000, 5_500));
    }

    #[test]
    fn retry_after_counts_between_once_and_twice_the_step() {
        let wait = |asked| next_attempt(2, Timestamp(0), 0, Some(asked)).unwrap().0;
        for (asked, waited) in [(i64::MIN, 5), (0, 5), (5, 5), (7, 7), (10, 10), (11, 10), (i64::MAX / MINUTE, 10)] {
            assert_eq!(wait(asked.saturating_mul(MINUTE)), waited * MINUTE, "{asked}");
        }
    }

    proptest! {
        #[test]
        fn every_wait_is_near_its_step(
            tries in 0..10_u32,
            chance in any::<u64>(),
            asked in proptest::option::of(any::<i64>()),
        ) {
            let step = STEPS[tries as usize];
            let wait = next_attempt(tries, Timestamp(0), chance, asked).unwrap().0;
            let bounds = if asked.is_some() { step..=2 * step } else { step - step / 10..=step + step / 10 };
            prop_assert!(bounds.contains(&wait), "{wait} {bounds:?}");
        }
    }
}
