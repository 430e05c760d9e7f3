//! The mail job: starts the resets that were asked for, and hands letters to the SMTP server, outside any transaction.
use crate::config::{MailFrom, SmtpUrl};
use domain::{
    access::{
        mail::{self, Letter, Transport},
        resets,
    },
    db::Db,
};
use lettre::{
    AsyncSmtpTransport, AsyncTransport, Message, Tokio1Executor,
    message::{Mailbox, header::ContentType},
};
use std::time::Duration;
use tokio::time::sleep;
use tokio_util::sync::CancellationToken;

/// How often it looks.
pub const POLL: Duration = Duration::from_secs(2);
/// The longest that one command of the SMTP server's may take.
const PATIENCE: Duration = Duration::from_secs(20);
/// Letters that one look sends, so that stopping never waits for long.
const AT_ONCE: i64 = 5;

/// Letters over SMTP, from one address.
pub struct Smtp {
    relay: AsyncSmtpTransport<Tokio1Executor>,
    from: Mailbox,
}

impl Smtp {
    /// The server of this address.
    pub fn new(url: &SmtpUrl, from: &MailFrom) -> Result<Self, String> {
        let relay = url.relay()?.timeout(Some(PATIENCE)).build();
        Ok(Self { relay, from: from.mailbox().clone() })
    }
}

impl Transport for Smtp {
    async fn send(&self, letter: Letter) -> Result<(), String> {
        if !mail::is_header(&letter.to) || !mail::is_header(&letter.subject) {
            return Err("the address or subject has a line break".to_owned());
        }
        let to: Mailbox = letter.to.parse().map_err(|_| "the address is none that mail knows".to_owned())?;
        let message = Message::builder()
            .from(self.from.clone())
            .to(to)
            .subject(&letter.subject)
            .header(ContentType::TEXT_PLAIN)
            .body(letter.body().to_owned())
            .map_err(|error| error.to_string())?;
        self.relay.send(message).await.map(drop).map_err(|error| error.to_string())
    }
}

/// Sends until `stop`.
pub async fn run(db: Db, transport: impl Transport, stop: CancellationToken, poll: Duration) {
    while !stop.is_cancelled() {
        let asked = resets::run_asked(&db).await;
        let sent = mail::run_due(&db, &transport, AT_ONCE).await;
        let more = match (asked, sent) {
            (Ok(asked), Ok(sent)) => asked > 0 || sent > 0,
            (asked, sent) => {
                for error in [asked.err(), sent.err()].into_iter().flatten() {
                    tracing::error!(%error, "the mail job could not do its round");
                }
                false
            }
        };
        if !more {
            tokio::select! {
                () = sleep(poll) => {}
                () = stop.cancelled() => {}
            }
        }
    }
}

#[cfg(test)]
mod tests;
