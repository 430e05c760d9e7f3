//! Signing in with a passkey; and the entry of a passkey in any form that asks for one.
//!
//! It needs scripts: without them, and where browsers make no passkeys, the pages say so and offer a code.
use super::sign_in::{begin, lead, next};
use crate::{
    assets,
    cx::{Cx, cx},
    form::{go, passkey_site, use_form},
    guard, paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{ButtonLink, ErrorSummary, Look},
};
use domain::access::factors::{
    self,
    passkey::{self, Answer, Question},
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
    let half = match cx.cookie(guard::PENDING_COOKIE) {
        Some(cookie) => factors::pending(cx.db(), &cookie, &cx.arrival()).await?,
        None => None,
    };
    let opened = factors::sign_in_with_passkey(cx.db(), &answer, half, cx.arrival()).await?;
    begin(&cx, &opened);
    go(&lead(&next));
    Ok(())
}

/// The hidden entry that the script fills with the use of a passkey, its button, and what stands there without it.
pub(crate) fn get_entry(cx: &Cx, name: &'static str, refusal: Option<String>, beside: Option<AnyView>) -> AnyView {
    let asked = passkey_site(cx).map(|site| passkey::ask_use(cx.db(), &cx.form_secret, &site));
    match asked {
        Some(Ok(question)) => entry(cx, name, question, "Use your passkey", refusal, beside),
        Some(Err(fault)) => {
            tracing::error!(%fault, "no passkey could be asked for");
            view! { <p class="hint">"Passkeys do not work at this moment."</p>{beside} }.into_any()
        }
        None => view! {
            <p class="hint">"Passkeys work where this server is opened by its name, or as localhost."</p>
            {beside}
        }
        .into_any(),
    }
}

/// The hidden entry that the script fills with what the authenticator says, the button that asks it, and what else may be
/// done instead.
pub(super) fn entry(
    cx: &Cx,
    name: &'static str,
    question: Question,
    word: &'static str,
    refusal: Option<String>,
    beside: Option<AnyView>,
) -> AnyView {
    let (asset, nonce) = (assets::passkeys(), cx.nonce.clone());
    view! {
        <input type="hidden" name=name data-options=question.options data-state=question.state />
        {refusal.map(|why| view! { <p class="refusal">{why}</p> })}
        <p class="hint" role="status" data-passkey-says>
            "Passkeys need scripts. Without them, sign in with your password and a code."
        </p>
        <div class="actions">
            <button type="button" class="button primary" data-passkey-button hidden>{word}</button>
            {beside}
        </div>
        <script src=asset.path integrity=asset.sri nonce=nonce defer></script>
    }
    .into_any()
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
    let back = view! { <ButtonLink href=back word="Use your password" look=Look::Plain /> }.into_any();
    let body = view! {
        <form method="post" class="form" data-passkey="get">
            <ErrorSummary refusals=form.refusals() />
            <input type="hidden" name="token" value=cx.form_token() />
            <input type="hidden" name="next" value=next />
            {get_entry(&cx, "passkey", form.refusal("passkey"), Some(back))}
        </form>
    };
    Ok(Page::new("Sign in with a passkey", body)
        .lead("Your device checks that it is you: a finger, your face or a PIN."))
}
