//! Spend under locks: what an authorization reads, and the windows that it and its reversals are counted in.
//!
//! Whoever changes what an agent spent first locks user, agent and card, in this order (security R1, R3). The
//! locks, not the isolation level, keep what was read true until it is written.
use super::{
    Frequency, OnLimitExceeded,
    alerts::Levels,
    decide::{AgentLimit, CardState, RULES_VERSION, Rules, State},
    restrictions::{Layer, Level, Restrictions},
    window::window,
};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    agents::AgentStatus,
    attestations::{ExposureMode, stricter},
    cards::{CardStatus, CardType},
    db::{Db, Tx, sql},
    error::Noun,
    ids::{AgentId, CardId, PurchaseId, UserId},
    intents::matching::{Fraction, Tolerance},
    money::{Amount, Currency},
    risk::{days_spend, days_unspend},
    time::{MINUTE, Timestamp},
};
use chrono_tz::Tz;

mod agent;
mod card;

pub(crate) use agent::{bought, see_agent, seen_by_agent};
pub(crate) use card::{look, measure};

/// The calendar windows that every purchase is counted in, whatever the agent's limit says today.
pub(crate) const COUNTED: [Frequency; 4] =
    [Frequency::PerWeek, Frequency::PerMonth, Frequency::PerYear, Frequency::AllTime];

/// A user, its agent and the agent's card, locked until the transaction ends.
pub(crate) struct Locked {
    /// The moment of the decision: now, or the agent's last activity when the clock went back (security R10), so
    /// that a window that was left is never entered again.
    pub at: Timestamp,
    pub user: UserRow,
    pub agent: AgentRow,
    pub card: CardRow,
}

#[derive(sqlx::FromRow)]
pub(crate) struct UserRow {
    pub id: UserId,
    pub application_status: String,
    pub currency: Currency,
    pub deposited: i64,
    pub pending: i64,
    pub posted: i64,
}

#[derive(sqlx::FromRow)]
pub(crate) struct AgentRow {
    pub id: AgentId,
    pub name: String,
    pub status: AgentStatus,
    pub spending_limit: Option<Amount>,
    pub spending_limit_frequency: Option<Frequency>,
    pub on_limit_exceeded: Option<OnLimitExceeded>,
    last_activity_at: Timestamp,
    restrictions: String,
    time_zone: String,
    intent_tolerance_bp: Fraction,
    limit_alerts: String,
    organisation_restrictions: Option<String>,
}

#[derive(sqlx::FromRow)]
pub(crate) struct CardRow {
    pub id: CardId,
    #[sqlx(rename = "type")]
    pub kind: CardType,
    pub status: CardStatus,
    pub max_amount: Option<Amount>,
    pub last4: String,
    pub attestation_window_minutes: i64,
    intent_tolerance_bp: Option<Fraction>,
    policy_tolerance_bp: Option<Fraction>,
    credential_exposure: ExposureMode,
    policy_exposure: Option<ExposureMode>,
    pub used_by: Option<PurchaseId>,
    pub purpose: String,
    pub spent: i64,
    pub approved: i64,
    pub last_used_at: Option<Timestamp>,
    pub pinned_merchant: Option<String>,
    pub ends_at: Option<Timestamp>,
    restrictions: String,
    policy_restrictions: Option<String>,
}

