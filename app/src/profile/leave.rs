//! Leaving the organisation, on a page of its own.
use crate::{
    cx::cx,
    form::{confirm, go},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
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
    let body = confirm(consequences, format!("Leave {name}"), back.clone());
    Ok(Page::new(format!("Leave {name}"), body).under("Your settings", back))
}
