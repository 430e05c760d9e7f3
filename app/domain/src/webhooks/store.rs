//! Reading endpoints, deliveries and attempts. All of it needs the permission to see deliveries: addresses of
//! receivers often hold a secret in their path.
use super::{Attempt, Delivery, DeliveryDetail, DeliveryState, Endpoint, EndpointStatus, EventType};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    db::{Db, select::Select, sql},
    error::Noun,
    ids::{AttemptId, DeliveryId, EndpointId, EventId},
    page::{Page, Paging},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: EndpointId,
    url: String,
    description: String,
    events: String,
    status: EndpointStatus,
    disabled_reason: Option<String>,
    version: i64,
    created_at: Timestamp,
}

impl Row {
    pub(super) fn endpoint(self) -> Result<Endpoint> {
        let words: Vec<String> = serde_json::from_str(&self.events).map_err(Error::broken)?;
        Ok(Endpoint {
            events: EventType::wanted(&words).map_err(Error::broken)?,
            id: self.id,
            url: self.url,
            description: self.description,
            status: self.status,
            disabled_reason: self.disabled_reason,
            version: self.version,
            created_at: self.created_at,
        })
    }
}

/// Every endpoint of the environment, the newest first: there are at most 20. Deleted ones are gone.
pub async fn endpoints(db: &Db, grant: &Grant) -> Result<Vec<Endpoint>> {
    grant.require(Permission::ViewDeliveries)?;
    let rows: Vec<Row> = sql!(
        db,
        fetch_all,
        "select id, url, description, events, status, disabled_reason, version, created_at from webhook_endpoints
         where organisation_id = $1 and environment = $2 and status <> 'deleted' order by id desc",
        grant.organisation(),
        grant.environment()
    )?;
    rows.into_iter().map(Row::endpoint).collect()
}

/// One endpoint.
pub async fn endpoint(db: &Db, grant: &Grant, id: &EndpointId) -> Result<Endpoint> {
    grant.require(Permission::ViewDeliveries)?;
    let row: Option<Row> = sql!(
        db,
        fetch_optional,
        "select id, url, description, events, status, disabled_reason, version, created_at from webhook_endpoints
         where organisation_id = $1 and environment = $2 and id = $3 and status <> 'deleted'",
        grant.organisation(),
        grant.environment(),
        id
    )?;
    row.ok_or(Error::NotFound(Noun::Endpoint))?.endpoint()
}

/// Which deliveries.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct DeliveryFilter {
    /// Only to this endpoint.
    pub endpoint: Option<EndpointId>,
    /// Only of this event.
    pub event: Option<EventId>,
    /// Only of events of this type.
    pub kind: Option<EventType>,
    /// Only in this state.
    pub state: Option<DeliveryState>,
    /// Of those given up, only those whose endpoint was deleted, or only those that failed to their last attempt:
    /// the latter are what the panels count.
    pub dropped: Option<bool>,
    /// Only delivered or given up at this moment or later.
    pub finished_from: Option<Timestamp>,
    /// Only delivered or given up before this moment.
    pub finished_to: Option<Timestamp>,
    /// Only of events from this moment on.
    pub from: Option<Timestamp>,
    /// Only of events before this moment.
    pub to: Option<Timestamp>,
}

