//! Webhook endpoints.
use super::{Answer, Call, Failure, Nothing, PageRequest, Table, json::present};
use domain::{
    access::Permission,
    error::{Code, Noun},
    ids::{DeliveryId, EndpointId, EventId},
    name::Line,
    page::Page,
    secret::Revealed,
    time::Timestamp,
    webhooks::{
        self, CreateEndpoint, DeleteEndpoint, Delivery, DeliveryFilter, DeliveryState, Endpoint, EndpointStatus,
        EventType, SendTest, UpdateEndpoint,
    },
};
use serde::{Deserialize, Serialize};
use utoipa::{
    PartialSchema, ToSchema,
    openapi::{
        RefOr,
        schema::{ObjectBuilder, Schema, Type},
    },
};

pub(super) fn routes(api: &mut Table) {
    api.get("/v1/webhooks", Permission::ViewDeliveries, list)
        .lists::<EndpointView>("listWebhooks", "List webhook endpoints");
    api.post("/v1/webhooks", Permission::ManageWebhooks, create)
        .answers::<Made>("createWebhook", "Make a webhook endpoint")
        .made()
        .notes("The answer holds the signing secret, which no other answer shows.");
    api.get("/v1/webhooks/{id}", Permission::ViewDeliveries, show)
        .answers::<EndpointView>("readWebhook", "Read a webhook endpoint")
        .at::<EndpointId>("id", Noun::Endpoint);
    api.patch("/v1/webhooks/{id}", Permission::ManageWebhooks, update)
        .answers::<EndpointView>("updateWebhook", "Change a webhook endpoint")
        .at::<EndpointId>("id", Noun::Endpoint)
        .refuses(&[Code::StaleEdit]);
    api.delete("/v1/webhooks/{id}", Permission::ManageWebhooks, delete)
        .answers::<Deleted>("deleteWebhook", "Remove a webhook endpoint")
        .at::<EndpointId>("id", Noun::Endpoint);
    api.list("/v1/webhooks/{id}/deliveries", Permission::ViewDeliveries, deliveries)
        .lists::<DeliveryView>("listWebhookDeliveries", "List what was delivered to an endpoint")
        .at::<EndpointId>("id", Noun::Endpoint);
    api.post("/v1/webhooks/{id}/test", Permission::ViewDeliveries, test)
        .answers::<DeliveryView>("testWebhook", "Send a test event to an endpoint")
        .made()
        .at::<EndpointId>("id", Noun::Endpoint)
        .refuses(&[Code::EndpointDisabled]);
}

#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = Webhook)]
struct EndpointView {
    #[schema(pattern = "^webhook$")]
    object: &'static str,
    id: EndpointId,
    url: String,
    description: String,
    events: Vec<EventType>,
    status: EndpointStatus,
    created_at: Timestamp,
}

impl From<Endpoint> for EndpointView {
    fn from(endpoint: Endpoint) -> Self {
        Self {
            object: "webhook",
            id: endpoint.id,
            url: endpoint.url,
            description: endpoint.description,
            events: endpoint.events,
            status: endpoint.status,
            created_at: endpoint.created_at,
        }
    }
}

/// All of them: an environment has at most 20.
async fn list(call: Call, _: Nothing) -> Answer {
    let rows = webhooks::endpoints(call.db(), call.grant()).await?;
    let rows = rows.into_iter().map(EndpointView::from).collect();
    call.list(&Page { rows, older: false, newer: false }, |endpoint| &endpoint.id)
}

/// An event's type, or `*` for all of them.
struct WantedEvent;

impl PartialSchema for WantedEvent {
    fn schema() -> RefOr<Schema> {
        let words = EventType::ALL.iter().map(|event| event.as_str()).chain(["*"]);
        ObjectBuilder::new().schema_type(Type::String).enum_values(Some(words)).into()
    }
}

impl ToSchema for WantedEvent {}

#[derive(Deserialize, ToSchema)]
struct NewEndpoint {
    /// Where deliveries go: https, on a public network unless the server allows another.
    #[schema(pattern = "^\\s*[Hh][Tt][Tt][Pp][Ss]?:", max_length = 2048)]
    url: String,
    description: Option<Line>,
    /// All events, when absent, empty or `*`.
    #[serde(default)]
    #[schema(value_type = Vec<WantedEvent>)]
    events: Vec<String>,
}

/// The endpoint just made, with its secret: the only answer that shows it.
#[derive(Serialize, ToSchema)]
#[schema(as = CreatedWebhook)]
struct Made {
    #[serde(flatten)]
    endpoint: EndpointView,
    secret: Revealed,
}

