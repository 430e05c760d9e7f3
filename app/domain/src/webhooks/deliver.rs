//! Making attempts: claimed, signed, sent outside any transaction, recorded.
pub use super::notes::{Claimed, IN_FLIGHT, LEASE_MS, Recorded, claim, put_right};
use super::{
    Fault,
    commands::{DisableEndpoint, place},
    notes::RecordAttempt,
    signature,
};
use crate::{
    Error, Result,
    access::{self, Job},
    db::Db,
    redact::redact,
};
use futures::{StreamExt, stream};
use std::future::Future;

/// One POST: where, with what.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Call {
    /// The endpoint's address; it is judged again before it is called.
    pub url: String,
    /// The headers; their values are plain ASCII.
    pub headers: Vec<(&'static str, String)>,
    /// The exact bytes that were signed.
    pub body: String,
}

/// What came of a call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Sent {
    /// The answer's HTTP status, when there was an answer.
    pub status: Option<u16>,
    /// Why there was none.
    pub fault: Option<Fault>,
    /// What the answer's `Retry-After` asks for, in milliseconds.
    pub retry_after_ms: Option<i64>,
    /// The answer, escaped and cut ([`super::excerpt`]).
    pub response_head: String,
    /// From the start to the last byte read, in milliseconds.
    pub duration_ms: i64,
}

/// Carries calls: over the network, or in a test or the demo's history, anywhere.
pub trait Transport: Send + Sync {
    /// Makes one call, whatever comes of it.
    fn send(&self, call: Call) -> impl Future<Output = Sent> + Send;
}

/// Makes one attempt of a claimed delivery and records it. A 2xx delivers; a 410 also turns the endpoint off.
///
/// An error means that nothing was recorded: the delivery is due again when its lease ends.
pub async fn attempt(db: &Db, transport: &impl Transport, claimed: Claimed) -> Result<Recorded> {
    let sent = transport.send(call(db, &claimed)?).await;
    let succeeded = sent.fault.is_none() && sent.status.is_some_and(|status| (200..300).contains(&status));
    let Claimed { organisation, environment, id, endpoint, claimed_at, .. } = claimed;
    let record = RecordAttempt {
        organisation: organisation.clone(),
        environment,
        delivery: id,
        endpoint: endpoint.clone(),
        claimed_at,
        status: sent.status,
        fault: (!succeeded).then(|| sent.fault.unwrap_or(Fault::Http)),
        retry_after_ms: sent.retry_after_ms,
        response: redact(&sent.response_head),
        duration_ms: sent.duration_ms,
    };
    let recorded = db.note(record).await?;
    if sent.status == Some(410) {
        let grant = access::system(Job::Deliveries, organisation, environment);
        let reason = "The receiver answered 410 Gone.";
        match db.commit(&grant, DisableEndpoint { id: endpoint, reason }).await {
            // Somebody else turned it off or deleted it meanwhile.
            Ok(()) | Err(Error::State { .. }) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(recorded)
}

/// The signed call of a delivery, stamped with this moment. The event's id is the same for every try.
fn call(db: &Db, claimed: &Claimed) -> Result<Call> {
    let secret = db.vault().open_sealed(place(claimed.organisation.as_str(), &claimed.endpoint), &claimed.secret)?;
    let (secrets, body) = ([secret.expose()], claimed.body.as_bytes());
    let seconds = db.now().0.div_euclid(1_000);
    let event = claimed.event.to_string();
    let standard = signature::standard(&secrets, &event, seconds, body).map_err(Error::broken)?;
    Ok(Call {
        url: claimed.url.clone(),
        headers: vec![
            ("content-type", "application/json".to_owned()),
            ("x-ledger-signature", signature::ledger(&secrets, seconds, body)),
            ("x-ledger-event-id", event.clone()),
            ("x-ledger-event-type", claimed.kind.to_string()),
            ("webhook-id", event),
            ("webhook-timestamp", seconds.to_string()),
            ("webhook-signature", standard),
        ],
        body: claimed.body.clone(),
    })
}

/// One round: claims up to `max` due deliveries, attempts them side by side, and says how many there were.
pub async fn run_due(db: &Db, transport: &impl Transport, max: usize) -> Result<usize> {
    let claimed = claim(db, max).await?;
    let many = claimed.len();
    let mut attempts = stream::iter(claimed).map(|one| attempt(db, transport, one)).buffer_unordered(max.max(1));
    let mut fault = None;
    while let Some(done) = attempts.next().await {
        // The others are under way and are recorded all the same.
        fault = fault.or(done.err());
    }
    fault.map_or(Ok(many), Err)
}
