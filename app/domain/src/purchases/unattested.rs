//! Purchases that no credential read came before, with what is at stake: the queue of those who look into them.
use super::PurchaseStatus;
use crate::{
    Result,
    access::{Grant, Permission},
    cards::CardStatus,
    db::{Db, select::Select},
    ids::{AgentId, CardId, PurchaseId},
    money::Currency,
    page::{Page, Paging},
    time::{DAY, Timestamp},
};
use serde::{Deserialize, Serialize};

/// How far the queue looks back, in days: money can be asked back for about as long.
pub const UNATTESTED_DAYS: i64 = 90;

/// The most purchases that are added up: what they are worth is told in time, however many there are.
pub const MOST_ADDED: i64 = 1_000;

/// Among how many of the latest ones the queue looks for cards that can still be charged: most cards close at their
/// purchase, and whether one is open is not in the index that gives the order.
pub const MOST_LOOKED_AT: i64 = 10_000;

/// A purchase that no credential read came before. The amount is in minor units of `currency`.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize, Deserialize)]
pub struct AtStake {
    /// Its id.
    pub id: PurchaseId,
    /// The card.
    pub card_id: CardId,
    /// The card's last four digits.
    pub card_last4: String,
    /// The card's state now.
    pub card_status: CardStatus,
    /// The agent of the card.
    pub agent_id: AgentId,
    /// The agent's name.
    pub agent_name: String,
    /// Pending or completed.
    pub status: PurchaseStatus,
    /// The merchant as the network writes it.
    pub merchant_name: String,
    /// What it stands at: never 0.
    pub amount: i64,
    /// The currency of that.
    pub currency: Currency,
    /// When it was approved.
    pub authorized_at: Timestamp,
}

/// What purchases add up to in one currency.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize, Deserialize)]
pub struct Stake {
    /// The currency.
    pub currency: Currency,
    /// How many purchases.
    pub n: i64,
    /// Their sum, in minor units.
    pub amount: i64,
}

const AT_STAKE: &str = "select * from (
         select p.organisation_id, p.environment, p.id, p.card_id, p.agent_id, p.status, p.merchant_name, p.amount,
                p.currency, p.authorized_at, p.attestation_status,
                (select c.last4 from cards c where c.organisation_id = p.organisation_id
                    and c.environment = p.environment and c.id = p.card_id) as card_last4,
                (select c.status from cards c where c.organisation_id = p.organisation_id
                    and c.environment = p.environment and c.id = p.card_id) as card_status,
                (select a.name from agents a where a.organisation_id = p.organisation_id
                    and a.environment = p.environment and a.id = p.agent_id) as agent_name
         from purchases p
     ) as purchases where true";

/// Where the queue begins: so many days ago, or with `chargeable` at the last purchase that is looked at.
async fn first(db: &Db, grant: &Grant, chargeable: bool) -> Result<PurchaseId> {
    let first = PurchaseId::floor(db.now() - UNATTESTED_DAYS * DAY);
    if !chargeable {
        return Ok(first);
    }
    let mut last: Vec<(PurchaseId,)> = Select::new("select id from purchases where true")
        .text(" and organisation_id =", grant.organisation())
        .text(" and environment =", grant.environment())
        .text_if(" and agent_id =", grant.only_agent())
        .raw(" and attestation_status = 'unattested'")
        .number_if(" order by id desc limit 1 offset", Some(MOST_LOOKED_AT - 1))
        .fetch(db)
        .await?;
    Ok(last.pop().map_or(first.clone(), |(id,)| id.max(first)))
}

/// The latest ones; `chargeable`: only of cards that can still be charged.
async fn select(start: &'static str, db: &Db, grant: &Grant, chargeable: bool) -> Result<Select> {
    let first = first(db, grant, chargeable).await?;
    Ok(Select::new(start)
        .raw(AT_STAKE)
        .text(" and organisation_id =", grant.organisation())
        .text(" and environment =", grant.environment())
        .text_if(" and agent_id =", grant.only_agent())
        .raw(" and attestation_status = 'unattested' and status in ('pending', 'completed') and amount > 0")
        .raw(if chargeable { " and card_status = 'active'" } else { "" })
        .text(" and id >=", first))
}

/// One page of what no credential read came before, the newest first: approved in the last [`UNATTESTED_DAYS`] days and
/// not given back. With `chargeable` those of active cards only, which freezing takes off the list, among the latest
/// [`MOST_LOOKED_AT`].
pub async fn unattested(
    db: &Db,
    grant: &Grant,
    chargeable: bool,
    paging: &Paging<PurchaseId>,
) -> Result<Page<AtStake>> {
    grant.require(Permission::View)?;
    select("", db, grant, chargeable).await?.page(db, paging).await
}

/// What they add up to by currency: at most the latest [`MOST_ADDED`].
pub async fn stakes(db: &Db, grant: &Grant, chargeable: bool) -> Result<Vec<Stake>> {
    grant.require(Permission::View)?;
    let start = "select currency, count(*) as n, cast(sum(amount) as bigint) as amount from (";
    select(start, db, grant, chargeable)
        .await?
        .number_if(" order by id desc limit", Some(MOST_ADDED))
        .raw(") as latest group by currency order by currency")
        .fetch(db)
        .await
}
