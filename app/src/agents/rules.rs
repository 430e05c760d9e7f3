//! What an agent sets for all its cards.
#![expect(
    dead_code,
    clippy::too_many_arguments,
    reason = "a route runs the form of a server function, and its arguments are the entries"
)]
use super::show::lasting;
use crate::{
    cx::cx,
    form::{
        PageForm,
        conflict::{Edit, told},
        use_form,
    },
    members, paths,
    policies::{
        differences,
        entry::{Sent, ours},
        fields, own_zone,
        rules_form::rules_form,
    },
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
};
use domain::{
    ids::AgentId,
    limits::{
        levels::{self, LevelRules, SetAgentRules},
        terms::Terms,
    },
};
use leptos::prelude::*;

/// What the agent sets.
#[server]
pub async fn get_agent_rules(id: AgentId) -> Result<LevelRules, Problem> {
    let cx = cx();
    Ok(levels::agent(cx.db(), cx.grant()?, &id).await?)
}

rules_form! {
    /// Puts the entries in place of what the agent sets.
    change_agent_rules(version) then change
}

async fn change(version: String, sent: Sent) -> Result<(), Problem> {
    let cx = cx();
    let id: AgentId = cx.id("id")?;
    let mut refusal = Refusal::default();
    let version = refusal.version(&version);
    let set = sent.change(false, &mut refusal);
    let version = refusal.or(version)?;
    let before = Terms::of(&levels::agent(cx.db(), cx.grant()?, &id).await?.rules);
    let command = SetAgentRules { id: id.clone(), set, version: Some(version) };
    let effect = cx.db().commit(cx.grant()?, command).await.map_err(ours)?;
    let after = Terms::of(&levels::agent(cx.db(), cx.grant()?, &id).await?.rules);
    let done = format!("{} It decides the next purchase of all its cards.", told(&differences(&before, &after)));
    members::told(&cx, effect, done, paths::agent(cx.environment, &id)).await;
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let agent = lasting(&cx).await?;
    let (own, zone) = (get_agent_rules(agent.id.clone()).await?, own_zone().await?);
    let form = use_form();
    let start = Sent::of(&Terms::of(&own.rules));
    let head = fields::edit(Edit::of(use_form(), own.version), &start, &zone, false).head();
    let e = cx.environment;
    let back = paths::agent(e, &agent.id);
    let body = view! {
        <PageForm act="Save changes" cancel=back.clone() wide=true>
            {head}
            <p>"For all cards of the agent, beside its limit. Policies and cards can be tighter than this, never looser."</p>
            {fields::all(&form, &start, &zone, false)}
        </PageForm>
    };
    Ok(Page::new("Rules for all its cards", body).under("Agents", paths::agents(e)).under(agent.name, back))
}
