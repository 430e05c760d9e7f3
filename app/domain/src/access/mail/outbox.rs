//! Sending what waits in the outbox.
use super::{
    notes::{Claimed, Record, claim},
    place,
};
use crate::{
    Result,
    db::Db,
    secret::Plain,
    time::{HOUR, MINUTE},
};
use std::future::Future;

/// Tries of one letter.
pub const ATTEMPTS: i64 = 7;

/// How long after try number `tries` the next one is due, in milliseconds.
pub(super) fn wait(tries: i64) -> i64 {
    match tries {
        ..=1 => MINUTE,
        2 => 5 * MINUTE,
        3 => 15 * MINUTE,
        4 => HOUR,
        _ => 4 * HOUR,
    }
}

/// A letter as it is handed to the mail server.
pub struct Letter {
    /// The address; one line.
    pub to: String,
    /// The subject; one line.
    pub subject: String,
    body: Plain,
}

impl Letter {
    /// The text, for the wire and nothing else.
    pub fn body(&self) -> &str {
        self.body.expose()
    }
}

/// Hands letters over: to an SMTP server, or in a test to anything.
pub trait Transport: Send + Sync {
    /// Hands one letter over, or says why not; what it says is kept and holds no secret.
    fn send(&self, letter: Letter) -> impl Future<Output = Result<(), String>> + Send;
}

/// One round: claims up to `most` due letters, sends them one after the other, and says how many there were.
pub async fn run_due(db: &Db, transport: &impl Transport, most: i64) -> Result<usize> {
    let claimed = claim(db, most).await?;
    let many = claimed.len();
    for one in claimed {
        attempt(db, transport, one).await?;
    }
    Ok(many)
}

async fn attempt(db: &Db, transport: &impl Transport, claimed: Claimed) -> Result<()> {
    let Claimed { organisation_id: organisation, id, recipient, subject, body, attempts, expires_at, next_attempt_at } =
        claimed;
    let body = db.vault().open_sealed(place(organisation.as_str(), &id), &body)?;
    let sent = transport.send(Letter { to: recipient, subject, body }).await;
    let fault = sent.err().map(|why| why.chars().filter(|c| !c.is_control()).take(200).collect());
    db.note(Record { organisation, id, lease: next_attempt_at, attempts, expires_at, fault }).await
}
