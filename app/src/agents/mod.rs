//! Agents: list, register for a user, look at, change the limit, suspend and resume.
mod limit;
mod list;
mod new;
pub(crate) mod parts;
mod show;
mod suspend;

pub(crate) use list::list_agents;

use crate::screen::Routes;
use domain::access::Permission;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .page("/agents", Permission::View, list::page)
        .form::<new::RegisterAgent, _>("/agents/new", Permission::CreateAgent, new::page)
        .page("/agents/{id}", Permission::View, show::page)
        .form::<limit::ChangeLimit, _>("/agents/{id}/limit", Permission::LowerLimit, limit::page)
        .form::<suspend::SuspendAgent, _>("/agents/{id}/suspend", Permission::Freeze, suspend::suspend_page)
        .form::<suspend::ResumeAgent, _>("/agents/{id}/resume", Permission::Unfreeze, suspend::resume_page)
}
