//! The rows of credential reads, each with its intent and the purchase that followed.
use super::{Access, AccessIntent, AccessPurchase, AttestationStatus, ExposureMode, ReadReason};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    db::{Db, select::Select, sql},
    error::Noun,
    ids::{AccessId, AgentId, CardId, IntentId, PurchaseId},
    intents::{IntentStatus, matching::MatchResult},
    limits::DeclineReason,
    money::{Amount, Currency},
    page::{Page, Paging},
    purchases::PurchaseStatus,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::collections::HashMap;

/// The columns of [`Row`]; names by subquery, so that `id` is one column only.
macro_rules! access {
    ($rest:literal) => {
        concat!(
            "select id, card_id, agent_id, intent_id, summary, expected_amount, expected_currency, merchant_text,
                reason, client_context, exposure_mode, actor_kind, actor_name, created_at, token_expires_at,
                redeemed_at, purchase_id, attestation_status,
                (select c.last4 from cards c where c.organisation_id = accesses.organisation_id
                    and c.environment = accesses.environment and c.id = accesses.card_id) as card_last4,
                (select a.name from agents a where a.organisation_id = accesses.organisation_id
                    and a.environment = accesses.environment and a.id = accesses.agent_id) as agent_name
             from accesses where ",
            $rest
        )
    };
}

#[derive(sqlx::FromRow)]
struct Row {
    id: AccessId,
    card_id: CardId,
    card_last4: String,
    agent_id: AgentId,
    agent_name: String,
    intent_id: Option<IntentId>,
    summary: String,
    expected_amount: Option<Amount>,
    expected_currency: Currency,
    merchant_text: Option<String>,
    reason: Option<ReadReason>,
    client_context: Option<String>,
    exposure_mode: ExposureMode,
    actor_kind: String,
    actor_name: String,
    created_at: Timestamp,
    token_expires_at: Option<Timestamp>,
    redeemed_at: Option<Timestamp>,
    purchase_id: Option<PurchaseId>,
    attestation_status: Option<AttestationStatus>,
}

#[derive(sqlx::FromRow)]
struct PurchaseRow {
    id: PurchaseId,
    status: PurchaseStatus,
    declined_reason: Option<DeclineReason>,
    amount: i64,
    currency: Currency,
    merchant_name: String,
    authorized_at: Timestamp,
}

/// Which purchases followed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Followed {
    /// None yet.
    NoneYet,
    /// One, this soon.
    As(AttestationStatus),
}

/// Which reads.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Only of this card.
    pub card_id: Option<CardId>,
    /// Only of this agent's cards.
    pub agent_id: Option<AgentId>,
    /// Only those that were, or were not, followed by a purchase.
    pub followed: Option<Followed>,
    /// Read at or after this moment.
    pub from: Option<Timestamp>,
    /// Read before this moment.
    pub to: Option<Timestamp>,
}

/// One page of the reads that the grant reaches, newest first.
pub async fn list(db: &Db, grant: &Grant, filter: &Filter, paging: &Paging<AccessId>) -> Result<Page<Access>> {
    grant.require(Permission::View)?;
    let status = match filter.followed {
        Some(Followed::As(status)) => Some(status),
        _ => None,
    };
    let Page { rows, older, newer }: Page<Row> = Select::new(access!("true"))
        .text(" and organisation_id =", grant.organisation())
        .text(" and environment =", grant.environment())
        .text_if(" and agent_id =", grant.only_agent())
        .text_if(" and card_id =", filter.card_id.as_ref())
        .text_if(" and agent_id =", filter.agent_id.as_ref())
        .text_if(" and attestation_status =", status)
        .raw(if filter.followed == Some(Followed::NoneYet) { " and attestation_status is null" } else { "" })
        .text_if(" and id >=", filter.from.map(AccessId::floor))
        .text_if(" and id <", filter.to.map(AccessId::floor))
        .page(db, paging)
        .await?;
    Ok(Page { rows: complete(db, grant, rows).await?, older, newer })
}

