//! Giving a person another role, on a page of its own.
use super::{
    show::get_member,
    told,
    words::{SECOND_OWNER, given_by, manager},
};
use crate::{
    cx::cx,
    form::{PageForm, conflict::Edit, use_form},
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    shell::capital,
    ui::Radios,
};
use domain::{
    access::{Role, members},
    ids::PersonId,
};
use leptos::prelude::*;

/// Gives the person of the address another role.
#[server]
pub async fn change_role(role: String, version: String) -> Result<(), Problem> {
    let cx = cx();
    let id: PersonId = cx.id("id")?;
    let mut refusal = Refusal::default();
    let role = refusal.take("role", role.parse::<Role>());
    let version = refusal.version(&version);
    let (role, version) = refusal.or(role.zip(version))?;
    let effect = cx.db().commit(cx.grant()?, members::ChangeRole { id: id.clone(), role, version }).await?;
    let done = format!("Role changed to {role}. Their sessions have ended: they sign in again.");
    told(&cx, effect, done, paths::member(cx.environment, &id)).await;
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let member = get_member(cx.id("id")?).await?;
    let own = manager(&cx, &member)?.role;
    let (e, form) = (cx.environment, use_form());
    let back = paths::member(e, &member.id);
    let edit = Edit::of(form, member.version).choice("role", "Role", member.role.as_str(), &given_by(own));
    let now =
        format!("{} is {} now. With another role their sessions end and they sign in again.", member.name, member.role);
    let (role, why, head) = (edit.value("role"), edit.refusal("role"), edit.head());
    let body = view! {
        <PageForm act="Change role" cancel=back.clone()>
            {head}
            <p>{now}</p>
            {(own == Role::Owner).then(|| view! { <p class="hint">{SECOND_OWNER}</p> })}
            <Radios
                name="role"
                label="New role"
                choices=given_by(own)
                value=role
                refusal=why
            />
        </PageForm>
    };
    Ok(Page::new(format!("Change the role of {}", member.name), body)
        .under("Members", paths::members(e))
        .under(format!("{} ({})", member.name, capital(member.role.as_str())), back))
}
