//! Ending a token for good, on a page of its own.
use super::super::show::get_agent;
use crate::{
    cx::cx,
    form::{confirm, go},
    keys::parts::when,
    paths,
    problem::Problem,
    screen::{Loaded, Page},
};
use domain::{
    agents::{self, Token},
    ids::TokenId,
};
use leptos::prelude::*;

/// The token of this id.
#[server]
pub async fn get_token(id: TokenId) -> Result<Token, Problem> {
    let cx = cx();
    Ok(agents::token(cx.db(), cx.grant()?, &id).await?)
}

/// Revokes the token of the address.
#[server]
pub async fn revoke_token() -> Result<(), Problem> {
    let cx = cx();
    let id: TokenId = cx.id("id")?;
    let token = agents::token(cx.db(), cx.grant()?, &id).await?;
    cx.db().commit(cx.grant()?, agents::RevokeToken { id, agent_id: None }).await?;
    cx.flash("Token revoked. The next call with it is refused.").await;
    go(&paths::agent(cx.environment, &token.agent_id));
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let (e, zone) = (cx.environment, cx.zone());
    let token = get_token(cx.id("id")?).await?;
    let agent = get_agent(token.agent_id.clone()).await?;
    let used = token
        .last_used_at
        .map_or_else(|| "It was never used.".to_owned(), |at| format!("It was last used on {}.", when(at, zone)));
    let consequences = vec![
        "Every call with this token is refused from now on: 401 revoked_api_key.".to_owned(),
        used,
        format!("The agent {} and its cards stay as they are.", agent.name),
        "This cannot be undone. A replacement is a new token.".to_owned(),
    ];
    let back = paths::agent(e, &agent.id);
    let body = confirm(consequences, "Revoke token", back.clone());
    Ok(Page::new(format!("Revoke {}", token.name), body).under("Agents", paths::agents(e)).under(agent.name, back))
}
