//! Suspending an agent with its cards, and resuming it with the cards that the suspension froze.
use super::{AgentStatus, store};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    audit::Action,
    cards::{CardStatus, FROZEN_WITH_AGENT, LIFETIME_OVER},
    db::{Command, Db, Subject, Trail, Tx, sql},
    error::{Code, Noun},
    ids::{AgentId, CardId, UserId},
    name::Line,
    time::Timestamp,
    webhooks::EventType,
};
use chrono::Datelike;
use serde_json::json;

/// Suspends an agent at once: nothing it tries is approved, and its active cards are frozen.
pub struct SuspendAgent {
    /// Which agent.
    pub id: AgentId,
    /// Why.
    pub reason: Line,
}

impl Command for SuspendAgent {
    /// The cards that were frozen.
    type Output = Vec<CardId>;

    fn permission(&self) -> Permission {
        Permission::Freeze
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Vec<CardId>, Trail)> {
        let agent = store::lock(tx, grant, &self.id).await?;
        if agent.status == AgentStatus::Suspended {
            return Err(Error::state(Code::AgentSuspended, "This agent is suspended already."));
        }
        let cards = suspend_in(tx, grant, &self.id, self.reason.as_str()).await?;
        let trail = Trail::new(Action::AgentSuspended, Subject::new(Noun::Agent, &self.id, agent.name))
            .before(json!({ "status": agent.status }))
            .after(json!({ "status": AgentStatus::Suspended, "frozenCards": cards }))
            .reason(self.reason.as_str());
        let trail = tell_suspended(tx, grant, trail, &self.id, self.reason.as_str(), &cards).await?;
        Ok((cards, trail))
    }
}

/// Resumes a suspended agent and unfreezes the cards that its suspension froze, and no others: nor those of them that
/// have ended meanwhile.
pub struct ResumeAgent {
    /// Which agent.
    pub id: AgentId,
}

impl Command for ResumeAgent {
    /// The cards that were unfrozen.
    type Output = Vec<CardId>;

    fn permission(&self) -> Permission {
        Permission::Unfreeze
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Vec<CardId>, Trail)> {
        let agent = store::lock(tx, grant, &self.id).await?;
        if agent.status == AgentStatus::Active {
            return Err(Error::state(Code::AgentNotSuspended, "This agent is not suspended."));
        }
        sql!(
            tx,
            execute,
            "update agents set status = 'active', suspended_reason = null, version = version + 1
             where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &self.id
        )?;
        let now = tx.now();
        let (year, month) = month_of(now);
        let cards: Vec<(CardId, String)> = sql!(
            tx,
            fetch_all,
            "update cards set status = 'active', status_reason = null, version = version + 1
             where organisation_id = $1 and environment = $2 and agent_id = $3
               and status = 'frozen' and status_reason = $4 and status <> 'closed'
               and (ends_at is null or ends_at > $5) and (expiration_year, expiration_month) >= ($6, $7)
             returning id, purpose",
            grant.organisation(),
            grant.environment(),
            &self.id,
            FROZEN_WITH_AGENT,
            now,
            year,
            month
        )?;
        // The rest have ended: from now on that is what keeps them frozen, until they are closed or given a longer life.
        let ended: Vec<CardId> = sql!(
            tx,
            scalars,
            "update cards set status_reason = $5, version = version + 1
             where organisation_id = $1 and environment = $2 and agent_id = $3
               and status = 'frozen' and status_reason = $4 and status <> 'closed'
             returning id",
            grant.organisation(),
            grant.environment(),
            &self.id,
            FROZEN_WITH_AGENT,
            LIFETIME_OVER
        )?;
        let ids: Vec<CardId> = cards.iter().map(|(id, _)| id.clone()).collect();
        let mut after = json!({ "status": AgentStatus::Active, "unfrozenCards": ids });
        if !ended.is_empty() {
            after["endedCards"] = json!(ended);
        }
        let mut trail = Trail::new(Action::AgentResumed, Subject::new(Noun::Agent, &self.id, agent.name))
            .before(json!({ "status": agent.status }))
            .after(after);
        for (id, purpose) in cards {
            trail = trail
                .also(Action::CardUnfrozen, Subject::new(Noun::Card, id, purpose))
                .before(json!({ "status": CardStatus::Frozen }))
                .after(json!({ "status": CardStatus::Active }))
                .reason("its agent was resumed");
        }
        Ok((ids, trail))
    }
}

/// The year and month of a moment, UTC: a card with an earlier one printed on it has ended.
fn month_of(now: Timestamp) -> (i64, i64) {
    let now = now.utc();
    (i64::from(now.year()), i64::from(now.month()))
}

