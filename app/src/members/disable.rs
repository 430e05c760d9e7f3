//! Keeping a person out, on a page of its own.
use super::{
    show::get_member,
    told,
    words::{SECOND_OWNER, manager},
};
use crate::{
    cx::{Cx, cx},
    form::{PageConfirm, Reason},
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
};
use domain::{
    access::{
        Role,
        members::{self, Member, MemberStatus},
    },
    ids::PersonId,
    name::Line,
};
use leptos::prelude::*;

/// Disables the person of the address.
#[server]
pub async fn disable_member(reason: String) -> Result<(), Problem> {
    let cx = cx();
    let id: PersonId = cx.id("id")?;
    let reason = reason_of(&reason)?;
    let effect = cx.db().commit(cx.grant()?, members::DisableMember { id: id.clone(), reason }).await?;
    let done = "Disabled. Their sessions have ended, and they cannot sign in.";
    told(&cx, effect, done, paths::member(cx.environment, &id)).await;
    Ok(())
}

/// The reason that was typed.
pub(super) fn reason_of(typed: &str) -> Result<Line, Problem> {
    let mut refusal = Refusal::default();
    let reason = refusal.take("reason", Line::parse(typed));
    refusal.or(reason)
}

/// The page that says what follows and asks for a reason; `by_two` where a second owner approves what touches an owner.
pub(super) fn asked(cx: &Cx, member: &Member, act: &'static str, by_two: bool, consequences: Vec<String>) -> Page {
    let e = cx.environment;
    let back = paths::member(e, &member.id);
    let by_two = by_two && member.role == Role::Owner;
    let body = view! {
        <PageConfirm consequences act=format!("{act} {}", member.name) cancel=back.clone()>
            {by_two.then(|| view! { <p class="hint">{SECOND_OWNER}</p> })}
            <Reason hint="For the audit log." />
        </PageConfirm>
    };
    Page::new(format!("{act} {}", member.name), body)
        .under("Members", paths::members(e))
        .under(member.name.clone(), back)
}

/// How many sessions end.
pub(super) async fn sessions_end(member: &Member) -> Result<String, Problem> {
    Ok(match super::show::list_sessions(member.id.clone()).await?.len() {
        0 => "They are not signed in anywhere.".to_owned(),
        1 => "Their 1 open session ends at once.".to_owned(),
        many => format!("Their {many} open sessions end at once."),
    })
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let member = get_member(cx.id("id")?).await?;
    manager(&cx, &member)?;
    if member.status == MemberStatus::Disabled && !cx.posted.as_ref().is_some_and(|posted| posted.is_refused()) {
        return Err(Problem::Elsewhere(paths::member(cx.environment, &member.id)));
    }
    let consequences = vec![
        sessions_end(&member).await?,
        "They cannot sign in until somebody enables them again.".to_owned(),
        "API keys and agents that they made go on working. Revoke those that should not.".to_owned(),
    ];
    Ok(asked(&cx, &member, "Disable", true, consequences))
}
