//! Changing one rule for the organisation.
#![expect(clippy::too_many_arguments, reason = "the arguments of a server function are the entries of its form")]
use super::{
    entry::{self, Sent, edit_all},
    settings::get_risk,
    words,
};
use crate::{
    cx::cx,
    form::{PageForm, conflict::told, go, use_form},
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
};
use domain::risk::{self, Rule, SetRisk, configuration::Change};
use leptos::prelude::*;

/// Sets the rule of the address.
#[server]
pub async fn set_rule(
    version: String,
    #[server(default)] enabled: String,
    #[server(default)] action: String,
    #[server(default)] dry_run: String,
    #[server(default)] window_minutes: String,
    #[server(default)] max_per_hour: String,
    #[server(default)] max_per_day: String,
    #[server(default)] multiplier: String,
    #[server(default)] baseline_days: String,
    #[server(default)] min_gap_percent: String,
) -> Result<(), Problem> {
    let cx = cx();
    let rule: Rule = cx.id("rule")?;
    let sent = Sent {
        enabled,
        action,
        dry_run,
        window_minutes,
        max_per_hour,
        max_per_day,
        multiplier,
        baseline_days,
        min_gap_percent,
    };
    let mut refusal = Refusal::default();
    let change = sent.read(rule, false, &mut refusal);
    let version = refusal.version(&version);
    let version = refusal.or(version)?;
    let before = risk::of_organisation(cx.db(), cx.grant()?).await?.configuration;
    let change = Change { dry_run: None, rules: [(rule, change)].into() };
    cx.db().commit(cx.grant()?, SetRisk { preset: None, change, version: Some(version) }).await?;
    let after = risk::of_organisation(cx.db(), cx.grant()?).await?.configuration;
    let [old, new] = [&before, &after].map(|all| words::setting(rule, &all.rule(rule)).to_lowercase());
    let changes = [(rule.label(), old, new)];
    cx.flash(format!("{} The next purchase is looked at like this.", told(&changes))).await;
    go(&paths::risk_settings(cx.environment));
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let rule: Rule = cx.id("rule")?;
    let now = get_risk().await?;
    let back = paths::risk_settings(cx.environment);
    let form = use_form();
    let edit = edit_all(form, now.version, rule, &now.configuration.rule(rule));
    let (head, fields) = (edit.head(), entry::fields(&edit, rule, None));
    let body = view! {
        <PageForm act="Save" cancel=back.clone()>
            {head}
            {fields}
        </PageForm>
    };
    Ok(Page::new(rule.label(), body)
        .lead(rule.about())
        .under("Risk", paths::risk(cx.environment))
        .under("Risk rules", back))
}
