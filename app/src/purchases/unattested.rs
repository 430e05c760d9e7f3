//! Purchases that no credential read came before: what is at stake, and freezing what can still be charged.
use super::parts;
use crate::{
    cards::parts as card,
    cx::{Cx, cx},
    list::Filters,
    part::{part, trouble},
    paths,
    problem::Problem,
    query::{kept, or_first, pager, paging},
    screen::{Loaded, Page as Screen},
    ui::{
        ButtonLink, Choice, Column, FilterBar, Icon, Moment, NothingYet, Reading, Select, Stat, Stats, Table, grouped,
    },
};
use domain::{
    access::Permission,
    cards::CardStatus,
    ids::PurchaseId,
    page::{Page, Paging},
    purchases::{self, AtStake, MOST_ADDED, MOST_LOOKED_AT, Stake, UNATTESTED_DAYS},
};
use leptos::prelude::*;
use serde::Deserialize;

/// One page of the queue.
#[server]
pub async fn list_unattested(chargeable: bool, paging: Paging<PurchaseId>) -> Result<Page<AtStake>, Problem> {
    let cx = cx();
    Ok(purchases::unattested(cx.db(), cx.grant()?, chargeable, &paging).await?)
}

/// What they add up to, by currency.
#[server]
pub async fn add_unattested(chargeable: bool) -> Result<Vec<Stake>, Problem> {
    let cx = cx();
    Ok(purchases::stakes(cx.db(), cx.grant()?, chargeable).await?)
}

#[derive(Default, Deserialize)]
struct Query {
    cards: Option<String>,
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let query: Query = cx.query();
    let all = query.cards.as_deref() == Some("all");
    let (page, stakes) = futures::try_join!(list_unattested(!all, paging(&cx)?), part(add_unattested(!all)))?;
    let page = or_first(&cx, page)?;
    let (e, zone) = (cx.environment, cx.zone());
    let home = paths::unattested(e);
    let filters =
        Filters::new(home.clone()).with(&cx, "cards", "Cards", all.then(|| "active, frozen or closed".to_owned()));
    let rows = page
        .rows
        .iter()
        .map(|p| {
            let freeze = (p.card_status == CardStatus::Active && cx.may(Permission::Freeze)).then(|| {
                view! { <ButtonLink href=paths::freeze_card(e, &p.card_id) word="Freeze card" icon=Icon::Freeze small=true /> }
            });
            vec![
                view! { <Moment at=p.authorized_at.0 zone /> }.into_any(),
                parts::link(e, &p.id, &p.merchant_name),
                parts::money(p.amount, p.currency),
                parts::status(p.status),
                view! { <a href=paths::agent(e, &p.agent_id)>{p.agent_name.clone()}</a> }.into_any(),
                view! { <a href=paths::card(e, &p.card_id)>{format!("••••\u{a0}{}", p.card_last4)}</a>" "{card::status(p.card_status)} }
                    .into_any(),
                freeze.into_any(),
            ]
        })
        .collect();
    let columns = vec![
        Column::new("When"),
        Column::new("Merchant"),
        Column::numeric("At stake"),
        Column::new("Status"),
        Column::new("Agent"),
        Column::new("Card"),
        Column::actions("Freeze the card"),
    ];
    let empty = view! {
        <NothingYet
            title="Nothing unattested"
            text=format!(
                "Every purchase of the last {UNATTESTED_DAYS} days on a card that can still be charged came after a credential read."
            )
            icon=Icon::Attestation
        />
    }
    .into_any();
    let choices = vec![Choice::new("", "That can still be charged"), Choice::new("all", "Active, frozen or closed")];
    let chosen = if all { "all" } else { "" }.to_owned();
    let keep = kept(&cx, &["cards"]);
    let pages = pager(&cx, "unattested purchases", &page, |p| p.id.to_string());
    let body = view! {
        <div class="stack">
            {added(&cx, stakes.as_deref())}
            <FilterBar action=home keep><Select name="cards" label="Cards" choices value=chosen /></FilterBar>
            {filters.chips()}
            <Table caption="Unattested purchases" quiet=true columns rows empty />
            {pages}
        </div>
    };
    let among =
        if all { String::new() } else { format!(" Looked for among the latest {}.", grouped(MOST_LOOKED_AT as u64)) };
    Ok(Screen::new("Unattested purchases", body)
        .lead(format!(
            "Approved in the last {UNATTESTED_DAYS} days with no credential read in the 24 hours before: nobody said what for.{among}"
        ))
        .under("Purchases", paths::purchases(e)))
}

/// How many they are and what they add up to.
fn added(cx: &Cx, stakes: Option<&[Stake]>) -> AnyView {
    let Some(stakes) = stakes else { return trouble(cx, "What is at stake") };
    let counted: i64 = stakes.iter().map(|stake| stake.n).sum();
    if counted == 0 {
        return ().into_any();
    }
    let more = if counted >= MOST_ADDED { "+" } else { "" };
    let note = if counted >= MOST_ADDED { format!("the latest {}", grouped(MOST_ADDED as u64)) } else { String::new() };
    let n = format!("{}{more}", grouped(counted.unsigned_abs()));
    let amounts = stakes
        .iter()
        .map(|stake| {
            let reading = Reading::Exact(parts::money(stake.amount, stake.currency), note.clone());
            view! { <Stat label=format!("At stake, {}", stake.currency) reading /> }
        })
        .collect_view();
    view! { <Stats><Stat label="Purchases" reading=Reading::Exact(n.into_any(), String::new()) />{amounts}</Stats> }
        .into_any()
}