async fn create(call: Call, new: NewEndpoint) -> Answer {
    let events = wanted(&new.events)?;
    let allow = call.config().webhook_allow.clone();
    let made = call.commit(CreateEndpoint { url: new.url, description: new.description, events, allow }).await?;
    let endpoint = webhooks::endpoint(call.db(), call.grant(), &made.id).await?.into();
    call.created(&Made { endpoint, secret: made.secret.reveal() })
}

fn wanted(events: &[String]) -> Result<Vec<EventType>, Failure> {
    EventType::wanted(events).map_err(|unknown| Failure::value("events", &unknown.to_string()))
}

async fn show(call: Call, _: Nothing) -> Answer {
    let endpoint = webhooks::endpoint(call.db(), call.grant(), &call.id("id", Noun::Endpoint)?).await?;
    call.ok(&EndpointView::from(endpoint))
}

/// What is absent stays; `null` clears.
#[derive(Deserialize, ToSchema)]
struct Edit {
    #[schema(pattern = "^\\s*[Hh][Tt][Tt][Pp][Ss]?:", max_length = 2048)]
    url: Option<String>,
    #[serde(default, deserialize_with = "present")]
    description: Option<Option<Line>>,
    /// All events, when empty or `*`.
    #[schema(value_type = Option<Vec<WantedEvent>>)]
    events: Option<Vec<String>>,
    status: Option<EndpointStatus>,
}

async fn update(call: Call, edit: Edit) -> Answer {
    let command = UpdateEndpoint {
        id: call.id("id", Noun::Endpoint)?,
        version: None,
        url: edit.url,
        description: edit.description,
        events: edit.events.as_deref().map(wanted).transpose()?,
        status: edit.status,
        allow: call.config().webhook_allow.clone(),
    };
    let endpoint = call.commit(command).await?;
    call.ok(&EndpointView::from(endpoint))
}

#[derive(Serialize, ToSchema)]
#[schema(as = DeletedWebhook)]
struct Deleted {
    #[schema(pattern = "^webhook$")]
    object: &'static str,
    id: EndpointId,
    deleted: bool,
}

async fn delete(call: Call, _: Nothing) -> Answer {
    let id: EndpointId = call.id("id", Noun::Endpoint)?;
    call.commit(DeleteEndpoint { id: id.clone() }).await?;
    call.ok(&Deleted { object: "webhook", id, deleted: true })
}

/// One event for the endpoint, and what became of it.
#[derive(Serialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = WebhookDelivery)]
struct DeliveryView {
    #[schema(pattern = "^webhook_delivery$")]
    object: &'static str,
    id: DeliveryId,
    webhook_id: EndpointId,
    event_id: EventId,
    event: EventType,
    status: DeliveryState,
    /// Whether the endpoint has answered with a 2xx.
    success: bool,
    /// The status of the last answer.
    http_status: Option<u16>,
    /// Why the last attempt had no answer, in one word.
    error: Option<String>,
    /// How many attempts were made.
    attempt_number: i64,
    next_attempt_at: Option<Timestamp>,
    created_at: Timestamp,
    finished_at: Option<Timestamp>,
}

impl From<Delivery> for DeliveryView {
    fn from(delivery: Delivery) -> Self {
        let http_status = delivery.last_result.as_ref().and_then(|result| result.parse().ok());
        Self {
            object: "webhook_delivery",
            id: delivery.id,
            webhook_id: delivery.endpoint_id,
            event_id: delivery.event_id,
            event: delivery.event_type,
            status: delivery.state,
            success: delivery.state == DeliveryState::Delivered,
            http_status,
            error: delivery.last_result.filter(|_| http_status.is_none()),
            attempt_number: delivery.attempts,
            next_attempt_at: delivery.next_attempt_at,
            created_at: delivery.created_at,
            finished_at: delivery.finished_at,
        }
    }
}

#[derive(Deserialize, ToSchema)]
struct Wanted {
    status: Option<DeliveryState>,
    event: Option<EventType>,
}

async fn deliveries(call: Call, page: PageRequest, wanted: Wanted) -> Answer {
    let id: EndpointId = call.id("id", Noun::Endpoint)?;
    webhooks::endpoint(call.db(), call.grant(), &id).await?;
    let filter =
        DeliveryFilter { endpoint: Some(id), state: wanted.status, kind: wanted.event, ..DeliveryFilter::default() };
    let page = webhooks::deliveries(call.db(), call.grant(), &filter, &page.paging()?).await?;
    call.list(&page.map(DeliveryView::from), |delivery| &delivery.id)
}

async fn test(call: Call, _: Nothing) -> Answer {
    let delivery = call.commit(SendTest { id: call.id("id", Noun::Endpoint)? }).await?;
    call.created(&DeliveryView::from(delivery))
}
