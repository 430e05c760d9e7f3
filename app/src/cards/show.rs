//! One card: its facts and one timeline of intents, reads, authorizations and captures.
use super::{close::get_held, one_use, parts, reveal};
use crate::{
    agents::with_stop,
    attestations::list_accesses,
    audit::history,
    cx::{Cx, cx},
    intents::{list_intents, parts as intent},
    list::optional_moment,
    part::{could_not_load, part, trouble},
    paths,
    policies::{
        name_of,
        standing::{self, get_card_standing},
    },
    problem::Problem,
    purchases::{list_purchases, parts as purchase},
    risk::{get_card_risk, switched},
    screen::{Loaded, Page},
    ui::{ButtonLink, Code, Fact, Facts, Moment, NothingYet, Panel, Precision, Step, StepState, Timeline},
};
use domain::{
    access::Permission,
    attestations::{self, Access},
    cards::{self, Card, CardStatus},
    ids::{CardId, PolicyId},
    intents::{self, Intent, IntentStatus},
    page::Paging,
    purchases::{self, Purchase, PurchaseStatus},
    time::Timestamp,
};
use leptos::prelude::*;

/// Rows of each kind that the timeline looks at.
const LOOK_BACK: u8 = 25;
/// Steps that the timeline shows.
const STEPS: usize = 40;

/// The card of this id.
#[server]
pub async fn get_card(id: CardId) -> Result<Card, Problem> {
    let cx = cx();
    Ok(cards::get(cx.db(), cx.grant()?, &id).await?)
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let card = get_card(cx.id("id")?).await?;
    let of = Some(card.id.clone());
    let intents = intents::Filter { card_id: of.clone(), ..Default::default() };
    let reads = attestations::Filter { card_id: of.clone(), ..Default::default() };
    let bought = purchases::Filter { card_id: of, ..Default::default() };
    let intents = part(list_intents(intents, Paging::newest(LOOK_BACK))).await?;
    let reads = part(list_accesses(reads, Paging::newest(LOOK_BACK))).await?;
    let bought = part(list_purchases(bought, Paging::newest(LOOK_BACK))).await?;
    let e = cx.environment;
    // A line with gaps would tell a story that is not true.
    let whole = intents.is_some() && reads.is_some() && bought.is_some();
    let mut steps: Vec<(Timestamp, Step)> = Vec::new();
    steps.extend(intents.iter().flat_map(|all| &all.rows).map(|i| declared(&cx, i)));
    steps.extend(reads.iter().flat_map(|all| &all.rows).map(|a| read(&cx, a)));
    steps.extend(bought.iter().flat_map(|all| &all.rows).flat_map(|p| money_steps(&cx, p)));
    steps.sort_by_key(|(at, _)| std::cmp::Reverse(*at));
    steps.truncate(STEPS);
    let timeline = if !whole {
        could_not_load(&cx, "intents, reads and purchases")
    } else if steps.is_empty() {
        view! { <NothingYet title="Nothing has happened yet" text="Intents, credential reads and purchases of this card appear here in one line." /> }
            .into_any()
    } else {
        let steps = steps.into_iter().map(|(_, step)| step).collect();
        view! { <Timeline label="What happened with this card, the latest first" steps /> }.into_any()
    };
    let all = paths::with_query(&paths::purchases(e), [("card", Some(&card.id))]);
    let found = paths::with_query(&paths::risk(e), [("card", Some(&card.id))]);
    let risk = part(get_card_risk(card.id.clone())).await?;
    let standing = part(get_card_standing(card.id.clone())).await?;
    let policy = match &card.policy_id {
        Some(id) => Some((id.clone(), name_of(id).await?)),
        None => None,
    };
    let agent = with_stop(&cx, &card.agent_id, &card.agent_name).await?;
    let held = part(get_held(card.id.clone())).await?;
    let held = match &held {
        Some(held) => parts::held(held.as_ref(), card.currency),
        None => trouble(&cx, "What is held"),
    };
    let mut facts = facts(&cx, &card, agent, held, policy);
    if let Some(fact) = one_use::fact(&cx, &card).await? {
        // Below the type, which a reason has moved down.
        facts.insert(2 + usize::from(card.status_reason.is_some()), fact);
    }
    facts.extend(risk.map(|risk| Fact::new("Risk rules", switched(&cx, &risk))));
    let rules = match &standing {
        Some((all, reading)) => standing::of_card(&cx, all, reading, card.currency),
        None => trouble(&cx, "The rules"),
    };
    let history = history::of_object(&cx, card.id.as_str()).await?;
    let change_rules = (card.status != CardStatus::Closed && cx.may(Permission::LowerLimit))
        .then(|| view! { <ButtonLink href=paths::card_rules(e, &card.id) word="Change rules" small=true /> })
        .into_any();
    let body = view! {
        <div class="stack">
            <div class="grid">
                <Panel title="Timeline">{timeline}</Panel>
                <Panel title="About"><Facts facts /></Panel>
            </div>
            <Panel title="Rules that count" actions=change_rules>{rules}</Panel>
            {history}
        </div>
    };
    let change = match card.status {
        CardStatus::Active => cx.may(Permission::Freeze).then(|| (paths::freeze_card(e, &card.id), "Freeze")),
        CardStatus::Frozen => cx.may(Permission::Unfreeze).then(|| (paths::unfreeze_card(e, &card.id), "Unfreeze")),
        CardStatus::Closed | CardStatus::NotActivated => None,
    };
    let close = card.status.can_become(CardStatus::Closed) && cx.may(Permission::Unfreeze);
    let reveal = (cx.may(Permission::RevealCard) && reveal::hidden(&card).is_none())
        .then(|| view! { <ButtonLink href=paths::reveal_card(e, &card.id) word="Reveal number" /> });
    let attempt = (card.status != CardStatus::Closed)
        .then(|| view! { <ButtonLink href=paths::try_purchase(e, &card.id) word="Try a purchase" /> });
    let actions = view! {
        {attempt}
        <ButtonLink href=all word="Purchases" />
        <ButtonLink href=found word="Risk" />
        {reveal}
        {change.map(|(href, word)| view! { <ButtonLink href word /> })}
        {close.then(|| view! { <ButtonLink href=paths::close_card(e, &card.id) word="Close" /> })}
    };
    Ok(Page::new(format!("Card ••••\u{a0}{}", card.last4), body)
        .lead(card.purpose.clone())
        .badge(parts::status(card.status))
        .actions(actions)
        .under("Cards", paths::cards(e)))
}

