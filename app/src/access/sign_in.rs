//! Signing in.
use crate::{
    cx::{Cx, cx},
    form::{go, use_form},
    guard, paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{Button, ErrorSummary, Field},
};
use domain::{
    access,
    environment::Environment,
    ids::{OrganisationId, PersonId},
};
use leptos::prelude::*;
use serde::Deserialize;

/// Takes address and password; both wrong answers are the same.
#[server]
pub async fn sign_in(email: String, password: String, next: String) -> Result<(), Problem> {
    let cx = cx();
    let Some((organisation, person)) = access::sign_in(cx.db(), &email, password, cx.origin.clone()).await? else {
        return Err(Problem::field("", "Address or password is not right. Check both and try again."));
    };
    begin(&cx, organisation, person).await?;
    go(paths::internal(&next).unwrap_or(&paths::overview(Environment::Live)));
    Ok(())
}

/// A new session for somebody who has just been recognised: always under a new identifier.
pub(super) async fn begin(cx: &Cx, organisation: OrganisationId, person: PersonId) -> Result<(), Problem> {
    let secret = hex::encode(cx.db().chance().bytes::<16>());
    let session = &cx.session;
    let begun = async {
        session.cycle_id().await?;
        session.insert(guard::ORGANISATION, organisation).await?;
        session.insert(guard::PERSON, person).await?;
        session.insert(guard::FORM_SECRET, secret).await
    };
    begun.await.map_err(|error| {
        tracing::error!(%error, "a session could not be begun");
        Problem::Busy
    })
}

#[derive(Default, Deserialize)]
struct Query {
    next: Option<String>,
}

/// The sign-in page.
pub async fn page() -> Loaded {
    let cx = cx();
    if cx.visitor.is_some() {
        return Err(Problem::Elsewhere(paths::overview(Environment::Live)));
    }
    let form = use_form();
    let next = form.value("next", cx.query::<Query>().next.unwrap_or_default());
    let notice = cx.app.settings.door_notice.clone().map(|text| view! { <p class="hint">{text}</p> });
    let body = view! {
        <form method="post" class="form">
            <ErrorSummary refusals=form.refusals() />
            <input type="hidden" name="token" value=cx.form_token() />
            <input type="hidden" name="next" value=next />
            <Field name="email" label="Email" kind="email" autocomplete="username" value=form.value("email", "") />
            <Field name="password" label="Password" kind="password" autocomplete="current-password" />
            <div class="actions">
                <Button word="Sign in" />
                <a href=paths::FORGOT>"Forgot your password?"</a>
            </div>
        </form>
        {notice}
    };
    Ok(Page::new("Sign in", body).lead("Control what your agents spend."))
}
