//! Multi-use cards that nobody has used for a while, to choose from.
use super::parts;
use crate::{
    cx::{Cx, cx},
    list::optional_moment,
    paths,
    problem::{Problem, Refusal},
    purchases::parts::money,
    query::{all_pairs, changed, kept, or_first, pager, paging},
    screen::{Loaded, Page as Screen},
    ui::{
        Button, ButtonLink, Column, ErrorSummary, Field, FilterBar, Icon, Look, NothingMatches, NothingYet, Table,
        field_id, grouped,
    },
};
use domain::{
    access::Permission,
    cards::{self, Idle, MOST_SWEPT, Place, Unused},
    ids::CardId,
    page::{Page, Paging},
};
use leptos::prelude::*;
use std::collections::BTreeSet;

/// One page of them.
#[server]
pub async fn list_unused(idle: Idle, paging: Paging<Place>) -> Result<Page<Unused>, Problem> {
    let cx = cx();
    Ok(cards::unused_cards(cx.db(), cx.grant()?, idle, &paging).await?)
}

/// How many they are, to one more than can be closed at once.
#[server]
pub async fn count_unused(idle: Idle) -> Result<usize, Problem> {
    let cx = cx();
    Ok(cards::count_unused(cx.db(), cx.grant()?, idle).await?)
}

/// What the address asks for: unused for how long, and which of them.
pub(super) struct Asked {
    /// The days as they were typed.
    pub days: String,
    /// All that match.
    pub all: bool,
    /// These, each once.
    pub chosen: Vec<CardId>,
}

impl Asked {
    pub fn of(cx: &Cx) -> Self {
        let mut asked = Self { days: Idle::default().to_string(), all: false, chosen: Vec::new() };
        let mut known = BTreeSet::new();
        for (name, value) in all_pairs(cx) {
            match &*name {
                "days" => asked.days = value,
                "all" => asked.all = true,
                "card" => asked.chosen.extend(value.parse().ok().filter(|id: &CardId| known.insert(id.clone()))),
                _ => {}
            }
        }
        asked
    }

    pub fn idle(&self) -> Result<Idle, Problem> {
        let mut refusal = Refusal::default();
        let idle = refusal.take("days", self.days.parse());
        refusal.or(idle)
    }
}

/// The days in words.
pub(super) fn days(idle: Idle) -> String {
    if idle.to_string() == "1" { "1 day".to_owned() } else { format!("{idle} days") }
}

/// A card's name in a row.
pub(super) fn link(cx: &Cx, card: &Unused) -> AnyView {
    let href = paths::card(cx.environment, &card.id);
    view! { <a href=href>{format!("••••\u{a0}{}", card.last4)}</a> }.into_any()
}

/// Its agent.
pub(super) fn agent(cx: &Cx, card: &Unused) -> AnyView {
    let href = paths::agent(cx.environment, &card.agent_id);
    view! { <a href=href>{card.agent_name.clone()}</a> }.into_any()
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let asked = Asked::of(&cx);
    let home = paths::unused_cards(cx.environment);
    let idle = asked.idle();
    let refusal = match &idle {
        Err(Problem::Refused(refusal)) => refusal.clone(),
        _ => Refusal::default(),
    };
    let list = match idle {
        Ok(idle) => Some(list(&cx, idle).await?),
        Err(_) => None,
    };
    let (keep, why) = (kept(&cx, &["days"]), refusal.of("days"));
    let none_chosen = list.as_ref().is_some_and(|_| has(&cx, "none"));
    let mut refusals = refusal.0;
    if none_chosen {
        refusals.push(("card".into(), NONE_CHOSEN.into()));
    }
    let body = view! {
        <div class="stack">
            <ErrorSummary refusals />
            <FilterBar action=home keep>
                <Field name="days" label="Not used for at least" unit="days" inputmode="numeric" value=asked.days refusal=why />
            </FilterBar>
            {list}
        </div>
    };
    let lead = "Multi-use cards in service whose last approved purchase is long ago, or that were never used. \
        A card that nobody needs is one that a thief can use.";
    Ok(Screen::new("Unused cards", body).lead(lead).under("Cards", paths::cards(cx.environment)))
}