/// Locks the card with its agent and user, in the one order that everybody keeps: user, agent, card.
pub(crate) async fn lock(tx: &mut Tx, grant: &Grant, card: &CardId) -> Result<Locked> {
    let (organisation, environment, now) = (grant.organisation(), grant.environment(), tx.now());
    let user: Option<UserRow> = sql!(
        tx,
        fetch_optional,
        "update users set pending = pending
         where organisation_id = $1 and environment = $2
           and id = (select user_id from cards where organisation_id = $1 and environment = $2 and id = $3)
         returning id, application_status, currency, deposited, pending, posted",
        organisation,
        environment,
        card
    )?;
    let missing = || Error::NotFound(Noun::Card);
    let user = user.ok_or_else(missing)?;
    let agent: Option<AgentRow> = sql!(
        tx,
        fetch_optional,
        "update agents set last_activity_at = case when last_activity_at > $4 then last_activity_at else $4 end
         where organisation_id = $1 and environment = $2
           and id = (select agent_id from cards where organisation_id = $1 and environment = $2 and id = $3)
         returning id, name, status, spending_limit, spending_limit_frequency, on_limit_exceeded, last_activity_at,
             restrictions,
             (select r.restrictions from organisation_restrictions r
              where r.organisation_id = agents.organisation_id and r.environment = agents.environment)
                 as organisation_restrictions,
             (select o.time_zone from organisations o where o.id = agents.organisation_id) as time_zone,
             (select o.limit_alerts from organisations o where o.id = agents.organisation_id) as limit_alerts,
             (select o.intent_tolerance_bp from organisations o where o.id = agents.organisation_id)
                 as intent_tolerance_bp",
        organisation,
        environment,
        card,
        now
    )?;
    let agent = agent.filter(|agent| grant.reaches(&agent.id)).ok_or_else(missing)?;
    let card: Option<CardRow> = sql!(
        tx,
        fetch_optional,
        "update cards set spent = spent where organisation_id = $1 and environment = $2 and id = $3
         returning id, type, status, max_amount, last4, attestation_window_minutes, intent_tolerance_bp, used_by,
             purpose, spent, approved, last_used_at, pinned_merchant, ends_at, restrictions, credential_exposure,
             (select p.restrictions from policies p
              where p.organisation_id = cards.organisation_id and p.environment = cards.environment
                and p.id = cards.policy_id) as policy_restrictions,
             (select p.intent_tolerance_bp from policies p
              where p.organisation_id = cards.organisation_id and p.environment = cards.environment
                and p.id = cards.policy_id) as policy_tolerance_bp,
             (select p.credential_exposure from policies p
              where p.organisation_id = cards.organisation_id and p.environment = cards.environment
                and p.id = cards.policy_id) as policy_exposure",
        organisation,
        environment,
        card
    )?;
    Ok(Locked { at: agent.last_activity_at, user, agent, card: card.ok_or_else(missing)? })
}

/// The same as they stand, for pages and questions: nothing is locked, and what was read may have changed since.
pub(crate) async fn see(db: &Db, grant: &Grant, card: &CardId) -> Result<Locked> {
    let (organisation, environment, now) = (grant.organisation(), grant.environment(), db.now());
    let missing = || Error::NotFound(Noun::Card);
    let found: Option<CardRow> = sql!(
        db,
        fetch_optional,
        "select c.id, c.type, c.status, c.max_amount, c.last4, c.attestation_window_minutes, c.intent_tolerance_bp,
                c.used_by, c.purpose, c.spent, c.approved, c.last_used_at, c.pinned_merchant, c.ends_at, c.restrictions,
                c.credential_exposure, p.restrictions as policy_restrictions,
                p.intent_tolerance_bp as policy_tolerance_bp, p.credential_exposure as policy_exposure
         from cards c
         left join policies p on p.organisation_id = c.organisation_id and p.environment = c.environment
                             and p.id = c.policy_id
         where c.organisation_id = $1 and c.environment = $2 and c.id = $3",
        organisation,
        environment,
        card
    )?;
    let found = found.ok_or_else(missing)?;
    let agent: Option<AgentRow> = sql!(
        db,
        fetch_optional,
        "select a.id, a.name, a.status, a.spending_limit, a.spending_limit_frequency, a.on_limit_exceeded,
                coalesce(a.last_activity_at, a.created_at) as last_activity_at, a.restrictions, o.time_zone,
                o.limit_alerts, o.intent_tolerance_bp, r.restrictions as organisation_restrictions
         from agents a
         join organisations o on o.id = a.organisation_id
         left join organisation_restrictions r on r.organisation_id = a.organisation_id
                                              and r.environment = a.environment
         where a.organisation_id = $1 and a.environment = $2
           and a.id = (select agent_id from cards where organisation_id = $1 and environment = $2 and id = $3)",
        organisation,
        environment,
        card
    )?;
    let agent = agent.filter(|agent| grant.reaches(&agent.id)).ok_or_else(missing)?;
    let user: UserRow = sql!(
        db,
        fetch_one,
        "select id, application_status, currency, deposited, pending, posted from users
         where organisation_id = $1 and environment = $2
           and id = (select user_id from cards where organisation_id = $1 and environment = $2 and id = $3)",
        organisation,
        environment,
        card
    )?;
    Ok(Locked { at: agent.last_activity_at.max(now), user, agent, card: found })
}

