//! How an intent and its verdict are said.
use crate::ui::{Badge, Tone, amount};
use domain::intents::{Intent, IntentStatus, matching::MatchResult};
use domain::money::Currency;
use leptos::prelude::*;

/// The state in one word.
pub fn status(status: IntentStatus) -> AnyView {
    use IntentStatus as S;
    let (tone, word) = match status {
        S::PendingApproval => (Tone::Info, "Pending approval"),
        S::Pending => (Tone::Info, "Pending"),
        S::Matched => (Tone::Good, "Matched"),
        S::Mismatched => (Tone::Bad, "Mismatched"),
        S::Expired => (Tone::Neutral, "Expired"),
        S::Rejected => (Tone::Warn, "Rejected"),
        S::Canceled => (Tone::Neutral, "Canceled"),
    };
    view! { <Badge tone word /> }.into_any()
}

/// The gap in money and percent, and what did not fit, in words.
pub fn gap(result: &MatchResult, currency: Currency) -> String {
    let exponent = currency.exponent();
    let mut parts = Vec::new();
    if let (Some(gap), Some(percent)) = (result.gap, result.gap_percent) {
        let sign = if gap > 0 {
            "+"
        } else if gap < 0 {
            "−"
        } else {
            "±"
        };
        let percent = format!("{}.{:02}", percent.unsigned_abs() / 100, percent.unsigned_abs() % 100);
        parts.push(format!("{sign}{} {currency} ({sign}{percent} %)", amount(gap.saturating_abs(), exponent)));
    }
    if let Some(tolerance) = result.tolerance_applied {
        let verdict = if result.amount_match { "within" } else { "beyond" };
        parts.push(format!("{verdict} ±{} {currency}", amount(tolerance, exponent)));
    }
    if !result.merchant_match {
        parts.push(format!("merchant was {}", result.actual_merchant));
    }
    if parts.is_empty() { "No amount was declared.".into() } else { parts.join(", ") }
}

/// State and gap together.
pub fn verdict(intent: &Intent) -> AnyView {
    let gap = intent.match_result.as_ref().map(|result| gap(result, intent.expected_currency));
    view! { {status(intent.status)}{gap.map(|gap| view! { " "<span class="hint">{gap}</span> })} }.into_any()
}
