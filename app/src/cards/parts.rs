//! How a card is said.
use crate::purchases::parts::money;
use crate::{
    risk::words as risk,
    ui::{Badge, Tone},
};
use domain::{
    cards::{
        CLOSED_WITH_AGENT, Card, CardStatus, CardType, EXPIRED, FROZEN_WITH_AGENT, Held, LIFETIME_OVER, ON_REQUEST,
    },
    money::Currency,
};
use leptos::prelude::*;

/// The state in one word.
pub fn status(status: CardStatus) -> AnyView {
    let (tone, word) = match status {
        CardStatus::Active => (Tone::Good, "Active"),
        CardStatus::Frozen => (Tone::Warn, "Frozen"),
        CardStatus::Closed => (Tone::Neutral, "Closed"),
        CardStatus::NotActivated => (Tone::Info, "Not activated"),
    };
    view! { <Badge tone word /> }.into_any()
}

/// The kind in words.
pub fn kind(card: &Card) -> &'static str {
    match (card.card_type, card.used_by.is_some()) {
        (CardType::Single, false) => "Single use",
        (CardType::Single, true) => "Single use, used",
        (CardType::Multi, _) => "Multi use",
    }
}

/// Why the card is in its state, in words.
pub fn reason(card: &Card) -> Option<String> {
    card.status_reason.as_deref().map(|reason| match reason {
        ON_REQUEST => "on request".to_owned(),
        FROZEN_WITH_AGENT => "its agent was suspended".to_owned(),
        CLOSED_WITH_AGENT => "its agent was removed".to_owned(),
        LIFETIME_OVER => "its lifetime was over".to_owned(),
        EXPIRED => "the month printed on it was over".to_owned(),
        "settled" => "its one purchase was settled".to_owned(),
        "cumulative_max_reached" => "it has spent all that it may".to_owned(),
        other => risk::because(other).unwrap_or_else(|| other.replace('_', " ")),
    })
}

/// What waits for settlement on a card: the purchases, and what they hold together.
pub fn held(held: Option<&Held>, currency: Currency) -> AnyView {
    let Some(held) = held else { return "–".into_any() };
    let what = if held.purchases == 1 { "1 purchase, ".to_owned() } else { format!("{} purchases, ", held.purchases) };
    view! { {what}{money(held.amount, currency)} }.into_any()
}
