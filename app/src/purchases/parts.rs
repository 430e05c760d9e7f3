//! How a purchase is said.
use crate::{
    paths,
    shell::capital,
    ui::{Badge, Money, Tone},
};
use domain::{
    attestations::AttestationStatus, environment::Environment, ids::PurchaseId, limits::DeclineReason, money::Currency,
    purchases::PurchaseStatus,
};
use leptos::prelude::*;

/// The state in one word.
pub fn status(status: PurchaseStatus) -> AnyView {
    let (tone, word) = match status {
        PurchaseStatus::Pending => (Tone::Info, "Pending"),
        PurchaseStatus::Completed => (Tone::Good, "Completed"),
        PurchaseStatus::Declined => (Tone::Bad, "Declined"),
        PurchaseStatus::Reversed => (Tone::Neutral, "Reversed"),
    };
    view! { <Badge tone word /> }.into_any()
}

/// A reason as people read it: `card_frozen` is "Card frozen".
pub fn reason(reason: DeclineReason) -> String {
    capital(&reason.as_str().replace('_', " "))
}

/// The state, and why where it was declined.
pub fn outcome(is: PurchaseStatus, declined: Option<DeclineReason>) -> AnyView {
    let why = declined.map(|why| view! { " "<span class="hint">{reason(why)}</span> });
    view! { {status(is)}{why} }.into_any()
}

/// How well it is tied to a credential read, in one word.
pub fn attestation(status: AttestationStatus) -> AnyView {
    let (tone, word) = match status {
        AttestationStatus::Attested => (Tone::Good, "Attested"),
        AttestationStatus::Stale => (Tone::Warn, "Stale"),
        AttestationStatus::Unattested => (Tone::Bad, "Unattested"),
    };
    view! { <Badge tone word /> }.into_any()
}

/// An amount in minor units.
pub fn money(minor: i64, currency: Currency) -> AnyView {
    view! { <Money minor currency=currency.as_str() exponent=currency.exponent() /> }.into_any()
}

/// The merchant, leading to the purchase.
pub fn link(environment: Environment, id: &PurchaseId, merchant: &str) -> AnyView {
    view! { <a href=paths::purchase(environment, id)>{merchant.to_owned()}</a> }.into_any()
}
