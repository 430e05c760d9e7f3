//! How a dispute is said.
use crate::{
    cx::{Cx, cx},
    paths,
    problem::Problem,
    purchases::parts::money,
    shell::capital,
    ui::{Badge, ButtonLink, Choice, Column, Look, Moment, NothingYet, Panel, Table, Tone},
};
use domain::{
    access::Permission,
    disputes::{self, Dispute, DisputeReason, DisputeStatus},
    ids::PurchaseId,
    purchases::Purchase,
};
use leptos::prelude::*;

/// The state in one word.
pub fn status(status: DisputeStatus) -> AnyView {
    let (tone, word) = match status {
        DisputeStatus::Pending => (Tone::Info, "Pending"),
        DisputeStatus::InReview => (Tone::Warn, "In review"),
        DisputeStatus::Won => (Tone::Good, "Won"),
        DisputeStatus::Lost => (Tone::Bad, "Lost"),
        DisputeStatus::Canceled => (Tone::Neutral, "Canceled"),
    };
    view! { <Badge tone word /> }.into_any()
}

/// A reason as people read it: `product_not_received` is "Product not received".
pub fn reason(reason: DisputeReason) -> String {
    capital(&reason.as_str().replace('_', " "))
}

/// Every reason, to choose from.
pub fn reasons() -> Vec<Choice> {
    DisputeReason::ALL.iter().map(|why| Choice::new(why.as_str(), reason(*why))).collect()
}

/// What follows a state, for whoever waits.
pub fn next(status: DisputeStatus) -> &'static str {
    match status {
        DisputeStatus::Pending => "The card network has not looked at it yet. Until then it can be taken back.",
        DisputeStatus::InReview => "The card network looks at it. There is nothing to do but to wait.",
        DisputeStatus::Won => "Decided for you: what was disputed was given back, as a refund of the purchase.",
        DisputeStatus::Lost => "Decided for the merchant: the purchase stands, and cannot be disputed again.",
        DisputeStatus::Canceled => "Taken back. The purchase can be disputed again.",
    }
}

/// The disputes about this purchase, newest first.
#[server]
pub async fn get_disputes(id: PurchaseId) -> Result<Vec<Dispute>, Problem> {
    let cx = cx();
    Ok(disputes::of_purchase(cx.db(), cx.grant()?, &id).await?)
}

/// The part of a purchase's page about its disputes; none where there is nothing to dispute and never was.
pub async fn of_purchase(cx: &Cx, purchase: &Purchase) -> Result<Option<AnyView>, Problem> {
    let all = get_disputes(purchase.id.clone()).await?;
    let open = disputes::may_be_disputed(purchase)
        && cx.may(Permission::Dispute)
        && all.iter().all(|dispute| dispute.status == DisputeStatus::Canceled);
    if all.is_empty() && !disputes::may_be_disputed(purchase) {
        return Ok(None);
    }
    let (e, zone) = (cx.environment, cx.zone());
    let row = |dispute: &Dispute| {
        vec![
            view! { <a href=paths::dispute(e, &dispute.id)><Moment at=dispute.created_at.0 zone /></a> }.into_any(),
            reason(dispute.reason).into_any(),
            money(dispute.amount, dispute.currency),
            status(dispute.status),
        ]
    };
    let rows = all.iter().map(row).collect();
    let columns = vec![Column::new("Opened"), Column::new("Reason"), Column::numeric("Disputed"), Column::new("State")];
    let empty = view! { <NothingYet title="Not disputed" text="Nobody has disputed this purchase." /> }.into_any();
    let actions = if open {
        let href = paths::new_dispute(e, &purchase.id);
        view! { <ButtonLink href word="Dispute purchase" look=Look::Plain /> }.into_any()
    } else {
        ().into_any()
    };
    Ok(Some(
        view! {
            <Panel title="Disputes" actions=actions>
                <Table caption="Disputes of this purchase" quiet=true columns rows empty />
            </Panel>
        }
        .into_any(),
    ))
}
