//! Approving and rejecting declared purchases that wait for a person.
use super::{
    Intent, IntentStatus,
    approval::{Answer, Decision, Failed, Obstacle, Party, obstacle},
    commands::event,
    counts, held, store,
};
use crate::{
    Error, Result,
    access::{Actor, Grant, Permission},
    audit::Action,
    db::{Command, Db, Subject, Trail, Tx, sql},
    error::{Code, Noun},
    ids::{IntentId, KeyId},
    keys::format::{KeyKind, mask},
    limits::store as spend,
    name::Line,
    time::Timestamp,
    webhooks::EventType,
};
use serde_json::{Value, json};
use std::collections::HashSet;

/// Lets a declared purchase go ahead, if nothing but the missing yes stands in its way: card, agent, user and every
/// limit are looked at again, under the locks of a purchase.
///
/// Whoever declared it does not approve it ([`Code::OwnIntent`]): not the key, no key that was made by the same person
/// or took its place, not that person, and no agent token. The same person saying it twice changes nothing.
pub struct ApproveIntent {
    /// Which intent.
    pub id: IntentId,
    /// Why, for the record.
    pub reason: Option<Line>,
}

/// Refuses a declared purchase for good. The same person saying it twice changes nothing.
pub struct RejectIntent {
    /// Which intent.
    pub id: IntentId,
    /// Why, for the agent and for the record.
    pub reason: Line,
}

/// What came of an approval.
#[derive(Debug, Clone)]
pub enum Decided {
    /// The intent as it stands now: approved.
    Approved(Intent),
    /// Something stands in the way; the intent goes on waiting, and says so.
    Failed(Intent, Obstacle),
}

impl Decided {
    /// The approved intent, or the refusal with its code.
    pub fn into_result(self) -> Result<Intent> {
        match self {
            Self::Approved(intent) => Ok(intent),
            Self::Failed(_, obstacle) => Err(Error::state(obstacle.code(), obstacle.plain())),
        }
    }
}

/// What a command needs to know of whoever decides.
async fn decider(tx: &mut Tx, grant: &Grant) -> Result<(Party, String)> {
    Ok(match grant.actor() {
        Actor::Person { id, name, .. } => {
            let with = grant.origin().sign_in.clone().unwrap_or_else(|| "dashboard".to_owned());
            (Party { kind: "person".into(), id: Some(id.to_string()), name: name.clone() }, with)
        }
        Actor::Key { id, name } => {
            let public: Option<String> = sql!(
                tx,
                scalar_optional,
                "select public_id from api_keys where organisation_id = $1 and environment = $2 and id = $3",
                grant.organisation(),
                grant.environment(),
                id
            )?;
            let name =
                public.map_or_else(|| name.clone(), |text| mask(KeyKind::Organization, grant.environment(), &text));
            (Party { kind: "api_key".into(), id: Some(id.to_string()), name }, "API key".to_owned())
        }
        Actor::Token { .. } | Actor::Job(_) | Actor::Door => return Err(Error::Denied(Permission::ApprovePurchase)),
    })
}

#[derive(sqlx::FromRow)]
struct KeyRow {
    created_by_id: Option<String>,
    successor_id: Option<String>,
}

/// Who made a key, and what took its place.
async fn key(tx: &mut Tx, grant: &Grant, id: &str) -> Result<Option<KeyRow>> {
    Ok(sql!(
        tx,
        fetch_optional,
        "select created_by_id, successor_id from api_keys where organisation_id = $1 and environment = $2 and id = $3",
        grant.organisation(),
        grant.environment(),
        id
    )?)
}

/// Ends with [`Code::OwnIntent`] where the decider is behind the declaration.
async fn not_the_requester(tx: &mut Tx, grant: &Grant, intent: &Intent) -> Result<()> {
    let Some(Party { kind, id: Some(by), .. }) = &intent.declared_by else { return Ok(()) };
    if kind != "api_key" {
        return Ok(());
    }
    let declared = key(tx, grant, by).await?;
    let maker = declared.as_ref().and_then(|key| key.created_by_id.clone());
    let why = match grant.actor() {
        Actor::Key { id, .. } if id.as_str() == by => {
            Some("This key declared the purchase; another person approves it.")
        }
        Actor::Key { id, .. } => {
            let own: Option<KeyRow> = key(tx, grant, id.as_str()).await?;
            let took_over =
                |old: Option<&KeyRow>, new: &str| old.is_some_and(|k| k.successor_id.as_deref() == Some(new));
            let one_line = took_over(declared.as_ref(), id.as_str()) || took_over(own.as_ref(), by);
            let one_maker = maker.is_some() && own.and_then(|key| key.created_by_id) == maker;
            (one_line || one_maker).then_some(
                "This key and the one that declared the purchase are one person's; somebody else approves it.",
            )
        }
        Actor::Person { id, .. } if maker.as_deref() == Some(id.as_str()) => Some(
            "You made the key that declared this purchase: ask another owner, admin or finance member to approve it.",
        ),
        _ => None,
    };
    why.map_or(Ok(()), |why| Err(Error::state(Code::OwnIntent, why)))
}

