//! A decision as people read it, whether it was made or is only asked for.
use super::{
    parts::{self, reason},
    remedy::remedy,
};
use crate::{
    cx::Cx,
    ui::{Badge, Column, Panel, Table, Tone},
};
use domain::{
    cards::Card,
    limits::decide::{Case, Decision, Evaluated, Verdict},
    money::Currency,
};
use leptos::prelude::*;

/// A decline in plain words: what stopped it, who can put it right and where; `how` is "Declined" or "Would be
/// declined". Nothing where it was approved. Without its card, which could not be read, the remedy is left out.
pub fn declined(cx: &Cx, how: &'static str, decision: &Decision, case: &Case, card: Option<&Card>) -> Option<AnyView> {
    let why = decision.reason()?;
    let remedy = card.map(|card| remedy(cx, why, decision, case, card));
    let remedy = remedy.map(|remedy| view! { <p>{remedy.text}" "<a href=remedy.href>{remedy.label}</a></p> });
    let fired = fired(decision);
    let panel = view! {
        <Panel title=format!("{how}: {}", reason(why))>
            <p>{why.plain()}</p>
            {remedy}
            <p class="hint">{fired}" Code "<code>{why.as_str()}</code>"."</p>
        </Panel>
    };
    Some(panel.into_any())
}

/// The rule that decided, who set it, and the version that it is of.
fn fired(decision: &Decision) -> String {
    let rule = decision.evaluated.iter().find(|rule| decision.decided_by == Some(rule.rule));
    let Some(rule) = rule else { return format!("Version {} of the rules.", decision.version) };
    let by = match rule.level {
        None => String::new(),
        Some(level) => format!(", set by the {}", parts::level(Some(level)).to_lowercase()),
    };
    format!("Rule \u{201c}{}\u{201d}{by}, version {} of the rules.", rule.rule.label(), decision.version)
}

/// What one rule says, in a word.
pub fn verdict(verdict: Verdict) -> AnyView {
    let (tone, word) = match verdict {
        Verdict::Pass => (Tone::Good, "Passed"),
        Verdict::Fail => (Tone::Bad, "Failed"),
        Verdict::NotEnforced => (Tone::Warn, "Not enforced"),
    };
    view! { <Badge tone word /> }.into_any()
}

/// The same of the rule that decided.
pub fn verdict_in(decision: &Decision, rule: &Evaluated) -> AnyView {
    let decided = (decision.decided_by == Some(rule.rule)).then(|| view! { " "<span class="hint">"decided"</span> });
    view! { {verdict(rule.verdict)}{decided} }.into_any()
}

/// Every rule that was asked, in order. Those that nobody set are named in a sentence: in a table they would hide the
/// others.
pub fn rules(decision: &Decision, currency: Currency) -> AnyView {
    let (asked, unset): (Vec<&Evaluated>, Vec<_>) = decision.evaluated.iter().partition(|rule| {
        !rule.rule.is_set_by_people() || rule.limit.is_some() || rule.level.is_some() || rule.verdict != Verdict::Pass
    });
    let row = |rule: &&Evaluated| {
        let number = |number: Option<i64>| parts::measured(rule.rule, number, currency);
        vec![
            rule.rule.label().into_any(),
            verdict_in(decision, rule),
            number(rule.input),
            number(rule.limit),
            parts::level(rule.level).into_any(),
        ]
    };
    let rows = asked.iter().map(row).collect();
    let columns = vec![
        Column::new("Rule"),
        Column::new("Verdict"),
        Column::numeric("Measured"),
        Column::numeric("Limit"),
        Column::new("Set by"),
    ];
    let unset: Vec<&str> = unset.iter().map(|rule| rule.rule.label()).collect();
    let unset = (!unset.is_empty()).then(|| format!("Asked, and set by nobody: {}.", unset.join(", ").to_lowercase()));
    view! {
        <Table caption="Rules asked" quiet=true columns rows />
        {unset.map(|unset| view! { <p class="hint">{unset}</p> })}
    }
    .into_any()
}