/// How many cards resuming an agent would unfreeze: those that its suspension froze and that have not ended.
pub async fn frozen_with(db: &Db, grant: &Grant, id: &AgentId) -> Result<i64> {
    grant.require(Permission::View)?;
    store::exists(db, grant, id).await?;
    let now = db.now();
    let (year, month) = month_of(now);
    Ok(sql!(
        db,
        scalar,
        "select count(*) from cards
         where organisation_id = $1 and environment = $2 and agent_id = $3
           and status = 'frozen' and status_reason = $4 and status <> 'closed'
           and (ends_at is null or ends_at > $5) and (expiration_year, expiration_month) >= ($6, $7)",
        grant.organisation(),
        grant.environment(),
        id,
        FROZEN_WITH_AGENT,
        now,
        year,
        month
    )?)
}

// `status <> 'closed'` beside a stricter condition lets SQLite use the index of open cards.

/// Suspends an agent within a change that holds its row, and freezes its active cards; gives those back.
/// Suspending a suspended agent changes nothing. The change puts [`tell_suspended`] into its trail.
async fn suspend_in(tx: &mut Tx, grant: &Grant, agent_id: &AgentId, reason: &str) -> Result<Vec<CardId>> {
    let suspended = sql!(
        tx,
        execute,
        "update agents set status = 'suspended', suspended_reason = $4, version = version + 1
         where organisation_id = $1 and environment = $2 and id = $3 and status = 'active'",
        grant.organisation(),
        grant.environment(),
        agent_id,
        reason
    )?;
    if suspended == 0 {
        return Ok(Vec::new());
    }
    Ok(sql!(
        tx,
        scalars,
        "update cards set status = 'frozen', status_reason = $4, version = version + 1
         where organisation_id = $1 and environment = $2 and agent_id = $3
           and status = 'active' and status <> 'closed'
         returning id",
        grant.organisation(),
        grant.environment(),
        agent_id,
        FROZEN_WITH_AGENT
    )?)
}

/// Suspends the locked, active agent of a purchase for a reason of the house, as a person would.
pub(crate) async fn suspend_for(
    tx: &mut Tx,
    grant: &Grant,
    id: &AgentId,
    name: &str,
    why: &str,
    trail: Trail,
) -> Result<Trail> {
    let frozen = suspend_in(tx, grant, id, why).await?;
    let trail = trail
        .also(Action::AgentSuspended, Subject::new(Noun::Agent, id, name))
        .before(json!({ "status": AgentStatus::Active }))
        .after(json!({ "status": AgentStatus::Suspended, "frozenCards": frozen }))
        .reason(why);
    tell_suspended(tx, grant, trail, id, why, &frozen).await
}

/// Adds to a trail what a suspension did: `agent.suspended`, and for each frozen card a record and `card.frozen`.
async fn tell_suspended(
    tx: &mut Tx,
    grant: &Grant,
    trail: Trail,
    agent_id: &AgentId,
    reason: &str,
    cards: &[CardId],
) -> Result<Trail> {
    let user_id: UserId = sql!(
        tx,
        scalar,
        "select user_id from agents where organisation_id = $1 and environment = $2 and id = $3",
        grant.organisation(),
        grant.environment(),
        agent_id
    )?;
    let purposes: Vec<(CardId, String)> = sql!(
        tx,
        fetch_all,
        "select id, purpose from cards
         where organisation_id = $1 and environment = $2 and agent_id = $3 and status <> 'closed' order by id",
        grant.organisation(),
        grant.environment(),
        agent_id
    )?;
    let mut trail = trail.event(
        EventType::AgentSuspended,
        json!({
            "agentId": agent_id,
            "userId": user_id,
            "status": AgentStatus::Suspended,
            "previousStatus": AgentStatus::Active,
            "reason": reason,
        }),
    );
    for (id, purpose) in purposes.iter().filter(|(id, _)| cards.contains(id)) {
        trail = trail
            .also(Action::CardFrozen, Subject::new(Noun::Card, id, purpose))
            .before(json!({ "status": CardStatus::Active }))
            .after(json!({ "status": CardStatus::Frozen }))
            .reason("its agent was suspended")
            .event(
                EventType::CardFrozen,
                json!({
                    "cardId": id,
                    "agentId": agent_id,
                    "userId": user_id,
                    "status": CardStatus::Frozen,
                    "previousStatus": CardStatus::Active,
                    "reason": FROZEN_WITH_AGENT,
                }),
            );
    }
    Ok(trail)
}
