//! Signing in with a passkey; and the entry of a passkey in any form that asks for one.
//!
//! It needs scripts: without them, and where browsers make no passkeys, the pages say so and offer a code.
use super::sign_in::{begin, lead, next};
use crate::{
    assets,
    cx::{Cx, cx},
    form::{go, passkey_site, use_form},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{ButtonLink, ErrorSummary, Look},
};
use domain::access::factors::{
    self,
    passkey::{self, Answer},
};
use leptos::prelude::*;

/// What is missing where browsers make no passkeys.
pub(super) fn no_site() -> Problem {
    Problem::field("passkey", "Passkeys belong to a name: open this server by its name, or as localhost")
}

/// Takes what the authenticator says.
#[server]
pub async fn sign_in_with_passkey(passkey: String, next: String) -> Result<(), Problem> {
    let cx = cx();
    let site = passkey_site(&cx).ok_or_else(no_site)?;
    let answer = Answer { said: &passkey, browser: &cx.form_secret, site: &site };
    let opened = factors::sign_in_with_passkey(cx.db(), &answer, cx.arrival()).await?;
    begin(&cx, &opened);
    go(&lead(&next));
    Ok(())
}

/// The hidden entry that the script fills, its button, and what stands there without it.
pub(crate) fn get_entry(cx: &Cx, name: &'static str, refusal: Option<String>) -> AnyView {
    let Some(site) = passkey_site(cx) else {
        return view! { <p class="hint">"Passkeys work where this server is opened by its name, or as localhost."</p> }
            .into_any();
    };
    let challenge = passkey::challenge(cx.db(), &cx.form_secret);
    view! {
        <input type="hidden" name=name data-challenge=challenge data-rp=site.id />
        {says(refusal)}
        <div class="actions">
            <button type="button" class="button primary" data-passkey-button hidden>"Use your passkey"</button>
        </div>
        {script(cx)}
    }
    .into_any()
}

/// Where the script speaks; without it, what is missing.
pub(super) fn says(refusal: Option<String>) -> AnyView {
    view! {
        {refusal.map(|why| view! { <p class="refusal">{why}</p> })}
        <p class="hint" role="status" data-passkey-says>"Passkeys need scripts. Without them, sign in with your password and a code."</p>
    }
    .into_any()
}

/// The script of passkeys, on the pages that ask for one.
pub(super) fn script(cx: &Cx) -> AnyView {
    let (asset, nonce) = (assets::passkeys(), cx.nonce.clone());
    view! { <script src=asset.path integrity=asset.sri nonce=nonce defer></script> }.into_any()
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    if cx.visitor.is_some() {
        return Err(Problem::Elsewhere(lead(&next(&cx))));
    }
    let form = use_form();
    let next = next(&cx);
    let back = paths::second_half(paths::SIGN_IN, &next);
    let body = view! {
        <form method="post" class="form" data-passkey="get">
            <ErrorSummary refusals=form.refusals() />
            <input type="hidden" name="token" value=cx.form_token() />
            <input type="hidden" name="next" value=next />
            {get_entry(&cx, "passkey", None)}
            <div class="actions"><ButtonLink href=back word="Use your password" look=Look::Plain /></div>
        </form>
    };
    Ok(Page::new("Sign in with a passkey", body)
        .lead("Your device checks that it is you: a finger, your face or a PIN."))
}
