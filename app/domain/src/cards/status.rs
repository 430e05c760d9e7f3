//! Freezing, unfreezing and closing a card.
use super::{CardStatus, ON_REQUEST, life::Life};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    agents::{self, AgentStatus},
    audit::Action,
    db::{Command, Subject, Trail, Tx, sql},
    error::{Code, Noun},
    ids::{AgentId, CardId, UserId},
    limits::store::Locked as PurchaseLock,
    name::Line,
    time::Timestamp,
    webhooks::EventType,
};
use serde_json::json;

/// Freezes an active card: it cannot be charged until it is unfrozen.
pub struct FreezeCard {
    /// Which card.
    pub id: CardId,
    /// Why, for the audit log.
    pub reason: Option<Line>,
}

/// Unfreezes a frozen card; not while its agent is suspended.
pub struct UnfreezeCard {
    /// Which card.
    pub id: CardId,
}

/// Closes a card for good.
pub struct CloseCard {
    /// Which card.
    pub id: CardId,
    /// Why, for the audit log.
    pub reason: Option<Line>,
}

#[derive(sqlx::FromRow)]
pub(super) struct Locked {
    agent_id: AgentId,
    user_id: UserId,
    purpose: String,
    pub(super) status: CardStatus,
    #[sqlx(flatten)]
    life: Life,
}

/// The card, locked until the change is over.
pub(super) async fn lock(tx: &mut Tx, grant: &Grant, id: &CardId) -> Result<Locked> {
    let card: Option<Locked> = sql!(
        tx,
        fetch_optional,
        "update cards set version = version where organisation_id = $1 and environment = $2 and id = $3
         returning agent_id, user_id, purpose, status, ends_at, expiration_month, expiration_year",
        grant.organisation(),
        grant.environment(),
        id
    )?;
    card.filter(|card| grant.reaches(&card.agent_id)).ok_or(Error::NotFound(Noun::Card))
}

/// A step of a card along its arrows.
struct Step<'a> {
    next: CardStatus,
    /// The `status_reason` of a card that is frozen or closed.
    why: &'static str,
    /// In the words of whoever asked.
    reason: Option<&'a Line>,
    at: Timestamp,
}

/// Freezes or closes a card for a reason of the house.
pub(super) async fn end(
    tx: &mut Tx,
    grant: &Grant,
    id: &CardId,
    next: CardStatus,
    why: &'static str,
) -> Result<((), Trail)> {
    let card = lock(tx, grant, id).await?;
    let step = Step { next, why, reason: None, at: tx.now() };
    Ok(((), take(tx, grant, id, &card, step).await?))
}

/// Freezes or closes the locked card of a purchase, as the decision or its settlement says. A card that is in that state
/// or cannot come to it stays as it is.
pub(crate) async fn end_card(
    tx: &mut Tx,
    grant: &Grant,
    locked: &PurchaseLock,
    next: CardStatus,
    why: &'static str,
    trail: Trail,
) -> Result<Trail> {
    let PurchaseLock { at, user, agent, card, organisation: _ } = locked;
    if !card.status.can_become(next) {
        return Ok(trail);
    }
    let row = Locked {
        agent_id: agent.id.clone(),
        user_id: user.id.clone(),
        purpose: card.purpose.clone(),
        status: card.status,
        life: card.life,
    };
    Ok(trail.and(take(tx, grant, &card.id, &row, Step { next, why, reason: None, at: *at }).await?))
}

/// Moves a locked card along its arrows because somebody asked for it; gives its state before.
pub(super) async fn turn(
    tx: &mut Tx,
    grant: &Grant,
    id: &CardId,
    card: &Locked,
    next: CardStatus,
    reason: Option<&Line>,
) -> Result<(CardStatus, Trail)> {
    let step = Step { next, why: ON_REQUEST, reason, at: tx.now() };
    Ok((card.status, take(tx, grant, id, card, step).await?))
}

