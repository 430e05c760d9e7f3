//! Stopping an agent at once, and letting it go on.
use super::{parts, show::lasting};
use crate::{
    cx::{Cx, cx},
    form::{PageConfirm, Reason, confirm, go},
    members::who_may,
    part::part,
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    shell::capital,
    ui::ButtonLink,
};
use domain::{
    access::Permission,
    agents::{self, AgentStatus},
    ids::AgentId,
    name::Line,
};
use leptos::prelude::*;

/// Suspends the agent of the address and freezes its cards.
#[server]
pub async fn suspend_agent(reason: String) -> Result<(), Problem> {
    let cx = cx();
    let id: AgentId = cx.id("id")?;
    let mut refusal = Refusal::default();
    let reason = refusal.take("reason", Line::parse(&reason));
    let reason = refusal.or(reason)?;
    let began = cx.db().now();
    let frozen = cx.db().commit(cx.grant()?, agents::SuspendAgent { id: id.clone(), reason }).await?;
    let within = cx.db().now().since(began).max(1);
    cx.flash(format!("Agent suspended. Cards frozen with it: {}. All of it within {within} ms.", frozen.len())).await;
    go(&paths::agent(cx.environment, &id));
    Ok(())
}

/// Resumes the agent of the address and unfreezes what its suspension froze.
#[server]
pub async fn resume_agent() -> Result<(), Problem> {
    let cx = cx();
    let id: AgentId = cx.id("id")?;
    let unfrozen = cx.db().commit(cx.grant()?, agents::ResumeAgent { id: id.clone() }).await?;
    cx.flash(format!("Agent resumed. Cards unfrozen: {}.", unfrozen.len())).await;
    go(&paths::agent(cx.environment, &id));
    Ok(())
}

/// The cards that resuming an agent unfreezes.
#[server]
pub async fn frozen_with(id: AgentId) -> Result<i64, Problem> {
    let cx = cx();
    Ok(agents::frozen_with(cx.db(), cx.grant()?, &id).await?)
}

/// Whether the agent of this id may spend.
#[server]
pub async fn get_agent_status(id: AgentId) -> Result<AgentStatus, Problem> {
    let cx = cx();
    Ok(agents::status(cx.db(), cx.grant()?, &id).await?)
}

/// Who can suspend an agent, for a visitor who may not.
pub(super) fn others_can(cx: &Cx, status: AgentStatus) -> Option<AnyView> {
    let told = status == AgentStatus::Active && !cx.may(Permission::Freeze);
    told.then(|| {
        let who = capital(&who_may(cx.environment, Permission::Freeze));
        view! { <span class="hint">{who}" can suspend the agent."</span> }.into_any()
    })
}

/// An agent as a page about something of its names it: with the way to stop it at once, or who can.
pub(crate) async fn with_stop(cx: &Cx, id: &AgentId, name: &str) -> Result<AnyView, Problem> {
    let status = part(get_agent_status(id.clone())).await?;
    let e = cx.environment;
    let stop = match status {
        None => None,
        Some(AgentStatus::Active) if cx.may(Permission::Freeze) => {
            let href = paths::suspend_agent(e, id);
            Some(view! { <ButtonLink href word="Suspend agent" small=true /> }.into_any())
        }
        Some(status @ AgentStatus::Active) => others_can(cx, status),
        Some(status) => Some(parts::status(status)),
    };
    let (href, name) = (paths::agent(e, id), name.to_owned());
    Ok(view! { <a href=href>{name}</a>" "{stop} }.into_any())
}

/// Before suspending.
pub async fn suspend_page() -> Loaded {
    let cx = cx();
    let agent = lasting(&cx).await?;
    let consequences = vec![
        format!("Open cards of this agent that are frozen with it: {}.", agent.card_count),
        "Every purchase it tries is declined from the next one on.".to_owned(),
        "An owner or admin can resume it; that unfreezes what this freezes.".to_owned(),
    ];
    let back = paths::agent(cx.environment, &agent.id);
    let body = view! {
        <PageConfirm consequences act="Suspend agent" cancel=back.clone()>
            <Reason hint="Shown on the agent's page." />
        </PageConfirm>
    };
    Ok(Page::new(format!("Suspend {}", agent.name), body)
        .under("Agents", paths::agents(cx.environment))
        .under(agent.name, back))
}

/// Before resuming.
pub async fn resume_page() -> Loaded {
    let cx = cx();
    let agent = lasting(&cx).await?;
    let unfrozen = frozen_with(agent.id.clone()).await?;
    let because = parts::because(&agent).unwrap_or_else(|| "no reason was given".into());
    let consequences = vec![
        format!("It was suspended: {because}."),
        "It may spend again at once, within its limit.".to_owned(),
        format!("Cards that the suspension froze and that are unfrozen: {unfrozen}. Others stay as they are."),
    ];
    let back = paths::agent(cx.environment, &agent.id);
    let body = confirm(consequences, "Resume agent", back.clone());
    Ok(Page::new(format!("Resume {}", agent.name), body)
        .under("Agents", paths::agents(cx.environment))
        .under(agent.name, back))
}
