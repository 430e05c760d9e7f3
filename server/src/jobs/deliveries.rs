//! The delivery job: claims what is due, sends it side by side, and drains when the process stops.
use domain::{
    db::Db,
    webhooks::deliver::{self, Transport},
};
use std::{sync::Arc, time::Duration};
use tokio::{
    sync::Notify,
    task::JoinSet,
    time::{sleep, timeout},
};
use tokio_util::sync::CancellationToken;

/// How hard the job works.
#[derive(Debug, Clone, Copy)]
pub struct Pace {
    /// Calls under way at once. Endpoints that hang hold up to four places each, later one: there must be more
    /// places than those can take, for the others' sake.
    pub at_once: usize,
    /// The longest wait before looking again.
    pub poll: Duration,
    /// The longest that stopping waits for calls under way; the rest are due again when their lease ends.
    pub drain: Duration,
}

impl Default for Pace {
    fn default() -> Self {
        Self { at_once: 512, poll: Duration::from_millis(500), drain: Duration::from_secs(20) }
    }
}

/// Delivers until `stop`, then drains. `wake` makes it look at once.
pub async fn run(
    db: Db,
    transport: Arc<impl Transport + 'static>,
    wake: Arc<Notify>,
    stop: CancellationToken,
    pace: Pace,
) {
    let mut calls = JoinSet::new();
    while !stop.is_cancelled() {
        let claimed = deliver::claim(&db, pace.at_once.saturating_sub(calls.len())).await.unwrap_or_else(|error| {
            tracing::error!(%error, "due webhook deliveries could not be claimed");
            Vec::new()
        });
        let idle = claimed.is_empty();
        for one in claimed {
            let (db, transport) = (db.clone(), transport.clone());
            calls.spawn(async move {
                let delivery = one.delivery().clone();
                if let Err(error) = deliver::attempt(&db, &*transport, one).await {
                    tracing::error!(%error, %delivery, "a webhook attempt could not be recorded");
                }
            });
        }
        if idle || calls.len() >= pace.at_once {
            tokio::select! {
                // A call that ended has made room, often for the next to the same endpoint.
                Some(_) = calls.join_next() => {}
                () = wake.notified() => {}
                () = sleep(pace.poll) => {}
                () = stop.cancelled() => {}
            }
        }
        while calls.try_join_next().is_some() {}
    }
    let drained = timeout(pace.drain, async { while calls.join_next().await.is_some() {} }).await;
    if drained.is_err() {
        tracing::warn!(calls = calls.len(), "webhook calls were cut off; they are made again");
        calls.shutdown().await;
    }
}

#[cfg(test)]
mod tests;