impl Locked {
    /// The time zone of the organisation, in which calendar windows begin.
    pub fn zone(&self) -> Result<Tz> {
        zone(&self.agent.time_zone)
    }

    /// At how many percent of the agent's limit people are told.
    pub fn limit_alerts(&self) -> Result<Levels> {
        Levels::parse(&self.agent.limit_alerts).map_err(Error::broken)
    }

    /// How far a purchase with this card may be from an intent that does not say: the card's own word, else its
    /// policy's, else the organisation's.
    pub fn tolerance(&self) -> Tolerance {
        let card = &self.card;
        Tolerance {
            intent: None,
            card: card.intent_tolerance_bp.or(card.policy_tolerance_bp),
            organisation: self.agent.intent_tolerance_bp,
        }
    }

    /// The same, and who says so.
    pub fn tolerance_of(&self) -> (Level, Fraction) {
        let card = self.card.intent_tolerance_bp.map(|set| (Level::Card, set));
        card.or(self.card.policy_tolerance_bp.map(|set| (Level::Policy, set)))
            .unwrap_or((Level::Organisation, self.agent.intent_tolerance_bp))
    }

    /// How the card's details may be read, and who says so: the stricter of the card's word and its policy's.
    pub fn exposure_of(&self) -> (Level, ExposureMode) {
        stricter(self.card.credential_exposure, self.card.policy_exposure)
    }

    /// The limit over all cards of the agent.
    pub fn agent_limit(&self) -> Option<AgentLimit> {
        let agent = &self.agent;
        agent.spending_limit.zip(agent.spending_limit_frequency).map(|(amount, frequency)| AgentLimit {
            amount,
            frequency,
            on_exceeded: agent.on_limit_exceeded,
        })
    }

    /// What people have set for this card and agent.
    pub fn rules(&self) -> Result<Rules> {
        Ok(Rules {
            version: RULES_VERSION,
            card_type: self.card.kind,
            max_amount: None,
            layers: self.layers()?,
            agent_limit: self.agent_limit(),
            zone: self.zone()?,
        })
    }

    /// What is set on each level.
    pub fn layers(&self) -> Result<Vec<Layer>> {
        layers(
            self.agent.organisation_restrictions.as_deref(),
            &self.agent.restrictions,
            self.card.policy_restrictions.as_deref(),
            &self.card.restrictions,
            self.card.max_amount,
        )
    }

    /// What is true now, with what the agent spent in the window of its limit, and what its card did.
    pub fn state(&self, agent_spent: i64, card: CardState) -> State {
        State {
            user_approved: self.user.application_status == "approved",
            agent_status: self.agent.status,
            card_status: self.card.status,
            card_used: self.card.used_by.is_some(),
            spending_power: self.user.deposited - self.user.pending - self.user.posted,
            agent_spent,
            card: Some(card),
        }
    }
}

/// What is set on each level, the widest first, as the columns of restrictions hold it; a level that sets nothing is left
/// out. A card's most for one purchase has a column of its own.
pub(crate) fn layers(
    organisation: Option<&str>,
    agent: &str,
    policy: Option<&str>,
    card: &str,
    card_max: Option<Amount>,
) -> Result<Vec<Layer>> {
    let texts = [
        (Level::Organisation, organisation),
        (Level::Agent, Some(agent)),
        (Level::Policy, policy),
        (Level::Card, Some(card)),
    ];
    let mut layers = Vec::new();
    for (level, text) in texts {
        let mut set = stored(text)?;
        if level == Level::Card {
            set.max_amount = card_max;
        }
        if !set.is_empty() {
            layers.push(Layer { level, set });
        }
    }
    Ok(layers)
}

