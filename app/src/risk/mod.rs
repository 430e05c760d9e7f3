//! Risk: what the rules found, how they are set, and what agents and cards set otherwise.
mod agent;
mod agent_dry_run;
mod agent_rule;
mod card;
mod entry;
mod list;
mod preset;
mod purchase;
mod rule;
mod settings;
pub(crate) mod words;

pub(crate) use card::{get_card_risk, switched};
pub(crate) use purchase::of_purchase;

use crate::screen::Routes;
use domain::access::Permission;

pub(crate) fn routes() -> Routes {
    Routes::default()
        .page("/risk", Permission::View, list::page)
        .page("/risk/settings", Permission::ViewRules, settings::page)
        .form::<preset::ApplyPreset, _>("/risk/preset", Permission::RaiseLimit, preset::page)
        .form::<rule::SetRule, _>("/risk/rules/{rule}", Permission::RaiseLimit, rule::page)
        .page("/agents/{id}/risk", Permission::ViewRules, agent::page)
        .form::<agent_rule::SetAgentRule, _>("/agents/{id}/risk/rules/{rule}", Permission::RaiseLimit, agent_rule::page)
        .form::<agent_dry_run::SetAgentDryRun, _>(
            "/agents/{id}/risk/dry-run",
            Permission::RaiseLimit,
            agent_dry_run::page,
        )
        .form::<card::SwitchRules, _>("/cards/{id}/risk", Permission::RaiseLimit, card::page)
}
