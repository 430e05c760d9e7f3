//! The rows of purchases.
use super::{Purchase, PurchaseStatus};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    attestations::AttestationStatus,
    db::{Db, Tx, select::Select, sql},
    error::Noun,
    ids::{AgentId, CardId, PurchaseId, UserId},
    limits::{
        DeclineReason,
        decide::{Case, Decision},
    },
    page::{Page, Paging},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// The columns of [`Purchase`]. Names come by subquery, so that `id` is one column only and a page of at most a
/// hundred rows pays for a hundred look-ups whatever the filters are.
macro_rules! purchase {
    ($rest:literal) => {
        concat!(
            "select id, card_id, agent_id, user_id, status, declined_reason, currency, amount, authorized_amount,
                captured_amount, reversed_amount, merchant_name, merchant_category_code, merchant_city,
                merchant_country, attestation_status, access_id, intent_id, request_id, authorized_at, posted_at,
                reversed_at, updated_at, notes, tags, category, remarked,
                (select c.last4 from cards c where c.organisation_id = purchases.organisation_id
                    and c.environment = purchases.environment and c.id = purchases.card_id) as card_last4,
                (select a.name from agents a where a.organisation_id = purchases.organisation_id
                    and a.environment = purchases.environment and a.id = purchases.agent_id) as agent_name
             from purchases where ",
            $rest
        )
    };
}

/// Which purchases.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Only these.
    pub status: Option<PurchaseStatus>,
    /// Only this agent's.
    pub agent_id: Option<AgentId>,
    /// Only this card's.
    pub card_id: Option<CardId>,
    /// Only this user's.
    pub user_id: Option<UserId>,
    /// Only those declined for this.
    pub declined_reason: Option<DeclineReason>,
    /// Only those attested like this.
    pub attestation_status: Option<AttestationStatus>,
    /// Only with this text of the merchant, whatever the case of its letters.
    pub merchant: Option<String>,
    /// Decided at or after this moment.
    pub from: Option<Timestamp>,
    /// Decided before this moment.
    pub to: Option<Timestamp>,
}

/// One page of the purchases that the grant reaches, newest first.
pub async fn list(db: &Db, grant: &Grant, filter: &Filter, paging: &Paging<PurchaseId>) -> Result<Page<Purchase>> {
    grant.require(Permission::View)?;
    Select::new(purchase!("true"))
        .text(" and organisation_id =", grant.organisation())
        .text(" and environment =", grant.environment())
        .text_if(" and agent_id =", grant.only_agent())
        .text_if(" and status =", filter.status)
        .text_if(" and agent_id =", filter.agent_id.as_ref())
        .text_if(" and card_id =", filter.card_id.as_ref())
        .text_if(" and user_id =", filter.user_id.as_ref())
        .text_if(" and declined_reason =", filter.declined_reason)
        .text_if(" and attestation_status =", filter.attestation_status)
        .text_if(" and lower(merchant_name) = lower(", filter.merchant.as_ref())
        .raw(if filter.merchant.is_some() { ")" } else { "" })
        .text_if(" and id >=", filter.from.map(PurchaseId::floor))
        .text_if(" and id <", filter.to.map(PurchaseId::floor))
        .page(db, paging)
        .await
}

/// A purchase with the decision about it and all that the decision was made from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Detail {
    /// The purchase, with the ids of its intent and its credential read.
    pub purchase: Purchase,
    /// What the decision was made from.
    pub case: Case,
    /// The decision.
    pub decision: Decision,
}

/// One purchase.
pub async fn get(db: &Db, grant: &Grant, id: &PurchaseId) -> Result<Detail> {
    grant.require(Permission::View)?;
    let purchase: Option<Purchase> = sql!(
        db,
        fetch_optional,
        purchase!("organisation_id = $1 and environment = $2 and id = $3"),
        grant.organisation(),
        grant.environment(),
        id
    )?;
    let missing = || Error::NotFound(Noun::Purchase);
    let purchase = purchase.filter(|p| grant.reaches(&p.agent_id)).ok_or_else(missing)?;
    let (input, decision): (String, String) = sql!(
        db,
        fetch_one,
        "select input, decision from decisions
         where organisation_id = $1 and environment = $2 and purchase_id = $3",
        grant.organisation(),
        grant.environment(),
        id
    )?;
    Ok(Detail {
        purchase,
        case: serde_json::from_str(&input).map_err(Error::broken)?,
        decision: serde_json::from_str(&decision).map_err(Error::broken)?,
    })
}

/// The purchase as it stands in the transaction.
pub(super) async fn read(tx: &mut Tx, grant: &Grant, id: &PurchaseId) -> Result<Purchase> {
    let purchase: Option<Purchase> = sql!(
        tx,
        fetch_optional,
        purchase!("organisation_id = $1 and environment = $2 and id = $3"),
        grant.organisation(),
        grant.environment(),
        id
    )?;
    purchase.ok_or(Error::NotFound(Noun::Purchase))
}