/// What a column of restrictions holds; most hold nothing.
pub(crate) fn stored(text: Option<&str>) -> Result<Restrictions> {
    match text {
        None | Some("{}") => Ok(Restrictions::default()),
        Some(text) => serde_json::from_str(text).map_err(Error::broken),
    }
}

/// The time zone of the grant's organisation.
pub(crate) async fn organisation_zone(tx: &mut Tx, grant: &Grant) -> Result<Tz> {
    let name: String = sql!(tx, scalar, "select time_zone from organisations where id = $1", grant.organisation())?;
    zone(&name)
}

fn zone(name: &str) -> Result<Tz> {
    name.parse().map_err(|_| Error::broken(format!("a stored time zone {name}")))
}

/// The row that counts a purchase at `at` towards `frequency`.
pub(crate) fn row_start(frequency: Frequency, at: Timestamp, zone: Tz) -> Timestamp {
    window(frequency, at, zone).start.unwrap_or_default()
}

/// What the agent spent in the window of `frequency` that holds `at`: a calendar window is one row; the rolling
/// one is its whole minutes and, to the millisecond, the purchases of the minute at its edge.
macro_rules! window_spend {
    ($db:expr, $grant:expr, $agent:expr, $frequency:expr, $at:expr, $zone:expr) => {{
        let (organisation, environment) = ($grant.organisation(), $grant.environment());
        let start = row_start($frequency, $at, $zone);
        match $frequency {
            Frequency::PerTransaction => 0,
            Frequency::Per24HourPeriod => {
                let whole = start.ceil(MINUTE);
                sql!(
                    $db,
                    scalar,
                    "select cast(
                         coalesce((select sum(spent) from spend_minutes
                                   where organisation_id = $1 and environment = $2 and agent_id = $3
                                     and minute >= $4), 0)
                       + coalesce((select sum(amount) from purchases
                                   where organisation_id = $1 and environment = $2 and agent_id = $3
                                     and id >= $5 and id < $6 and status <> 'declined'), 0) as bigint)",
                    organisation,
                    environment,
                    $agent,
                    whole,
                    PurchaseId::floor(start),
                    PurchaseId::floor(whole)
                )?
            }
            calendar => {
                let spent: Option<i64> = sql!(
                    $db,
                    scalar_optional,
                    "select spent from spend_windows
                     where organisation_id = $1 and environment = $2 and agent_id = $3
                       and frequency = $4 and starts_at = $5",
                    organisation,
                    environment,
                    $agent,
                    calendar,
                    start
                )?;
                spent.unwrap_or(0)
            }
        }
    }};
}

/// What the locked agent spent in the window of its limit; nothing where no limit is set.
pub(crate) async fn spent(tx: &mut Tx, grant: &Grant, locked: &Locked) -> Result<i64> {
    let Some(limit) = locked.agent_limit() else { return Ok(0) };
    let zone = locked.zone()?;
    Ok(window_spend!(tx, grant, &locked.agent.id, limit.frequency, locked.at, zone))
}

/// The same of an agent that is not locked.
pub(crate) async fn seen(db: &Db, grant: &Grant, seen: &Locked) -> Result<i64> {
    let Some(limit) = seen.agent_limit() else { return Ok(0) };
    window_spend(db, grant, &seen.agent.id, limit.frequency, seen.at, seen.zone()?).await
}

/// What an agent spent in the running window of `frequency`, for pages: authorized and settled, less reversed.
pub async fn current_spend(db: &Db, grant: &Grant, agent: &AgentId, frequency: Frequency, zone: Tz) -> Result<i64> {
    grant.require(Permission::View)?;
    if !grant.reaches(agent) {
        return Err(Error::NotFound(Noun::Agent));
    }
    window_spend(db, grant, agent, frequency, db.now(), zone).await
}

async fn window_spend(
    db: &Db,
    grant: &Grant,
    agent: &AgentId,
    frequency: Frequency,
    at: Timestamp,
    zone: Tz,
) -> Result<i64> {
    Ok(window_spend!(db, grant, agent, frequency, at, zone))
}

