//! The policy that an agent's new cards inherit.
use super::choice::Policies;
use crate::{
    agents::lasting,
    cx::cx,
    form::{
        PageForm,
        conflict::{Edit, told},
        go, use_form,
    },
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::Select,
};
use domain::{agents::ChangeAgent, ids::AgentId};
use leptos::prelude::*;

/// Sets or takes away the policy of the agent's new cards.
#[server]
pub async fn set_default_policy(policy: String, version: String) -> Result<(), Problem> {
    let cx = cx();
    let id: AgentId = cx.id("id")?;
    let mut refusal = Refusal::default();
    let all = Policies::all().await?;
    let policy = all.chosen(&policy, &mut refusal);
    let version = refusal.version(&version);
    let (policy, version) = refusal.or(policy.zip(version))?;
    let before = domain::agents::get(cx.db(), cx.grant()?, &id).await?.default_policy_id;
    let changes = [("policy of new cards", all.called(before.as_ref()), all.called(policy.as_ref()))];
    let change = ChangeAgent {
        id: id.clone(),
        name: None,
        description: None,
        metadata: None,
        default_policy_id: Some(policy),
        version: Some(version),
    };
    cx.db().commit(cx.grant()?, change).await?;
    cx.flash(format!("{} Cards that are there keep theirs.", told(&changes))).await;
    go(&paths::agent(cx.environment, &id));
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let agent = lasting(&cx).await?;
    let all = Policies::all().await?;
    let form = use_form();
    let e = cx.environment;
    let back = paths::agent(e, &agent.id);
    let choices = all.choices("None: only what is set for all cards, and by each card");
    let now = Policies::value(agent.default_policy_id.as_ref());
    let edit = Edit::of(form, agent.version).choice("policy", "Policy", now, &choices);
    let (value, refusal, head) = (edit.value("policy"), edit.refusal("policy"), edit.head());
    let body = view! {
        <PageForm act="Save" cancel=back.clone()>
            {head}
            <Select
                name="policy"
                label="Policy"
                hint="Cards issued from now on inherit it, unless they name another. Cards that are there keep theirs."
                choices
                value
                refusal
            />
        </PageForm>
    };
    Ok(Page::new("Policy of new cards", body).under("Agents", paths::agents(e)).under(agent.name, back))
}
