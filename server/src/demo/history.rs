//! The network of the simulated past: answers webhook calls as two receivers would have.
use super::dice::Dice;
use domain::{
    time::{Clock, SetClock, Timestamp},
    webhooks::{
        Fault,
        deliver::{Call, Sent, Transport},
    },
};
use std::sync::{Arc, Mutex, PoisonError};

/// Two receivers: one that is down since a while ago, and one that stumbles now and then.
pub(super) struct Network {
    clock: Arc<SetClock>,
    failing: String,
    down_since: Timestamp,
    dice: Mutex<Dice>,
}

impl Network {
    /// The address `failing` is down since `down_since`; all others are well.
    pub fn new(clock: Arc<SetClock>, failing: String, down_since: Timestamp, seed: u64) -> Self {
        Self { clock, failing, down_since, dice: Mutex::new(Dice::new(seed)) }
    }
}

impl Transport for Network {
    async fn send(&self, call: Call) -> Sent {
        let mut dice = self.dice.lock().unwrap_or_else(PoisonError::into_inner);
        let duration_ms = dice.range(35, 260);
        let stumbles = dice.happens(0.02);
        let hangs = dice.happens(0.4);
        drop(dice);
        if call.url == self.failing && self.clock.now() >= self.down_since {
            let response_head = "HTTP/1.1 500\ncontent-type: text/plain\n\nledger import is not available".to_owned();
            return Sent { status: Some(500), response_head, duration_ms, ..Sent::default() };
        }
        match (stumbles, hangs) {
            (false, _) => {
                let response_head = "HTTP/1.1 200\ncontent-type: application/json\n\n{\"ok\":true}".to_owned();
                Sent { status: Some(200), response_head, duration_ms, ..Sent::default() }
            }
            (true, true) => Sent { fault: Some(Fault::Timeout), duration_ms: 30_000, ..Sent::default() },
            (true, false) => {
                let response_head = "HTTP/1.1 503\ncontent-type: text/plain\n\ndeploying".to_owned();
                Sent { status: Some(503), response_head, duration_ms, ..Sent::default() }
            }
        }
    }
}