fn facts(cx: &Cx, card: &Card, agent: AnyView, held: AnyView, policy: Option<(PolicyId, String)>) -> Vec<Fact> {
    let (e, zone) = (cx.environment, cx.zone());
    let demands = match card.require_intent {
        Some(true) => "yes",
        Some(false) => "no",
        None => "as the organisation says",
    };
    let approval = match (card.rules.require_approval == Some(true), card.rules.auto_approve_below) {
        (false, _) => "no".into_any(),
        (true, None) => "for every purchase".into_any(),
        (true, Some(below)) => view! { "from "{purchase::money(below.minor(), card.currency)}" on" }.into_any(),
    };
    let mut facts = vec![
        Fact::new("Agent", agent),
        Fact::new("Type", parts::kind(card)),
        Fact::new("Spent", purchase::money(card.spent, card.currency)),
        Fact::new("Of that held, not settled", held),
        Fact::new(
            "Policy",
            match policy {
                Some((id, name)) => view! { <a href=paths::policy(e, &id)>{name}</a> }.into_any(),
                None => "none".into_any(),
            },
        ),
        Fact::new("A read attests for", format!("{} minutes", card.attestation_window_minutes)),
        Fact::new("Needs an intent", demands),
        Fact::new("Asks a person", approval),
        Fact::new("Expires", format!("{:02}/{}", card.expiration_month, card.expiration_year)),
        Fact::new("Issued", optional_moment(Some(card.created_at), zone, "")),
        Fact::new("Last used", optional_moment(card.last_used_at, zone, "Never")),
        Fact::new("Id", view! { <Code text=card.id.to_string() copy="card id" /> }),
    ];
    if let Some(reason) = parts::reason(card) {
        facts.insert(0, Fact::new("Why in this state", reason));
    }
    if let Some(hint) = card.merchant_hint.clone() {
        facts.push(Fact::new("Expected merchant", hint));
    }
    facts
}

fn step(cx: &Cx, at: Timestamp, title: &str, state: StepState, about: AnyView) -> (Timestamp, Step) {
    let zone = cx.zone();
    let moment = view! { <Moment at=at.0 zone precision=Precision::Second /> }.into_any();
    (at, Step { title: title.into(), state, at: Some(moment), about })
}

fn declared(cx: &Cx, declared: &Intent) -> (Timestamp, Step) {
    let state = match declared.status {
        IntentStatus::Mismatched | IntentStatus::Rejected => StepState::Failed,
        IntentStatus::Expired | IntentStatus::Canceled => StepState::Late,
        IntentStatus::Pending | IntentStatus::PendingApproval => StepState::Waiting,
        IntentStatus::Matched => StepState::Done,
    };
    let href = paths::intent(cx.environment, &declared.id);
    let about = view! { <a href=href>{declared.summary.clone()}</a>" "{intent::verdict(declared)} }.into_any();
    step(cx, declared.created_at, "Intent declared", state, about)
}

fn read(cx: &Cx, read: &Access) -> (Timestamp, Step) {
    let href = paths::attestation(cx.environment, &read.id);
    let about = view! { <a href=href>{read.summary.clone()}</a> }.into_any();
    step(cx, read.created_at, "Credentials read", StepState::Done, about)
}

fn money_steps(cx: &Cx, bought: &Purchase) -> Vec<(Timestamp, Step)> {
    let say = |minor: i64| {
        view! { {purchase::link(cx.environment, &bought.id, &bought.merchant_name)}" "{purchase::money(minor, bought.currency)} }.into_any()
    };
    let declined = bought.status == PurchaseStatus::Declined;
    let (title, state) = if declined { ("Declined", StepState::Failed) } else { ("Authorized", StepState::Done) };
    let mut steps = vec![step(cx, bought.authorized_at, title, state, say(bought.authorized_amount))];
    if let Some(at) = bought.posted_at {
        steps.push(step(cx, at, "Captured", StepState::Done, say(bought.captured_amount)));
    }
    if let Some(at) = bought.reversed_at {
        steps.push(step(cx, at, "Given back", StepState::Late, say(bought.reversed_amount)));
    }
    steps
}
