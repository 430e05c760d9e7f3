//! The list of records, with its search.
use super::{diff, words};
use crate::{
    cx::{Cx, cx},
    export,
    list::Filters,
    paths,
    problem::Problem,
    query::{changed, kept, or_first, pager, paging, text, turned, word},
    screen::{Loaded, Page as Screen},
    shell::capital,
    span::Span,
    ui::{Choice, Column, Field, FilterBar, Moment, NothingYet, Precision, Select, Table, local},
    views::Strip,
};
use domain::{
    audit::{self, Action, Filter, Found, Outcome, Record},
    ids::AuditId,
    page::Paging,
    views,
};
use leptos::prelude::*;
use serde::Deserialize;

/// One page of the log.
#[server]
pub async fn search_audit(filter: Filter, words: Option<String>, paging: Paging<AuditId>) -> Result<Found, Problem> {
    let cx = cx();
    Ok(audit::search(cx.db(), cx.grant()?, &filter, words.as_deref(), &paging).await?)
}

/// What the address asks for.
#[derive(Default, Deserialize)]
struct Query {
    q: Option<String>,
    action: Option<String>,
    outcome: Option<String>,
    actor: Option<String>,
    subject: Option<String>,
    address: Option<String>,
    request: Option<String>,
}

/// The filter and the words that the address asks for.
pub(super) fn asked(cx: &Cx) -> (Filter, Option<String>) {
    let (query, span): (Query, Span) = (cx.query(), cx.query());
    let filter = Filter {
        action: word(query.action.as_ref()),
        outcome: word(query.outcome.as_ref()),
        actor_id: text(query.actor),
        subject_id: text(query.subject),
        address: text(query.address),
        request_id: text(query.request),
        from: span.from(cx),
        to: span.to(cx),
    };
    (filter, text(query.q))
}

/// The filters in force; `first` is a record that passes them, for the names of ids.
pub(super) fn filters(
    cx: &Cx,
    home: String,
    filter: &Filter,
    words: Option<&String>,
    first: Option<&Record>,
) -> Filters {
    let span: Span = cx.query();
    let actor = |id: &String| first.map_or(id.clone(), |record| record.actor_name.clone());
    let subject = |id: &String| first.map_or(id.clone(), |record| record.subject_name.clone());
    let named = Filters::new(home)
        .with(cx, "q", "Words", words.cloned())
        .with(cx, "action", "Action", filter.action.map(words::said))
        .with(cx, "outcome", "Outcome", filter.outcome.map(|outcome| outcome.to_string()))
        .with(cx, "actor", "Actor", filter.actor_id.as_ref().map(actor))
        .with(cx, "subject", "Target", filter.subject_id.as_ref().map(subject))
        .with(cx, "address", "Address", filter.address.clone())
        .with(cx, "request", "Request", filter.request_id.clone());
    span.filters(cx, named, "Happened")
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let views = Strip::of(&cx, views::Screen::Audit).await?;
    let (filter, terms) = asked(&cx);
    let (e, zone) = (cx.environment, cx.zone());
    let home = paths::audit(e);
    let Found { page, reach } = search_audit(filter.clone(), terms.clone(), paging(&cx)?).await?;
    let page = if reach.is_some() { page } else { or_first(&cx, page)? };
    let rows = page.rows.iter().map(|record| row(&cx, record)).collect();
    let filters = filters(&cx, home.clone(), &filter, terms.as_ref(), page.rows.first());
    let further = reach.as_ref().map(|reach| {
        let href = turned(&cx, "before", reach.id.as_str());
        let until = local(reach.at.0, zone, Precision::Second);
        view! {
            <p role="status">
                {format!("Searched back to {until}. ")}
                <a href=href>"Search further back"</a>
            </p>
        }
    });
    let empty = match reach {
        Some(_) => view! { <p>"Nothing found so far."</p> }.into_any(),
        None => filters.empty("records", || {
            view! { <NothingYet title="Nothing has happened yet" text="Every change is recorded here, with who made it." /> }
                .into_any()
        }),
    };
    let mut actions = vec![Choice::new("", "Any action")];
    actions.extend(Action::ALL.iter().map(|action| Choice::new(action.as_str(), words::said(*action))));
    let mut outcomes = vec![Choice::new("", "Any outcome")];
    outcomes.extend(Outcome::ALL.iter().map(|outcome| Choice::new(outcome.as_str(), capital(outcome.as_str()))));
    let columns = vec![
        Column::new("When"),
        Column::new("Who"),
        Column::new("What"),
        Column::new("To what"),
        Column::prose("Change"),
    ];
    let action = filter.action.map(|action| action.to_string()).unwrap_or_default();
    let outcome = filter.outcome.map(|outcome| outcome.to_string()).unwrap_or_default();
    let span: Span = cx.query();
    let own = ["q", "action", "outcome", "actor", "subject", "address", "request", "from", "to"];
    let keep = kept(&cx, &own);
    let pages = pager(&cx, "records", &page, |record| record.id.to_string());
    let body = view! {
        <div class="stack">
            <FilterBar action=home keep>
                <Field name="q" label="Words" kind="search" value=terms />
                <Select name="action" label="Action" choices=actions value=action />
                <Select name="outcome" label="Outcome" choices=outcomes value=outcome />
                <Field name="actor" label="Actor id" value=filter.actor_id.clone() />
                <Field name="subject" label="Target id" value=filter.subject_id.clone() />
                <Field name="address" label="Address" value=filter.address.clone() />
                <Field name="request" label="Request id" value=filter.request_id.clone() />
                {span.fields()}
            </FilterBar>
            {views.show(&cx)}
            {filters.chips()}
            <Table caption="Audit log" quiet=true wide=true columns rows empty />
            {further}
            {pages}
        </div>
    };
    Ok(Screen::new("Audit log", body)
        .lead("Who did what to which thing. Records are never changed or removed.")
        .actions(export::page::way(&cx, &paths::export_audit(e))))
}

fn row(cx: &Cx, record: &Record) -> Vec<AnyView> {
    let (e, zone) = (cx.environment, cx.zone());
    let narrowed = |name: &str, value: &str| changed(cx, &[name, "before", "after"], Some((name, value)));
    let by = record.actor_id.as_ref().map(|id| narrowed("actor", id));
    let about = narrowed("subject", &record.subject_id);
    let actor = record.actor_name.clone();
    let who = match by {
        Some(href) => view! { <a href=href>{actor}</a> }.into_any(),
        None => actor.into_any(),
    };
    let from = record.address.clone().map(|a| {
        view! { <br /><span class="hint"><a href=narrowed("address", &a)>{a.clone()}</a></span> }
    });
    let moment = view! { <Moment at=record.at.0 zone precision=Precision::Second /> };
    vec![
        view! { <a href=paths::audit_record(e, &record.id)>{moment}</a> }.into_any(),
        view! { {who}{from} }.into_any(),
        words::what(record),
        view! { <a href=about>{record.subject_name.clone()}</a>" "<span class="hint">{record.subject_noun.clone()}</span> }
            .into_any(),
        diff::line(record).into_any(),
    ]
}
