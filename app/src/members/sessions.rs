//! Ending every session of a person, on a page of its own.
use super::{disable::sessions_end, show::get_member, words::manager};
use crate::{
    cx::cx,
    form::{confirm, go},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
};
use domain::{access::members, ids::PersonId};
use leptos::prelude::*;

/// Ends the sessions of the person of the address.
#[server]
pub async fn end_sessions() -> Result<(), Problem> {
    let cx = cx();
    let id: PersonId = cx.id("id")?;
    let ended = cx.db().commit(cx.grant()?, members::EndSessions { id: id.clone() }).await?;
    let said = match ended {
        0 => "They were not signed in.".to_owned(),
        1 => "1 session ended.".to_owned(),
        many => format!("{many} sessions ended."),
    };
    cx.flash(said).await;
    go(&paths::member(cx.environment, &id));
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let member = get_member(cx.id("id")?).await?;
    manager(&cx, &member)?;
    let (e, back) = (cx.environment, paths::member(cx.environment, &member.id));
    let consequences = vec![sessions_end(&member).await?, "They may sign in again at once.".to_owned()];
    let body = confirm(consequences, "End all sessions", back.clone());
    let name = member.name;
    Ok(Page::new(format!("End the sessions of {name}"), body).under("Members", paths::members(e)).under(name, back))
}