/// Counts an approved purchase in every window and in its minute.
///
/// The row of the enforced limit is raised only while it stays within the cap. Under the locks the decision has
/// made sure of that; should the row have moved all the same, nothing is counted and the change ends with
/// [`Error::Busy`]: it is undone and decided again from the true figure, never approved.
pub(crate) async fn spend(tx: &mut Tx, grant: &Grant, locked: &Locked, amount: Amount) -> Result<()> {
    let (organisation, environment, zone, at) = (grant.organisation(), grant.environment(), locked.zone()?, locked.at);
    let enforced = locked.agent_limit().filter(|limit| OnLimitExceeded::enforces(limit.on_exceeded));
    let (frequency, cap) = enforced.map_or(("", i64::MAX), |l| (l.frequency.as_str(), l.amount.minor()));
    let rows = sql!(
        tx,
        execute,
        "insert into spend_windows (organisation_id, environment, agent_id, frequency, starts_at, spent)
         values ($1, $2, $3, 'perWeek', $4, $8), ($1, $2, $3, 'perMonth', $5, $8),
                ($1, $2, $3, 'perYear', $6, $8), ($1, $2, $3, 'allTime', $7, $8)
         on conflict (organisation_id, environment, agent_id, frequency, starts_at)
         do update set spent = spend_windows.spent + excluded.spent
         where spend_windows.frequency <> $9 or spend_windows.spent + excluded.spent <= $10",
        organisation,
        environment,
        &locked.agent.id,
        row_start(Frequency::PerWeek, at, zone),
        row_start(Frequency::PerMonth, at, zone),
        row_start(Frequency::PerYear, at, zone),
        row_start(Frequency::AllTime, at, zone),
        amount,
        frequency,
        cap
    )?;
    if rows != 4 {
        tracing::error!(agent = %locked.agent.id, "a spend window moved under the agent's lock");
        return Err(Error::Busy);
    }
    sql!(
        tx,
        execute,
        "insert into spend_minutes (organisation_id, environment, agent_id, minute, spent, purchases)
         values ($1, $2, $3, $4, $5, 1)
         on conflict (organisation_id, environment, agent_id, minute)
         do update set spent = spend_minutes.spent + excluded.spent, purchases = spend_minutes.purchases + 1",
        organisation,
        environment,
        &locked.agent.id,
        at.floor(MINUTE),
        amount
    )?;
    days_spend(tx, grant, &locked.agent.id, at, amount).await?;
    card::spend(tx, grant, &locked.card.id, at, amount).await
}

/// Gives `amount` back to the windows and the minute of the authorization at `authorized_at`, however long ago.
pub(crate) async fn unspend(
    tx: &mut Tx,
    grant: &Grant,
    locked: &Locked,
    amount: i64,
    authorized_at: Timestamp,
) -> Result<()> {
    if amount == 0 {
        return Ok(());
    }
    let (organisation, environment, zone) = (grant.organisation(), grant.environment(), locked.zone()?);
    let windows = sql!(
        tx,
        execute,
        "update spend_windows set spent = spent - $4
         where organisation_id = $1 and environment = $2 and agent_id = $3
           and ((frequency = 'perWeek' and starts_at = $5) or (frequency = 'perMonth' and starts_at = $6)
             or (frequency = 'perYear' and starts_at = $7) or (frequency = 'allTime' and starts_at = $8))",
        organisation,
        environment,
        &locked.agent.id,
        amount,
        row_start(Frequency::PerWeek, authorized_at, zone),
        row_start(Frequency::PerMonth, authorized_at, zone),
        row_start(Frequency::PerYear, authorized_at, zone),
        row_start(Frequency::AllTime, authorized_at, zone)
    )?;
    let minutes = sql!(
        tx,
        execute,
        "update spend_minutes set spent = spent - $4
         where organisation_id = $1 and environment = $2 and agent_id = $3 and minute = $5",
        organisation,
        environment,
        &locked.agent.id,
        amount,
        authorized_at.floor(MINUTE)
    )?;
    if (windows, minutes) == (4, 1) {
        days_unspend(tx, grant, &locked.agent.id, amount, authorized_at).await?;
        card::unspend(tx, grant, &locked.card.id, amount, authorized_at).await
    } else {
        Err(Error::broken(format!("{windows} windows and {minutes} minutes of agent {} gave back", locked.agent.id)))
    }
}
