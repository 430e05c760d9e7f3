//! The second half of signing in: a code of the app, or a recovery code.
use super::{
    passkey::get_entry,
    sign_in::{begin, lead, next, too_many},
};
use crate::{
    cx::{Cx, cx},
    form::{PageForm, go, use_form},
    guard, paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{Button, ButtonLink, Field, Look},
};
use domain::access::factors::{self, Finish, Needs, Pending};
use leptos::prelude::*;

/// The sign-in that this browser has half done; otherwise it begins again.
pub(super) async fn pending(cx: &Cx) -> Result<Pending, Problem> {
    let over = || Problem::Elsewhere(paths::SIGN_IN_OVER.to_owned());
    let cookie = cx.cookie(guard::PENDING_COOKIE).ok_or_else(|| Problem::Elsewhere(paths::SIGN_IN.to_owned()))?;
    factors::pending(cx.db(), &cookie, &cx.arrival()).await?.ok_or_else(over)
}

/// What came of the second half, for the form that asked.
pub(super) fn finished(cx: &Cx, finish: Finish, next: &str) -> Result<(), Problem> {
    match finish {
        Finish::In(opened) => {
            begin(cx, &opened);
            go(&lead(next));
            Ok(())
        }
        Finish::Wrong => Err(Problem::field("code", "is not right: take the newest one of your app")),
        Finish::Wait(until) => Err(too_many(cx, "code", until)),
        Finish::Over => Err(Problem::Elsewhere(paths::SIGN_IN_OVER.to_owned())),
    }
}

/// Takes the code.
#[server]
pub async fn show_factor(code: String, next: String) -> Result<(), Problem> {
    let cx = cx();
    let pending = pending(&cx).await?;
    let finish = factors::finish(cx.db(), pending, &code, cx.arrival()).await?;
    finished(&cx, finish, &next)
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let pending = pending(&cx).await?;
    let next = next(&cx);
    if pending.needs() == Needs::Enrolment {
        return Err(Problem::Elsewhere(paths::second_half(paths::ENROL, &next)));
    }
    let form = use_form();
    let passkey = (pending.held.passkeys > 0).then(|| {
        let (token, next) = (cx.form_token(), next.clone());
        view! {
            <form method="post" action=paths::PASSKEY_SIGN_IN class="form" data-passkey="get">
                <input type="hidden" name="token" value=token />
                <input type="hidden" name="next" value=next />
                {get_entry(&cx, "passkey", None, None)}
            </form>
        }
    });
    let (label, hint) = if pending.held.passkey_asked && pending.held.passkeys > 0 {
        (
            "Recovery code",
            "Your organisation asks your role for a passkey. Without it, type one of your recovery codes.",
        )
    } else if pending.held.totp_since.is_none() {
        ("Recovery code", "Without your passkey, type one of your recovery codes.")
    } else {
        ("Code of your authenticator app", "Six digits. Without your phone, type one of your recovery codes.")
    };
    let body = view! {
        {passkey}
        <PageForm>
            <input type="hidden" name="next" value=next />
            <Field
                name="code"
                label
                hint
                refusal=form.refusal("code")
                autocomplete="one-time-code"
            />
            <div class="actions">
                <Button word="Sign in" />
                <ButtonLink href=paths::SIGN_IN word="Begin again" look=Look::Plain />
            </div>
        </PageForm>
    };
    Ok(Page::new("One more thing", body).lead(format!("Signing in as {}.", pending.email)))
}
