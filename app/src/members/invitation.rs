//! An invitation that waits: sent again under a new link, or withdrawn.
use super::invite::{PASS_IT_ON, handed_out, shown};
use crate::{
    cx::cx,
    form::{PageForm, confirm, go, use_form},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{Button, ButtonLink},
};
use domain::{
    access::invites::{self, Invitation, InviteStatus},
    ids::InviteId,
    secret::Revealed,
};
use leptos::prelude::*;

/// The invitation of this id.
#[server]
pub async fn get_invitation(id: InviteId) -> Result<Invitation, Problem> {
    let cx = cx();
    Ok(invites::get(cx.db(), cx.grant()?, &id).await?)
}

/// Makes a new link for the invitation of the address.
#[server]
pub async fn resend_invite() -> Result<Option<Revealed>, Problem> {
    let cx = cx();
    let id: InviteId = cx.id("id")?;
    let made = cx.db().commit(cx.grant()?, invites::ResendInvite { id }).await?;
    handed_out(&cx, made, "Sent again. The link before it does not work any more.".to_owned()).await
}

/// Withdraws the invitation of the address.
#[server]
pub async fn withdraw_invite() -> Result<(), Problem> {
    let cx = cx();
    let id: InviteId = cx.id("id")?;
    cx.db().commit(cx.grant()?, invites::WithdrawInvite { id }).await?;
    cx.flash("Invitation withdrawn. Its link does not work any more.").await;
    go(&paths::members(cx.environment));
    Ok(())
}

/// The invitation, if it still waits: what is over leads back to the list.
async fn waiting() -> Result<Invitation, Problem> {
    let cx = cx();
    let invitation = get_invitation(cx.id("id")?).await?;
    let over = matches!(invitation.status, InviteStatus::Accepted | InviteStatus::Withdrawn);
    if over && cx.posted.is_none() {
        return Err(Problem::Elsewhere(paths::members(cx.environment)));
    }
    Ok(invitation)
}

/// The page that sends it again.
pub async fn resend_page() -> Loaded {
    let cx = cx();
    let form = use_form();
    if let Some(link) = form.output::<Option<Revealed>>().as_deref().and_then(Option::as_ref) {
        return Ok(shown(&cx, "New link made", paths::invitation(link.text()), PASS_IT_ON));
    }
    let (invitation, back) = (waiting().await?, paths::members(cx.environment));
    let cancel = back.clone();
    let text = format!(
        "{} gets a new link to become {}, good for 72 hours. The link before it stops working.",
        invitation.email, invitation.role
    );
    let body = view! {
        <PageForm>
            <p>{text}</p>
            <div class="actions">
                <Button word="Send again" />
                <ButtonLink href=cancel word="Cancel" />
            </div>
        </PageForm>
    };
    Ok(Page::new("Send the invitation again", body).under("Members", back))
}

/// The page that withdraws it.
pub async fn withdraw_page() -> Loaded {
    let cx = cx();
    let (invitation, back) = (waiting().await?, paths::members(cx.environment));
    let consequences = vec![
        format!("{} cannot become {} with the link any more.", invitation.email, invitation.role),
        "You can invite the address anew at any time.".to_owned(),
    ];
    let body = confirm(consequences, "Withdraw invitation", back.clone());
    Ok(Page::new("Withdraw the invitation", body).under("Members", back))
}
