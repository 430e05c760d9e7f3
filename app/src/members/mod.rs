//! The people of the organisation: list, page of one, role, disabled and enabled, removed.
mod disable;
mod enable;
mod factors;
mod invitation;
mod invite;
mod list;
mod remove;
mod reset;
mod role;
mod sessions;
mod show;
mod words;

pub(crate) use words::{roles, who_may};

use crate::{cx::Cx, form::go, paths, screen::Routes};
use domain::access::{Permission, approvals::Effect};

/// Leads to `path` and says that it was done, or to the proposal that waits for a second person.
pub(crate) async fn told(cx: &Cx, effect: Effect, done: impl Into<String>, path: String) {
    match effect {
        Effect::Done => {
            cx.flash(done).await;
            go(&path);
        }
        Effect::Proposed(id) => {
            cx.flash("Proposed. Nothing has changed yet: another person must approve it within 24 hours.").await;
            go(&paths::approval(cx.environment, &id));
        }
    }
}

pub(crate) fn routes() -> Routes {
    Routes::default()
        .page("/members", Permission::View, list::page)
        .form::<invite::Invite, _>("/members/invite", Permission::ManageMembers, invite::page)
        .form::<invitation::ResendInvite, _>(
            "/members/invites/{id}/resend",
            Permission::ManageMembers,
            invitation::resend_page,
        )
        .form::<invitation::WithdrawInvite, _>(
            "/members/invites/{id}/withdraw",
            Permission::ManageMembers,
            invitation::withdraw_page,
        )
        .page("/members/{id}", Permission::View, show::page)
        .form::<role::ChangeRole, _>("/members/{id}/role", Permission::ManageMembers, role::page)
        .form::<reset::StartReset, _>("/members/{id}/reset", Permission::ManageMembers, reset::page)
        .form::<factors::ClearFactors, _>("/members/{id}/factors", Permission::ManageOrganisation, factors::page)
        .form::<sessions::EndSessions, _>("/members/{id}/sessions", Permission::ManageMembers, sessions::page)
        .form::<enable::EnableMember, _>("/members/{id}/enable", Permission::ManageMembers, enable::page)
        .form::<disable::DisableMember, _>("/members/{id}/disable", Permission::ManageMembers, disable::page)
        .form::<remove::RemoveMember, _>("/members/{id}/remove", Permission::ManageMembers, remove::page)
}
