//! How an intent and its verdict are said.
use crate::{
    cx::Cx,
    paths,
    ui::{Badge, Precision, Tone, amount, local},
};
use domain::{
    intents::{Held, Intent, IntentStatus, Reuse, matching::MatchResult},
    money::Currency,
    time::{DAY, HOUR, MINUTE},
};
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

/// What waits, by amount and card: no words of an agent stand where ours are looked for.
pub fn asked(held: &Held) -> String {
    let currency = held.intent.expected_currency;
    let amount = match held.intent.expected_amount {
        Some(expected) => format!("{} {currency}", amount(expected.minor(), currency.exponent())),
        None => "any amount".to_owned(),
    };
    format!("{amount} from card ••••\u{a0}{}", held.intent.card_last4)
}

/// Each finding with both of its purchases.
pub fn reuses(cx: &Cx, reuses: &[Reuse]) -> AnyView {
    let (e, zone) = (cx.environment, cx.zone());
    let found = reuses.iter().map(|reuse| {
        view! {
            <li>
                <a href=paths::purchase(e, &reuse.purchase_id)>{local(reuse.found_at.0, zone, Precision::Second)}</a>
                ", after "<a href=paths::purchase(e, &reuse.first_purchase_id)>"the purchase that ended it"</a>
            </li>
        }
    });
    view! { <ul>{found.collect_view()}</ul> }.into_any()
}

/// By what means it was declared, where that is no token of the agent itself.
pub fn by(intent: &Intent) -> Option<String> {
    let key = intent.declared_by.as_ref().filter(|by| by.kind == "api_key");
    key.map(|by| format!(", through the API key {}", by.name))
}

/// A length of time in words, in the two largest units: `3 h 5 min`. What is over is `no time`.
pub fn lasting(ms: i64) -> String {
    let (days, hours, minutes) = (ms / DAY, ms % DAY / HOUR, ms % HOUR / MINUTE);
    match (days, hours, minutes) {
        _ if ms <= 0 => "no time".to_owned(),
        (0, 0, 0) => "less than a minute".to_owned(),
        (0, 0, minutes) => format!("{minutes} min"),
        (0, hours, 0) => format!("{hours} h"),
        (0, hours, minutes) => format!("{hours} h {minutes} min"),
        (days, 0, _) => format!("{days} d"),
        (days, hours, _) => format!("{days} d {hours} h"),
    }
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
