//! The list of deliveries.
use super::{List, known::Known, tabs, words};
use crate::{
    cx::cx,
    list::Filters,
    paths,
    problem::Problem,
    query::{kept, or_first, pager, paging, word},
    screen::{Loaded, Page as Screen},
    span::Span,
    ui::{Choice, Code, Column, FilterBar, Icon, NothingYet, Select, Table},
};
use domain::{
    access::Permission,
    ids::{DeliveryId, EndpointId},
    page::{Page, Paging},
    webhooks::{self, Delivery, DeliveryFilter, DeliveryState, EndpointStatus, EventType},
};
use leptos::prelude::*;
use serde::Deserialize;

/// One page of the deliveries.
#[server]
pub async fn list_deliveries(filter: DeliveryFilter, paging: Paging<DeliveryId>) -> Result<Page<Delivery>, Problem> {
    let cx = cx();
    Ok(webhooks::deliveries(cx.db(), cx.grant()?, &filter, &paging).await?)
}

/// How many deliveries wait for an endpoint: "Waiting for it: 3 deliveries", and what becomes of them.
pub(super) async fn waiting(endpoint: &EndpointId, becomes: &str) -> Result<String, Problem> {
    let state = Some(DeliveryState::Pending);
    let filter = DeliveryFilter { endpoint: Some(endpoint.clone()), state, ..DeliveryFilter::default() };
    let page = list_deliveries(filter, Paging::newest(100)).await?;
    Ok(match page.rows.len() {
        0 => "Nothing waits for it now.".to_owned(),
        1 => format!("Waiting for it: 1 delivery, {becomes}."),
        many if page.older => format!("Waiting for it: more than {many} deliveries, {becomes}."),
        many => format!("Waiting for it: {many} deliveries, {becomes}."),
    })
}

/// A choice of the filter by state. Given up after the last attempt is what the panels count; what was dropped
/// with its endpoint is told apart from it.
#[derive(Clone, Copy, PartialEq)]
enum State {
    Is(DeliveryState),
    Dropped,
}

impl State {
    const ALL: [Self; 4] = [
        Self::Is(DeliveryState::Pending),
        Self::Is(DeliveryState::Delivered),
        Self::Is(DeliveryState::Abandoned),
        Self::Dropped,
    ];

    fn value(self) -> &'static str {
        match self {
            Self::Is(state) => state.as_str(),
            Self::Dropped => "dropped",
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::Is(DeliveryState::Abandoned) => "Given up after its last attempt",
            Self::Is(state) => words::state_word(state),
            Self::Dropped => "Given up with its endpoint",
        }
    }

    /// What it has that a pending one has not: an end, by which it is counted and so filtered.
    fn finished(self) -> Option<&'static str> {
        match self {
            Self::Is(DeliveryState::Pending) => None,
            Self::Is(DeliveryState::Delivered) => Some("Delivered"),
            Self::Is(DeliveryState::Abandoned) | Self::Dropped => Some("Given up"),
        }
    }

    fn filter(self) -> (DeliveryState, Option<bool>) {
        match self {
            Self::Is(DeliveryState::Abandoned) => (DeliveryState::Abandoned, Some(false)),
            Self::Is(state) => (state, None),
            Self::Dropped => (DeliveryState::Abandoned, Some(true)),
        }
    }
}

