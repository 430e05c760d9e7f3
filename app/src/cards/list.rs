//! The list of cards.
use super::parts;
use crate::{
    cx::cx,
    list::{Filters, optional_moment},
    paths,
    policies::name_of,
    problem::Problem,
    purchases::parts::money,
    query::{kept, or_first, pager, paging, word},
    screen::{Loaded, Page as Screen},
    shell::capital,
    ui::{ButtonLink, Choice, Column, Field, FilterBar, Icon, Look, NothingYet, Select, Table},
    views::Strip,
};
use domain::{
    access::Permission,
    cards::{self, Card, CardStatus, CardType, Filter},
    ids::{AgentId, CardId, PolicyId},
    page::{Page, Paging},
    views,
};
use leptos::prelude::*;
use serde::Deserialize;

/// One page of cards.
#[server]
pub async fn list_cards(filter: Filter, paging: Paging<CardId>) -> Result<Page<Card>, Problem> {
    let cx = cx();
    Ok(cards::list(cx.db(), cx.grant()?, &filter, &paging).await?)
}

#[derive(Default, Deserialize)]
struct Query {
    status: Option<String>,
    r#type: Option<String>,
    agent: Option<String>,
    last4: Option<String>,
    policy: Option<String>,
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let views = Strip::of(&cx, views::Screen::Cards).await?;
    let query: Query = cx.query();
    let (e, zone) = (cx.environment, cx.zone());
    let filter = Filter {
        status: word::<CardStatus>(query.status.as_ref()),
        agent_id: word::<AgentId>(query.agent.as_ref()),
        user_id: None,
        card_type: word::<CardType>(query.r#type.as_ref()),
        last4: query.last4.clone().filter(|digits| !digits.is_empty()),
        policy_id: word::<PolicyId>(query.policy.as_ref()),
    };
    let page = or_first(&cx, list_cards(filter.clone(), paging(&cx)?).await?)?;
    let home = paths::cards(e);
    let agent = filter.agent_id.as_ref().map(|id| page.rows.first().map_or(id.to_string(), |c| c.agent_name.clone()));
    let policy = match &filter.policy_id {
        Some(id) => Some(name_of(id).await?),
        None => None,
    };
    let filters = Filters::new(home.clone())
        .with(&cx, "status", "Status", filter.status.map(|s| s.to_string()))
        .with(&cx, "type", "Type", filter.card_type.map(|s| s.to_string()))
        .with(&cx, "agent", "Agent", agent)
        .with(&cx, "policy", "Policy", policy)
        .with(&cx, "last4", "Last four digits", filter.last4.clone());
    let new = || cx.may(Permission::IssueCard).then(|| ("Issue card".to_owned(), paths::new_card(e)));
    let empty = filters.empty("cards", || {
        view! {
            <NothingYet
                title="No cards yet"
                text="Each is of one agent and for one purpose. Backends issue theirs with POST /v1/agents/{id}/cards."
                icon=Icon::Card
                action=new()
            />
        }
        .into_any()
    });
    let rows = page
        .rows
        .iter()
        .map(|card| {
            let most = card.max_amount.map_or_else(|| "–".into_any(), |most| money(most.minor(), card.currency));
            vec![
                view! { <a href=paths::card(e, &card.id)>{format!("••••\u{a0}{}", card.last4)}</a> }.into_any(),
                card.purpose.clone().into_any(),
                view! { <a href=paths::agent(e, &card.agent_id)>{card.agent_name.clone()}</a> }.into_any(),
                parts::status(card.status),
                parts::kind(card).into_any(),
                most,
                money(card.spent, card.currency),
                optional_moment(card.last_used_at, zone, "Never"),
            ]
        })
        .collect();
    let columns = vec![
        Column::new("Card"),
        Column::prose("Purpose"),
        Column::new("Agent"),
        Column::new("Status"),
        Column::new("Type"),
        Column::numeric("Most per purchase"),
        Column::numeric("Spent"),
        Column::new("Last used"),
    ];
    let mut statuses = vec![Choice::new("", "Any status")];
    statuses.extend(CardStatus::ALL.iter().map(|s| Choice::new(s.as_str(), capital(s.as_str()))));
    let types =
        vec![Choice::new("", "Any type"), Choice::new("single", "Single use"), Choice::new("multi", "Multi use")];
    let (status, kind) = (
        filter.status.map(|s| s.to_string()).unwrap_or_default(),
        filter.card_type.map(|s| s.to_string()).unwrap_or_default(),
    );
    let keep = kept(&cx, &["last4", "status", "type"]);
    let pages = pager(&cx, "cards", &page, |card| card.id.to_string());
    let body = view! {
        <div class="stack">
            <FilterBar action=home keep>
                <Field name="last4" label="Last four digits" inputmode="numeric" value=filter.last4.clone() />
                <Select name="status" label="Status" choices=statuses value=status />
                <Select name="type" label="Type" choices=types value=kind />
            </FilterBar>
            {views.show(&cx)}
            {filters.chips()}
            <Table caption="Cards" quiet=true wide=true columns rows empty />
            {pages}
        </div>
    };
    let issue = new().map(|(word, href)| view! { <ButtonLink href word look=Look::Primary /> });
    Ok(Screen::new("Cards", body)
        .lead("Only the last four digits are ever shown here.")
        .actions(view! { <ButtonLink href=paths::unused_cards(e) word="Unused cards" />{issue} }))
}
