//! What the organisation sets for every card of an environment.
#![expect(
    dead_code,
    clippy::too_many_arguments,
    reason = "a route runs the form of a server function, and its arguments are the entries"
)]
use super::{
    entry::Sent,
    level::{self, Setter},
    rules_form::rules_form,
};
use crate::{
    cx::cx,
    paths,
    problem::Problem,
    screen::{Loaded, Page},
};
use domain::{access::settings, limits::levels::LevelRules};
use leptos::prelude::*;

/// The time zone of the organisation, in which hours without a zone of their own are meant.
#[server]
pub async fn own_zone() -> Result<String, Problem> {
    let cx = cx();
    Ok(settings::get(cx.db(), cx.grant()?).await?.time_zone)
}

/// What the organisation sets in this environment.
#[server]
pub async fn get_organisation_rules() -> Result<LevelRules, Problem> {
    Setter::Organisation.rules(&cx()).await
}

rules_form! {
    /// Puts the entries in place of what the organisation sets.
    change_organisation_rules(reason, version) then change
}

async fn change(reason: String, version: String, sent: Sent) -> Result<(), Problem> {
    Setter::Organisation.change(reason, version, sent, paths::policies(cx().environment)).await
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let (own, zone) = (get_organisation_rules().await?, own_zone().await?);
    let back = paths::policies(cx.environment);
    let title = format!("Rules for every {} card", cx.environment.title().to_lowercase());
    let about = "Agents, policies and cards can be tighter than this, never looser.";
    let body = level::form(&own, &zone, about, back.clone());
    Ok(Page::new(title, body).under("Policies", back))
}
