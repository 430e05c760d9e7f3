//! Stopping all spending of an organisation in one environment, and allowing it again (security X-B4).
use crate::{
    Error, Result,
    access::{self, Actor, Grant, Permission},
    audit::Action,
    db::{Command, Db, Subject, Trail, Tx, sql},
    error::{Code, Noun},
    name::Line,
    time::Timestamp,
    webhooks::EventType,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// Up to how many agents and cards are counted for [`Reach`].
pub const MOST_COUNTED: i64 = 10_000;

/// A stop that is in force.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Stop {
    /// Since when.
    #[sqlx(rename = "stopped_at")]
    pub at: Timestamp,
    /// Who stopped it, by the name of the time.
    #[sqlx(rename = "stopped_by")]
    pub by: String,
    /// Why, in their words.
    pub reason: String,
}

/// What a stop reaches, each counted up to [`MOST_COUNTED`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Reach {
    /// Active agents.
    pub agents: i64,
    /// Active cards.
    pub cards: i64,
}

/// The stop in force in the grant's environment; none: agents may spend.
pub async fn in_force(db: &Db, grant: &Grant) -> Result<Option<Stop>> {
    grant.require(Permission::View)?;
    Ok(sql!(
        db,
        fetch_optional,
        "select stopped_at, stopped_by, reason from spending_stops where organisation_id = $1 and environment = $2",
        grant.organisation(),
        grant.environment()
    )?)
}

/// Who can spend in the grant's environment as long as nobody stops it.
pub async fn reach(db: &Db, grant: &Grant) -> Result<Reach> {
    grant.require(Permission::View)?;
    Ok(sql!(
        db,
        fetch_one,
        "select (select count(*) from (
                     select 1 from agents where organisation_id = $1 and environment = $2 and status = 'active' limit $3)
                 as a) as agents,
                (select count(*) from (
                     select 1 from cards where organisation_id = $1 and environment = $2 and status = 'active' limit $3)
                 as c) as cards",
        grant.organisation(),
        grant.environment(),
        MOST_COUNTED
    )?)
}

/// The refusal of whoever asks for a card's details meanwhile.
pub(crate) fn hidden() -> Error {
    let why = "All spending of the organisation is stopped: card details stay hidden until an owner or admin allows it again.";
    Error::state(Code::OrganisationSuspended, why)
}

/// The name of the grant's organisation, which is locked: stops come one after the other, and nobody adds a user meanwhile
/// ([`crate::users::CreateUser`]).
async fn locked(tx: &mut Tx, grant: &Grant) -> Result<Subject> {
    access::lock_organisation(tx, grant).await?;
    let name: String = sql!(tx, scalar, "select name from organisations where id = $1", grant.organisation())?;
    Ok(Subject::new(Noun::Organisation, grant.organisation(), name))
}

/// Stops all spending of the grant's environment: after the commit no purchase is approved and no card detail is given.
///
/// Whoever decides a purchase locks its user first. The locks of all users wait for the decisions that are under way, and
/// what is decided afterwards reads the stop. What was approved before is captured, reversed and refunded as ever.
pub struct StopSpending {
    /// Why.
    pub reason: Line,
}

impl Command for StopSpending {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::Freeze
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let subject = locked(tx, grant).await?;
        let (now, reason) = (tx.now(), self.reason.as_str());
        let by = match grant.actor() {
            Actor::Person { name, .. } | Actor::Key { name, .. } => name.clone(),
            Actor::Token { .. } | Actor::Job(_) | Actor::Door => return Err(Error::Denied(Permission::Freeze)),
        };
        let stopped = sql!(
            tx,
            execute,
            "insert into spending_stops (organisation_id, environment, stopped_at, stopped_by, reason)
             values ($1, $2, $3, $4, $5) on conflict (organisation_id, environment) do nothing",
            grant.organisation(),
            grant.environment(),
            now,
            by,
            reason
        )?;
        if stopped == 0 {
            return Err(Error::state(Code::OrganisationSuspended, "All spending is stopped already."));
        }
        sql!(
            tx,
            execute,
            "update users set pending = pending where organisation_id = $1 and environment = $2",
            grant.organisation(),
            grant.environment()
        )?;
        let trail = Trail::new(Action::SpendingStopped, subject)
            .before(json!({ "status": "active" }))
            .after(json!({ "status": "suspended" }))
            .reason(reason)
            .event(
                EventType::SpendingStopped,
                json!({ "status": "suspended", "previousStatus": "active", "reason": reason }),
            );
        Ok(((), trail))
    }
}

/// Allows spending again. Agents, cards and limits are as they were: what is suspended, frozen or closed stays so.
pub struct AllowSpending {
    /// Why.
    pub reason: Line,
}

impl Command for AllowSpending {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::Unfreeze
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let subject = locked(tx, grant).await?;
        let allowed = sql!(
            tx,
            execute,
            "delete from spending_stops where organisation_id = $1 and environment = $2",
            grant.organisation(),
            grant.environment()
        )?;
        if allowed == 0 {
            return Err(Error::state(Code::OrganisationNotSuspended, "Spending is not stopped."));
        }
        let reason = self.reason.as_str();
        let trail = Trail::new(Action::SpendingResumed, subject)
            .before(json!({ "status": "suspended" }))
            .after(json!({ "status": "active" }))
            .reason(reason)
            .event(
                EventType::SpendingResumed,
                json!({ "status": "active", "previousStatus": "suspended", "reason": reason }),
            );
        Ok(((), trail))
    }
}
