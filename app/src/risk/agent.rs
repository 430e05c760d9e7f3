//! What is in force for one agent, and what it sets otherwise than its organisation.
use super::settings::{dry_run, rules};
use crate::{
    cx::cx,
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{ButtonLink, Fact, Facts, Panel},
};
use domain::{
    access::Permission,
    ids::AgentId,
    risk::{self, OfAgent, Rule},
};
use leptos::prelude::*;

/// What the agent of this id sets.
#[server]
pub async fn get_agent_risk(id: AgentId) -> Result<OfAgent, Problem> {
    let cx = cx();
    Ok(risk::of_agent(cx.db(), cx.grant()?, &id).await?)
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let now = get_agent_risk(cx.id("id")?).await?;
    let e = cx.environment;
    let may = now.open && cx.may(Permission::RaiseLimit);
    let by = if now.own.dry_run.is_some() { "This agent" } else { "Organisation" };
    let facts = vec![Fact::new("Dry run", dry_run(now.in_force.dry_run)), Fact::new("Dry run set by", by)];
    let change = if may {
        view! { <ButtonLink href=paths::agent_dry_run(e, &now.agent_id) word="Change dry run" small=true /> }.into_any()
    } else {
        ().into_any()
    };
    let edit = |rule: Rule| may.then(|| paths::agent_risk_rule(e, &now.agent_id, rule));
    let table = rules(&now.in_force, Some(&now.own), edit);
    let found = paths::with_query(&paths::risk(e), [("agent", Some(&now.agent_id))]);
    let body = view! {
        <Panel title="In force" actions=change>
            <Facts facts />
            {table}
        </Panel>
    };
    let back = paths::agent(e, &now.agent_id);
    Ok(Page::new(format!("Risk rules of {}", now.agent_name), body)
        .lead(
            "What this agent sets stands before what its organisation sets. A card may switch rules on or off besides.",
        )
        .actions(view! { <ButtonLink href=found word="Findings" /> })
        .under("Agents", paths::agents(e))
        .under(now.agent_name, back))
}
