//! What the organisation asks of everybody at the door: the owners' settings.
use crate::{
    cx::cx,
    form::use_form,
    members::told,
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    shell::capital,
    ui::{Button, ButtonLink, Choice, ErrorSummary, Field, Look, Ticks},
};
use domain::access::{self, Role, Roles, Security};
use leptos::prelude::*;

/// Changes the settings; `seen` are those that the page was shown with.
#[server]
pub async fn change_security(
    #[server(default)] roles: Vec<String>,
    #[server(default)] passkey_roles: Vec<String>,
    idle_minutes: String,
    seen: String,
) -> Result<(), Problem> {
    let cx = cx();
    let mut refusal = Refusal::default();
    let read = |words: &[String]| words.iter().map(|role| role.parse::<Role>()).collect::<Result<Vec<_>, _>>();
    let factor = refusal.take("roles", read(&roles));
    let passkey = refusal.take("passkey_roles", read(&passkey_roles));
    let idle = refusal.take("idle_minutes", idle_minutes.trim().parse::<i64>().map_err(|_| "must be from 5 to 60"));
    let seen = refusal.take("seen", serde_json::from_str(&seen).map_err(|_| "must be left as it is; reload the page"));
    let (((factor, passkey), idle_minutes), before) = refusal.or(factor.zip(passkey).zip(idle).zip(seen))?;
    let after = Security { second_factor_roles: Roles::of(factor), passkey_roles: Roles::of(passkey), idle_minutes };
    let effect = cx.db().commit(cx.grant()?, access::ChangeSecurity { before, after }).await?;
    let done =
        "Security settings saved. Who lacks what is asked for sets it up at the next sign-in, a passkey at once.";
    told(&cx, effect, done, paths::SECURITY.to_owned()).await;
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let now = access::security(cx.db(), cx.grant()?).await?;
    let form = use_form();
    let groups = |field: &'static str, chosen: Roles| {
        let choice = |role: &Role| {
            let ticked = form.ticked(field, role.as_str(), chosen.has(*role));
            (Choice::new(role.as_str(), capital(role.as_str())), ticked)
        };
        vec![(String::new(), Role::ALL.iter().map(choice).collect())]
    };
    let shown = serde_json::to_string(&now).unwrap_or_default();
    let seen = if form.is_stale() { shown } else { form.value("seen", shown) };
    let (above, settings) = (paths::settings(cx.environment), paths::settings(cx.environment));
    let body = view! {
        <form method="post" class="form">
            <ErrorSummary refusals=form.refusals() />
            <input type="hidden" name="token" value=cx.form_token() />
            <input type="hidden" name="seen" value=seen />
            <Ticks
                name="roles"
                label="Roles that must show a second factor"
                hint="Owners, admins and finance unless you say otherwise."
                words=true
                groups=groups("roles", now.second_factor_roles)
                refusal=form.refusal("roles")
            />
            <Ticks
                name="passkey_roles"
                label="Roles that must have a passkey"
                hint="The code of an app does not count for them. Until they have a passkey, they see nothing but the page that adds one. It takes scripts, and a browser that makes passkeys."
                words=true
                groups=groups("passkey_roles", now.passkey_roles)
                refusal=form.refusal("passkey_roles")
            />
            <Field
                name="idle_minutes"
                label="Minutes of quiet until a session ends"
                hint="From 5 to 60. Every session ends after 12 hours."
                value=form.value("idle_minutes", now.idle_minutes.to_string())
                refusal=form.refusal("idle_minutes")
                inputmode="numeric"
            />
            <p class="hint">"Asking for less needs the approval of another owner, where there is one."</p>
            <div class="actions">
                <Button word="Save" />
                <ButtonLink href=settings word="Cancel" look=Look::Plain />
            </div>
        </form>
    };
    Ok(Page::new("Security settings", body)
        .lead("They hold for everybody of your organisation, in live and dev.")
        .under("Settings", above))
}
