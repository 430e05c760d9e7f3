//! The rows of cards.
use super::{Card, CardStatus, CardType};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    attestations::ExposureMode,
    db::{Db, select::Select},
    error::Noun,
    ids::{AgentId, CardId, PolicyId, PurchaseId, UserId},
    limits::{restrictions::Restrictions, store::stored, terms::OnExpiry},
    money::{Amount, Currency},
    page::{Page, Paging},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

#[derive(sqlx::FromRow)]
struct Row {
    id: CardId,
    agent_id: AgentId,
    agent_name: String,
    user_id: UserId,
    purpose: String,
    card_type: CardType,
    status: CardStatus,
    status_reason: Option<String>,
    max_amount: Option<Amount>,
    currency: Currency,
    last4: String,
    expiration_month: i64,
    expiration_year: i64,
    credential_exposure: ExposureMode,
    attestation_window_minutes: i64,
    intent_tolerance_bp: Option<i64>,
    require_intent: Option<bool>,
    merchant_hint: Option<String>,
    policy_id: Option<PolicyId>,
    restrictions: String,
    ttl_minutes: Option<i64>,
    on_expiry: Option<OnExpiry>,
    ends_at: Option<Timestamp>,
    at_end: Option<OnExpiry>,
    used_by: Option<PurchaseId>,
    spent: i64,
    version: i64,
    created_at: Timestamp,
    last_used_at: Option<Timestamp>,
    closed_at: Option<Timestamp>,
}

impl TryFrom<Row> for Card {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            agent_id: row.agent_id,
            agent_name: row.agent_name,
            user_id: row.user_id,
            purpose: row.purpose,
            card_type: row.card_type,
            status: row.status,
            status_reason: row.status_reason,
            max_amount: row.max_amount,
            currency: row.currency,
            last4: row.last4,
            expiration_month: row.expiration_month,
            expiration_year: row.expiration_year,
            credential_exposure: row.credential_exposure,
            attestation_window_minutes: row.attestation_window_minutes,
            intent_tolerance_bp: row.intent_tolerance_bp,
            require_intent: row.require_intent,
            merchant_hint: row.merchant_hint,
            policy_id: row.policy_id,
            rules: Restrictions { max_amount: row.max_amount, ..stored(Some(&row.restrictions))? },
            ttl_minutes: row.ttl_minutes,
            on_expiry: row.on_expiry,
            ends_at: row.ends_at,
            at_end: row.at_end,
            used_by: row.used_by,
            spent: row.spent,
            version: row.version,
            created_at: row.created_at,
            last_used_at: row.last_used_at,
            closed_at: row.closed_at,
        })
    }
}

/// Which cards.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Filter {
    /// Only in this state.
    pub status: Option<CardStatus>,
    /// Only of this agent.
    pub agent_id: Option<AgentId>,
    /// Only of this user.
    pub user_id: Option<UserId>,
    /// Only of this type.
    pub card_type: Option<CardType>,
    /// Only with these last four digits.
    pub last4: Option<String>,
    /// Only those that inherit this policy.
    pub policy_id: Option<PolicyId>,
}

// A list names its columns without the table, so the joining is inside. There is always a row to join; `left` keeps
// both engines from starting anywhere but at the list's own table, whose index gives the order.
fn select(grant: &Grant) -> Select {
    Select::new(
        "select * from (
             select c.organisation_id, c.environment, c.id, c.agent_id, a.name as agent_name, c.user_id, c.purpose,
                    c.type as card_type, c.status, c.status_reason, c.max_amount, u.currency, c.last4,
                    c.expiration_month, c.expiration_year, c.credential_exposure, c.attestation_window_minutes,
                    c.intent_tolerance_bp, c.require_intent, c.merchant_hint,
                    c.policy_id, c.restrictions, c.ttl_minutes, c.on_expiry, c.ends_at, c.at_end, c.used_by, c.spent,
                    c.version, c.created_at, c.last_used_at, c.closed_at
             from cards c
             left join agents a on a.organisation_id = c.organisation_id and a.environment = c.environment
                               and a.id = c.agent_id
             left join users u on u.organisation_id = c.organisation_id and u.environment = c.environment
                              and u.id = c.user_id
         ) as cards where true",
    )
    .text(" and organisation_id =", grant.organisation())
    .text(" and environment =", grant.environment())
    .text_if(" and agent_id =", grant.only_agent())
}

/// One page of cards, newest first; an agent token sees its own agent's only.
pub async fn list(db: &Db, grant: &Grant, filter: &Filter, paging: &Paging<CardId>) -> Result<Page<Card>> {
    grant.require(Permission::View)?;
    let page: Page<Row> = select(grant)
        .text_if(" and status =", filter.status)
        .text_if(" and agent_id =", filter.agent_id.as_ref())
        .text_if(" and user_id =", filter.user_id.as_ref())
        .text_if(" and card_type =", filter.card_type)
        .text_if(" and last4 =", filter.last4.as_ref())
        .text_if(" and policy_id =", filter.policy_id.as_ref())
        .page(db, paging)
        .await?;
    let Page { rows, older, newer } = page;
    Ok(Page { rows: rows.into_iter().map(Card::try_from).collect::<Result<_>>()?, older, newer })
}

/// One card.
pub async fn get(db: &Db, grant: &Grant, id: &CardId) -> Result<Card> {
    grant.require(Permission::View)?;
    let mut rows: Vec<Row> = select(grant).text(" and id =", id).fetch(db).await?;
    rows.pop().ok_or(Error::NotFound(Noun::Card))?.try_into()
}
