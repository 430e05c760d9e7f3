//! Webhook endpoints.
use super::{Answer, Call, Failure, Nothing, Table, json::present};
use domain::{
    access::Permission,
    error::Noun,
    ids::EndpointId,
    name::Line,
    page::Page,
    secret::Revealed,
    time::Timestamp,
    webhooks::{self, CreateEndpoint, DeleteEndpoint, Endpoint, EndpointStatus, EventType, UpdateEndpoint},
};
use serde::{Deserialize, Serialize};

pub(super) fn routes(api: &mut Table) {
    api.get("/v1/webhooks", Permission::ViewDeliveries, list);
    api.post("/v1/webhooks", Permission::ManageWebhooks, create);
    api.get("/v1/webhooks/{id}", Permission::ViewDeliveries, show);
    api.patch("/v1/webhooks/{id}", Permission::ManageWebhooks, update);
    api.delete("/v1/webhooks/{id}", Permission::ManageWebhooks, delete);
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct EndpointView {
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

#[derive(Deserialize)]
struct NewEndpoint {
    url: String,
    description: Option<Line>,
    #[serde(default)]
    events: Vec<String>,
}

/// The endpoint just made, with its secret: the only answer that shows it.
#[derive(Serialize)]
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
#[derive(Deserialize)]
struct Edit {
    url: Option<String>,
    #[serde(default, deserialize_with = "present")]
    description: Option<Option<Line>>,
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

#[derive(Serialize)]
struct Deleted {
    object: &'static str,
    id: EndpointId,
    deleted: bool,
}

async fn delete(call: Call, _: Nothing) -> Answer {
    let id: EndpointId = call.id("id", Noun::Endpoint)?;
    call.commit(DeleteEndpoint { id: id.clone() }).await?;
    call.ok(&Deleted { object: "webhook", id, deleted: true })
}
