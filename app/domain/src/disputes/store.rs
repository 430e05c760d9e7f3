//! The rows of disputes.
use super::{Dispute, DisputeStatus};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    db::{Db, Tx, select::Select, sql},
    error::Noun,
    ids::{AgentId, DisputeId, PurchaseId, UserId},
    page::{Page, Paging},
};
use serde::{Deserialize, Serialize};

/// The columns of [`Dispute`].
macro_rules! dispute {
    ($rest:literal) => {
        concat!(
            "select id, purchase_id, card_id, agent_id, user_id, amount, currency, reason, description, text_evidence,
                status, created_at, updated_at, resolved_at,
                (select p.merchant_name from purchases p where p.organisation_id = disputes.organisation_id
                    and p.environment = disputes.environment and p.id = disputes.purchase_id) as merchant_name
             from disputes where ",
            $rest
        )
    };
}

/// Which disputes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Only these.
    pub status: Option<DisputeStatus>,
    /// Only about this purchase.
    pub purchase_id: Option<PurchaseId>,
    /// Only this user's.
    pub user_id: Option<UserId>,
    /// Only this agent's.
    pub agent_id: Option<AgentId>,
}

/// One page of the disputes that the grant reaches, newest first.
pub async fn list(db: &Db, grant: &Grant, filter: &Filter, paging: &Paging<DisputeId>) -> Result<Page<Dispute>> {
    grant.require(Permission::View)?;
    Select::new(dispute!("true"))
        .text(" and organisation_id =", grant.organisation())
        .text(" and environment =", grant.environment())
        .text_if(" and agent_id =", grant.only_agent())
        .text_if(" and purchase_id =", filter.purchase_id.as_ref())
        .text_if(" and agent_id =", filter.agent_id.as_ref())
        .text_if(" and user_id =", filter.user_id.as_ref())
        .text_if(" and status =", filter.status)
        .page(db, paging)
        .await
}

/// The latest disputes about a purchase, newest first: all there are in use, since one at most is open or was decided.
pub async fn of_purchase(db: &Db, grant: &Grant, id: &PurchaseId) -> Result<Vec<Dispute>> {
    let filter = Filter { purchase_id: Some(id.clone()), ..Filter::default() };
    Ok(list(db, grant, &filter, &Paging::newest(20)).await?.rows)
}

/// One dispute.
pub async fn get(db: &Db, grant: &Grant, id: &DisputeId) -> Result<Dispute> {
    grant.require(Permission::View)?;
    let dispute: Option<Dispute> = sql!(
        db,
        fetch_optional,
        dispute!("organisation_id = $1 and environment = $2 and id = $3"),
        grant.organisation(),
        grant.environment(),
        id
    )?;
    dispute.filter(|d| grant.reaches(&d.agent_id)).ok_or(Error::NotFound(Noun::Dispute))
}

/// The dispute as it stands in the transaction.
pub(super) async fn read(tx: &mut Tx, grant: &Grant, id: &DisputeId) -> Result<Dispute> {
    let dispute: Option<Dispute> = sql!(
        tx,
        fetch_optional,
        dispute!("organisation_id = $1 and environment = $2 and id = $3"),
        grant.organisation(),
        grant.environment(),
        id
    )?;
    dispute.filter(|d| grant.reaches(&d.agent_id)).ok_or(Error::NotFound(Noun::Dispute))
}