/// Whether the decider said the very same before: then nothing changes, however often it is said.
fn said_before(intent: &Intent, answer: Answer, by: &Party) -> bool {
    intent
        .decision
        .as_ref()
        .is_some_and(|said| said.answer == answer && (&said.by.kind, &said.by.id) == (&by.kind, &by.id))
}

/// Why an intent that does not wait cannot be decided.
fn not_waiting(intent: &Intent, now: Timestamp) -> Option<Error> {
    let why = match (&intent.decision, intent.status) {
        (Some(said), _) => format!("This intent was {} by {} before.", said.answer, said.by.name),
        (None, IntentStatus::PendingApproval) if now < intent.expires_at => return None,
        (None, IntentStatus::PendingApproval | IntentStatus::Expired) => {
            "This intent ran out before anybody decided; the agent can declare a new one.".to_owned()
        }
        (None, IntentStatus::Canceled) => "The agent took this intent back.".to_owned(),
        (None, status) => format!("This intent is {status}: it does not wait for approval."),
    };
    Some(Error::state(Code::ApprovalNotPending, why))
}

fn subject(intent: &Intent) -> Subject {
    Subject::new(Noun::Intent, &intent.id, intent.summary.as_str())
}

fn nothing_new(action: Action, intent: Intent) -> (Intent, Trail) {
    let trail = Trail::new(action, subject(&intent)).reason("said before by the same; nothing changed");
    (intent, trail)
}

/// The record: states before and after, and what was decided on in short; the intent keeps it whole.
fn record(action: Action, before: &Intent, after: &Intent, decision: &Decision) -> Trail {
    let trail = Trail::new(action, subject(after)).before(json!({ "status": before.status })).after(json!({
        "status": after.status, "with": decision.with, "amount": decision.facts.amount,
        "merchant": decision.facts.merchant, "limitLeft": decision.facts.limit.map(|limit| limit.left()),
        "spendingPower": decision.facts.spending_power,
    }));
    match &decision.reason {
        Some(reason) => trail.reason(reason.as_str()),
        None => trail,
    }
}

/// What webhooks are told of a decision: the intent, and who said what.
fn told(intent: &Intent, decision: &Decision) -> Value {
    let mut data = event(intent);
    data["decidedAt"] = json!(decision.at);
    data["decidedBy"] = json!(decision.by.name);
    data["reason"] = json!(decision.reason);
    data
}

/// Writes the decision; the row is still waiting, or somebody was faster.
async fn write(tx: &mut Tx, grant: &Grant, before: &Intent, to: IntentStatus, said: &Decision) -> Result<()> {
    let rows = sql!(
        tx,
        execute,
        "update intents set status = $4, decision = $5, decided_at = $6, decided_by_kind = $7, decided_by_id = $8,
             decided_by_name = $9, decided_with = $10, decision_reason = $11, decision_facts = $12, ended_at = $13
         where organisation_id = $1 and environment = $2 and id = $3 and status = 'pending_approval'
           and expires_at > $6",
        grant.organisation(),
        grant.environment(),
        &before.id,
        to,
        said.answer,
        said.at,
        &said.by.kind,
        &said.by.id,
        &said.by.name,
        &said.with,
        &said.reason,
        serde_json::to_string(&said.facts).map_err(Error::broken)?,
        (to == IntentStatus::Rejected).then_some(said.at)
    )?;
    if rows == 0 {
        return Err(Error::Busy);
    }
    counts::moved(tx, grant, &before.agent_id, Some(before.status), to).await
}

impl Command for ApproveIntent {
    type Output = Decided;

