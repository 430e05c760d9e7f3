//! Tells when the machine's clock was set, and keeps ended what had ended (security R10): limits, keys and schedules go by it.
use domain::{access, db::Db, time::Timestamp};
use std::time::Duration;
use tokio::time::{Instant, sleep};
use tokio_util::sync::CancellationToken;

/// How often it looks.
pub const POLL: Duration = Duration::from_secs(10);
/// The most milliseconds by which the clock may leave the time that passed: a clock that is kept right drifts by less.
const MOST: i64 = 60_000;

/// What the clock said when it was last right, and how much time had passed then.
struct Watch {
    said: Timestamp,
    passed: Duration,
}

impl Watch {
    /// By how many milliseconds the clock was set since the last look, ahead where it is above 0; none for less than
    /// [`MOST`]. Drift adds up over no more than one look.
    fn look(&mut self, said: Timestamp, passed: Duration) -> Option<i64> {
        let between = i64::try_from(passed.saturating_sub(self.passed).as_millis()).unwrap_or(i64::MAX);
        let step = said.0.saturating_sub(self.said.0).saturating_sub(between);
        *self = Self { said, passed };
        (step.saturating_abs() > MOST).then_some(step)
    }
}

/// Watches until `stop`.
pub async fn run(db: Db, stop: CancellationToken, poll: Duration) {
    let started = Instant::now();
    let mut watch = Watch { said: db.now(), passed: Duration::ZERO };
    while !stop.is_cancelled() {
        tokio::select! {
            () = sleep(poll) => {}
            () = stop.cancelled() => return,
        }
        if let Some(step) = watch.look(db.now(), started.elapsed()) {
            tracing::error!(
                seconds = step / 1_000,
                "the machine's clock was set: agents keep to the latest moment they saw, keys, tokens and sessions that had ended stay ended"
            );
        }
        if let Err(error) = access::keep_ended(&db).await {
            tracing::error!(%error, "what had ended before the clock was set back could not be kept so");
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_set_is_told_once_and_one_that_drifts_is_not() {
        let mut watch = Watch { said: Timestamp(1_000_000), passed: Duration::ZERO };
        let mut look = |said, seconds| watch.look(Timestamp(said), Duration::from_secs(seconds));
        assert_eq!(look(1_010_000, 10), None);
        assert_eq!(look(1_020_000 + MOST, 20), None, "as much as drift may be");
        assert_eq!(look(1_030_000 + MOST, 30), None);
        assert_eq!(look(1_040_000 + 2 * MOST + 1, 40), Some(MOST + 1));
        assert_eq!(look(1_050_000 + 2 * MOST + 1, 50), None, "told once");
        assert_eq!(look(1_050_000, 60), Some(-10_000 - 2 * MOST - 1));
        assert_eq!(look(1_060_000, 70), None);
        // However far.
        assert_eq!(look(i64::MAX, 80), Some(i64::MAX - 1_060_000 - 10_000));
    }
}
