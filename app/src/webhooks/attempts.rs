//! The list of attempts.
use super::{List, known::Known, tabs, words};
use crate::{
    cx::cx,
    list::Filters,
    paths,
    problem::Problem,
    query::{kept, or_first, pager, paging, word},
    screen::{Loaded, Page as Screen},
    span::Span,
    ui::{Choice, Column, FilterBar, Icon, NothingYet, Select, Table},
};
use domain::{
    ids::AttemptId,
    page::{Page, Paging},
    webhooks::{self, Attempt, AttemptFilter},
};
use leptos::prelude::*;
use serde::Deserialize;

/// One page of the attempts.
#[server]
pub async fn list_attempts(filter: AttemptFilter, paging: Paging<AttemptId>) -> Result<Page<Attempt>, Problem> {
    let cx = cx();
    Ok(webhooks::attempts(cx.db(), cx.grant()?, &filter, &paging).await?)
}

#[derive(Default, Deserialize)]
struct Query {
    outcome: Option<String>,
    endpoint: Option<String>,
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let (query, span): (Query, Span) = (cx.query(), cx.query());
    let outcome = query.outcome.as_deref().filter(|word| ["failed", "succeeded"].contains(word));
    let filter = AttemptFilter {
        endpoint: word(query.endpoint.as_ref()),
        succeeded: outcome.map(|word| word == "succeeded"),
        from: span.from(&cx),
        to: span.to(&cx),
    };
    let (e, zone) = (cx.environment, cx.zone());
    let home = paths::attempts(e);
    let known = Known::load().await?;
    let page = or_first(&cx, list_attempts(filter.clone(), paging(&cx)?).await?)?;
    let rows = page
        .rows
        .iter()
        .map(|attempt| {
            let href = paths::delivery(e, &attempt.delivery_id);
            vec![
                view! { <a href=href>{words::moment(attempt.finished_at, zone)}</a> }.into_any(),
                known.link(&cx, &attempt.endpoint_id),
                attempt.number.to_string().into_any(),
                words::outcome(attempt),
                words::result(attempt).into_any(),
                words::duration(attempt.duration_ms).into_any(),
            ]
        })
        .collect();
    let filters = Filters::new(home.clone()).with(&cx, "outcome", "Outcome", outcome.map(str::to_owned)).with(
        &cx,
        "endpoint",
        "Endpoint",
        filter.endpoint.as_ref().map(|id| known.name(id)),
    );
    let filters = span.filters(&cx, filters, "Finished");
    let empty = filters.empty("attempts", || {
        let text = "Every call to an endpoint is an attempt, the first as well as the retries.";
        view! { <NothingYet title="No attempts yet" text icon=Icon::Webhook /> }.into_any()
    });
    let columns = vec![
        Column::new("Finished"),
        Column::new("Endpoint"),
        Column::numeric("Try"),
        Column::new("Outcome"),
        Column::new("Result"),
        Column::numeric("Took"),
    ];
    let choices =
        vec![Choice::new("", "Any outcome"), Choice::new("failed", "Failed"), Choice::new("succeeded", "Succeeded")];
    let chosen = outcome.unwrap_or_default().to_owned();
    let select = known.select(filter.endpoint.as_ref());
    let keep = kept(&cx, &["endpoint", "outcome", "from", "to"]);
    let pages = pager(&cx, "attempts", &page, |attempt| attempt.id.to_string());
    let body = view! {
        <div class="stack">
            {tabs(&cx, List::Attempts)}
            <FilterBar action=home keep>
                <Select name="outcome" label="Outcome" choices value=chosen />
                {select}
                {span.fields()}
            </FilterBar>
            {filters.chips()}
            <Table caption="Webhook attempts" quiet=true columns rows empty />
            {pages}
        </div>
    };
    Ok(Screen::new("Attempts", body)
        .lead("Every finished call. The webhook failure rate is counted from these.")
        .under("Webhooks", paths::webhooks(e)))
}
