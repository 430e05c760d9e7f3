//! What an agent sets for all its cards.
#![expect(
    dead_code,
    clippy::too_many_arguments,
    reason = "a route runs the form of a server function, and its arguments are the entries"
)]
use super::show::lasting;
use crate::{
    cx::cx,
    paths,
    policies::{
        entry::Sent,
        level::{self, Setter},
        own_zone,
        rules_form::rules_form,
    },
    problem::Problem,
    screen::{Loaded, Page},
};
use domain::{ids::AgentId, limits::levels::LevelRules};
use leptos::prelude::*;

/// What the agent sets.
#[server]
pub async fn get_agent_rules(id: AgentId) -> Result<LevelRules, Problem> {
    Setter::Agent(id).rules(&cx()).await
}

rules_form! {
    /// Puts the entries in place of what the agent sets.
    change_agent_rules(reason, version) then change
}

async fn change(reason: String, version: String, sent: Sent) -> Result<(), Problem> {
    let cx = cx();
    let id: AgentId = cx.id("id")?;
    let path = paths::agent(cx.environment, &id);
    Setter::Agent(id).change(reason, version, sent, path).await
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let agent = lasting(&cx).await?;
    let (own, zone) = (get_agent_rules(agent.id.clone()).await?, own_zone().await?);
    let e = cx.environment;
    let back = paths::agent(e, &agent.id);
    let about =
        "For all cards of the agent, beside its limit. Policies and cards can be tighter than this, never looser.";
    let body = level::form(&own, &zone, about, back.clone());
    Ok(Page::new("Rules for all its cards", body).under("Agents", paths::agents(e)).under(agent.name, back))
}
