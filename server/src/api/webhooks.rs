//! Webhook endpoints.
use super::{Answer, Call, Failure, Nothing, Table, json::present};
use domain::{
    access::Permission,
    error::{Code, Noun},
    ids::EndpointId,
    name::Line,
    page::Page,
    secret::Revealed,
    time::Timestamp,
    webhooks::{self, CreateEndpoint, DeleteEndpoint, Endpoint, EndpointStatus, EventType, UpdateEndpoint},
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
    let allow = call.state().config.webhook_allow.clone();
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
        allow: call.state().config.webhook_allow.clone(),
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
