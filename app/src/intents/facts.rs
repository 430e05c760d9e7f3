//! What a person is shown before a yes or a no: first what LedgerOS itself knows, last what the agent says (security
//! X-B6).
use super::parts;
use crate::{
    agents::parts::period,
    cards::parts as card,
    cx::Cx,
    paths,
    purchases::parts::money,
    ui::{Badge, Fact, Moment, Quoted, Tone, Verbatim},
};
use domain::intents::{
    Held, Intent,
    approval::{Facts, obstacle},
};
use domain::limits::{OnLimitExceeded, restrictions::Level};
use leptos::prelude::*;

/// How much is left of everything that the purchase will meet.
fn room(facts: &Facts) -> Vec<Fact> {
    let (of_card, of_user) = (facts.card_currency, facts.card_currency);
    let limit = match facts.limit {
        Some(limit) => {
            let loose = !OnLimitExceeded::enforces(limit.on_exceeded);
            let loose = loose.then(|| view! { " "<Badge tone=Tone::Warn word="Not enforced" /> });
            view! { {money(limit.left(), of_card)}" of "{money(limit.amount.minor(), of_card)}" "{period(limit.frequency)}{loose} }
                .into_any()
        }
        None => "the agent has no limit".into_any(),
    };
    let most = match facts.card_max {
        Some(most) => money(most.minor(), of_card),
        None => "no cap of its own".into_any(),
    };
    let left = match facts.card_left {
        Some(left) => money(left, of_card),
        None => "no limit of its own".into_any(),
    };
    let mut all = vec![
        Fact::new("Limit left", limit),
        Fact::new("Most per purchase", most),
        Fact::new("Left on the card", left),
        Fact::new("Balance left", money(facts.spending_power, of_user)),
    ];
    if let Some(approvals) = facts.card_approvals_left {
        all.push(Fact::new("Purchases left", approvals.to_string()));
    }
    all
}

/// Amount and merchant, in the order in which they are decided on.
fn asked(facts: &Facts) -> Vec<Fact> {
    let amount = match facts.amount {
        Some(amount) => money(amount.minor(), facts.currency),
        None => "none named: any amount within the limits".into_any(),
    };
    let most = facts.most.map(|most| money(most, facts.currency)).unwrap_or_else(|| "any amount".into_any());
    let merchant = match &facts.merchant {
        Some(merchant) => view! { <Verbatim text=merchant.clone() label="Merchant as received" /> }.into_any(),
        None => "none named: any merchant".into_any(),
    };
    vec![
        Fact::new("How much", amount),
        Fact::new("Passes as declared up to", most),
        Fact::new("To whom, as received", merchant),
    ]
}

/// What a decision was made on, as it is kept.
pub(super) fn seen(facts: &Facts) -> Vec<Fact> {
    let mut all = asked(facts);
    all.extend(room(facts));
    all.push(Fact::new("Card", card::status(facts.card_status)));
    all
}

/// The facts of what waits, the verified ones that a decision is made on.
pub(super) fn verified(cx: &Cx, held: &Held) -> Vec<Fact> {
    let (e, zone, intent) = (cx.environment, cx.zone(), &held.intent);
    let now = held.facts.at;
    let of_card = view! {
        <a href=paths::card(e, &intent.card_id)>{format!("••••\u{a0}{}", intent.card_last4)}</a>
        " "{held.card_purpose.clone()}" "{card::status(held.facts.card_status)}
    };
    let by = match held.approval.map(|asked| asked.level) {
        Some(Level::Organisation) => "The organisation's rules ask",
        Some(Level::Agent) => "The agent's rules ask",
        Some(Level::Policy) => "The card's policy asks",
        Some(Level::Card) => "The card asks",
        None => "Rules that were changed since asked",
    };
    let why = match (held.approval.and_then(|asked| asked.from), intent.expected_amount) {
        (Some(_), None) => format!("{by} a person, as no amount was named.").into_any(),
        (Some(_), Some(_)) if intent.expected_currency != held.facts.card_currency => {
            format!("{by} a person, as the amount is in another currency.").into_any()
        }
        (Some(below), Some(amount)) if amount < below => {
            view! { {by}" a person for "{money(below.minor(), held.facts.card_currency)}" and above, and the tolerance that \
                     the agent wants reaches there." }
            .into_any()
        }
        (Some(below), _) => {
            view! { {by}" a person for "{money(below.minor(), held.facts.card_currency)}" and above." }
                .into_any()
        }
        (None, _) => format!("{by} a person for every purchase.").into_any(),
    };
    let mut facts = asked(&held.facts);
    facts.extend(room(&held.facts));
    facts.push(Fact::new("Card", of_card));
    facts.push(Fact::new(
        "Who asks",
        view! { <a href=paths::agent(e, &intent.agent_id)>{intent.agent_name.clone()}</a>{parts::by(intent)} },
    ));
    facts.push(Fact::new("Why a person is asked", why));
    facts.push(Fact::new(
        "Waits",
        view! { {parts::lasting(now.since(intent.created_at))}", since "<Moment at=intent.created_at.0 zone /> },
    ));
    facts.push(Fact::new(
        "Runs out",
        view! { "in "{parts::lasting(intent.expires_at.since(now))}", on "<Moment at=intent.expires_at.0 zone /> },
    ));
    facts
}

/// What stands in the way now, or stood in the way of the last try; and that it is one's own.
pub(super) fn warning(held: &Held) -> AnyView {
    let now = obstacle(&held.facts).map(|obstacle| format!("Cannot be approved now. {}", obstacle.plain()));
    let before = held.intent.approval_failed.filter(|_| now.is_none());
    let before = before.map(|failed| format!("An approval failed before. Then: {}", failed.obstacle.plain()));
    let own = held
        .own
        .then(|| "You made the key that declared this: somebody else approves it. You can reject it.".to_owned());
    let all = [now, before, own].into_iter().flatten();
    all.map(|text| view! { <p class="trouble" role="status">{text}</p> }).collect_view().into_any()
}

/// The agent's own words, last, quoted and labelled.
pub(super) fn said(intent: &Intent) -> AnyView {
    let text = intent.summary.clone();
    view! { <Quoted by="What the agent says. Unverified: nobody has checked it." text /> }.into_any()
}
