//! One person: who they are, where they are signed in, what happened to them.
use super::words::{about, is_visitor, manages, status};
use crate::{
    audit::history,
    cx::{Cx, cx},
    list::optional_moment,
    part::{could_not_load, part},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    shell::capital,
    ui::{ButtonLink, Code, Column, Fact, Facts, Moment, Panel, Table},
};
use domain::{
    access::{
        Permission,
        members::{self, Member, MemberStatus, OpenSession},
    },
    ids::PersonId,
};
use leptos::prelude::*;

/// The person of this id.
#[server]
pub async fn get_member(id: PersonId) -> Result<Member, Problem> {
    let cx = cx();
    Ok(members::get(cx.db(), cx.grant()?, &id).await?)
}

/// The sessions that a person has open.
#[server]
pub async fn list_sessions(id: PersonId) -> Result<Vec<OpenSession>, Problem> {
    let cx = cx();
    Ok(members::sessions(cx.db(), cx.grant()?, &id).await?)
}

fn facts(cx: &Cx, member: &Member) -> Vec<Fact> {
    let moment = |at, otherwise| optional_moment(at, cx.zone(), otherwise);
    let role = format!("{}. {}", capital(member.role.as_str()), about(member.role));
    let mut facts = vec![
        Fact::new("Email", member.email.clone().unwrap_or_else(|| "Erased when they were removed".into())),
        Fact::new("Role", role),
        Fact::new("Id", view! { <Code text=member.id.to_string() copy="person id" /> }),
        Fact::new("Added", moment(Some(member.created_at), "")),
        Fact::new("Last sign-in", moment(member.signed_in_at, "Never")),
    ];
    match member.status {
        MemberStatus::Active => {}
        MemberStatus::Disabled => facts.push(Fact::new("Disabled", moment(member.disabled_at, ""))),
        MemberStatus::Removed => facts.push(Fact::new("Removed", moment(member.removed_at, ""))),
    }
    facts
}

fn session_table(cx: &Cx, sessions: &[OpenSession]) -> AnyView {
    let zone = cx.zone();
    let rows = sessions
        .iter()
        .map(|session| {
            vec![
                session.device.clone().into_any(),
                session.address.clone().into_any(),
                view! { <Moment at=session.created_at.0 zone /> }.into_any(),
                view! { <Moment at=session.seen_at.0 zone /> }.into_any(),
            ]
        })
        .collect();
    let columns = ["Browser", "Address", "Began", "Last used"].into_iter().map(Column::new).collect();
    let empty = view! { <p class="hint">"Not signed in anywhere."</p> }.into_any();
    view! { <Table caption="Open sessions" quiet=true columns rows empty /> }.into_any()
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let member = get_member(cx.id("id")?).await?;
    let (e, manages) = (cx.environment, manages(&cx, &member));
    let own = is_visitor(&cx, &member);
    let sessions = if member.status == MemberStatus::Active && (own || cx.may(Permission::ManageMembers)) {
        let loaded = part(list_sessions(member.id.clone())).await?;
        let any = loaded.as_ref().is_some_and(|all| !all.is_empty());
        let table = loaded.map_or_else(|| could_not_load(&cx, "sessions"), |rows| session_table(&cx, &rows));
        let end = (manages && any)
            .then(|| view! { <a href=paths::end_sessions(e, &member.id)>"End all sessions"</a> }.into_any());
        Some(view! { <Panel title="Open sessions" actions=end.into_any()>{table}</Panel> })
    } else {
        None
    };
    let history = history::of_object(&cx, member.id.as_str()).await?;
    let acts = cx.may(Permission::ReadAudit).then(|| {
        let href = paths::with_query(&paths::audit(e), [("actor", Some(&member.id))]);
        view! { <p><a href=href>"What they did"</a></p> }
    });
    let actions = manages.then(|| {
        let id = &member.id;
        let (href, word) = match member.status {
            MemberStatus::Active => (paths::disable_member(e, id), "Disable"),
            _ => (paths::enable_member(e, id), "Enable"),
        };
        view! {
            <ButtonLink href=paths::member_role(e, id) word="Change role" />
            <ButtonLink href=href word=word />
            {(member.status == MemberStatus::Active)
                .then(|| view! { <ButtonLink href=paths::reset_member(e, id) word="Reset password" /> })}
            {(member.status == MemberStatus::Active && !own && cx.may(Permission::ManageOrganisation))
                .then(|| view! { <ButtonLink href=paths::clear_factors(e, id) word="Clear lost factors" /> })}
            <ButtonLink href=paths::remove_member(e, id) word="Remove" />
        }
    });
    let why = (!manages && !own && member.status != MemberStatus::Removed).then(|| {
        let who = if member.role == domain::access::Role::Owner || member.role == domain::access::Role::Admin {
            "Only owners change owners and admins."
        } else {
            "Owners and admins change roles, disable and remove people."
        };
        view! { <p class="hint">{who}</p> }
    });
    let body = view! {
        <div class="stack">
            {why}
            <Facts facts=facts(&cx, &member) />
            {sessions}
            {history}
            {acts}
        </div>
    };
    Ok(Page::new(member.name.clone(), body).badge(status(&member)).actions(actions).under("Members", paths::members(e)))
}
