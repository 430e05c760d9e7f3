//! Taking a dispute back, on a page of its own.
use super::show::get_dispute;
use crate::{
    cx::cx,
    form::{confirm, go},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
};
use domain::{
    disputes::{self, DisputeStatus},
    ids::DisputeId,
};
use leptos::prelude::*;

/// Takes the dispute of the address back.
#[server]
pub async fn cancel_dispute() -> Result<(), Problem> {
    let cx = cx();
    let id: DisputeId = cx.id("id")?;
    cx.db().commit(cx.grant()?, disputes::CancelDispute { id: id.clone() }).await?;
    cx.flash("Dispute canceled. The purchase stands, and can be disputed again.").await;
    go(&paths::dispute(cx.environment, &id));
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let dispute = get_dispute(cx.id("id")?).await?;
    let e = cx.environment;
    let back = paths::dispute(e, &dispute.id);
    if dispute.status != DisputeStatus::Pending && cx.posted.is_none() {
        return Err(Problem::Elsewhere(back));
    }
    let consequences = vec![
        "The card network does not look at it any more.".to_owned(),
        "The purchase stands. It can be disputed again.".to_owned(),
    ];
    let body = confirm(consequences, "Cancel dispute", back.clone());
    let name = format!("Dispute with {}", dispute.merchant_name);
    Ok(Page::new(format!("Cancel the dispute with {}", dispute.merchant_name), body)
        .under("Disputes", paths::disputes(e))
        .under(name, back))
}