/// One page of the deliveries of the environment, the newest first.
pub async fn deliveries(
    db: &Db,
    grant: &Grant,
    filter: &DeliveryFilter,
    paging: &Paging<DeliveryId>,
) -> Result<Page<Delivery>> {
    grant.require(Permission::ViewDeliveries)?;
    let dropped = match filter.dropped {
        None => "",
        Some(true) => " and last_result = 'endpoint_deleted'",
        Some(false) => " and last_result <> 'endpoint_deleted'",
    };
    // What was finished before a moment happened before it: that much of the range the index on ids can use.
    let to = filter.to.into_iter().chain(filter.finished_to).min();
    Select::new(
        "select id, event_id, event_type, endpoint_id, state, attempts, next_attempt_at, claimed_at, created_at,
                finished_at, last_result
         from deliveries where true",
    )
    .text(" and organisation_id =", grant.organisation())
    .text(" and environment =", grant.environment())
    .text_if(" and endpoint_id =", filter.endpoint.as_ref())
    .text_if(" and event_id =", filter.event.as_ref())
    .text_if(" and event_type =", filter.kind)
    .text_if(" and state =", filter.state)
    .text_if(" and id >=", filter.from.map(DeliveryId::floor))
    .text_if(" and id <", to.map(DeliveryId::floor))
    .raw(dropped)
    .number_if(" and finished_at >=", filter.finished_from.map(|at| at.0))
    .number_if(" and finished_at <", filter.finished_to.map(|at| at.0))
    .page(db, paging)
    .await
}

/// One delivery with its body and its attempts.
pub async fn delivery(db: &Db, grant: &Grant, id: &DeliveryId) -> Result<DeliveryDetail> {
    grant.require(Permission::ViewDeliveries)?;
    let (organisation, environment) = (grant.organisation(), grant.environment());
    let delivery: Option<Delivery> = sql!(
        db,
        fetch_optional,
        "select id, event_id, event_type, endpoint_id, state, attempts, next_attempt_at, claimed_at, created_at,
                finished_at, last_result
         from deliveries where organisation_id = $1 and environment = $2 and id = $3",
        organisation,
        environment,
        id
    )?;
    let delivery = delivery.ok_or(Error::NotFound(Noun::Delivery))?;
    let (url, body): (String, String) = sql!(
        db,
        fetch_one,
        "select w.url, e.body from events e
         join webhook_endpoints w on w.organisation_id = e.organisation_id and w.environment = e.environment
         where e.organisation_id = $1 and e.environment = $2 and e.id = $3 and w.id = $4",
        organisation,
        environment,
        &delivery.event_id,
        &delivery.endpoint_id
    )?;
    let attempts = sql!(
        db,
        fetch_all,
        "select id, delivery_id, endpoint_id, number, succeeded, status_code, fault, duration_ms, response, finished_at
         from attempts where organisation_id = $1 and environment = $2 and delivery_id = $3 order by id",
        organisation,
        environment,
        id
    )?;
    Ok(DeliveryDetail { delivery, url, body, attempts })
}

/// Which attempts.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct AttemptFilter {
    /// Only at this endpoint.
    pub endpoint: Option<EndpointId>,
    /// Only those that succeeded, or only those that failed.
    pub succeeded: Option<bool>,
    /// Only those finished at this moment or later.
    pub from: Option<Timestamp>,
    /// Only those finished before this moment.
    pub to: Option<Timestamp>,
}

/// One page of the attempts of the environment, the last finished first.
pub async fn attempts(
    db: &Db,
    grant: &Grant,
    filter: &AttemptFilter,
    paging: &Paging<AttemptId>,
) -> Result<Page<Attempt>> {
    grant.require(Permission::ViewDeliveries)?;
    // SQLite has no boolean, and uses the index for a comparison only.
    let outcome = match (filter.succeeded, db.is_sqlite()) {
        (None, _) => "",
        (Some(true), true) => " and succeeded = 1",
        (Some(false), true) => " and succeeded = 0",
        (Some(true), false) => " and succeeded",
        (Some(false), false) => " and not succeeded",
    };
    Select::new(
        "select id, delivery_id, endpoint_id, number, succeeded, status_code, fault, duration_ms, response, finished_at
         from attempts where true",
    )
    .text(" and organisation_id =", grant.organisation())
    .text(" and environment =", grant.environment())
    .raw(outcome)
    .text_if(" and endpoint_id =", filter.endpoint.as_ref())
    .text_if(" and id >=", filter.from.map(AttemptId::floor))
    .text_if(" and id <", filter.to.map(AttemptId::floor))
    .page(db, paging)
    .await
}
