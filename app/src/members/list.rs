//! The list of people.
use super::words::{is_visitor, status};
use crate::{
    cx::{Cx, cx},
    list::optional_moment,
    part::{could_not_load, part},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    shell::capital,
    ui::{Badge, ButtonLink, Column, Icon, Look, Moment, Panel, Table, Tone},
};
use domain::access::{
    Permission, Role,
    invites::{self, Invitation, InviteStatus},
    members::{self, Member},
};
use leptos::prelude::*;

/// Everybody of the organisation.
#[server]
pub async fn list_members() -> Result<Vec<Member>, Problem> {
    let cx = cx();
    Ok(members::list(cx.db(), cx.grant()?).await?)
}

/// The invitations that wait.
#[server]
pub async fn list_invitations() -> Result<Vec<Invitation>, Problem> {
    let cx = cx();
    Ok(invites::list(cx.db(), cx.grant()?).await?)
}

fn waiting(cx: &Cx, invitations: Vec<Invitation>) -> Option<AnyView> {
    if invitations.is_empty() {
        return None;
    }
    let (e, zone) = (cx.environment, cx.zone());
    let may = |role: Role| cx.visitor.as_ref().is_some_and(|visitor| visitor.role.may_give(role));
    let rows = invitations
        .into_iter()
        .map(|invitation| {
            let end = view! { <Moment at=invitation.expires_at.0 zone /> };
            let until = match invitation.status {
                InviteStatus::Open => view! { "Works until "{end} }.into_any(),
                _ => view! { <Badge tone=Tone::Warn word="Expired" />" "{end} }.into_any(),
            };
            let acts = may(invitation.role).then(|| {
                view! {
                    <ButtonLink href=paths::resend_invite(e, &invitation.id) word="Send again" look=Look::Plain small=true />
                    <ButtonLink href=paths::withdraw_invite(e, &invitation.id) word="Withdraw" look=Look::Plain small=true />
                }
            });
            vec![
                invitation.email.into_any(),
                capital(invitation.role.as_str()).into_any(),
                invitation.invited_by.into_any(),
                view! { <Moment at=invitation.sent_at.0 zone /> }.into_any(),
                until,
                acts.into_any(),
            ]
        })
        .collect();
    let mut columns: Vec<Column> =
        ["Email", "Role", "Invited by", "Sent", "Link"].into_iter().map(Column::new).collect();
    columns.push(Column::actions("Act"));
    let table = view! { <Table caption="Invitations" quiet=true columns rows /> };
    Some(view! { <Panel title="Invitations">{table}</Panel> }.into_any())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let members = list_members().await?;
    let (e, zone) = (cx.environment, cx.zone());
    let columns = ["Name", "Email", "Role", "Status", "Last sign-in", "Added"].into_iter().map(Column::new).collect();
    let rows = members
        .iter()
        .map(|member| {
            let you = is_visitor(&cx, member).then(|| view! { " "<Badge tone=Tone::Info word="You" /> });
            vec![
                view! { <a href=paths::member(e, &member.id)>{member.name.clone()}</a>{you} }.into_any(),
                member.email.clone().into_any(),
                capital(member.role.as_str()).into_any(),
                status(member),
                optional_moment(member.signed_in_at, zone, "Never"),
                optional_moment(Some(member.created_at), zone, ""),
            ]
        })
        .collect();
    let invitations = if cx.may(Permission::ManageMembers) {
        match part(list_invitations()).await? {
            Some(all) => waiting(&cx, all),
            None => {
                let said = could_not_load(&cx, "invitations");
                Some(view! { <Panel title="Invitations">{said}</Panel> }.into_any())
            }
        }
    } else {
        None
    };
    let body = view! {
        <div class="stack">
            <Table caption="Members" quiet=true columns rows />
            {invitations}
        </div>
    };
    let actions = cx.may(Permission::ManageMembers).then(
        || view! { <ButtonLink href=paths::invite(e) word="Invite a member" look=Look::Primary icon=Icon::Plus /> },
    );
    Ok(Page::new("Members", body)
        .lead("Who may come in, and what they may do. The same in live and dev.")
        .actions(actions))
}
