//! Closing the unused cards that were chosen: what will be closed, and what became of each.
use super::{
    freeze::said,
    parts,
    unused::{Asked, NONE_CHOSEN, agent, days, link},
};
use crate::{
    cx::{Cx, cx},
    form::{PageConfirm, Reason, use_form},
    list::optional_moment,
    paths,
    problem::Problem,
    query::all_pairs,
    screen::{Loaded, Page},
    ui::{Badge, ButtonLink, Column, Panel, Table, Tone, field_id, grouped},
};
use domain::{
    Error,
    access::Permission,
    cards::{self, Held, Idle, MOST_SWEPT, Seen, Unused},
    error::Code,
    ids::CardId,
};
use futures::future::join_all;
use leptos::prelude::*;
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Cards that are closed at the same time: each in a change of its own, which share the waiting for the disk.
const AT_A_TIME: usize = 16;

/// What became of a card that was to be closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Came {
    /// It was closed now.
    Closed,
    /// It was closed before.
    Already,
    /// It is as it was, and why.
    Kept(String),
}

/// A card that was to be closed.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Swept {
    /// Which one.
    pub id: CardId,
    /// As it is now; none where there is no such card.
    pub card: Option<Unused>,
    /// What became of it.
    pub came: Came,
    /// What is still held on it.
    pub held: Option<Held>,
}

/// The cards that the address chose and that are still unused, with what is held on them.
#[server]
pub async fn list_chosen(idle: Idle, all: bool, chosen: Vec<CardId>) -> Result<Vec<(Unused, Option<Held>)>, Problem> {
    let cx = cx();
    let (db, grant) = (cx.db(), cx.grant()?);
    let cards = if all {
        cards::longest_unused(db, grant, idle).await?
    } else {
        cards::still_unused(db, idle, cards::these(db, grant, &chosen).await?)
    };
    let mut held = held_by_card(&cx, idle).await?;
    Ok(cards.into_iter().map(|card| (held.remove(&card.id), card)).map(|(held, card)| (card, held)).collect())
}

async fn held_by_card(cx: &Cx, idle: Idle) -> Result<BTreeMap<CardId, Held>, Problem> {
    let held = cards::held_unused(cx.db(), cx.grant()?, idle).await?;
    Ok(held.into_iter().map(|held| (held.card_id.clone(), held)).collect())
}

/// Closes these cards, each on its own: one that cannot be closed keeps no other open.
#[server]
pub async fn close_unused(
    #[server(default)] cards: Vec<String>,
    #[server(default)] reason: String,
) -> Result<Vec<Swept>, Problem> {
    let cx = cx();
    let (db, grant) = (cx.db(), cx.grant()?);
    // Before the first, and not between two.
    cx.fresh(Permission::Unfreeze)?;
    let idle = Asked::of(&cx).idle()?;
    let seen = which(&cards)?;
    let reason = said(&reason)?;
    let mut came = Vec::new();
    for some in seen.chunks(AT_A_TIME) {
        let close =
            |card: &Seen| db.commit(grant, cards::CloseUnused { card: card.clone(), idle, reason: reason.clone() });
        let done = join_all(some.iter().map(close)).await;
        came.extend(done.into_iter().map(|done| match done {
            Ok(_) => Came::Closed,
            Err(Error::State { code: Code::CardAlreadyClosed, .. }) => Came::Already,
            Err(error) => Came::Kept(Problem::from(error).advice()),
        }));
    }
    let ids: Vec<CardId> = seen.into_iter().map(|seen| seen.id).collect();
    let now = cards::these(db, grant, &ids).await?;
    let mut now: BTreeMap<CardId, Unused> = now.into_iter().map(|card| (card.id.clone(), card)).collect();
    let mut held = held_by_card(&cx, idle).await?;
    cx.then(back(&cx));
    Ok(ids
        .into_iter()
        .zip(came)
        .map(|(id, came)| Swept { card: now.remove(&id), held: held.remove(&id), came, id })
        .collect())
}

/// The cards that were sent, each once.
fn which(sent: &[String]) -> Result<Vec<Seen>, Problem> {
    let mut known = BTreeSet::new();
    let seen: Option<Vec<Seen>> = sent.iter().map(|text| text.parse().ok()).collect();
    let Some(mut seen) = seen else {
        return Err(Problem::field(
            "cards",
            "One of the cards is none that this form offers: open it again from the list.",
        ));
    };
    seen.retain(|seen| known.insert(seen.id.clone()));
    match seen.len() {
        0 => Err(Problem::field("cards", NONE_CHOSEN)),
        n if n > MOST_SWEPT => Err(Problem::field("cards", format!("may be {MOST_SWEPT} at most in one go"))),
        _ => Ok(seen),
    }
}

/// The list that the address was chosen from.
fn back(cx: &Cx) -> String {
    paths::with_query(&paths::unused_cards(cx.environment), [("days", Some(Asked::of(cx).days))])
}

/// The list again, at its place, saying that nothing was chosen.
fn none_chosen(cx: &Cx) -> Problem {
    let pairs = all_pairs(cx);
    let said = |name: &'static str| {
        let value = pairs.iter().find(|(own, _)| own == name).map(|(_, value)| value.clone());
        (name, value)
    };
    let place = ["days", "rows", "before", "after"].map(said).into_iter().chain([("none", Some("true".to_owned()))]);
    Problem::Elsewhere(paths::with_query(&paths::unused_cards(cx.environment), place))
}

