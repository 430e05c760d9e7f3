//! The policy that an agent's new cards inherit.
use super::entry::NONE;
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
    ui::{Choice, Select},
};
use domain::{
    agents::ChangeAgent,
    ids::{AgentId, PolicyId},
    limits::policies,
};
use leptos::prelude::*;

/// Every policy by name.
#[server]
pub async fn all_policies() -> Result<Vec<(PolicyId, String)>, Problem> {
    let cx = cx();
    Ok(policies::all(cx.db(), cx.grant()?).await?)
}

/// Sets or takes away the policy of the agent's new cards.
#[server]
pub async fn set_default_policy(policy: String, version: String) -> Result<(), Problem> {
    let cx = cx();
    let id: AgentId = cx.id("id")?;
    let mut refusal = Refusal::default();
    let policy = match policy.as_str() {
        "" | NONE => Some(None),
        text => refusal.take("policy", text.parse::<PolicyId>().map_err(|_| "must be one of the choices")).map(Some),
    };
    let version = refusal.version(&version);
    let (policy, version) = refusal.or(policy.zip(version))?;
    let all = all_policies().await?;
    if policy.as_ref().is_some_and(|policy| all.iter().all(|(id, _)| id != policy)) {
        return Err(Problem::field("policy", "must be one of the choices"));
    }
    let before = domain::agents::get(cx.db(), cx.grant()?, &id).await?.default_policy_id;
    let called = |id: &Option<PolicyId>| {
        let name = id.as_ref().and_then(|id| all.iter().find(|(own, _)| own == id)).map(|(_, name)| name.clone());
        name.unwrap_or_else(|| "none".to_owned())
    };
    let changes = [("policy of new cards", called(&before), called(&policy))];
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
    let all = all_policies().await?;
    let form = use_form();
    let e = cx.environment;
    let back = paths::agent(e, &agent.id);
    let mut choices = vec![Choice::new(NONE, "None: only what is set for all cards, and by each card")];
    choices.extend(all.into_iter().map(|(id, name)| Choice::new(id.to_string(), name)));
    let now = agent.default_policy_id.as_ref().map_or_else(|| NONE.to_owned(), ToString::to_string);
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
