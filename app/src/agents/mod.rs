//! Agents: list, register for a user, look at, edit, change the limit, give tokens, suspend and resume, deregister.
mod alerts;
mod close;
mod doubt;
mod edit;
mod limit;
mod list;
mod new;
pub(crate) mod parts;
mod rules;
mod show;
mod suspend;
mod tokens;

pub(crate) use list::list_agents;
pub(crate) use show::{get_agent, lasting};
pub(crate) use suspend::with_stop;

use crate::screen::Routes;
use domain::access::Permission;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .page("/agents", Permission::View, list::page)
        .form::<new::RegisterAgent, _>("/agents/new", Permission::CreateAgent, new::page)
        .page("/agents/{id}", Permission::View, show::page)
        .form::<edit::EditAgent, _>("/agents/{id}/edit", Permission::CreateAgent, edit::page)
        .form::<limit::ChangeLimit, _>("/agents/{id}/limit", Permission::LowerLimit, limit::page)
        .form::<rules::ChangeAgentRules, _>("/agents/{id}/rules", Permission::LowerLimit, rules::page)
        .form::<suspend::SuspendAgent, _>("/agents/{id}/suspend", Permission::Freeze, suspend::suspend_page)
        .form::<suspend::ResumeAgent, _>("/agents/{id}/resume", Permission::Unfreeze, suspend::resume_page)
        .page("/agents/{id}/tokens", Permission::View, tokens::page)
        .form::<tokens::new::CreateToken, _>("/agents/{id}/tokens/new", Permission::CreateKey, tokens::new::page)
        .form::<tokens::rotate::RotateToken, _>(
            "/agents/tokens/{id}/rotate",
            Permission::CreateKey,
            tokens::rotate::page,
        )
        .form::<tokens::revoke::RevokeToken, _>(
            "/agents/tokens/{id}/revoke",
            Permission::RevokeKey,
            tokens::revoke::page,
        )
        .form::<close::CloseCards, _>("/agents/{id}/cards/close", Permission::Unfreeze, close::cards_page)
        .form::<close::CloseAgent, _>("/agents/{id}/close", Permission::Unfreeze, close::page)
}
