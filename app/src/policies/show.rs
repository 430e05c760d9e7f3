//! One policy: what it sets, the cards that inherit it, and how it came to be so.
use super::words;
use crate::{
    audit::history,
    cards::{list_cards, parts},
    cx::{Cx, cx},
    part::{could_not_load, part},
    paths,
    problem::Problem,
    purchases::parts::money,
    screen::{Loaded, Page as Screen},
    ui::{ButtonLink, Code, Column, Fact, Facts, Look, Moment, Panel, Precision, Table, grouped},
};
use domain::{
    access::Permission,
    cards::{self, Card},
    ids::PolicyId,
    limits::policies::{self, Policy},
    page::{Page, Paging},
};
use leptos::prelude::*;

/// How many of its cards the page shows.
const SHOWN: u8 = 10;

/// The policy of this id.
#[server]
pub async fn get_policy(id: PolicyId) -> Result<Policy, Problem> {
    let cx = cx();
    Ok(policies::get(cx.db(), cx.grant()?, &id).await?)
}

/// The name of a policy, for other pages; its id where it has none here.
pub async fn name_of(id: &PolicyId) -> Result<String, Problem> {
    match get_policy(id.clone()).await {
        Ok(policy) => Ok(policy.name),
        Err(Problem::NotFound(_) | Problem::Busy | Problem::Broken) => Ok(id.to_string()),
        Err(problem) => Err(problem),
    }
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let policy = get_policy(cx.id("id")?).await?;
    let filter = cards::Filter { policy_id: Some(policy.id.clone()), ..cards::Filter::default() };
    let inherit = part(list_cards(filter, Paging::newest(SHOWN))).await?;
    let history = history::of_object(&cx, policy.id.as_str()).await?;
    let e = cx.environment;
    let said = words::terms(&policy.terms);
    let rules = if said.is_empty() {
        view! { <p class="hint">"It sets nothing yet: cards that inherit it are held by the other levels only."</p> }
            .into_any()
    } else {
        let facts = said.into_iter().map(|(term, text)| Fact::new(term, text)).collect();
        view! { <Facts facts /> }.into_any()
    };
    let inherit = match inherit {
        Some(page) => inheriting(&cx, &policy, &page),
        None => could_not_load(&cx, "cards"),
    };
    let all = paths::with_query(&paths::cards(e), [("policy", Some(&policy.id))]);
    let all = view! { <a href=all>"All cards"</a> }.into_any();
    let facts = about(&cx, &policy);
    let body = view! {
        <div class="stack">
            <div class="grid">
                <Panel title="Rules">{rules}</Panel>
                <Panel title="About"><Facts facts /></Panel>
            </div>
            <Panel title="Cards that inherit it" actions=all>{inherit}</Panel>
            {history}
        </div>
    };
    let edit = cx.may(Permission::RaiseLimit).then(|| {
        view! { <ButtonLink href=paths::edit_policy(e, &policy.id) word="Edit" look=Look::Primary /> }
    });
    let page = Screen::new(policy.name, body).actions(edit).under("Policies", paths::policies(e));
    Ok(match policy.description {
        Some(text) => page.lead(text),
        None => page,
    })
}

fn about(cx: &Cx, policy: &Policy) -> Vec<Fact> {
    let zone = cx.zone();
    let moment = |at: i64| view! { <Moment at zone precision=Precision::Minute /> };
    vec![
        Fact::new("Open cards", grouped(policy.cards.unsigned_abs())),
        Fact::new("Made", moment(policy.created_at.0)),
        Fact::new("Changed", moment(policy.updated_at.0)),
        Fact::new("Id", view! { <Code text=policy.id.to_string() copy="policy id" /> }),
    ]
}

fn inheriting(cx: &Cx, policy: &Policy, page: &Page<Card>) -> AnyView {
    let e = cx.environment;
    let rows = page
        .rows
        .iter()
        .map(|card| {
            vec![
                view! { <a href=paths::card(e, &card.id)>{format!("••••\u{a0}{}", card.last4)}</a> }.into_any(),
                card.purpose.clone().into_any(),
                view! { <a href=paths::agent(e, &card.agent_id)>{card.agent_name.clone()}</a> }.into_any(),
                parts::status(card.status),
                money(card.spent, card.currency),
            ]
        })
        .collect();
    let columns = vec![
        Column::new("Card"),
        Column::prose("Purpose"),
        Column::new("Agent"),
        Column::new("Status"),
        Column::numeric("Spent"),
    ];
    let issue = cx.may(Permission::IssueCard).then(|| {
        let href = paths::with_query(&paths::new_card(e), [("policy", Some(&policy.id))]);
        view! { <a href=href>"Issue one"</a>". " }
    });
    let empty = view! {
        <p class="hint">
            "No card inherits it. "{issue}"A backend names policyId "<code>{policy.id.to_string()}</code>
            "; new cards of an agent take the policy that the agent's page says."
        </p>
    }
    .into_any();
    view! { <Table caption="Cards that inherit it" quiet=true columns rows empty /> }.into_any()
}
