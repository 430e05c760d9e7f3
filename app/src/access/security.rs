//! What the organisation asks of everybody at the door: the owners' settings.
use crate::{
    cx::cx,
    form::{PageForm, conflict::Edit, use_form},
    members::told,
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    shell::capital,
    ui::{Choice, Field, Ticks},
};
use domain::access::{self, Role, Roles, Security, settings};
use leptos::prelude::*;

/// The settings as they are, and the version of the organisation's settings.
#[server]
pub async fn get_security() -> Result<(Security, i64), Problem> {
    let cx = cx();
    // The version first: a change in between makes the form stale, never unnoticed.
    let version = settings::get(cx.db(), cx.grant()?).await?.version;
    Ok((access::security(cx.db(), cx.grant()?).await?, version))
}

/// Changes the settings.
#[server]
pub async fn change_security(
    #[server(default)] roles: Vec<String>,
    #[server(default)] passkey_roles: Vec<String>,
    idle_minutes: String,
    version: String,
) -> Result<(), Problem> {
    let cx = cx();
    let mut refusal = Refusal::default();
    let read = |words: &[String]| words.iter().map(|role| role.parse::<Role>()).collect::<Result<Vec<_>, _>>();
    let factor = refusal.take("roles", read(&roles));
    let passkey = refusal.take("passkey_roles", read(&passkey_roles));
    let idle = refusal.take("idle_minutes", idle_minutes.trim().parse::<i64>().map_err(|_| "must be from 5 to 60"));
    let version = refusal.version(&version);
    let (((factor, passkey), idle_minutes), version) = refusal.or(factor.zip(passkey).zip(idle).zip(version))?;
    let after = Security { second_factor_roles: Roles::of(factor), passkey_roles: Roles::of(passkey), idle_minutes };
    let effect = cx.db().commit(cx.grant()?, access::ChangeSecurity { after, version }).await?;
    let done =
        "Security settings saved. Who lacks what is asked for sets it up at the next sign-in, a passkey at once.";
    told(&cx, effect, done, paths::SECURITY.to_owned()).await;
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let (now, version) = get_security().await?;
    let form = use_form();
    let choices: Vec<Choice> =
        Role::ALL.iter().map(|role| Choice::new(role.as_str(), capital(role.as_str()))).collect();
    let words = |roles: Roles| roles.iter().map(|role| role.as_str().to_owned()).collect();
    let edit = Edit::of(form, version)
        .ticks("roles", "Second factor", words(now.second_factor_roles), choices.clone())
        .ticks("passkey_roles", "Passkey", words(now.passkey_roles), choices.clone())
        .text("idle_minutes", "Minutes of quiet", now.idle_minutes.to_string());
    let groups = |field: &'static str| {
        let ticked = |choice: &Choice| (choice.clone(), edit.ticked(field, &choice.value));
        vec![(String::new(), choices.iter().map(ticked).collect())]
    };
    let (factor, passkey) = (groups("roles"), groups("passkey_roles"));
    let (head, idle) = (edit.head(), edit.value("idle_minutes"));
    let (above, settings) = (paths::settings(cx.environment), paths::settings(cx.environment));
    let body = view! {
        <PageForm act="Save" cancel=settings>
            {head}
            <Ticks
                name="roles"
                label="Roles that must show a second factor"
                hint="Owners, admins and finance unless you say otherwise."
                words=true
                groups=factor
                refusal=edit.refusal("roles")
            />
            <Ticks
                name="passkey_roles"
                label="Roles that must have a passkey"
                hint="The code of an app does not count for them. Until they have a passkey, they see nothing but the page that adds one. It takes scripts, and a browser that makes passkeys."
                words=true
                groups=passkey
                refusal=edit.refusal("passkey_roles")
            />
            <Field
                name="idle_minutes"
                label="Minutes of quiet until a session ends"
                hint="From 5 to 60. Every session ends after 12 hours."
                value=idle
                refusal=edit.refusal("idle_minutes")
                inputmode="numeric"
            />
            <p class="hint">"Asking for less needs the approval of another owner, where there is one."</p>
        </PageForm>
    };
    Ok(Page::new("Security settings", body)
        .lead("They hold for everybody of your organisation, in live and dev.")
        .under("Settings", above))
}
