//! Policies: rules that cards inherit, and those that the organisation sets for all its cards.
mod choice;
mod default;
mod edit;
pub(crate) mod entry;
pub(crate) mod fields;
pub(crate) mod level;
mod list;
mod new;
mod organisation;
mod reader;
pub(crate) mod rules_form;
mod show;
pub(crate) mod standing;
pub(crate) mod words;

pub(crate) use choice::Policies;
pub(crate) use edit::differences;
pub(crate) use organisation::own_zone;
pub(crate) use show::name_of;

use crate::screen::Routes;
use domain::access::Permission;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .page("/policies", Permission::View, list::page)
        .form::<new::CreatePolicy, _>("/policies/new", Permission::RaiseLimit, new::page)
        .form::<organisation::ChangeOrganisationRules, _>(
            "/policies/organisation",
            Permission::LowerLimit,
            organisation::page,
        )
        .form::<default::SetDefaultPolicy, _>("/agents/{id}/policy", Permission::CreateAgent, default::page)
        .page("/policies/{id}", Permission::View, show::page)
        .form::<edit::EditPolicy, _>("/policies/{id}/edit", Permission::RaiseLimit, edit::page)
}