    fn permission(&self) -> Permission {
        Permission::ApprovePurchase
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Decided, Trail)> {
        grant.demand(Permission::ApprovePurchase, tx.now())?;
        let card = store::read(tx, grant, &self.id).await?.card_id;
        let locked = spend::lock(tx, grant, &card).await?;
        // Read again: nobody moves it without these locks but its end of time and its agent.
        let before = store::read(tx, grant, &self.id).await?;
        let (by, with) = decider(tx, grant).await?;
        not_the_requester(tx, grant, &before).await?;
        if said_before(&before, Answer::Approved, &by) {
            let (intent, trail) = nothing_new(Action::IntentApproved, before);
            return Ok((Decided::Approved(intent), trail));
        }
        let now = tx.now().max(before.created_at);
        if let Some(refusal) = not_waiting(&before, now) {
            return Err(refusal);
        }
        let facts = held::facts_locked(tx, grant, &locked, &before, now).await?;
        if let Some(obstacle) = obstacle(&facts) {
            return self.fail(tx, grant, before, obstacle, now).await;
        }
        let reason = self.reason.as_ref().map(|reason| reason.as_str().to_owned());
        let said = Decision { answer: Answer::Approved, at: now, by, with, reason, facts };
        write(tx, grant, &before, IntentStatus::Pending, &said).await?;
        let after = Intent { status: IntentStatus::Pending, decision: Some(said.clone()), ..before.clone() };
        let trail = record(Action::IntentApproved, &before, &after, &said)
            .event(EventType::IntentApproved, told(&after, &said));
        Ok((Decided::Approved(after), trail))
    }
}

impl ApproveIntent {
    async fn fail(
        &self,
        tx: &mut Tx,
        grant: &Grant,
        before: Intent,
        obstacle: Obstacle,
        now: Timestamp,
    ) -> Result<(Decided, Trail)> {
        sql!(
            tx,
            execute,
            "update intents set approval_failed_at = $4, approval_failure = $5
             where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &self.id,
            now,
            obstacle
        )?;
        let trail = Trail::new(Action::IntentApproved, subject(&before)).refused().reason(obstacle.as_str());
        let after = Intent { approval_failed: Some(Failed { at: now, obstacle }), ..before };
        Ok((Decided::Failed(after, obstacle), trail))
    }
}

impl Command for RejectIntent {
    type Output = Intent;

    fn permission(&self) -> Permission {
        Permission::ApprovePurchase
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Intent, Trail)> {
        grant.demand(Permission::ApprovePurchase, tx.now())?;
        let card = store::read(tx, grant, &self.id).await?.card_id;
        let locked = spend::lock(tx, grant, &card).await?;
        let before = store::read(tx, grant, &self.id).await?;
        let (by, with) = decider(tx, grant).await?;
        if said_before(&before, Answer::Rejected, &by) {
            return Ok(nothing_new(Action::IntentRejected, before));
        }
        let now = tx.now().max(before.created_at);
        if let Some(refusal) = not_waiting(&before, now) {
            return Err(refusal);
        }
        let facts = held::facts_locked(tx, grant, &locked, &before, now).await?;
        let reason = Some(self.reason.as_str().to_owned());
        let said = Decision { answer: Answer::Rejected, at: now, by, with, reason, facts };
        write(tx, grant, &before, IntentStatus::Rejected, &said).await?;
        let after = Intent {
            status: IntentStatus::Rejected,
            ended_at: Some(now),
            decision: Some(said.clone()),
            ..before.clone()
        };
        let trail = record(Action::IntentRejected, &before, &after, &said)
            .event(EventType::IntentRejected, told(&after, &said));
        Ok((after, trail))
    }
}

impl Party {
    /// The key, where it is one.
    pub(super) fn key(&self) -> Option<KeyId> {
        self.id.as_ref().filter(|_| self.kind == "api_key")?.parse().ok()
    }
}

/// The keys that this person made, where a key declared one of the intents; for pages: the command asks again.
pub(super) async fn own_keys(db: &Db, grant: &Grant, intents: &[Intent]) -> Result<HashSet<KeyId>> {
    let Actor::Person { id, .. } = grant.actor() else { return Ok(HashSet::new()) };
    if !intents.iter().filter_map(|intent| intent.declared_by.as_ref()).any(|by| by.key().is_some()) {
        return Ok(HashSet::new());
    }
    let own: Vec<KeyId> = sql!(
        db,
        scalars,
        "select id from api_keys where organisation_id = $1 and environment = $2 and created_by_id = $3",
        grant.organisation(),
        grant.environment(),
        id.as_str()
    )?;
    Ok(own.into_iter().collect())
}
