//! Forgotten passwords: the page that asks for an address, and where its link leads.
use super::{
    join::{Done, spent, unchanged},
    new_password,
};
use crate::{
    cx::cx,
    form::{PageForm, use_form},
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{Button, ButtonLink, Field, Look},
};
use domain::{access::resets, name::Email};
use leptos::prelude::*;

const NO_MAIL: &str = "This server sends no mail. Ask an owner or admin of your organisation to start a password reset \
     for you: they get a link to pass on, and you choose the password.";

/// Takes an address; a known one and an unknown one are answered alike.
#[server]
pub async fn ask_reset(email: String) -> Result<Done, Problem> {
    let cx = cx();
    if cx.db().mail().is_none() {
        return Err(Problem::State(NO_MAIL.to_owned()));
    }
    let mut refusal = Refusal::default();
    let email = refusal.take("email", Email::parse(&email));
    cx.db().note(resets::AskReset(refusal.or(email)?)).await?;
    Ok(Done)
}

/// The page for forgotten passwords.
pub async fn page() -> Loaded {
    let (cx, form) = (cx(), use_form());
    let back = || view! { <ButtonLink href=paths::SIGN_IN word="Back to sign-in" look=Look::Plain /> };
    if cx.db().mail().is_none() {
        let body = view! { <p>{NO_MAIL}</p><div class="actions">{back()}</div> };
        return Ok(Page::new("Forgot your password?", body));
    }
    if form.output::<Done>().is_some() {
        let body = view! {
            <p>
                "If somebody signs in with this address, a letter with a link is on its way there. The link works \
                 once, for 30 minutes. Nothing came? Check the address, look among unwanted mail, or ask an owner or \
                 admin of your organisation."
            </p>
            <div class="actions">{back()}</div>
        };
        return Ok(Page::new("Look into your mail", body));
    }
    let body = view! {
        <PageForm>
            <Field
                name="email"
                label="Email"
                kind="email"
                hint="The address that you sign in with. A link to choose a new password goes there."
                value=form.value("email", "")
                refusal=form.refusal("email")
                autocomplete="username"
            />
            <div class="actions">
                <Button word="Send link" />
                {back()}
            </div>
        </PageForm>
    };
    Ok(Page::new("Forgot your password?", body))
}

/// Replaces the password of whom the link was made for.
#[server]
pub async fn choose_password(
    #[server(default)] email: String,
    password: String,
    password_again: String,
) -> Result<Done, Problem> {
    let cx = cx();
    let link: String = cx.id("token")?;
    let mut refusal = Refusal::default();
    if let Some(opened) = resets::open(cx.db(), &link).await? {
        unchanged(&mut refusal, &email, &opened.email);
    }
    let password = new_password::typed_twice(&mut refusal, password, &password_again);
    resets::choose(cx.db(), &link, refusal.or(password)?, cx.origin.clone()).await?;
    Ok(Done)
}

/// The page of a reset link.
pub async fn choose_page() -> Loaded {
    let (cx, form) = (cx(), use_form());
    if form.output::<Done>().is_some() {
        let body = view! {
            <p>"Your password is changed, and every session that was open has ended."</p>
            <div class="actions"><ButtonLink href=paths::SIGN_IN word="Sign in" look=Look::Primary /></div>
        };
        return Ok(Page::new("Password changed", body));
    }
    let Some(opened) = resets::open(cx.db(), &cx.id::<String>("token")?).await? else {
        let why = "It was used, replaced by a newer one, or is older than 30 minutes. Ask for a new link, and check \
                   that the address is complete.";
        return Ok(spent("This link does not work any more", why.to_owned()));
    };
    let body = view! {
        <PageForm act="Change password">
            <Field name="email" label="Email" kind="email" value=opened.email refusal=form.refusal("email") readonly=true autocomplete="username" />
            {new_password::entries("Password", "Password again")}
        </PageForm>
    };
    Ok(Page::new(format!("A new password for {}", opened.name), body)
        .lead("Every open session ends. Your second factor stays as it is."))
}
