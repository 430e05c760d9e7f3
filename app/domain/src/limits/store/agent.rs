//! One agent as it stands, for pages: its limit, and what organisation and agent set for all its cards.
use super::{stored, zone};
use crate::{
    Error, Result,
    access::Grant,
    db::{Db, sql},
    error::Noun,
    ids::AgentId,
    limits::{
        Frequency, OnLimitExceeded,
        decide::AgentLimit,
        restrictions::{Layer, Level, Velocity},
    },
    money::Amount,
    time::Timestamp,
};
use chrono_tz::Tz;

#[derive(sqlx::FromRow)]
pub(crate) struct Seen {
    pub id: AgentId,
    spending_limit: Option<Amount>,
    spending_limit_frequency: Option<Frequency>,
    on_limit_exceeded: Option<OnLimitExceeded>,
    last_activity_at: Timestamp,
    restrictions: String,
    time_zone: String,
    organisation_restrictions: Option<String>,
}

/// The agent: nothing is locked, and what was read may have changed since.
pub(crate) async fn see_agent(db: &Db, grant: &Grant, id: &AgentId) -> Result<Seen> {
    let found: Option<Seen> = sql!(
        db,
        fetch_optional,
        "select a.id, a.spending_limit, a.spending_limit_frequency, a.on_limit_exceeded,
                coalesce(a.last_activity_at, a.created_at) as last_activity_at, a.restrictions, o.time_zone,
                r.restrictions as organisation_restrictions
         from agents a
         join organisations o on o.id = a.organisation_id
         left join organisation_restrictions r on r.organisation_id = a.organisation_id
                                              and r.environment = a.environment
         where a.organisation_id = $1 and a.environment = $2 and a.id = $3",
        grant.organisation(),
        grant.environment(),
        id
    )?;
    found.filter(|agent| grant.reaches(&agent.id)).ok_or(Error::NotFound(Noun::Agent))
}

impl Seen {
    /// The moment that its next decision would have.
    pub fn at(&self, now: Timestamp) -> Timestamp {
        self.last_activity_at.max(now)
    }

    pub fn zone(&self) -> Result<Tz> {
        zone(&self.time_zone)
    }

    pub fn limit(&self) -> Option<AgentLimit> {
        self.spending_limit.zip(self.spending_limit_frequency).map(|(amount, frequency)| AgentLimit {
            amount,
            frequency,
            on_exceeded: self.on_limit_exceeded,
        })
    }

    /// What the two levels set, the widest first; a level that sets nothing is left out.
    pub fn layers(&self) -> Result<Vec<Layer>> {
        let mut layers = Vec::new();
        for (level, text) in [
            (Level::Organisation, self.organisation_restrictions.as_deref()),
            (Level::Agent, Some(&*self.restrictions)),
        ] {
            let set = stored(text)?;
            if !set.is_empty() {
                layers.push(Layer { level, set });
            }
        }
        Ok(layers)
    }
}

/// What the agent spent in the window of its limit; nothing where no limit is set.
pub(crate) async fn seen_by_agent(db: &Db, grant: &Grant, seen: &Seen, at: Timestamp) -> Result<i64> {
    match seen.limit() {
        Some(limit) => super::windows::window_spend(db, grant, &seen.id, limit.frequency, at, seen.zone()?).await,
        None => Ok(0),
    }
}

/// How many purchases of the agent lie in this window before `at`.
pub(crate) async fn bought(db: &Db, grant: &Grant, id: &AgentId, velocity: Velocity, at: Timestamp) -> Result<i64> {
    let [past, ..] =
        super::buckets::seen_by_agent(db, grant, id, [Some(velocity.start(at)), None, None, None, None]).await?;
    Ok(past.purchases)
}
