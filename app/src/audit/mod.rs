//! The audit log.
use crate::{
    cx::cx,
    list::Filters,
    paths,
    problem::Problem,
    query::{changed, or_first, pager, paging, word},
    screen::{Loaded, Page as Screen, Routes},
    shell::capital,
    ui::{Badge, Choice, Code, Column, FilterBar, Moment, NothingYet, Precision, Select, Table, Tone},
};
use domain::{
    access::Permission,
    audit::{self, Action, Filter, Outcome, Record},
    ids::AuditId,
    page::{Page, Paging},
};
use leptos::prelude::*;
use serde::Deserialize;

pub(crate) fn routes() -> Routes {
    Routes::default().page("/audit", Permission::ReadAudit, page)
}

/// One page of the log.
#[server]
pub async fn list_audit(filter: Filter, paging: Paging<AuditId>) -> Result<Page<Record>, Problem> {
    let cx = cx();
    Ok(audit::list(cx.db(), cx.grant()?, &filter, &paging).await?)
}

#[derive(Default, Deserialize)]
struct Query {
    action: Option<String>,
    actor: Option<String>,
    subject: Option<String>,
}

/// An action as people say it: `api_key.created` is "API key created".
fn said(action: Action) -> String {
    let text = action.as_str().replace(['.', '_'], " ");
    if let Some(rest) = text.strip_prefix("api key") { format!("API key{rest}") } else { capital(&text) }
}

/// The changed values: `limit: 500 → 900`; of a new thing, what it was made with.
fn difference(record: &Record) -> String {
    let parse = |text: &Option<String>| -> serde_json::Map<String, serde_json::Value> {
        text.as_deref().and_then(|text| serde_json::from_str(text).ok()).unwrap_or_default()
    };
    let (before, after) = (parse(&record.before), parse(&record.after));
    let word = |value: &serde_json::Value| match value {
        serde_json::Value::String(text) => text.clone(),
        serde_json::Value::Null => "none".to_owned(),
        other => other.to_string(),
    };
    let mut parts: Vec<String> = after
        .iter()
        .filter(|(name, value)| before.get(*name) != Some(value))
        .map(|(name, value)| match before.get(name) {
            Some(old) => format!("{name}: {} → {}", word(old), word(value)),
            None => format!("{name}: {}", word(value)),
        })
        .collect();
    parts.extend(record.reason.iter().map(|reason| format!("reason: {reason}")));
    parts.join(", ")
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let query: Query = cx.query();
    let filter = Filter {
        action: word(query.action.as_ref()),
        actor_id: query.actor.clone().filter(|text| !text.is_empty()),
        subject_id: query.subject.clone().filter(|text| !text.is_empty()),
    };
    let home = paths::audit(cx.environment);
    let page = or_first(&cx, list_audit(filter.clone(), paging(&cx)).await?)?;
    let zone = cx.zone();
    let rows = page
        .rows
        .iter()
        .map(|record| {
            let refused = (record.outcome == Outcome::Refused).then(|| view! { " "<Badge tone=Tone::Warn word="Refused" /> });
            let by = record.actor_id.clone().map(|id| changed(&cx, &["actor", "before", "after"], Some(("actor", &id))));
            let about = changed(&cx, &["subject", "before", "after"], Some(("subject", &record.subject_id)));
            let actor = record.actor_name.clone();
            vec![
                view! { <Moment at=record.at.0 zone precision=Precision::Second /> }.into_any(),
                match by {
                    Some(href) => view! { <a href=href>{actor}</a> }.into_any(),
                    None => actor.into_any(),
                },
                view! { {said(record.action)}{refused} }.into_any(),
                view! { <a href=about>{record.subject_name.clone()}</a>" "<span class="hint">{record.subject_noun.clone()}</span> }
                    .into_any(),
                difference(record).into_any(),
                record.request_id.clone().map(|id| view! { <Code text=id /> }).into_any(),
            ]
        })
        .collect();
    let filters = Filters::new(home.clone())
        .with(&cx, "action", "Action", filter.action.map(said))
        .with(&cx, "actor", "Actor", filter.actor_id.clone())
        .with(&cx, "subject", "Target", filter.subject_id.clone());
    let empty = filters.empty("records", || {
        view! { <NothingYet title="Nothing has happened yet" text="Every change is recorded here, with who made it." /> }
            .into_any()
    });
    let mut choices = vec![Choice::new("", "Any action")];
    choices.extend(Action::ALL.iter().map(|action| Choice::new(action.as_str(), said(*action))));
    let columns = vec![
        Column::new("When"),
        Column::new("Who"),
        Column::new("What"),
        Column::new("To what"),
        Column::prose("Change"),
        Column::new("Request"),
    ];
    let chosen = filter.action.map(|action| action.to_string()).unwrap_or_default();
    let pages = pager(&cx, "records", &page, |record| record.id.to_string());
    let body = view! {
        <div class="stack">
            <FilterBar action=home><Select name="action" label="Action" choices value=chosen /></FilterBar>
            {filters.chips()}
            <Table caption="Audit log" quiet=true wide=true columns rows empty />
            {pages}
        </div>
    };
    Ok(Screen::new("Audit log", body).lead("Who did what to which thing. Records are never changed or removed."))
}
