//! People in words: status, role and what it allows, and whom the visitor may manage.
use crate::{
    cx::Cx,
    problem::Problem,
    shell::capital,
    ui::{Badge, Choice, Tone},
};
use domain::{
    access::{
        Permission, Role, Roles, Visitor,
        members::{Member, MemberStatus},
    },
    environment::Environment,
};
use leptos::prelude::*;

/// The status in one word.
pub(super) fn status(member: &Member) -> AnyView {
    let (tone, word) = match member.status {
        MemberStatus::Active => (Tone::Good, "Active"),
        MemberStatus::Disabled => (Tone::Warn, "Disabled"),
        MemberStatus::Removed => (Tone::Neutral, "Removed"),
    };
    view! { <Badge tone word /> }.into_any()
}

/// What a role is for, in a line.
pub(super) fn about(role: Role) -> &'static str {
    match role {
        Role::Owner => "Everything, owners and settings included.",
        Role::Admin => "Keys, agents, limits, webhooks, and members below admin.",
        Role::Developer => "Builds in dev; in live: looks, freezes, revokes keys.",
        Role::Support => "Reviews credential reads; may freeze.",
        Role::Finance => "Reviews spend; may freeze, lower and raise limits.",
        Role::Auditor => "Looks at everything, changes nothing.",
    }
}

/// The roles in a line.
pub(crate) fn roles(roles: Roles) -> String {
    let words: Vec<String> = roles.iter().map(|role| capital(role.as_str())).collect();
    if words.is_empty() { "Nobody".to_owned() } else { words.join(", ") }
}

/// Who may: "an owner, admin or finance member".
pub(crate) fn who_may(environment: Environment, permission: Permission) -> String {
    let may = Role::ALL.iter().filter(|role| role.permissions(environment).has(permission));
    let words: Vec<&str> = may.map(|role| role.as_str()).collect();
    match words.split_last() {
        None => "nobody".to_owned(),
        Some((last, others)) => {
            // These are names of tasks, the others of persons.
            let member = if matches!(*last, "support" | "finance") { " member" } else { "" };
            let or = if others.is_empty() { "" } else { " or " };
            format!("an {}{or}{last}{member}", others.join(", "))
        }
    }
}

/// The roles that somebody of this role may give.
pub(crate) fn given_by(role: Role) -> Vec<Choice> {
    let given = Role::ALL.iter().filter(|other| role.may_give(**other));
    given.map(|other| Choice::new(other.as_str(), capital(other.as_str())).hint(about(*other))).collect()
}

/// What is said before a change that touches an owner.
pub(super) const SECOND_OWNER: &str = "A change that makes somebody an owner or touches one needs the approval of \
     another owner. While there is only one owner, nobody is asked.";

/// Whether the visitor may change this person: the server asks again.
pub(super) fn manages(cx: &Cx, member: &Member) -> bool {
    let may = cx.visitor.as_ref().is_some_and(|visitor| visitor.role.may_give(member.role));
    may && cx.may(Permission::ManageMembers) && member.status != MemberStatus::Removed
}

/// The visitor, or what stands in the way of changing this person.
pub(super) fn manager<'a>(cx: &'a Cx, member: &Member) -> Result<&'a Visitor, Problem> {
    if member.status == MemberStatus::Removed {
        return Err(Problem::State(format!(
            "{} was removed. Invite them again if they are to come back.",
            member.name
        )));
    }
    match &cx.visitor {
        Some(visitor) if manages(cx, member) => Ok(visitor),
        _ => Err(Problem::Denied(format!("{} is {}: only owners change owners and admins.", member.name, member.role))),
    }
}

/// Whether this is the visitor.
pub(super) fn is_visitor(cx: &Cx, member: &Member) -> bool {
    cx.visitor.as_ref().is_some_and(|visitor| visitor.id == member.id)
}
