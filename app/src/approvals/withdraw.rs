//! Taking the own proposal back, on a page of its own.
use super::{
    show::get_proposal,
    words::{is_own, title},
};
use crate::{
    cx::cx,
    form::{confirm, go},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
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
    let body = confirm(consequences, "Withdraw proposal", back.clone());
    Ok(Page::new(format!("Withdraw: {}", title(&proposal)), body)
        .under("Approvals", paths::approvals(cx.environment))
        .under(title(&proposal), back))
}
