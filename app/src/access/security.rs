//! What the organisation asks of everybody at the door: the owners' settings.
use crate::{
    cx::cx,
    form::{
        conflict::{Edit, told},
        go, use_form,
    },
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    shell::capital,
    ui::{Button, ButtonLink, Choice, ErrorSummary, Field, Look, Ticks},
};
use domain::access::{self, Role, Roles, Security, settings};
use leptos::prelude::*;

/// Changes the settings.
#[server]
pub async fn change_security(
    #[server(default)] roles: Vec<String>,
    idle_minutes: String,
    version: String,
) -> Result<(), Problem> {
    let cx = cx();
    let mut refusal = Refusal::default();
    let roles = refusal.take("roles", roles.iter().map(|role| role.parse::<Role>()).collect::<Result<Vec<_>, _>>());
    let idle = refusal.take("idle_minutes", idle_minutes.trim().parse::<i64>().map_err(|_| "must be from 5 to 60"));
    let version = refusal.take("version", version.parse::<i64>().map_err(|_| "must come from the form"));
    let ((roles, idle_minutes), version) = refusal.or(roles.zip(idle).zip(version))?;
    let before = access::security(cx.db(), cx.grant()?).await?;
    let settings = Security { second_factor_roles: Roles::of(roles), idle_minutes };
    let said =
        |roles: Roles| Some(roles.to_string()).filter(|words| !words.is_empty()).unwrap_or_else(|| "nobody".into());
    let changes = [
        ("who shows a second factor", said(before.second_factor_roles), said(settings.second_factor_roles)),
        ("minutes of quiet", before.idle_minutes.to_string(), idle_minutes.to_string()),
    ];
    cx.db().commit(cx.grant()?, access::ChangeSecurity { settings, version: Some(version) }).await?;
    cx.flash(format!("{} Who lacks a second factor sets it up at the next sign-in.", told(&changes))).await;
    go(paths::SECURITY);
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let now = access::security(cx.db(), cx.grant()?).await?;
    let version = settings::get(cx.db(), cx.grant()?).await?.version;
    let form = use_form();
    let words: Vec<Choice> = Role::ALL.iter().map(|role| Choice::new(role.as_str(), capital(role.as_str()))).collect();
    let asked = Role::ALL.iter().filter(|role| now.second_factor_roles.has(**role)).map(ToString::to_string).collect();
    let head = Edit::of(use_form(), version)
        .ticks("roles", "Roles that must show a second factor", asked, words)
        .text("idle_minutes", "Minutes of quiet", now.idle_minutes.to_string())
        .head();
    let choices = Role::ALL.iter().map(|role| {
        let ticked = form.ticked("roles", role.as_str(), now.second_factor_roles.has(*role));
        (Choice::new(role.as_str(), capital(role.as_str())), ticked)
    });
    let groups = vec![("Roles".to_owned(), choices.collect())];
    let body = view! {
        <form method="post" class="form">
            <ErrorSummary refusals=form.refusals() />
            <input type="hidden" name="token" value=cx.form_token() />
            {head}
            <Ticks
                name="roles"
                label="Roles that must show a second factor"
                hint="Owners, admins and finance unless you say otherwise."
                groups
                refusal=form.refusal("roles")
            />
            <Field
                name="idle_minutes"
                label="Minutes of quiet until a session ends"
                hint="From 5 to 60. Every session ends after 12 hours."
                value=form.value("idle_minutes", now.idle_minutes.to_string())
                refusal=form.refusal("idle_minutes")
                inputmode="numeric"
            />
            <div class="actions">
                <Button word="Save" />
                <ButtonLink href=paths::ACCOUNT word="Cancel" look=Look::Plain />
            </div>
        </form>
    };
    Ok(Page::new("Security settings", body).lead("They hold for everybody of your organisation, in live and dev."))
}
