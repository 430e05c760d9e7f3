//! The list of proposals.
use super::words::{state, title};
use crate::{
    cx::cx,
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{Column, Icon, Moment, NothingYet, Table},
};
use domain::access::approvals::{self, Proposal, ProposalState};
use leptos::prelude::*;

/// The latest proposals.
#[server]
pub async fn list_proposals() -> Result<Vec<Proposal>, Problem> {
    let cx = cx();
    Ok(approvals::list(cx.db(), cx.grant()?).await?)
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let mut proposals = list_proposals().await?;
    // What waits comes first; the rest stays as it came.
    proposals.sort_by_key(|proposal| proposal.state != ProposalState::Proposed);
    let (e, zone) = (cx.environment, cx.zone());
    let columns =
        ["Change", "State", "Proposed by", "Proposed", "Until", "Decided by"].into_iter().map(Column::new).collect();
    let rows = proposals
        .iter()
        .map(|proposal| {
            vec![
                view! { <a href=paths::approval(e, &proposal.id)>{title(proposal)}</a> }.into_any(),
                state(proposal),
                proposal.proposed_by_name.clone().into_any(),
                view! { <Moment at=proposal.created_at.0 zone /> }.into_any(),
                view! { <Moment at=proposal.expires_at.0 zone /> }.into_any(),
                proposal.decided_by.clone().into_any(),
            ]
        })
        .collect();
    let empty = view! {
        <NothingYet
            title="Nothing to approve"
            text="Changes of owners, and live limits raised above your organisation's threshold, wait here for a \
                  second person."
            icon=Icon::Check
        />
    };
    let body = view! { <Table caption="Proposals" quiet=true columns rows empty=empty.into_any() /> };
    Ok(Page::new("Approvals", body)
        .lead("Changes that need two people. Nobody approves their own; each waits 24 hours."))
}
