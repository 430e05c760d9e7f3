//! Signing out: a form on every page posts here.
use crate::{
    cx::cx,
    form::go,
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::Button,
};
use domain::access;
use leptos::prelude::*;

/// Ends the session before the answer is sent.
#[server]
pub async fn sign_out() -> Result<(), Problem> {
    let cx = cx();
    access::sign_out(cx.db(), cx.grant()?).await?;
    cx.session.flush().await.map_err(|error| {
        tracing::error!(%error, "a session could not be ended");
        Problem::Busy
    })?;
    go(paths::SIGN_IN);
    Ok(())
}

/// For whoever came here by its address.
pub async fn page() -> Loaded {
    let token = cx().form_token();
    let body = view! {
        <form method="post" class="form">
            <input type="hidden" name="token" value=token />
            <div class="actions"><Button word="Sign out of LedgerOS" /></div>
        </form>
    };
    Ok(Page::new("Sign out", body))
}
