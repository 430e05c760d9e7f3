//! What the organisation asks of everybody at the door: the owners' settings.
use crate::{
    cx::cx,
    form::{go, use_form},
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    shell::capital,
    ui::{Button, ButtonLink, Choice, ErrorSummary, Field, Look, Ticks},
};
use domain::access::{self, Role, Roles, Security};
use leptos::prelude::*;

/// Changes the settings.
#[server]
pub async fn change_security(#[server(default)] roles: Vec<String>, idle_minutes: String) -> Result<(), Problem> {
    let cx = cx();
    let mut refusal = Refusal::default();
    let roles = refusal.take("roles", roles.iter().map(|role| role.parse::<Role>()).collect::<Result<Vec<_>, _>>());
    let idle = refusal.take("idle_minutes", idle_minutes.trim().parse::<i64>().map_err(|_| "must be from 5 to 60"));
    let (roles, idle_minutes) = refusal.or(roles.zip(idle))?;
    let settings = Security { second_factor_roles: Roles::of(roles), idle_minutes };
    cx.db().commit(cx.grant()?, access::ChangeSecurity(settings)).await?;
    cx.flash("Security settings saved. Who lacks a second factor sets it up at the next sign-in.").await;
    go(paths::SECURITY);
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let now = access::security(cx.db(), cx.grant()?).await?;
    let form = use_form();
    let choices = Role::ALL.iter().map(|role| {
        let ticked = form.ticked("roles", role.as_str(), now.second_factor_roles.has(*role));
        (Choice::new(role.as_str(), capital(role.as_str())), ticked)
    });
    let groups = vec![("Roles".to_owned(), choices.collect())];
    let body = view! {
        <form method="post" class="form">
            <ErrorSummary refusals=form.refusals() />
            <input type="hidden" name="token" value=cx.form_token() />
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
