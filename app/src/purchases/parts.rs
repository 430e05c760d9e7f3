//! How a purchase is said.
use crate::{
    paths,
    shell::capital,
    ui::{Badge, Money, Tone},
};
use domain::{
    attestations::AttestationStatus,
    environment::Environment,
    ids::PurchaseId,
    limits::{
        DeclineReason,
        decide::{RuleName, Unit},
        restrictions::Level,
    },
    money::Currency,
    purchases::PurchaseStatus,
    time::{DAY, HOUR, MINUTE, SECOND},
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

/// What a rule measured or allows, in the unit of the rule; a dash for a rule without numbers.
pub fn measured(rule: RuleName, number: Option<i64>, currency: Currency) -> AnyView {
    match (number, rule.unit()) {
        (None, _) => "–".into_any(),
        (Some(minor), Unit::Money) => money(minor, currency),
        (Some(count), Unit::Purchases) => count.to_string().into_any(),
        (Some(ms), Unit::Time) => duration(ms).into_any(),
    }
}

/// A stretch of time in the two largest units that it has: `2 h 5 min`.
pub fn duration(ms: i64) -> String {
    let units = [(DAY, "d"), (HOUR, "h"), (MINUTE, "min"), (SECOND, "s")];
    let mut left = ms.max(0);
    let parts: Vec<String> = units
        .iter()
        .filter_map(|(size, unit)| {
            let count = left / size;
            left %= size;
            (count > 0).then(|| format!("{count}\u{a0}{unit}"))
        })
        .take(2)
        .collect();
    if parts.is_empty() { format!("{ms}\u{a0}ms") } else { parts.join(" ") }
}

/// Who set a rule.
pub const fn level(level: Option<Level>) -> &'static str {
    match level {
        None => "–",
        Some(Level::Organisation) => "Organisation",
        Some(Level::Agent) => "Agent",
        Some(Level::Policy) => "Policy",
        Some(Level::Card) => "Card",
    }
}

/// The merchant, leading to the purchase.
pub fn link(environment: Environment, id: &PurchaseId, merchant: &str) -> AnyView {
    view! { <a href=paths::purchase(environment, id)>{merchant.to_owned()}</a> }.into_any()
}

#[cfg(test)]
mod tests {
    use super::duration;

    #[test]
    fn a_stretch_of_time_has_at_most_two_units() {
        for (ms, words) in
            [(-5, "-5\u{a0}ms"), (0, "0\u{a0}ms"), (999, "999\u{a0}ms"), (7_505_000, "2\u{a0}h 5\u{a0}min")]
        {
            assert_eq!(duration(ms), words);
        }
        assert_eq!(duration(86_400_000 + 30_000), "1\u{a0}d 30\u{a0}s");
    }
}
