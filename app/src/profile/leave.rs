//! Leaving the organisation, on a page of its own.
use crate::{
    cx::cx,
    form::{go, use_form},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{Confirm, ErrorSummary},
};
use domain::access::members;
use leptos::prelude::*;

/// Removes the visitor, who is signed out by it.
#[server]
pub async fn leave_organisation() -> Result<(), Problem> {
    let cx = cx();
    cx.db().commit(cx.grant()?, members::Leave).await?;
    cx.session.flush().await.map_err(|error| {
        tracing::error!(%error, "a session could not be ended");
        Problem::Busy
    })?;
    go(paths::SIGN_IN);
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let name = cx.visitor.as_ref().map(|visitor| visitor.organisation_name.clone()).unwrap_or_default();
    let back = paths::profile(cx.environment);
    let consequences = vec![
        "You are signed out everywhere and cannot sign in again.".to_owned(),
        "To come back you need a new invitation.".to_owned(),
        "API keys and agents that you made go on working.".to_owned(),
    ];
    let (refusals, token, cancel_href) = (use_form().refusals(), cx.form_token(), back.clone());
    let body = view! {
        <ErrorSummary refusals />
        <Confirm consequences act=format!("Leave {name}") cancel_href>
            <input type="hidden" name="token" value=token />
        </Confirm>
    };
    Ok(Page::new(format!("Leave {name}"), body).under("Your settings", back))
}
