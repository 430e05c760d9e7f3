//! The rows of findings.
use super::{Effect, Finding, Reaction, Rule};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    db::{Db, select::Select},
    ids::{AgentId, CardId, FindingId, PurchaseId, UserId},
    money::Currency,
    page::{Page, Paging},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

#[derive(sqlx::FromRow)]
struct Row {
    id: FindingId,
    action: Reaction,
    effect: Effect,
    evidence: String,
    purchase_id: PurchaseId,
    merchant_name: String,
    authorized_amount: i64,
    currency: Currency,
    card_id: CardId,
    card_last4: String,
    agent_id: AgentId,
    agent_name: String,
    user_id: UserId,
    found_at: Timestamp,
}

impl TryFrom<Row> for Finding {
    type Error = Error;
    fn try_from(row: Row) -> Result<Self> {
        Ok(Self {
            id: row.id,
            action: row.action,
            effect: row.effect,
            evidence: serde_json::from_str(&row.evidence).map_err(Error::broken)?,
            purchase_id: row.purchase_id,
            merchant_name: row.merchant_name,
            amount: row.authorized_amount,
            currency: row.currency,
            card_id: row.card_id,
            card_last4: row.card_last4,
            agent_id: row.agent_id,
            agent_name: row.agent_name,
            user_id: row.user_id,
            found_at: row.found_at,
        })
    }
}

/// Which findings.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Only of this rule.
    pub rule: Option<Rule>,
    /// Only of which this came.
    pub effect: Option<Effect>,
    /// Only this agent's.
    pub agent_id: Option<AgentId>,
    /// Only this card's.
    pub card_id: Option<CardId>,
    /// Found at or after this moment.
    pub from: Option<Timestamp>,
    /// Found before this moment.
    pub to: Option<Timestamp>,
}

// A list names its columns without the table, so the joining is inside. There is always a row to join; `left` keeps
// both engines from starting anywhere but at the list's own table, whose index gives the order.
fn select(grant: &Grant) -> Select {
    Select::new(
        "select * from (
             select f.organisation_id, f.environment, f.id, f.rule, f.action, f.effect, f.evidence, f.purchase_id,
                    p.merchant_name, p.authorized_amount, p.currency, f.card_id, c.last4 as card_last4, f.agent_id,
                    a.name as agent_name, f.user_id, f.found_at
             from risk_findings f
             left join purchases p on p.organisation_id = f.organisation_id and p.environment = f.environment
                                  and p.id = f.purchase_id
             left join cards c on c.organisation_id = f.organisation_id and c.environment = f.environment
                              and c.id = f.card_id
             left join agents a on a.organisation_id = f.organisation_id and a.environment = f.environment
                               and a.id = f.agent_id
         ) as risk_findings where true",
    )
    .text(" and organisation_id =", grant.organisation())
    .text(" and environment =", grant.environment())
    .text_if(" and agent_id =", grant.only_agent())
}

/// One page of the findings that the grant reaches, the latest first.
pub async fn list(db: &Db, grant: &Grant, filter: &Filter, paging: &Paging<FindingId>) -> Result<Page<Finding>> {
    grant.require(Permission::View)?;
    let page: Page<Row> = select(grant)
        .text_if(" and rule =", filter.rule)
        .text_if(" and effect =", filter.effect)
        .text_if(" and agent_id =", filter.agent_id.as_ref())
        .text_if(" and card_id =", filter.card_id.as_ref())
        .text_if(" and id >=", filter.from.map(FindingId::floor))
        .text_if(" and id <", filter.to.map(FindingId::floor))
        .page(db, paging)
        .await?;
    let Page { rows, older, newer } = page;
    Ok(Page { rows: rows.into_iter().map(Finding::try_from).collect::<Result<_>>()?, older, newer })
}

/// What was found in one purchase, in the order of the rules; nothing for one that the grant does not reach.
pub async fn of_purchase(db: &Db, grant: &Grant, id: &PurchaseId) -> Result<Vec<Finding>> {
    grant.require(Permission::View)?;
    let rows: Vec<Row> = select(grant).text(" and purchase_id =", id).fetch(db).await?;
    let mut found = rows.into_iter().map(Finding::try_from).collect::<Result<Vec<_>>>()?;
    found.sort_by_key(|finding| finding.evidence.rule());
    Ok(found)
}

/// The purchase of a finding that the grant reaches.
pub(crate) async fn purchase_of(db: &Db, grant: &Grant, id: &FindingId) -> Result<Option<PurchaseId>> {
    grant.require(Permission::View)?;
    let rows: Vec<Row> = select(grant).text(" and id =", id).fetch(db).await?;
    Ok(rows.into_iter().next().map(|row| row.purchase_id))
}
