//! Signing in: address and password. What else is asked for has pages of its own.
use crate::{
    cx::{Cx, cx},
    form::{go, use_form},
    guard, paths,
    problem::Problem,
    screen::{Loaded, Page},
    session,
    ui::{Button, ButtonLink, ErrorSummary, Field},
};
use domain::{
    access::{
        self, Admission, Opened,
        factors::{self, Needs},
    },
    environment::Environment,
};
use leptos::prelude::*;
use serde::Deserialize;

/// For how long a browser is known, in seconds: a year.
const KNOWN: u32 = 365 * 24 * 3600;
/// For how long the half of a sign-in is kept, in seconds.
const HALF: u32 = 600;

/// Takes address and password; both wrong answers are the same.
#[server]
pub async fn sign_in(email: String, password: String, next: String) -> Result<(), Problem> {
    let cx = cx();
    let signed = access::sign_in(cx.db(), &email, password, cx.arrival()).await?;
    welcome(&cx, signed, &next)
}

/// What follows from the first half of a sign-in: the session, the second half, or a refusal.
pub(super) fn welcome(cx: &Cx, signed: Admission, next: &str) -> Result<(), Problem> {
    match signed {
        Admission::Wrong => {
            return Err(Problem::field("", "Address or password is not right. Check both and try again."));
        }
        Admission::Wait(until) => return Err(too_many(cx, "", until)),
        Admission::Half(cookie, needs) => {
            cx.set_cookie(guard::PENDING_COOKIE, cookie.text(), Some(HALF));
            let path = match needs {
                Needs::Factor => paths::SECOND_FACTOR,
                Needs::Enrolment => paths::ENROL,
            };
            go(&paths::second_half(path, next));
        }
        Admission::In(opened) => {
            begin(cx, &opened);
            go(&lead(next));
        }
    }
    Ok(())
}

/// The refusal of a try that came too early.
pub(super) fn too_many(cx: &Cx, field: &str, until: domain::time::Timestamp) -> Problem {
    let wait = factors::waiting(cx.db().now(), until);
    Problem::field(field, format!("There were too many tries. Try again in {wait}."))
}

/// Gives the browser the session that has begun: always under a new identifier.
pub(super) fn begin(cx: &Cx, opened: &Opened) {
    cx.set_cookie(session::COOKIE, &opened.session, None);
    cx.set_cookie(guard::DEVICE_COOKIE, &opened.device, Some(KNOWN));
    if cx.cookie(guard::PENDING_COOKIE).is_some() {
        cx.set_cookie(guard::PENDING_COOKIE, "", Some(0));
    }
}

/// Where signing in leads.
pub(super) fn lead(next: &str) -> String {
    paths::internal(next).map_or_else(|| paths::overview(Environment::Live), str::to_owned)
}

#[derive(Default, Deserialize)]
struct Query {
    next: Option<String>,
    over: Option<String>,
}

/// The page to which the sign-in leads afterwards, as the address or the form says.
pub(super) fn next(cx: &Cx) -> String {
    use_form().value("next", cx.query::<Query>().next.unwrap_or_default())
}

/// The sign-in page.
pub async fn page() -> Loaded {
    let cx = cx();
    if cx.visitor.is_some() {
        return Err(Problem::Elsewhere(paths::overview(Environment::Live)));
    }
    let form = use_form();
    let over = cx.query::<Query>().over.filter(|_| form.refusals().is_empty()).map(|_| {
        view! { <p role="status">"That sign-in took too long or too many codes. Begin again."</p> }
    });
    let notice = cx.app.settings.door_notice.clone().map(|text| view! { <p class="hint">{text}</p> });
    let body = view! {
        <form method="post" class="form">
            {over}
            <ErrorSummary refusals=form.refusals() />
            <input type="hidden" name="token" value=cx.form_token() />
            <input type="hidden" name="next" value=next(&cx) />
            <Field name="email" label="Email" kind="email" autocomplete="username" value=form.value("email", "") />
            <Field name="password" label="Password" kind="password" autocomplete="current-password" />
            <div class="actions">
                <Button word="Sign in" />
                <ButtonLink href=paths::second_half(paths::PASSKEY_SIGN_IN, &next(&cx)) word="Use a passkey" />
            </div>
        </form>
        {notice}
    };
    Ok(Page::new("Sign in", body).lead("Control what your agents spend."))
}
