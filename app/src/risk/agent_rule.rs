//! Setting one rule otherwise for an agent.
#![expect(clippy::too_many_arguments, reason = "the arguments of a server function are the entries of its form")]
use super::{
    agent::get_agent_risk,
    entry::{self, Sent, edit_own},
    words,
};
use crate::{
    cx::cx,
    form::{PageForm, conflict::told, go, use_form},
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
};
use domain::{
    ids::AgentId,
    risk::{self, Rule, SetAgentRisk, configuration::Change},
};
use leptos::prelude::*;

/// Sets the rule of the address for the agent of the address.
#[server]
pub async fn set_agent_rule(
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
    let (id, rule): (AgentId, Rule) = (cx.id("id")?, cx.id("rule")?);
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
    let before = risk::of_agent(cx.db(), cx.grant()?, &id).await?.in_force;
    let mut refusal = Refusal::default();
    let change = sent.read(rule, true, &mut refusal);
    let version = refusal.version(&version);
    let version = refusal.or(version)?;
    let change = Change { dry_run: None, rules: [(rule, change)].into() };
    cx.db().commit(cx.grant()?, SetAgentRisk { id: id.clone(), change, version: Some(version) }).await?;
    let after = risk::of_agent(cx.db(), cx.grant()?, &id).await?.in_force;
    let [old, new] = [&before, &after].map(|all| words::setting(rule, &all.rule(rule)).to_lowercase());
    let changes = [(rule.label(), old, new)];
    cx.flash(format!("{} The agent's next purchase is looked at like this.", told(&changes))).await;
    go(&paths::agent_risk(cx.environment, &id));
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let rule: Rule = cx.id("rule")?;
    let now = get_agent_risk(cx.id("id")?).await?;
    let e = cx.environment;
    let (agent, back) = (paths::agent(e, &now.agent_id), paths::agent_risk(e, &now.agent_id));
    if !now.open {
        return Err(Problem::Elsewhere(back));
    }
    let form = use_form();
    let (own, inherited) = (now.own.rules.get(&rule).cloned().unwrap_or_default(), now.inherited.rule(rule));
    let edit = edit_own(form, now.version, rule, &own, &inherited);
    let (head, fields) = (edit.head(), entry::fields(&edit, rule, Some(&inherited)));
    let body = view! {
        <PageForm act="Save" cancel=back.clone()>
            {head}
            {fields}
        </PageForm>
    };
    Ok(Page::new(format!("{} of {}", rule.label(), now.agent_name), body)
        .lead(rule.about())
        .under("Agents", paths::agents(e))
        .under(now.agent_name, agent)
        .under("Risk rules", back))
}
