//! The expiry job: ends intents, cards and proposals whose time is over, and tells of keys that end.
use domain::{access::approvals, cards, db::Db, intents, keys};
use std::time::Duration;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// How often it looks. An intent counts as expired at its own moment, however late the job comes.
pub const POLL: Duration = Duration::from_secs(3);
/// The most that one look ends, so that stopping never waits for long.
const AT_ONCE: u16 = 200;

/// Expires until `stop`.
pub async fn run(db: Db, stop: CancellationToken, poll: Duration) {
    while !stop.is_cancelled() {
        let ended = intents::expire_due(&db, AT_ONCE).await;
        if let Err(error) = keys::announce_due(&db, AT_ONCE).await {
            tracing::error!(%error, "the end of keys could not be told");
        }
        match ended {
            // There may be more.
            Ok(ended) if ended >= u64::from(AT_ONCE) => continue,
            Ok(_) => {}
            Err(error) => tracing::error!(%error, "intents whose time is over could not be ended"),
        }
        if let Err(error) = cards::end_due(&db, AT_ONCE).await {
            tracing::error!(%error, "cards whose lifetime is over could not be ended");
        }
        if let Err(error) = approvals::expire_due(&db).await {
            tracing::error!(%error, "proposals whose time is over could not be ended");
        }
        tokio::select! {
            () = sleep(poll) => {}
            () = stop.cancelled() => {}
        }
    }
}
