//! How a card is said.
use crate::{
    risk::words as risk,
    ui::{Badge, Tone},
};
use domain::cards::{Card, CardStatus, CardType, FROZEN_WITH_AGENT, ON_REQUEST};
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
    match (card.card_type, card.used) {
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
        "settled" => "its one purchase was settled".to_owned(),
        other => risk::because(other).unwrap_or_else(|| other.replace('_', " ")),
    })
}
