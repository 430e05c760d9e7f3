//! Taking lost second factors away, for somebody else.
use super::{
    disable::{asked, reason_of, sessions_end},
    show::get_member,
    words::{is_visitor, manager},
};
use crate::{cx::cx, form::go, paths, problem::Problem, screen::Loaded};
use domain::{
    access::members::{self, MemberStatus},
    ids::PersonId,
};
use leptos::prelude::*;

/// Takes away the factors of the person of the address.
#[server]
pub async fn clear_factors(reason: String) -> Result<(), Problem> {
    let cx = cx();
    let id: PersonId = cx.id("id")?;
    let reason = reason_of(&reason)?;
    cx.db().commit(cx.grant()?, members::ClearFactors { id: id.clone(), reason }).await?;
    cx.flash("Second factors taken away. Their password still holds; their sessions have ended.").await;
    go(&paths::member(cx.environment, &id));
    Ok(())
}

/// The page that says what follows and asks for a reason.
pub async fn page() -> Loaded {
    let cx = cx();
    let member = get_member(cx.id("id")?).await?;
    manager(&cx, &member)?;
    if is_visitor(&cx, &member) || member.status == MemberStatus::Disabled {
        return Err(Problem::Elsewhere(paths::member(cx.environment, &member.id)));
    }
    let consequences = vec![
        "Be sure that it is them who ask: call them, or meet them.".to_owned(),
        "Their authenticator app, passkeys and recovery codes count no longer.".to_owned(),
        "They sign in with their password, and set up anew what their role asks for.".to_owned(),
        sessions_end(&member).await?,
    ];
    Ok(asked(&cx, &member, "Clear the factors of", false, consequences))
}
