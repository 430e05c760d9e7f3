//! The outbox: events and their deliveries, written in the transaction of the change that they tell of.
use super::{Delivery, DeliveryState, EventType};
use crate::{
    Error, Result,
    access::Grant,
    db::{Batch, Event, Tx, batch, sql},
    ids::{DeliveryId, EndpointId, EventId},
    redact::redact_values,
};
use serde_json::{Value, json};

/// The enabled endpoints, each with the types that it asks for: as a change reads them with what else it reads.
#[derive(Debug)]
pub(crate) struct Listeners(Vec<(EndpointId, String)>);

/// Reads them as one text, for [`Listeners::parse`], beside a row whose organisation and environment they are of.
macro_rules! listeners {
    ($row:literal) => {
        concat!(
            "(select coalesce(string_agg(l.id || ' ' || l.events, '\n' order by l.id), '') from webhook_endpoints l
              where l.organisation_id = ",
            $row,
            ".organisation_id and l.environment = ",
            $row,
            ".environment and l.status = 'enabled')"
        )
    };
}
pub(crate) use listeners;

impl Listeners {
    /// What [`listeners`] read; an error where nobody has read it.
    pub fn parse(text: Option<&str>) -> Result<Self> {
        let one = |line: &str| {
            let (id, wanted) =
                line.split_once(' ').ok_or_else(|| Error::broken("an endpoint is not an id and types"))?;
            Ok((id.parse().map_err(Error::broken)?, wanted.to_owned()))
        };
        let text = text.ok_or_else(|| Error::broken("the endpoints were not read with the lock"))?;
        text.lines().map(one).collect::<Result<_>>().map(Self)
    }

    /// Those of the grant's organisation and environment.
    pub async fn read(grant: &Grant, tx: &mut Tx) -> Result<Self> {
        let all = sql!(
            tx,
            fetch_all,
            "select id, events from webhook_endpoints
             where organisation_id = $1 and environment = $2 and status = 'enabled' order by id",
            grant.organisation(),
            grant.environment()
        )?;
        Ok(Self(all))
    }
}

/// Stores each event and one delivery for each listener that asks for its type.
pub(crate) fn enqueue(
    grant: &Grant,
    tx: &Tx,
    batch: &mut Batch,
    events: &[Event],
    listeners: &Listeners,
) -> Result<()> {
    for event in events {
        let id = keep(grant, tx, batch, event.kind, &event.data)?;
        for (endpoint, wanted) in &listeners.0 {
            if event.kind.is_wanted(wanted) {
                queue(grant, tx, batch, &id, event.kind, endpoint)?;
            }
        }
    }
    Ok(())
}

/// Stores an event for one endpoint alone, whatever it asks for; gives the delivery.
pub(crate) async fn send_to(
    grant: &Grant,
    tx: &mut Tx,
    endpoint: &EndpointId,
    kind: EventType,
    data: &Value,
) -> Result<Delivery> {
    let mut batch = Batch::new(tx);
    let event_id = keep(grant, tx, &mut batch, kind, data)?;
    let (id, now) = (queue(grant, tx, &mut batch, &event_id, kind, endpoint)?, tx.now());
    batch.run(tx).await?;
    Ok(Delivery {
        id,
        event_id,
        event_type: kind,
        endpoint_id: endpoint.clone(),
        state: DeliveryState::Pending,
        attempts: 0,
        next_attempt_at: Some(now),
        claimed_at: None,
        created_at: now,
        finished_at: None,
        last_result: None,
    })
}

fn keep(grant: &Grant, tx: &Tx, batch: &mut Batch, kind: EventType, data: &Value) -> Result<EventId> {
    let now = tx.now();
    let id = EventId::new(now, tx.chance());
    let body = json!({
        "id": id,
        "type": kind,
        "organizationId": grant.organisation(),
        "createdAt": now,
        "data": redact_values(data),
    });
    batch!(
        *batch,
        "insert into events (organisation_id, environment, id, type, created_at, body)
         values ($1, $2, $3, $4, $5, $6)",
        grant.organisation(),
        grant.environment(),
        &id,
        kind,
        now,
        body.to_string()
    )?;
    Ok(id)
}

/// One delivery. An endpoint that was deleted since it was read gets none: nobody would ever claim it.
fn queue(
    grant: &Grant,
    tx: &Tx,
    batch: &mut Batch,
    event: &EventId,
    kind: EventType,
    endpoint: &EndpointId,
) -> Result<DeliveryId> {
    let now = tx.now();
    let id = DeliveryId::new(now, tx.chance());
    batch!(
        *batch,
        "insert into deliveries
             (organisation_id, environment, id, event_id, event_type, endpoint_id, state, attempts,
              next_attempt_at, created_at)
         select $1, $2, $3, $4, $5, $6, 'pending', 0, $7, $7
         where exists (select 1 from webhook_endpoints
                       where organisation_id = $1 and environment = $2 and id = $6 and status <> 'deleted')",
        grant.organisation(),
        grant.environment(),
        &id,
        event,
        kind,
        endpoint,
        now
    )?;
    Ok(id)
}
