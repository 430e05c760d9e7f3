//! Removing a person for good, on a page of its own.
use super::{
    disable::{asked, reason_of, sessions_end},
    show::get_member,
    told,
    words::manager,
};
use crate::{cx::cx, paths, problem::Problem, screen::Loaded};
use domain::{access::members, ids::PersonId};
use leptos::prelude::*;

/// Removes the person of the address.
#[server]
pub async fn remove_member(reason: String) -> Result<(), Problem> {
    let cx = cx();
    let id: PersonId = cx.id("id")?;
    let reason = reason_of(&reason)?;
    let effect = cx.db().commit(cx.grant()?, members::RemoveMember { id, reason }).await?;
    let done = "Removed. Their sessions have ended, and they cannot sign in.";
    told(&cx, effect, done, paths::members(cx.environment)).await;
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let member = get_member(cx.id("id")?).await?;
    manager(&cx, &member)?;
    let consequences = vec![
        sessions_end(&member).await?,
        "This cannot be undone: to come back they need a new invitation.".to_owned(),
        "The audit log keeps their name. Their address is erased and may be invited again.".to_owned(),
        "API keys and agents that they made go on working. Revoke those that should not.".to_owned(),
    ];
    Ok(asked(&cx, &member, "Remove", true, consequences))
}
