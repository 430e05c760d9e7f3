//! One endpoint: what it is, and what was last sent to it.
use super::{deliveries::list_deliveries, known::short, looking_only, words};
use crate::{
    audit::history,
    cx::{Cx, cx},
    paths,
    problem::Problem,
    query::full_path,
    screen::{Loaded, Page},
    ui::{ButtonLink, Code, Column, CouldNotLoad, Fact, Facts, Icon, Moment, NothingYet, Panel, Table},
};
use domain::{
    access::Permission,
    ids::EndpointId,
    page::Paging,
    webhooks::{self, Delivery, DeliveryFilter, Endpoint, EndpointStatus},
};
use leptos::prelude::*;

/// Deliveries shown on the endpoint's own page.
const LATEST: u8 = 10;

/// The endpoint of this id.
#[server]
pub async fn get_endpoint(id: EndpointId) -> Result<Endpoint, Problem> {
    let cx = cx();
    Ok(webhooks::endpoint(cx.db(), cx.grant()?, &id).await?)
}

fn latest(cx: &Cx, endpoint: &Endpoint, rows: &[Delivery]) -> AnyView {
    let (e, zone, off) = (cx.environment, cx.zone(), endpoint.status == EndpointStatus::Disabled);
    let columns = vec![
        Column::new("When"),
        Column::new("Type"),
        Column::new("State"),
        Column::numeric("Attempts"),
        Column::new("Next attempt"),
        Column::new("Last result"),
    ];
    let rows = rows
        .iter()
        .map(|delivery| {
            vec![
                view! { <a href=paths::delivery(e, &delivery.id)>{words::moment(delivery.created_at, zone)}</a> }
                    .into_any(),
                view! { <Code text=delivery.event_type.to_string() /> }.into_any(),
                words::state(delivery),
                delivery.attempts.to_string().into_any(),
                words::next(delivery, off, zone),
                words::last_result(delivery).into_any(),
            ]
        })
        .collect();
    let empty = view! {
        <NothingYet
            title="Nothing sent yet"
            text="The next event that this endpoint asks for appears here within seconds."
            icon=Icon::Webhook
        />
    };
    view! { <Table caption="Latest deliveries" quiet=true columns rows empty=empty.into_any() /> }.into_any()
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let endpoint = get_endpoint(cx.id("id")?).await?;
    let e = cx.environment;
    let filter = DeliveryFilter { endpoint: Some(endpoint.id.clone()), ..DeliveryFilter::default() };
    // The endpoint itself is known: without its deliveries the page is still of use.
    let deliveries = match list_deliveries(filter, Paging::newest(LATEST)).await {
        Ok(page) => latest(&cx, &endpoint, &page.rows),
        Err(Problem::Busy | Problem::Broken) => {
            let request_id = cx.origin.request.as_ref().map(ToString::to_string).unwrap_or_default();
            view! { <CouldNotLoad of="deliveries" request_id retry_href=full_path(&cx) /> }.into_any()
        }
        Err(problem) => return Err(problem),
    };
    let history = history::of_object(&cx, endpoint.id.as_str()).await?;
    let description = match endpoint.description.clone() {
        none if none.is_empty() => "None".to_owned(),
        text => text,
    };
    let events = match endpoint.events.as_slice() {
        [] => "All, also types that are added later".into_any(),
        kinds => {
            let kinds =
                kinds.iter().map(|kind| view! { <li><code class="mono">{kind.as_str()}</code></li> }).collect_view();
            view! { <ul>{kinds}</ul> }.into_any()
        }
    };
    let mut facts = vec![
        Fact::new("URL", view! { <Code text=endpoint.url.clone() copy="URL" /> }),
        Fact::new("Description", description),
        Fact::new("Events", events),
        Fact::new("Id", view! { <Code text=endpoint.id.to_string() copy="endpoint id" /> }),
        Fact::new("Environment", e.title()),
        Fact::new("Created", view! { <Moment at=endpoint.created_at.0 zone=cx.zone() /> }),
    ];
    if let Some(why) = endpoint.disabled_reason.clone() {
        facts.insert(3, Fact::new("Disabled because", why));
    }
    let more = |path: String| paths::with_query(&path, [("endpoint", Some(&endpoint.id))]);
    let links = view! {
        <a href=more(paths::deliveries(e))>"All deliveries"</a>
        <a href=more(paths::attempts(e))>"All attempts"</a>
    }
    .into_any();
    let test = (endpoint.status == EndpointStatus::Enabled).then(|| {
        let href = paths::test_webhook(e, &endpoint.id);
        view! { <ButtonLink href word="Send test event" /> }
    });
    let actions = cx.may(Permission::ManageWebhooks).then(|| {
        let (href, word) = match endpoint.status {
            EndpointStatus::Enabled => (paths::disable_webhook(e, &endpoint.id), "Disable"),
            EndpointStatus::Disabled => (paths::enable_webhook(e, &endpoint.id), "Enable"),
        };
        view! {
            <ButtonLink href=href word=word />
            <ButtonLink href=paths::delete_webhook(e, &endpoint.id) word="Delete" />
        }
    });
    let body = view! {
        <div class="stack">
            {looking_only(&cx)}
            <Facts facts />
            <Panel title="Latest deliveries" actions=links>{deliveries}</Panel>
            {history}
        </div>
    };
    Ok(Page::new(short(&endpoint.url), body)
        .badge(words::status(&endpoint))
        .actions(view! { {test}{actions} })
        .under("Webhooks", paths::webhooks(e)))
}
