//! What a connection's reader and the service behind its parser tell each other.
use super::refusal::Refusal;
use std::sync::{
    OnceLock,
    atomic::{AtomicBool, AtomicU64, Ordering},
};
use tokio::{
    sync::Notify,
    time::{Duration, Instant},
};

/// Not waiting.
const NEVER: u64 = u64::MAX;

/// One connection: its requests in number, and what it waits for.
pub struct Exchange {
    /// When the server began: what times are counted from.
    epoch: Instant,
    /// Heads that were passed on.
    begun: AtomicU64,
    /// Answers that have been made whole.
    answered: AtomicU64,
    /// The number of the request that stands for a refused one, and why it was refused.
    refused: OnceLock<(u64, Refusal)>,
    stopping: AtomicBool,
    /// Milliseconds after `epoch` since when the client is waited for.
    waits: AtomicU64,
    /// Told when the connection is to make room.
    pub evicted: Notify,
}

impl Exchange {
    /// A connection that has sent nothing.
    pub fn new(epoch: Instant) -> Self {
        Self {
            epoch,
            begun: AtomicU64::new(0),
            answered: AtomicU64::new(0),
            refused: OnceLock::new(),
            stopping: AtomicBool::new(false),
            waits: AtomicU64::new(epoch.elapsed().as_millis() as u64),
            evicted: Notify::new(),
        }
    }

    /// A head was passed on.
    pub fn begun(&self) {
        self.begun.fetch_add(1, Ordering::AcqRel);
        self.waits_since(None);
    }

    /// An answer was sent, or given up: after the last one it is the client's turn.
    pub fn answered(&self) {
        self.answered.fetch_add(1, Ordering::AcqRel);
        if !self.is_busy() {
            self.waits_since(Some(Instant::now()));
        }
    }

    /// Whether a request has not been answered yet.
    pub fn is_busy(&self) -> bool {
        self.answered.load(Ordering::Acquire) < self.begun.load(Ordering::Acquire)
    }

    /// The next request stands for one that was refused.
    pub fn refuse(&self, why: Refusal) {
        let number = self.begun.fetch_add(1, Ordering::AcqRel);
        self.refused.get_or_init(|| (number, why));
    }

    /// Whether a request was refused.
    pub fn is_refused(&self) -> bool {
        self.refused.get().is_some()
    }

    /// Why the request of this number, from zero, was refused; none for one that was not.
    pub fn refusal(&self, number: u64) -> Option<Refusal> {
        self.refused.get().filter(|(refused, _)| *refused == number).map(|(_, why)| *why)
    }

    /// No further request is taken.
    pub fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
    }

    /// Whether no further request is taken.
    pub fn is_stopping(&self) -> bool {
        self.stopping.load(Ordering::Acquire)
    }

    /// Since when the client is waited for; none while it waits for us.
    pub fn waits_since(&self, since: Option<Instant>) {
        let since = since.map_or(NEVER, |since| since.saturating_duration_since(self.epoch).as_millis() as u64);
        self.waits.store(since, Ordering::Relaxed);
    }

    /// Since when the client is silent; none while it waits for us.
    pub fn idle_since(&self) -> Option<Instant> {
        Some(self.epoch + Duration::from_millis(self.waiting().filter(|_| !self.is_busy())?))
    }

    /// Milliseconds since the server's beginning since when the client is waited for.
    pub fn waiting(&self) -> Option<u64> {
        Some(self.waits.load(Ordering::Relaxed)).filter(|since| *since != NEVER)
    }
}