/// Takes a step with a locked card, with its record and its event.
async fn take(tx: &mut Tx, grant: &Grant, id: &CardId, card: &Locked, step: Step<'_>) -> Result<Trail> {
    let (before, next) = (card.status, step.next);
    if !before.can_become(next) {
        return Err(refusal(before, next));
    }
    let (action, event, why) = match next {
        CardStatus::Frozen => (Action::CardFrozen, Some(EventType::CardFrozen), Some(step.why)),
        CardStatus::Closed => (Action::CardClosed, Some(EventType::CardClosed), Some(step.why)),
        CardStatus::Active | CardStatus::NotActivated => (Action::CardUnfrozen, None, None),
    };
    sql!(
        tx,
        execute,
        "update cards set status = $4, status_reason = $5, closed_at = $6, version = version + 1
         where organisation_id = $1 and environment = $2 and id = $3",
        grant.organisation(),
        grant.environment(),
        id,
        next,
        why,
        (next == CardStatus::Closed).then_some(step.at)
    )?;
    let mut trail = Trail::new(action, Subject::new(Noun::Card, id, &card.purpose))
        .before(json!({ "status": before }))
        .after(json!({ "status": next }));
    // That somebody asked is what the record says without a reason.
    let reason = step.reason.map(Line::as_str).or(why.filter(|why| *why != ON_REQUEST));
    if let Some(reason) = reason {
        trail = trail.reason(reason);
    }
    if let Some(event) = event {
        let data = json!({
            "cardId": id,
            "agentId": card.agent_id,
            "userId": card.user_id,
            "status": next,
            "previousStatus": before,
            "reason": why,
        });
        trail = trail.event(event, data);
    }
    Ok(trail)
}

/// Why a card in this state cannot be moved to `next`.
fn refusal(before: CardStatus, next: CardStatus) -> Error {
    match (before, next) {
        (CardStatus::Closed, _) => Error::state(Code::CardAlreadyClosed, "This card is closed, and closing is final."),
        (CardStatus::Frozen, CardStatus::Frozen) => {
            Error::state(Code::CardAlreadyFrozen, "This card is frozen already.")
        }
        (_, CardStatus::Active) => {
            Error::state(Code::CardNotFrozen, format!("This card is {before}; only a frozen card can be unfrozen."))
        }
        _ => Error::state(Code::CardNotActive, format!("This card is {before}; only an active card can be {next}.")),
    }
}

impl Command for FreezeCard {
    /// What it was before.
    type Output = CardStatus;

    fn permission(&self) -> Permission {
        Permission::Freeze
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(CardStatus, Trail)> {
        let card = lock(tx, grant, &self.id).await?;
        turn(tx, grant, &self.id, &card, CardStatus::Frozen, self.reason.as_ref()).await
    }
}

impl UnfreezeCard {
    /// Locks the agent until the change is over, and gives its state. It comes before the card, which never changes its
    /// agent.
    pub(super) async fn lock_agent(&self, grant: &Grant, tx: &mut Tx) -> Result<AgentStatus> {
        let agent: Option<AgentId> = sql!(
            tx,
            scalar_optional,
            "select agent_id from cards where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &self.id
        )?;
        let agent = agent.filter(|agent| grant.reaches(agent)).ok_or(Error::NotFound(Noun::Card))?;
        Ok(agents::lock(tx, grant, &agent).await?.status)
    }
}

impl Command for UnfreezeCard {
    /// What it was before.
    type Output = CardStatus;

    fn permission(&self) -> Permission {
        Permission::Unfreeze
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(CardStatus, Trail)> {
        let suspended = self.lock_agent(grant, tx).await? == AgentStatus::Suspended;
        let card = lock(tx, grant, &self.id).await?;
        if card.status != CardStatus::Frozen {
            return Err(refusal(card.status, CardStatus::Active));
        }
        if suspended {
            return Err(Error::state(Code::AgentSuspended, "Its agent is suspended; resume the agent first."));
        }
        card.life.goes_on(tx.now())?;
        turn(tx, grant, &self.id, &card, CardStatus::Active, None).await
    }
}

impl Command for CloseCard {
    /// What it was before.
    type Output = CardStatus;

    fn permission(&self) -> Permission {
        Permission::Unfreeze
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(CardStatus, Trail)> {
        let card = lock(tx, grant, &self.id).await?;
        turn(tx, grant, &self.id, &card, CardStatus::Closed, self.reason.as_ref()).await
    }
}