/// One read.
pub async fn get(db: &Db, grant: &Grant, id: &AccessId) -> Result<Access> {
    grant.require(Permission::View)?;
    let row: Option<Row> = sql!(
        db,
        fetch_optional,
        access!("organisation_id = $1 and environment = $2 and id = $3"),
        grant.organisation(),
        grant.environment(),
        id
    )?;
    let row = row.filter(|row| grant.reaches(&row.agent_id)).ok_or(Error::NotFound(Noun::Access))?;
    complete(db, grant, vec![row]).await?.pop().ok_or(Error::NotFound(Noun::Access))
}

/// Adds intents and purchases to a page of rows: one statement each, whatever the page holds.
async fn complete(db: &Db, grant: &Grant, rows: Vec<Row>) -> Result<Vec<Access>> {
    let intents: Vec<(IntentId, IntentStatus, Option<String>)> =
        of(db, grant, INTENTS, rows.iter().map(|r| r.intent_id.as_ref())).await?;
    let purchases: Vec<PurchaseRow> = of(db, grant, PURCHASES, rows.iter().map(|r| r.purchase_id.as_ref())).await?;
    let mut verdicts = HashMap::new();
    for (id, status, result) in intents {
        let match_result: Option<MatchResult> =
            result.as_deref().map(serde_json::from_str).transpose().map_err(Error::broken)?;
        verdicts.insert(id.clone(), AccessIntent { id, status, match_result });
    }
    let followed: HashMap<PurchaseId, AccessPurchase> =
        purchases.into_iter().map(|p| (p.id.clone(), p.into())).collect();
    rows.into_iter()
        .map(|row| {
            let intent = row.intent_id.and_then(|id| verdicts.get(&id).cloned());
            let purchase = row.purchase_id.and_then(|id| followed.get(&id).cloned());
            Ok(Access {
                id: row.id,
                card_id: row.card_id,
                card_last4: row.card_last4,
                agent_id: row.agent_id,
                agent_name: row.agent_name,
                summary: row.summary,
                expected_amount: row.expected_amount,
                expected_currency: row.expected_currency,
                merchant_text: row.merchant_text,
                reason: row.reason,
                client_context: row
                    .client_context
                    .as_deref()
                    .map(serde_json::from_str)
                    .transpose()
                    .map_err(Error::broken)?,
                exposure_mode: row.exposure_mode,
                actor_kind: row.actor_kind,
                actor_name: row.actor_name,
                created_at: row.created_at,
                token_expires_at: row.token_expires_at,
                redeemed_at: row.redeemed_at,
                intent,
                attestation_status: row.attestation_status,
                purchase,
            })
        })
        .collect()
}

impl From<PurchaseRow> for AccessPurchase {
    fn from(row: PurchaseRow) -> Self {
        Self {
            id: row.id,
            status: row.status,
            declined_reason: row.declined_reason,
            amount: row.amount,
            currency: row.currency,
            merchant_name: row.merchant_name,
            authorized_at: row.authorized_at,
        }
    }
}

const INTENTS: &str = "select id, status, match_result from intents where true";
const PURCHASES: &str =
    "select id, status, declined_reason, amount, currency, merchant_name, authorized_at from purchases where true";

/// The rows of these ids.
async fn of<'a, T, Id>(
    db: &Db,
    grant: &Grant,
    select: &'static str,
    ids: impl Iterator<Item = Option<&'a Id>>,
) -> Result<Vec<T>>
where
    T: for<'r> sqlx::FromRow<'r, sqlx::sqlite::SqliteRow>
        + for<'r> sqlx::FromRow<'r, sqlx::postgres::PgRow>
        + Send
        + Unpin,
    Id: std::fmt::Display + 'a,
{
    let mut query = Select::new(select)
        .text(" and organisation_id =", grant.organisation())
        .text(" and environment =", grant.environment());
    let mut any = false;
    for id in ids.flatten() {
        query = query.text(if any { "," } else { " and id in (" }, id);
        any = true;
    }
    if any { query.raw(")").fetch(db).await } else { Ok(Vec::new()) }
}