/// What will be closed; once that is done, what became of each.
pub async fn page() -> Loaded {
    let cx = cx();
    let form = use_form();
    if let Some(swept) = form.output::<Vec<Swept>>() {
        return Ok(result(&cx, &swept));
    }
    let asked = Asked::of(&cx);
    let Ok(idle) = asked.idle() else { return Err(Problem::Elsewhere(back(&cx))) };
    if !asked.all && asked.chosen.is_empty() {
        return Err(none_chosen(&cx));
    }
    let wanted = asked.chosen.len();
    let mut cards = list_chosen(idle, asked.all, asked.chosen).await?;
    if cards.is_empty() {
        cx.flash("Nothing to close: the cards that you chose are closed, or were used meanwhile.").await;
        return Err(Problem::Elsewhere(back(&cx)));
    }
    let more = cards.len() > MOST_SWEPT;
    cards.truncate(MOST_SWEPT);
    let gone = if asked.all { 0 } else { wanted - cards.len() };
    let count = grouped(cards.len() as u64);
    let what = if cards.len() == 1 { "1 card".to_owned() } else { format!("{count} cards") };
    let form = about(&cards, &what, more, gone);
    let body = view! { <div class="stack">{form}{table(&cx, &cards)}</div> };
    Ok(Page::new(format!("Close {what}"), body)
        .lead(format!("Multi-use cards that nobody has used for at least {}.", days(idle)))
        .under("Cards", paths::cards(cx.environment))
        .under("Unused cards", back(&cx)))
}

/// The form, with what follows when it is sent.
fn about(cards: &[(Unused, Option<Held>)], what: &str, more: bool, gone: usize) -> AnyView {
    let cx = cx();
    let are = if cards.len() == 1 { "is" } else { "are" };
    let mut consequences = vec![format!("{what} {are} closed for good. Every purchase from then on is declined.")];
    let held = cards.iter().filter(|(_, held)| held.is_some()).count();
    if held > 0 {
        let on = if held == 1 { "1 of them has".to_owned() } else { format!("{} of them have", grouped(held as u64)) };
        consequences.push(format!(
            "{on} purchases that are not settled. Closing does not release those: the merchant can still capture them."
        ));
    }
    if gone > 0 {
        let left =
            if gone == 1 { "1 card that you chose is".to_owned() } else { format!("{gone} cards that you chose are") };
        consequences.push(format!("{left} closed or in use by now, and left out."));
    }
    if more {
        let most = grouped(MOST_SWEPT as u64);
        consequences.push(format!("More match. These are the {most} unused longest; close the rest in further goes."));
    }
    consequences.push("This cannot be undone. A replacement is a new card.".to_owned());
    let seen =
        cards.iter().map(|(card, _)| view! { <input type="hidden" name="cards[]" value=card.seen().to_string() /> });
    let seen = seen.collect_view();
    view! {
        <PageConfirm consequences act=format!("Close {what}") cancel=back(&cx)>
            {seen}
            <Reason hint="For the audit log, with each card." optional=true />
        </PageConfirm>
    }
    .into_any()
}

/// The cards that will be closed.
fn table(cx: &Cx, cards: &[(Unused, Option<Held>)]) -> AnyView {
    let row = |(card, held): &(Unused, Option<Held>)| {
        vec![
            link(cx, card),
            card.purpose.clone().into_any(),
            agent(cx, card),
            parts::status(card.status),
            optional_moment(card.last_used_at, cx.zone(), "Never"),
            parts::held(held.as_ref(), card.currency),
        ]
    };
    let rows = cards.iter().map(row).collect();
    let columns = vec![
        Column::new("Card"),
        Column::prose("Purpose"),
        Column::new("Agent"),
        Column::new("Status"),
        Column::new("Last used"),
        Column::numeric("Not settled"),
    ];
    // An error about the cards lands here.
    view! {
        <div id=field_id("cards") tabindex="-1">
            <Panel title="What will be closed"><Table caption="What will be closed" quiet=true columns rows /></Panel>
        </div>
    }
    .into_any()
}

/// One row for each card, and what became of it.
fn result(cx: &Cx, swept: &[Swept]) -> Page {
    let closed = swept.iter().filter(|card| card.came == Came::Closed).count();
    let row = |swept: &Swept| {
        let name = swept.card.as_ref().map_or_else(|| swept.id.to_string().into_any(), |card| link(cx, card));
        let purpose = swept.card.as_ref().map_or_else(String::new, |card| card.purpose.clone());
        let came = match &swept.came {
            Came::Closed => view! { <Badge tone=Tone::Good word="Closed" /> }.into_any(),
            Came::Already => view! { <Badge tone=Tone::Neutral word="Closed before" /> }.into_any(),
            Came::Kept(why) => {
                view! { <Badge tone=Tone::Warn word="Not closed" />" "<span class="hint">{why.clone()}</span> }
                    .into_any()
            }
        };
        let held =
            swept.card.as_ref().map_or_else(|| "–".into_any(), |card| parts::held(swept.held.as_ref(), card.currency));
        vec![name, came, purpose.into_any(), held]
    };
    let rows = swept.iter().map(row).collect();
    let columns =
        vec![Column::new("Card"), Column::prose("Result"), Column::prose("Purpose"), Column::numeric("Still held")];
    let said = format!("{} of {} closed.", grouped(closed as u64), grouped(swept.len() as u64));
    let held = swept.iter().any(|card| card.held.is_some());
    let held = held.then_some("What is still held can be captured by the merchant, on a closed card as well.");
    let body = view! {
        <div class="stack">
            <p role="status">{said}</p>
            {held.map(|held| view! { <p class="hint">{held}</p> })}
            <Table caption="What became of each card" columns rows />
            <div class="actions"><ButtonLink href=back(cx) word="Back to unused cards" /></div>
        </div>
    };
    Page::new("Cards closed", body).under("Cards", paths::cards(cx.environment)).under("Unused cards", back(cx))
}
