//! The list of intents.
use super::parts;
use crate::{
    cx::{Cx, cx},
    list::{Filters, edge},
    part::{part, trouble},
    paths,
    problem::Problem,
    purchases::parts::money,
    query::{kept, or_first, pager, paging, word},
    screen::{Loaded, Page as Screen},
    shell::capital,
    ui::{
        Choice, Column, FilterBar, Icon, Moment, NothingYet, Precision, Reading, Select, Stat, Stats, Table, grouped,
        local,
    },
    views::Strip,
};
use domain::{
    ids::{AgentId, CardId, IntentId},
    intents::{self, Filter, Intent, IntentStatus},
    page::{Page, Paging},
    views,
};
use leptos::prelude::*;
use serde::Deserialize;

/// The word in the address for matched and mismatched together.
const JUDGED: &str = "judged";

/// One page of intents.
#[server]
pub async fn list_intents(filter: Filter, paging: Paging<IntentId>) -> Result<Page<Intent>, Problem> {
    let cx = cx();
    Ok(intents::list(cx.db(), cx.grant()?, &filter, &paging).await?)
}

/// How many intents are in each state.
#[server]
pub async fn count_intents() -> Result<Vec<(IntentStatus, u64)>, Problem> {
    let cx = cx();
    Ok(intents::counts(cx.db(), cx.grant()?, None).await?)
}

#[derive(Default, Deserialize)]
struct Query {
    status: Option<String>,
    agent: Option<String>,
    card: Option<String>,
    from: Option<String>,
    to: Option<String>,
}

/// The page. A range is over the moment at which intents ended, as the panels count them.
pub async fn page() -> Loaded {
    let cx = cx();
    let views = Strip::of(&cx, views::Screen::Intents).await?;
    let query: Query = cx.query();
    let (e, zone) = (cx.environment, cx.zone());
    let judged = query.status.as_deref() == Some(JUDGED);
    let filter = Filter {
        card_id: word::<CardId>(query.card.as_ref()),
        agent_id: word::<AgentId>(query.agent.as_ref()),
        status: word::<IntentStatus>(query.status.as_ref()),
        ended_from: edge(query.from.as_ref(), zone, false),
        ended_to: edge(query.to.as_ref(), zone, true),
        judged,
    };
    let (page, counts) = futures::try_join!(list_intents(filter.clone(), paging(&cx)?), part(count_intents()))?;
    let page = or_first(&cx, page)?;
    let home = paths::intents(e);
    let moment = |at: Option<domain::time::Timestamp>| at.map(|at| local(at.0, zone, Precision::Minute));
    let shown = if judged {
        Some("matched or mismatched".to_owned())
    } else {
        filter.status.map(|s| s.to_string().replace('_', " "))
    };
    let first = page.rows.first();
    let filters = Filters::new(home.clone())
        .with(&cx, "status", "Status", shown)
        .with(
            &cx,
            "agent",
            "Agent",
            filter.agent_id.as_ref().map(|id| first.map_or(id.to_string(), |i| i.agent_name.clone())),
        )
        .with(
            &cx,
            "card",
            "Card",
            filter.card_id.as_ref().map(|id| first.map_or(id.to_string(), |i| format!("••••\u{a0}{}", i.card_last4))),
        )
        .with(&cx, "from", "Ended from", moment(filter.ended_from))
        .with(&cx, "to", "Ended before", moment(filter.ended_to));
    let empty = filters.empty("intents", || {
        view! {
            <NothingYet
                title="No intents yet"
                text="An agent declares what it is about to buy; the purchase that follows is compared with it."
                icon=Icon::Check
            />
        }
        .into_any()
    });
    let rows = page
        .rows
        .iter()
        .map(|intent| {
            let expected = match intent.expected_amount {
                Some(expected) => money(expected.minor(), intent.expected_currency),
                None => "–".into_any(),
            };
            vec![
                view! { <a href=paths::intent(e, &intent.id)>{intent.summary.clone()}</a> }.into_any(),
                expected,
                intent.expected_merchant.clone().unwrap_or_else(|| "–".into()).into_any(),
                parts::verdict(intent),
                view! { <a href=paths::agent(e, &intent.agent_id)>{intent.agent_name.clone()}</a> }.into_any(),
                view! { <Moment at=intent.created_at.0 zone /> }.into_any(),
            ]
        })
        .collect();
    let columns = vec![
        Column::prose("What was declared"),
        Column::numeric("Expected"),
        Column::new("Merchant"),
        Column::prose("Verdict"),
        Column::new("Agent"),
        Column::new("Declared"),
    ];
    let mut choices = vec![Choice::new("", "Any status"), Choice::new(JUDGED, "Matched or mismatched")];
    choices.extend(IntentStatus::ALL.iter().map(|s| Choice::new(s.as_str(), capital(&s.as_str().replace('_', " ")))));
    let chosen = query.status.unwrap_or_default();
    let keep = kept(&cx, &["status"]);
    let pages = pager(&cx, "intents", &page, |intent| intent.id.to_string());
    let body = view! {
        <div class="stack">
            {states(&cx, counts.as_deref())}
            <FilterBar action=home keep><Select name="status" label="Status" choices value=chosen /></FilterBar>
            {views.show(&cx)}
            {filters.chips()}
            <Table caption="Intents" quiet=true columns rows empty />
            {pages}
        </div>
    };
    Ok(Screen::new("Intents", body).lead("What agents said they would buy, and whether they did."))
}

/// How many intents are in each state, each leading to as many rows, and how many there are in all.
fn states(cx: &Cx, counts: Option<&[(IntentStatus, u64)]>) -> AnyView {
    let Some(counts) = counts else { return trouble(cx, "How many intents are in each state") };
    let home = paths::intents(cx.environment);
    let total: u64 = counts.iter().map(|(_, n)| n).sum();
    if total == 0 {
        return ().into_any();
    }
    let stat = |label: String, href: String, n: u64| {
        view! { <Stat label href reading=Reading::Exact(grouped(n).into_any(), String::new()) /> }.into_any()
    };
    let mut all = vec![stat("All".to_owned(), home.clone(), total)];
    all.extend(counts.iter().map(|(status, n)| {
        let href = paths::with_query(&home, [("status", Some(status))]);
        stat(capital(&status.as_str().replace('_', " ")), href, *n)
    }));
    view! { <Stats>{all}</Stats> }.into_any()
}
