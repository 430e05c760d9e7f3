//! How rules, their settings and what they found are said.
use crate::{
    paths,
    purchases::parts::{self, duration},
    ui::{Badge, Tone, amount},
};
use domain::{
    environment::Environment,
    risk::{
        Effect, Evidence, Finding, Preset, Reaction, Rule,
        configuration::{Configuration, Number, Setting},
    },
};
use leptos::prelude::*;

/// What a rule asks for.
pub const fn action(action: Reaction) -> &'static str {
    match action {
        Reaction::Alert => "Alert",
        Reaction::FreezeCard => "Freeze the card",
        Reaction::SuspendAgent => "Suspend the agent",
    }
}

/// What came of a finding, in words.
pub const fn effect_word(effect: Effect) -> (Tone, &'static str) {
    match effect {
        Effect::Alerted => (Tone::Info, "Alerted"),
        Effect::CardFrozen => (Tone::Warn, "Card frozen"),
        Effect::AgentSuspended => (Tone::Bad, "Agent suspended"),
        Effect::NoChange => (Tone::Neutral, "Stopped already"),
        Effect::DryRun => (Tone::Neutral, "Dry run"),
    }
}

/// The same as a badge; of a dry run also what it would have done.
pub fn effect(finding: &Finding) -> AnyView {
    let (tone, word) = effect_word(finding.effect);
    let would = (finding.effect == Effect::DryRun && finding.action != Reaction::Alert)
        .then(|| view! { " "<span class="hint">{format!("would {}", action(finding.action).to_lowercase())}</span> });
    view! { <Badge tone word />{would} }.into_any()
}

/// What rules are called together.
pub fn preset(configuration: &Configuration) -> String {
    configuration.preset().map_or_else(|| "Custom".to_owned(), name)
}

/// A preset's name.
pub fn name(preset: Preset) -> String {
    crate::shell::capital(preset.as_str())
}

/// When a rule fires, by its numbers; nothing for a rule without.
pub fn numbers(rule: Rule, setting: &Setting) -> String {
    let said = |number: Number| number.said(setting.number(number));
    match rule {
        Rule::DuplicateDetection => format!("within {} minutes", said(Number::WindowMinutes)),
        Rule::VelocityLimit => {
            format!("more than {} in an hour or {} in 24 hours", said(Number::MaxPerHour), said(Number::MaxPerDay))
        }
        Rule::SpendSpike => format!(
            "more than {} times the usual of {} days, within {} minutes",
            said(Number::Multiplier),
            said(Number::BaselineDays),
            said(Number::WindowMinutes)
        ),
        Rule::IntentMismatch => match setting.number(Number::MinGapPercent) {
            0 => "any difference outside the tolerance".to_owned(),
            percent => format!("from {percent} percent on, or another merchant"),
        },
        Rule::UnattestedSpend | Rule::CooldownViolation | Rule::MerchantDrift => String::new(),
    }
}

/// Whether a rule looks, and what it does: `Freeze the card, within 5 minutes`.
pub fn setting(rule: Rule, setting: &Setting) -> String {
    if !setting.enabled {
        return "Off".to_owned();
    }
    let dry_run = if setting.dry_run { " (dry run)" } else { "" };
    let numbers = Some(numbers(rule, setting)).filter(|numbers| !numbers.is_empty());
    let numbers = numbers.map(|numbers| format!(", {numbers}")).unwrap_or_default();
    format!("{}{dry_run}{numbers}", action(setting.action))
}

/// Whether a rule looks at all.
pub fn switch(setting: &Setting, dry_run: bool) -> AnyView {
    let (tone, word) = match (setting.enabled, setting.dry_run || dry_run) {
        (false, _) => (Tone::Neutral, "Off"),
        (true, true) => (Tone::Info, "Dry run"),
        (true, false) => (Tone::Good, "On"),
    };
    view! { <Badge tone word /> }.into_any()
}

/// What a rule saw.
pub fn seen(e: Environment, finding: &Finding) -> AnyView {
    let money = |minor: i64| format!("{} {}", amount(minor, finding.currency.exponent()), finding.currency);
    match &finding.evidence {
        Evidence::DuplicateDetection { earlier, gap_ms, count, window_minutes } => {
            let href = paths::purchase(e, earlier);
            let ago = format!(" {} before; {count} within {window_minutes} minutes", duration(*gap_ms));
            view! { <a href=href>"The same"</a>{ago} }.into_any()
        }
        Evidence::VelocityLimit { hours, count, limit } => {
            let within = if *hours == 1 { "an hour".to_owned() } else { format!("{hours} hours") };
            format!("{count} purchases within {within}; {limit} are the most").into_any()
        }
        Evidence::SpendSpike { spent, window_minutes, usual, limit } => format!(
            "{} within {window_minutes} minutes; the usual is {}, the most {}",
            money(*spent),
            money(*usual),
            money(*limit)
        )
        .into_any(),
        Evidence::UnattestedSpend => "No credential read in the 24 hours before".into_any(),
        Evidence::IntentMismatch { gap, gap_basis_points, merchant_match } => {
            let gap = gap.zip(*gap_basis_points).filter(|(gap, _)| *gap != 0).map(|(gap, points)| {
                let (way, points) = (if gap < 0 { "below" } else { "above" }, points.unsigned_abs());
                let percent = format!("{}.{:02}", points / 100, points % 100);
                format!("{} ({percent} %) {way} what was declared", money(gap.saturating_abs()))
            });
            let merchant = (!merchant_match).then(|| "Another merchant than declared".to_owned());
            let said: Vec<String> = merchant.into_iter().chain(gap).collect();
            if said.is_empty() { "Another currency than declared".into_any() } else { said.join("; ").into_any() }
        }
        Evidence::CooldownViolation { waited_ms, pause_ms } => {
            format!("Tried {} after the last; the pause is {}", duration(*waited_ms), duration(*pause_ms)).into_any()
        }
        Evidence::MerchantDrift { expected } => format!("Expected {}", expected.join(" or ")).into_any(),
    }
}

/// Why something was frozen or suspended, where a rule did it: "risk rule: Spend spike".
pub fn because(reason: &str) -> Option<String> {
    Rule::of_reason(reason).map(|rule| format!("risk rule: {}", rule.label().to_lowercase()))
}

/// The merchant of a finding's purchase, leading there.
pub fn purchase(e: Environment, finding: &Finding) -> AnyView {
    parts::link(e, &finding.purchase_id, &finding.merchant_name)
}
