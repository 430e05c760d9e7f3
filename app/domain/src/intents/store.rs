//! The rows of intents.
use super::{
    Intent, IntentStatus,
    approval::{Answer, Decision, Failed, Obstacle, Party},
    commands::ExpireIntent,
    link::LONGEST,
    matching::MatchResult,
};
use crate::{
    Error, Result,
    access::{self, Grant, Job, Permission},
    db::{Db, Tx, select::Select, sql},
    environment::Environment,
    error::Noun,
    ids::{AgentId, CardId, IntentId, OrganisationId, PurchaseId},
    money::{Amount, Currency},
    page::{Page, Paging},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// The columns of [`Row`]; names by subquery, so that `id` is one column only.
macro_rules! intent {
    ($rest:literal) => {
        concat!(
            "select id, card_id, agent_id, intent_id, summary, expected_amount, expected_currency, expected_merchant,
                tolerance, metadata, status, created_at, expires_at, revealed_at, ended_at, purchase_id, match_result,
                declared_by_kind, declared_by_id, declared_by_name, approval_required, decision, decided_at,
                decided_by_kind, decided_by_id, decided_by_name, decided_with, decision_reason, decision_facts,
                approval_failed_at, approval_failure,
                (select c.last4 from cards c where c.organisation_id = intents.organisation_id
                    and c.environment = intents.environment and c.id = intents.card_id) as card_last4,
                (select a.name from agents a where a.organisation_id = intents.organisation_id
                    and a.environment = intents.environment and a.id = intents.agent_id) as agent_name
             from intents where ",
            $rest
        )
    };
}

#[derive(sqlx::FromRow)]
struct Row {
    id: IntentId,
    card_id: CardId,
    card_last4: String,
    agent_id: AgentId,
    agent_name: String,
    intent_id: String,
    summary: String,
    expected_amount: Option<Amount>,
    expected_currency: Currency,
    expected_merchant: Option<String>,
    tolerance: Option<i64>,
    metadata: Option<String>,
    status: IntentStatus,
    created_at: Timestamp,
    expires_at: Timestamp,
    revealed_at: Option<Timestamp>,
    ended_at: Option<Timestamp>,
    purchase_id: Option<PurchaseId>,
    match_result: Option<String>,
    declared_by_kind: Option<String>,
    declared_by_id: Option<String>,
    declared_by_name: Option<String>,
    approval_required: bool,
    decision: Option<Answer>,
    decided_at: Option<Timestamp>,
    decided_by_kind: Option<String>,
    decided_by_id: Option<String>,
    decided_by_name: Option<String>,
    decided_with: Option<String>,
    decision_reason: Option<String>,
    decision_facts: Option<String>,
    approval_failed_at: Option<Timestamp>,
    approval_failure: Option<Obstacle>,
}

impl Row {
    fn decision(&mut self) -> Result<Option<Decision>> {
        let (Some(answer), Some(at), Some(facts)) = (self.decision, self.decided_at, self.decision_facts.take()) else {
            return Ok(None);
        };
        let party = (self.decided_by_kind.take(), self.decided_by_name.take(), self.decided_with.take());
        let (Some(kind), Some(name), Some(with)) = party else { return Ok(None) };
        let by = Party { kind, id: self.decided_by_id.take(), name };
        let facts = serde_json::from_str(&facts).map_err(Error::broken)?;
        Ok(Some(Decision { answer, at, by, with, reason: self.decision_reason.take(), facts }))
    }

    fn intent(mut self) -> Result<Intent> {
        let decision = self.decision()?;
        let declared_by = self.declared_by_kind.take().zip(self.declared_by_name.take());
        let declared_by = declared_by.map(|(kind, name)| Party { kind, id: self.declared_by_id.take(), name });
        let failed = self.approval_failed_at.zip(self.approval_failure);
        let match_result = self.match_result.as_deref().map(serde_json::from_str::<MatchResult>);
        Ok(Intent {
            id: self.id,
            card_id: self.card_id,
            card_last4: self.card_last4,
            agent_id: self.agent_id,
            agent_name: self.agent_name,
            intent_id: self.intent_id,
            summary: self.summary,
            expected_amount: self.expected_amount,
            expected_currency: self.expected_currency,
            expected_merchant: self.expected_merchant,
            tolerance: self.tolerance,
            metadata: self.metadata.as_deref().map(serde_json::from_str).transpose().map_err(Error::broken)?,
            status: self.status,
            declared_by,
            approval_required: self.approval_required,
            decision,
            approval_failed: failed.map(|(at, obstacle)| Failed { at, obstacle }),
            created_at: self.created_at,
            expires_at: self.expires_at,
            revealed_at: self.revealed_at,
            ended_at: self.ended_at,
            purchase_id: self.purchase_id,
            match_result: match_result.transpose().map_err(Error::broken)?,
        })
    }
}

/// Which intents.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Only this card's.
    pub card_id: Option<CardId>,
    /// Only this agent's.
    pub agent_id: Option<AgentId>,
    /// Only these.
    pub status: Option<IntentStatus>,
    /// Ended at or after this moment.
    pub ended_from: Option<Timestamp>,
    /// Ended before this moment.
    pub ended_to: Option<Timestamp>,
    /// Only those that a purchase matched or missed.
    pub judged: bool,
}

