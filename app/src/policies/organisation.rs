//! What the organisation sets for every card of an environment.
#![expect(
    dead_code,
    clippy::too_many_arguments,
    reason = "a route runs the form of a server function, and its arguments are the entries"
)]
use super::{
    edit::differences,
    entry::{Sent, ours},
    fields,
    rules_form::rules_form,
};
use crate::{
    cx::cx,
    form::{
        PageForm,
        conflict::{Edit, told},
        use_form,
    },
    members, paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
};
use domain::{
    access::settings,
    limits::{
        levels::{self, LevelRules, SetOrganisationRules},
        terms::Terms,
    },
};
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
    let cx = cx();
    Ok(levels::organisation(cx.db(), cx.grant()?).await?)
}

rules_form! {
    /// Puts the entries in place of what the organisation sets.
    change_organisation_rules(version) then change
}

async fn change(version: String, sent: Sent) -> Result<(), Problem> {
    let cx = cx();
    let mut refusal = Refusal::default();
    let version = refusal.version(&version);
    let set = sent.change(false, &mut refusal);
    let version = refusal.or(version)?;
    let before = Terms::of(&levels::organisation(cx.db(), cx.grant()?).await?.rules);
    let command = SetOrganisationRules { set, version: Some(version) };
    let effect = cx.db().commit(cx.grant()?, command).await.map_err(ours)?;
    let after = Terms::of(&levels::organisation(cx.db(), cx.grant()?).await?.rules);
    let done = format!("{} It decides the next purchase of every card.", told(&differences(&before, &after)));
    members::told(&cx, effect, done, paths::policies(cx.environment)).await;
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let (own, zone) = (get_organisation_rules().await?, own_zone().await?);
    let form = use_form();
    let start = Sent::of(&Terms::of(&own.rules));
    let head = fields::edit(Edit::of(use_form(), own.version), &start, &zone, false).head();
    let back = paths::policies(cx.environment);
    let title = format!("Rules for every {} card", cx.environment.title().to_lowercase());
    let body = view! {
        <PageForm act="Save changes" cancel=back.clone() wide=true>
            {head}
            <p>"Agents, policies and cards can be tighter than this, never looser."</p>
            {fields::all(&form, &start, &zone, false)}
        </PageForm>
    };
    Ok(Page::new(title, body).under("Policies", back))
}
