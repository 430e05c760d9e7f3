//! The visitor's own sign-in: what there is, and where each part is changed.
use crate::{
    cx::cx,
    paths,
    screen::{Loaded, Page},
    ui::{ButtonLink, Fact, Facts, Look, Moment, Precision},
};
use domain::access::{Permission, factors};
use leptos::prelude::*;

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let (held, required) = factors::held(cx.db(), cx.grant()?).await?;
    let zone = cx.zone();
    let change = |href: &'static str, word: &'static str| view! { <ButtonLink href=href word=word look=Look::Secondary small=true /> };
    let app = match held.totp_since {
        Some(since) => view! {
            <p>"On since "<Moment at=since.0 zone precision=Precision::Day />"."</p>
            <div class="actions">
                {change(paths::AUTHENTICATOR, "Replace")}
                {change(paths::REMOVE_AUTHENTICATOR, "Remove")}
            </div>
        }
        .into_any(),
        None => view! { <p>"Off."</p><div class="actions">{change(paths::AUTHENTICATOR, "Set up")}</div> }.into_any(),
    };
    let passkeys = match held.passkeys {
        0 => "None.".to_owned(),
        1 => "One.".to_owned(),
        n => format!("{n}."),
    };
    let passkeys = view! { <p>{passkeys}</p><div class="actions">{change(paths::PASSKEYS, "Manage passkeys")}</div> };
    let codes = held.any().then(|| {
        let left = match held.recovery_left {
            0 => "None left: make new ones.".to_owned(),
            1 => "One left: make new ones soon.".to_owned(),
            n => format!("{n} left."),
        };
        Fact::new(
            "Recovery codes",
            view! { <p>{left}</p><div class="actions">{change(paths::RECOVERY_CODES, "Make new ones")}</div> },
        )
    });
    let password = view! { <div class="actions">{change(paths::PASSWORD, "Change password")}</div> };
    let sessions = view! { <div class="actions">{change(paths::SESSIONS, "Sessions and devices")}</div> };
    let mut facts =
        vec![Fact::new("Password", password), Fact::new("Authenticator app", app), Fact::new("Passkeys", passkeys)];
    facts.extend(codes);
    facts.push(Fact::new("Signed in", sessions));
    if cx.may(Permission::ChangeSecurity) {
        let rules = view! { <div class="actions">{change(paths::SECURITY, "Rules for everybody")}</div> };
        facts.push(Fact::new("Organisation", rules));
    }
    let lead = if held.any() {
        "You sign in with two factors."
    } else if required {
        "Your organisation asks your role for a second factor: you set it up at the next sign-in, or now."
    } else {
        "You sign in with a password alone. A second factor keeps others out who learn it."
    };
    Ok(Page::new("Your sign-in", view! { <Facts facts /> })
        .lead(lead)
        .under("Your settings", paths::profile(cx.environment)))
}