/// Why a form without a card was not taken.
pub(super) const NONE_CHOSEN: &str = "Cards: tick at least one, or close all that match.";

fn has(cx: &Cx, name: &str) -> bool {
    all_pairs(cx).iter().any(|(own, _)| own == name)
}

/// The cards, and below them what can be done with those that are ticked.
async fn list(cx: &Cx, idle: Idle) -> Result<AnyView, Problem> {
    let page = or_first(cx, list_unused(idle, paging(cx)?).await?)?;
    let (e, zone, may) = (cx.environment, cx.zone(), cx.may(Permission::Unfreeze));
    let ticked = has(cx, "tick");
    let rows: Vec<Vec<AnyView>> = page
        .rows
        .iter()
        .enumerate()
        .map(|(i, card)| {
            vec![
                if may { pick(cx, card, i, ticked) } else { link(cx, card) },
                card.purpose.clone().into_any(),
                agent(cx, card),
                parts::status(card.status),
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
        Column::numeric("Spent"),
        Column::new("Last used"),
    ];
    if rows.is_empty() {
        return Ok(if idle == Idle::default() {
            let text = format!("Every multi-use card in service was issued or used in the last {}.", days(idle));
            view! { <NothingYet title="No unused cards" text icon=Icon::Card /> }.into_any()
        } else {
            let terms = vec![format!("not used for at least {}", days(idle))];
            view! { <NothingMatches of="cards" terms clear_href=paths::unused_cards(e) /> }.into_any()
        });
    }
    let table = view! { <Table caption="Unused cards" quiet=true columns rows /> };
    let pages = pager(cx, "unused cards", &page, |card| card.place().to_string());
    if !may {
        let why = "Your role may look at these cards. To close one, ask an owner or admin.";
        return Ok(view! { <p class="hint">{why}</p>{table}{pages} }.into_any());
    }
    let count = count_unused(idle).await?;
    let (all, note) = if count > MOST_SWEPT {
        let most = grouped(MOST_SWEPT as u64);
        (
            format!("Close the {most} unused longest"),
            format!(" More than {most} cards match: at most {most} are closed in one go."),
        )
    } else {
        (format!("Close all {} that match", grouped(count as u64)), String::new())
    };
    let (tick, how) = if ticked { (None, "Untick all") } else { (Some(("tick", "all")), "Tick all on this page") };
    // The same rows again, and not the first page.
    let place = all_pairs(cx).into_iter().filter(|(name, _)| ["rows", "before", "after"].contains(&name.as_str()));
    let place = place.map(|(name, value)| view! { <input type="hidden" name=name value=value /> }).collect_view();
    let bar = view! {
        <p class="hint">
            {"Nothing is closed yet: the next page says what will be, and asks."}{note}
        </p>
        <div class="actions">
            <Button word="Close the ticked" look=Look::Secondary />
            <Button word=all look=Look::Secondary name="all" value="true" />
            <ButtonLink href=changed(cx, &[], tick) word=how look=Look::Plain />
        </div>
    };
    let action = paths::close_unused(e);
    Ok(view! {
        <form class="stack" method="get" action=action>
            <input type="hidden" name="days" value=idle.to_string() />
            {place}
            {table}
            {bar}
        </form>
        {pages}
    }
    .into_any())
}

/// A card's name with a box before it. An error summary lands on the first.
fn pick(cx: &Cx, card: &Unused, at: usize, ticked: bool) -> AnyView {
    let id = if at == 0 { field_id("card") } else { format!("{}-{at}", field_id("card")) };
    let label = format!("Choose card {}, {}", card.last4, card.purpose);
    view! {
        <span class="pick">
            <label>
                <input type="checkbox" id=id name="card" value=card.id.to_string() checked=ticked />
                <span class="quiet">{label}</span>
            </label>
            {link(cx, card)}
        </span>
    }
    .into_any()
}
