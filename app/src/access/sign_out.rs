//! Signing out: a form on every page posts here.
use crate::{
    cx::cx,
    form::{PageForm, go},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    session,
};
use domain::access::sessions;
use http::{HeaderName, HeaderValue};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

/// Ends the session before the answer is sent.
#[server]
pub async fn sign_out() -> Result<(), Problem> {
    let cx = cx();
    sessions::sign_out(cx.db(), cx.grant()?).await?;
    cx.session.flush().await.map_err(|error| {
        tracing::error!(%error, "a session could not be ended");
        Problem::Busy
    })?;
    cx.set_cookie(session::COOKIE, "", Some(0));
    if let Some(reply) = use_context::<ResponseOptions>() {
        // Not the cookies: the one by which the browser is known stays.
        let forget = HeaderValue::from_static("\"cache\", \"storage\"");
        reply.insert_header(HeaderName::from_static("clear-site-data"), forget);
    }
    go(paths::SIGN_IN);
    Ok(())
}

/// For whoever came here by its address.
pub async fn page() -> Loaded {
    Ok(Page::new("Sign out", view! { <PageForm act="Sign out of LedgerOS" /> }))
}
