//! Whether all rules only tell of one agent.
use super::{
    agent::get_agent_risk,
    entry::{chosen, said, switch, switches},
};
use crate::{
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
use domain::{
    ids::AgentId,
    risk::{self, SetAgentRisk, configuration::Change},
};
use leptos::prelude::*;

/// Sets it, or lets the agent inherit it again.
#[server]
pub async fn set_agent_dry_run(#[server(default)] only_tell: String, version: String) -> Result<(), Problem> {
    let cx = cx();
    let id: AgentId = cx.id("id")?;
    let before = risk::of_agent(cx.db(), cx.grant()?, &id).await?;
    let mut refusal = Refusal::default();
    let chosen = refusal.take("only_tell", chosen(&only_tell, true));
    let version = refusal.version(&version);
    let (chosen, version) = refusal.or(chosen.zip(version))?;
    let change = Change { dry_run: Some(chosen), ..Change::default() };
    cx.db().commit(cx.grant()?, SetAgentRisk { id: id.clone(), change, version: Some(version) }).await?;
    cx.flash(told(&[("dry run", said(before.own.dry_run), said(chosen))])).await;
    go(&paths::agent_risk(cx.environment, &id));
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let now = get_agent_risk(cx.id("id")?).await?;
    let e = cx.environment;
    let (agent, back) = (paths::agent(e, &now.agent_id), paths::agent_risk(e, &now.agent_id));
    if !now.open {
        return Err(Problem::Elsewhere(back));
    }
    let form = use_form();
    let choices = switches(Some(now.inherited.dry_run));
    let edit = Edit::of(form, now.version).choice("only_tell", "Dry run", switch(now.own.dry_run), &choices);
    let (value, why, head) = (edit.value("only_tell"), edit.refusal("only_tell"), edit.head());
    let body = view! {
        <PageForm act="Save" cancel=back.clone()>
            {head}
            <Select
                name="only_tell"
                label="Dry run"
                hint="On: what is found in this agent's purchases is kept and told, and nothing is frozen or suspended."
                choices
                value
                refusal=why
            />
        </PageForm>
    };
    Ok(Page::new(format!("Dry run for {}", now.agent_name), body)
        .under("Agents", paths::agents(e))
        .under(now.agent_name, agent)
        .under("Risk rules", back))
}
