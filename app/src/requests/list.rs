//! The list of API calls.
use super::parts;
use crate::{
    cx::{Cx, cx},
    export,
    list::Filters,
    paths,
    problem::Problem,
    query::{changed, kept, or_first, pager, paging, text, word},
    screen::{Loaded, Page as Screen},
    span::Span,
    ui::{ButtonLink, Choice, Column, Field, FilterBar, Icon, Moment, NothingYet, Precision, Select, Table},
    views::Strip,
};
use domain::{
    ids::{AgentId, RequestId},
    page::{Page, Paging},
    requests::{self, Call, Filter, Names, StatusClass},
    views,
};
use leptos::prelude::*;
use serde::{Deserialize, Serialize};

/// A page of calls, and what their keys and agents are called.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Calls {
    /// The calls.
    pub page: Page<Call>,
    /// The names.
    pub names: Names,
}

/// One page of the log.
#[server]
pub async fn list_requests(filter: Filter, paging: Paging<RequestId>) -> Result<Calls, Problem> {
    let cx = cx();
    let page = requests::list(cx.db(), cx.grant()?, &filter, &paging).await?;
    let names = requests::names(cx.db(), cx.grant()?, &page.rows).await?;
    Ok(Calls { page, names })
}

/// What the address asks for.
#[derive(Default, Deserialize)]
struct Query {
    id: Option<String>,
    key: Option<String>,
    agent: Option<String>,
    class: Option<String>,
    route: Option<String>,
    error: Option<String>,
    address: Option<String>,
    idempotency: Option<String>,
}

/// The filter that the address asks for.
pub(super) fn filter(cx: &Cx) -> Filter {
    let (query, span): (Query, Span) = (cx.query(), cx.query());
    Filter {
        key: text(query.key),
        agent: word::<AgentId>(query.agent.as_ref()),
        class: word(query.class.as_ref()),
        route: text(query.route),
        error: text(query.error),
        address: text(query.address),
        idempotency_key: text(query.idempotency),
        from: span.from(cx),
        to: span.to(cx),
    }
}

/// The filters in force.
pub(super) fn filters(cx: &Cx, home: String, filter: &Filter, names: &Names) -> Filters {
    let span: Span = cx.query();
    let named = Filters::new(home)
        .with(cx, "key", "Key", filter.key.as_ref().map(|id| names.key(id).to_owned()))
        .with(cx, "agent", "Agent", filter.agent.as_ref().map(|id| names.agent(id).to_owned()))
        .with(cx, "class", "Result", filter.class.map(|class| parts::class(class).to_owned()))
        .with(cx, "route", "Route", filter.route.clone())
        .with(cx, "error", "Error", filter.error.clone())
        .with(cx, "address", "Address", filter.address.clone())
        .with(cx, "idempotency", "Idempotency key", filter.idempotency_key.clone());
    span.filters(cx, named, "Came")
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let views = Strip::of(&cx, views::Screen::Requests).await?;
    let (query, span): (Query, Span) = (cx.query(), cx.query());
    let (e, zone) = (cx.environment, cx.zone());
    // An exact id leads straight to its call; one that is not in the log is said to be missing.
    let wanted = text(query.id.clone());
    if let Some(id) = wanted.as_deref().and_then(|id| id.parse::<RequestId>().ok()) {
        match requests::get(cx.db(), cx.grant()?, &id).await {
            Ok(call) => return Err(Problem::Elsewhere(paths::request(e, &call.id))),
            Err(domain::Error::NotFound(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let filter = filter(&cx);
    let Calls { page, names } = match wanted {
        Some(_) => Calls { page: Paging::<RequestId>::newest(1).page(Vec::new()), names: Names::default() },
        None => list_requests(filter.clone(), paging(&cx)?).await?,
    };
    let page = or_first(&cx, page)?;
    let home = paths::requests(e);
    let rows = page
        .rows
        .iter()
        .map(|call| {
            let narrowed = |name: &str, value: &str| changed(&cx, &[name, "before", "after"], Some((name, value)));
            let route = narrowed("route", &call.route);
            vec![
                view! {
                    <a href=paths::request(e, &call.id)><Moment at=call.at.0 zone precision=Precision::Second /></a>
                    <br />
                    <span class="mono hint">{call.id.to_string()}</span>
                }
                .into_any(),
                view! { <span class="mono">{call.method.clone()}" "<a href=route>{call.route.clone()}</a></span> }
                    .into_any(),
                parts::status(call),
                parts::took(call.micros).into_any(),
                parts::key(e, &names, call),
                parts::agent(e, &names, call).into_any(),
                call.address.clone().map(|a| view! { <a href=narrowed("address", &a)>{a.clone()}</a> }).into_any(),
            ]
        })
        .collect();
    let filters = filters(&cx, home.clone(), &filter, &names).with(&cx, "id", "Request", wanted.clone());
    let empty = filters.empty("requests", || {
        view! {
            <NothingYet
                title="No calls yet"
                text="Every call of the API with a key or token of this environment appears here within a second."
                icon=Icon::Request
            />
        }
        .into_any()
    });
    let columns = vec![
        Column::new("When"),
        Column::new("Call"),
        Column::new("Result"),
        Column::numeric("Took"),
        Column::new("Key"),
        Column::new("Agent"),
        Column::new("Address"),
    ];
    let mut classes = vec![Choice::new("", "Any result")];
    classes.extend(StatusClass::ALL.iter().map(|class| Choice::new(class.as_str(), parts::class(*class))));
    let chosen = filter.class.map(StatusClass::as_str).unwrap_or_default();
    let keep = kept(&cx, &["id", "class", "route", "error", "address", "idempotency", "from", "to"]);
    let pages = pager(&cx, "requests", &page, |call| call.id.to_string());
    let body = view! {
        <div class="stack">
            <FilterBar action=home keep>
                <Field name="id" label="Request id" kind="search" value=wanted placeholder="req_…" />
                <Select name="class" label="Result" choices=classes value=chosen.to_owned() />
                <Field name="route" label="Route" value=filter.route.clone() placeholder="/v1/cards/{id}" />
                <Field name="error" label="Error code" value=filter.error.clone() />
                <Field name="address" label="Address" value=filter.address.clone() />
                <Field name="idempotency" label="Idempotency key" value=filter.idempotency_key.clone() />
                {span.fields()}
            </FilterBar>
            {views.show(&cx)}
            {filters.chips()}
            <Table caption="API calls" quiet=true wide=true columns rows empty />
            {pages}
        </div>
    };
    Ok(Screen::new("Requests", body)
        .lead("Every API call of this environment, kept for 30 days, without bodies.")
        .actions(view! {
            <ButtonLink href=paths::request_rates(e) word="Rate limits" />
            {export::page::way(&cx, &paths::export_requests(e))}
        }))
}
