//! A new password for oneself.
use super::new_password;
use crate::{
    cx::cx,
    form::{PageForm, go, use_form},
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::Field,
};
use domain::access::{Permission, factors};
use leptos::prelude::*;

/// Sets it, once the present one is right; every other session ends.
#[server]
pub async fn change_password(
    current_password: String,
    password: String,
    password_again: String,
) -> Result<(), Problem> {
    let cx = cx();
    let mut refusal = Refusal::default();
    let password = new_password::typed_twice(&mut refusal, password, &password_again);
    let password = refusal.or(password)?;
    let Some(session) = &cx.session_id else { return Err(Problem::SignIn) };
    factors::change_password(cx.db(), cx.grant()?, current_password, password, session).await?;
    cx.flash("Password changed. Your other sessions have ended.").await;
    go(paths::ACCOUNT);
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    cx.fresh(Permission::ChangeFactors)?;
    let form = use_form();
    let body = view! {
        <PageForm act="Change password" cancel=paths::ACCOUNT>
            <Field
                name="current_password"
                label="Present password"
                kind="password"
                refusal=form.refusal("current_password")
                autocomplete="current-password"
            />
            {new_password::entries("New password", "New password again")}
        </PageForm>
    };
    Ok(Page::new("Change your password", body)
        .lead("Your other sessions end with it.")
        .under("Your sign-in", paths::ACCOUNT.to_owned()))
}
