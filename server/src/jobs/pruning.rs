//! The pruning job: removes calls from the request log and answers to calls with a key when their time is over, in small
//! bites, cares for keys that nobody uses, and puts webhook deliveries right that a wrong clock put off for too long.
use domain::{db::Db, idempotency, keys, requests, webhooks::deliver};
use std::time::Duration;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// How often it looks.
pub const POLL: Duration = Duration::from_secs(10 * 60);
/// The most rows of an organisation's environment that one transaction removes, so that no change waits for long.
const BITE: u16 = 500;
/// The pause between bites.
const PAUSE: Duration = Duration::from_millis(50);

/// Prunes until `stop`.
pub async fn run(db: Db, stop: CancellationToken, poll: Duration) {
    while !stop.is_cancelled() {
        if let Err(error) = keys::care_for_idle(&db, BITE).await {
            tracing::error!(%error, "keys that nobody uses could not be cared for");
        }
        match deliver::put_right(&db).await {
            Ok(0) => {}
            Ok(deliveries) => tracing::warn!(deliveries, "webhook deliveries waited for a clock that was ahead"),
            Err(error) => tracing::error!(%error, "webhook deliveries could not be put right"),
        }
        let answers = idempotency::prune(&db, BITE).await;
        if let Err(error) = &answers {
            tracing::error!(%error, "answers to calls with a key could not be forgotten");
        }
        let calls = requests::prune(&db, BITE).await;
        if let Err(error) = &calls {
            tracing::error!(%error, "the request log could not be pruned");
        }
        // Where something was removed there may be more.
        let more = answers.is_ok_and(|removed| removed > 0) || calls.is_ok_and(|removed| removed > 0);
        let pause = if more { PAUSE } else { poll };
        tokio::select! {
            () = sleep(pause) => {}
            () = stop.cancelled() => {}
        }
    }
}