#[derive(Default, Deserialize)]
struct Query {
    endpoint: Option<String>,
    state: Option<String>,
    #[serde(rename = "type")]
    kind: Option<String>,
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let (query, span): (Query, Span) = (cx.query(), cx.query());
    let state = State::ALL.into_iter().find(|state| query.state.as_deref() == Some(state.value()));
    let finished = state.and_then(State::finished);
    let (is, dropped) = state.map(State::filter).unzip();
    let (from, to) = (span.from(&cx), span.to(&cx));
    let filter = DeliveryFilter {
        endpoint: word(query.endpoint.as_ref()),
        event: None,
        kind: word::<EventType>(query.kind.as_ref()),
        state: is,
        dropped: dropped.flatten(),
        finished_from: from.filter(|_| finished.is_some()),
        finished_to: to.filter(|_| finished.is_some()),
        from: from.filter(|_| finished.is_none()),
        to: to.filter(|_| finished.is_none()),
    };
    let (e, zone) = (cx.environment, cx.zone());
    let home = paths::deliveries(e);
    let known = Known::load().await?;
    let page = or_first(&cx, list_deliveries(filter.clone(), paging(&cx)?).await?)?;
    let rows = page
        .rows
        .iter()
        .map(|delivery| {
            let off = known.of(&delivery.endpoint_id).is_some_and(|e| e.status == EndpointStatus::Disabled);
            let then = match (finished, delivery.finished_at) {
                (Some(_), Some(at)) => words::moment(at, zone),
                _ => words::next(delivery, off, zone),
            };
            vec![
                view! { <a href=paths::delivery(e, &delivery.id)>{words::moment(delivery.created_at, zone)}</a> }
                    .into_any(),
                view! { <Code text=delivery.event_type.to_string() /> }.into_any(),
                known.link(&cx, &delivery.endpoint_id),
                words::state(delivery),
                delivery.attempts.to_string().into_any(),
                then,
                words::last_result(delivery).into_any(),
            ]
        })
        .collect();
    let filters = Filters::new(home.clone())
        .with(&cx, "endpoint", "Endpoint", filter.endpoint.as_ref().map(|id| known.name(id)))
        .with(&cx, "state", "State", state.map(|state| state.title().to_lowercase()))
        .with(&cx, "type", "Type", filter.kind.map(|kind| kind.to_string()));
    let filters = span.filters(&cx, filters, finished.unwrap_or("Happened"));
    let new = (known.none() && cx.may(Permission::ManageWebhooks))
        .then(|| ("Add endpoint".to_owned(), paths::new_webhook(e)));
    let empty = filters.empty("deliveries", || {
        let text = if known.none() {
            "Events are delivered to endpoints, and there is none in this environment."
        } else {
            "When something happens that an endpoint asks for, its delivery appears here."
        };
        view! { <NothingYet title="No deliveries yet" text icon=Icon::Webhook action=new /> }.into_any()
    });
    let columns = vec![
        Column::new("When"),
        Column::new("Type"),
        Column::new("Endpoint"),
        Column::new("State"),
        Column::numeric("Attempts"),
        Column::new(finished.unwrap_or("Next attempt")),
        Column::new("Last result"),
    ];
    let mut states = vec![Choice::new("", "Any state")];
    states.extend(State::ALL.map(|state| Choice::new(state.value(), state.title())));
    let mut kinds = vec![Choice::new("", "Any type")];
    kinds.extend(EventType::ALL.iter().map(|kind| Choice::new(kind.as_str(), kind.as_str())));
    let chosen_state = state.map(State::value).unwrap_or_default();
    let chosen_kind = filter.kind.map(EventType::as_str).unwrap_or_default();
    let select = known.select(filter.endpoint.as_ref());
    let keep = kept(&cx, &["endpoint", "state", "type", "from", "to"]);
    let pages = pager(&cx, "deliveries", &page, |delivery| delivery.id.to_string());
    let body = view! {
        <div class="stack">
            {tabs(&cx, List::Deliveries)}
            <FilterBar action=home keep>
                {select}
                <Select name="state" label="State" choices=states value=chosen_state.to_owned() />
                <Select name="type" label="Type" choices=kinds value=chosen_kind.to_owned() />
                {span.fields()}
            </FilterBar>
            {filters.chips()}
            <Table caption="Webhook deliveries" quiet=true wide=true columns rows empty />
            {pages}
        </div>
    };
    Ok(Screen::new("Deliveries", body)
        .lead("One event for one endpoint, tried up to ten times over about three days.")
        .under("Webhooks", paths::webhooks(e)))
}
