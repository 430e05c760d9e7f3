//! Letting a disabled person in again, on a page of its own.
use super::{show::get_member, told, words::manager};
use crate::{
    cx::cx,
    form::PageForm,
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{Button, ButtonLink},
};
use domain::{
    access::members::{self, MemberStatus},
    ids::PersonId,
};
use leptos::prelude::*;

/// Enables the person of the address.
#[server]
pub async fn enable_member() -> Result<(), Problem> {
    let cx = cx();
    let id: PersonId = cx.id("id")?;
    let effect = cx.db().commit(cx.grant()?, members::EnableMember { id: id.clone() }).await?;
    told(&cx, effect, "Enabled. They can sign in again.", paths::member(cx.environment, &id)).await;
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let member = get_member(cx.id("id")?).await?;
    manager(&cx, &member)?;
    let (e, back) = (cx.environment, paths::member(cx.environment, &member.id));
    if member.status == MemberStatus::Active && cx.posted.is_none() {
        return Err(Problem::Elsewhere(back));
    }
    let (cancel_href, name) = (back.clone(), member.name);
    let text = format!("{name} signs in with the same password as before and is {} again.", member.role);
    let body = view! {
        <PageForm>
            <p>{text}</p>
            <div class="actions">
                <Button word="Enable" />
                <ButtonLink href=cancel_href word="Cancel" />
            </div>
        </PageForm>
    };
    Ok(Page::new(format!("Enable {name}"), body).under("Members", paths::members(e)).under(name, back))
}
