//! Taking the own proposal back, on a page of its own.
use super::{
    show::get_proposal,
    words::{is_own, title},
};
use crate::{
    cx::cx,
    form::{go, use_form},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{Confirm, ErrorSummary},
};
use domain::{
    access::approvals::{self, ProposalState},
    ids::ProposalId,
};
use leptos::prelude::*;

/// Withdraws the proposal of the address.
#[server]
pub async fn withdraw_proposal() -> Result<(), Problem> {
    let cx = cx();
    let id: ProposalId = cx.id("id")?;
    cx.db().commit(cx.grant()?, approvals::WithdrawProposal { id: id.clone() }).await?;
    cx.flash("Withdrawn. Nothing has changed.").await;
    go(&paths::approval(cx.environment, &id));
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let proposal = get_proposal(cx.id("id")?).await?;
    let back = paths::approval(cx.environment, &proposal.id);
    let waits = proposal.state == ProposalState::Proposed && is_own(&cx, &proposal);
    if !waits && cx.posted.is_none() {
        return Err(Problem::Elsewhere(back));
    }
    let consequences = vec!["Nobody can approve it any more. You can propose it again.".to_owned()];
    let (refusals, token, cancel_href) = (use_form().refusals(), cx.form_token(), back.clone());
    let body = view! {
        <ErrorSummary refusals />
        <Confirm consequences act="Withdraw proposal" cancel_href>
            <input type="hidden" name="token" value=token />
        </Confirm>
    };
    Ok(Page::new(format!("Withdraw: {}", title(&proposal)), body)
        .under("Approvals", paths::approvals(cx.environment))
        .under(title(&proposal), back))
}
