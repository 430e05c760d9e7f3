//! The newest purchases and the newest declines, for a short look at both.
use super::PurchaseStatus;
use crate::{
    Result,
    access::{Grant, Permission},
    db::{Db, select::Select},
    ids::{AgentId, PurchaseId},
    limits::DeclineReason,
    money::Currency,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// A purchase in one line. The amount is in minor units of `currency`, as in [`super::Purchase`].
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow, Serialize, Deserialize)]
pub struct Brief {
    /// Its id; carries the moment of the decision.
    pub id: PurchaseId,
    /// The agent of the card.
    pub agent_id: AgentId,
    /// The agent's name.
    pub agent_name: String,
    /// What became of it.
    pub status: PurchaseStatus,
    /// Why it was declined; only when it was.
    pub declined_reason: Option<DeclineReason>,
    /// The currency of the amount.
    pub currency: Currency,
    /// What it stands at.
    pub amount: i64,
    /// The merchant as the network writes it.
    pub merchant_name: String,
    /// When it was decided.
    pub authorized_at: Timestamp,
}

/// The newest purchases that a grant reaches, the newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Lately {
    /// Of all.
    pub all: Vec<Brief>,
    /// Of those that were declined.
    pub declined: Vec<Brief>,
}

const BRIEF: &str = "select id, agent_id, status, declined_reason, currency, amount, merchant_name, authorized_at,
        (select a.name from agents a where a.organisation_id = purchases.organisation_id
            and a.environment = purchases.environment and a.id = purchases.agent_id) as agent_name
     from purchases where true";

/// The newest `most` of all and of the declined ones, by one read.
pub async fn lately(db: &Db, grant: &Grant, most: u8) -> Result<Lately> {
    grant.require(Permission::View)?;
    let newest = |select: Select, status: Option<PurchaseStatus>| {
        select
            .raw(BRIEF)
            .text(" and organisation_id =", grant.organisation())
            .text(" and environment =", grant.environment())
            .text_if(" and agent_id =", grant.only_agent())
            .text_if(" and status =", status)
            .number_if(" order by id desc limit", Some(most.into()))
    };
    let select = newest(Select::new("select * from ("), None).raw(") as newest union select * from (");
    let select = newest(select, Some(PurchaseStatus::Declined)).raw(") as declined order by id desc");
    let mut rows: Vec<Brief> = select.fetch(db).await?;
    let declined = rows.iter().filter(|row| row.status == PurchaseStatus::Declined);
    let declined = declined.take(most.into()).cloned().collect();
    rows.truncate(most.into());
    Ok(Lately { all: rows, declined })
}