/// One page of the intents that the grant reaches, newest first.
pub async fn list(db: &Db, grant: &Grant, filter: &Filter, paging: &Paging<IntentId>) -> Result<Page<Intent>> {
    grant.require(Permission::View)?;
    let page: Page<Row> = Select::new(intent!("true"))
        .text(" and organisation_id =", grant.organisation())
        .text(" and environment =", grant.environment())
        .text_if(" and agent_id =", grant.only_agent())
        .text_if(" and card_id =", filter.card_id.as_ref())
        .text_if(" and agent_id =", filter.agent_id.as_ref())
        .raw(if filter.judged { " and status in ('matched', 'mismatched')" } else { "" })
        .text_if(" and status =", filter.status)
        .number_if(" and ended_at >=", filter.ended_from.map(|t| t.0))
        .number_if(" and ended_at <", filter.ended_to.map(|t| t.0))
        // An intent ends within its longest time after it was declared: the page walks ids, and these bounds keep it
        // from walking all of them.
        .text_if(" and id >=", filter.ended_from.map(|t| IntentId::floor(t - LONGEST)))
        .text_if(" and id <", filter.ended_to.map(IntentId::floor))
        .page(db, paging)
        .await?;
    let Page { rows, older, newer } = page;
    Ok(Page { rows: rows.into_iter().map(Row::intent).collect::<Result<_>>()?, older, newer })
}

/// At most `most` intents that wait for a person, what runs out first on top.
pub(super) async fn held(db: &Db, grant: &Grant, most: i64) -> Result<Vec<Intent>> {
    let rows: Vec<Row> = sql!(
        db,
        fetch_all,
        intent!(
            "organisation_id = $1 and environment = $2 and status = 'pending_approval' and expires_at > $3
             and ($4 is null or agent_id = $4) order by expires_at, id limit $5"
        ),
        grant.organisation(),
        grant.environment(),
        db.now(),
        grant.only_agent(),
        most
    )?;
    rows.into_iter().map(Row::intent).collect()
}

/// One intent, with its verdict when it has one.
pub async fn get(db: &Db, grant: &Grant, id: &IntentId) -> Result<Intent> {
    grant.require(Permission::View)?;
    let row: Option<Row> = sql!(
        db,
        fetch_optional,
        intent!("organisation_id = $1 and environment = $2 and id = $3"),
        grant.organisation(),
        grant.environment(),
        id
    )?;
    reached(grant, row)
}

/// The intent as it stands in the transaction.
pub(super) async fn read(tx: &mut Tx, grant: &Grant, id: &IntentId) -> Result<Intent> {
    let row: Option<Row> = sql!(
        tx,
        fetch_optional,
        intent!("organisation_id = $1 and environment = $2 and id = $3"),
        grant.organisation(),
        grant.environment(),
        id
    )?;
    reached(grant, row)
}

fn reached(grant: &Grant, row: Option<Row>) -> Result<Intent> {
    row.filter(|row| grant.reaches(&row.agent_id)).ok_or(Error::NotFound(Noun::Intent))?.intent()
}

/// The intent of the card that the caller knows by this id.
pub(super) async fn by_caller_id(tx: &mut Tx, grant: &Grant, card: &CardId, id: &str) -> Result<Option<Intent>> {
    let row: Option<Row> = sql!(
        tx,
        fetch_optional,
        intent!("organisation_id = $1 and environment = $2 and card_id = $3 and intent_id = $4"),
        grant.organisation(),
        grant.environment(),
        card,
        id
    )?;
    row.map(Row::intent).transpose()
}

/// How many intents stand open on the card, counted up to `most`.
pub(super) async fn open_on(tx: &mut Tx, grant: &Grant, card: &CardId, now: Timestamp, most: i64) -> Result<i64> {
    // Each half walks its own index of what is open: a card may have declared and canceled any number.
    Ok(sql!(
        tx,
        scalar,
        "select count(*) from (
             select id from intents
             where organisation_id = $1 and environment = $2 and card_id = $3 and id >= $4
               and status = 'pending' and expires_at > $5
             union all
             select id from intents
             where organisation_id = $1 and environment = $2 and card_id = $3 and id >= $4
               and status = 'pending_approval' and expires_at > $5
             limit $6) as open",
        grant.organisation(),
        grant.environment(),
        card,
        IntentId::floor(now - LONGEST),
        now,
        most
    )?)
}

/// The expiry job: ends up to `most` intents whose time is over, over all organisations; gives how many it ended.
/// Any number of processes may run it: each intent is ended once.
pub async fn expire_due(db: &Db, most: u16) -> Result<u64> {
    let due: Vec<(OrganisationId, Environment, IntentId)> = sql!(
        db,
        fetch_all,
        "select organisation_id, environment, id from intents
         where status in ('pending', 'pending_approval') and expires_at <= $1 order by expires_at limit $2",
        db.now(),
        i64::from(most)
    )?;
    let commits = due.into_iter().map(|(organisation, environment, id)| async move {
        let grant = access::system(Job::Expiry, organisation, environment);
        match db.commit(&grant, ExpireIntent { id }).await {
            Ok(()) => Ok(1),
            // Another process, or its purchase, was first.
            Err(Error::State { .. }) => Ok(0),
            Err(other) => Err(other),
        }
    });
    // Together, so that they share commits where there is one writer; eight at a time, so that they leave room.
    futures::TryStreamExt::try_fold(
        futures::StreamExt::buffer_unordered(futures::stream::iter(commits), 8),
        0,
        |sum, one| async move { Ok(sum + one) },
    )
    .await
}
