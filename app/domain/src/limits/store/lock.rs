//! A card with its agent and user, as an authorization finds them.
use super::{layers, zone};
use crate::{
    Error, Result,
    access::Grant,
    agents::AgentStatus,
    attestations::{ExposureMode, stricter},
    cards::{CardStatus, CardType, life::Life},
    db::{Db, Tx, sql},
    error::Noun,
    ids::{AccessId, AgentId, CardId, IntentId, PurchaseId, UserId},
    intents::matching::{Fraction, Tolerance},
    limits::{
        Frequency, OnLimitExceeded,
        alerts::Levels,
        decide::{AgentLimit, CardState, RULES_VERSION, Rules, State},
        restrictions::{Layer, Level},
        terms::OnExpiry,
    },
    money::{Amount, Currency},
    time::Timestamp,
    webhooks::outbox::{Listeners, listeners},
};
use chrono_tz::Tz;

/// A user, its agent and the agent's card, locked until the transaction ends.
pub(crate) struct Locked {
    /// The moment of the decision: now, or the agent's last activity when the clock went back (security R10), so
    /// that a window that was left is never entered again.
    pub at: Timestamp,
    pub user: UserRow,
    pub agent: AgentRow,
    pub card: CardRow,
    pub organisation: OrganisationRow,
}

#[derive(sqlx::FromRow)]
pub(crate) struct UserRow {
    #[sqlx(rename = "user_id")]
    pub id: UserId,
    pub application_status: String,
    pub currency: Currency,
    pub deposited: i64,
    pub pending: i64,
    pub posted: i64,
}

#[derive(sqlx::FromRow)]
pub(crate) struct AgentRow {
    #[sqlx(rename = "agent_id")]
    pub id: AgentId,
    #[sqlx(rename = "agent_name")]
    pub name: String,
    #[sqlx(rename = "agent_status")]
    pub status: AgentStatus,
    pub spending_limit: Option<Amount>,
    pub spending_limit_frequency: Option<Frequency>,
    pub on_limit_exceeded: Option<OnLimitExceeded>,
    #[sqlx(rename = "agent_restrictions")]
    restrictions: String,
    /// How the risk rules are set by the agent, as JSON.
    #[sqlx(rename = "agent_risk")]
    pub risk: String,
    /// The latest calendar window of its limit in which it bought anything, and what it spent there.
    pub window_starts_at: Option<Timestamp>,
    pub window_spent: Option<i64>,
}

#[derive(sqlx::FromRow)]
pub(crate) struct OrganisationRow {
    /// Since when all spending of the environment is stopped; none: it is not.
    pub stopped_at: Option<Timestamp>,
    time_zone: String,
    limit_alerts: String,
    #[sqlx(rename = "organisation_tolerance_bp")]
    intent_tolerance_bp: Fraction,
    #[sqlx(rename = "organisation_restrictions")]
    restrictions: Option<String>,
    /// How the risk rules are set, as JSON; none: as they are shipped.
    #[sqlx(rename = "organisation_risk")]
    pub risk: Option<String>,
    /// The endpoints that hear of events, as text; only where the card is locked.
    listeners: Option<String>,
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
    #[sqlx(flatten)]
    pub life: Life,
    ttl_minutes: Option<i64>,
    on_expiry: Option<OnExpiry>,
    policy_ttl_minutes: Option<i64>,
    policy_on_expiry: Option<OnExpiry>,
    restrictions: String,
    policy_restrictions: Option<String>,
    /// Which risk rules the card switches, as JSON.
    pub risk: String,
    /// The merchant that is expected of it: its own word, else its policy's.
    pub merchant_hint: Option<String>,
    /// The last read of its details, and when that was.
    pub read_id: Option<AccessId>,
    pub read_at: Option<Timestamp>,
    /// The last intent that was declared for it; only where the card is locked.
    pub last_intent: Option<IntentId>,
}

#[derive(sqlx::FromRow)]
struct Row {
    at: Timestamp,
    #[sqlx(flatten)]
    user: UserRow,
    #[sqlx(flatten)]
    agent: AgentRow,
    #[sqlx(flatten)]
    card: CardRow,
    #[sqlx(flatten)]
    organisation: OrganisationRow,
}

/// The card with all that stands around it, and what else a change may need: a page does without.
macro_rules! around {
    ($last_intent:expr, $listeners:expr) => {
        concat!(
            "select u.id as user_id, u.application_status, u.currency, u.deposited, u.pending, u.posted,
            a.id as agent_id, a.name as agent_name, a.status as agent_status, a.spending_limit,
            a.spending_limit_frequency, a.on_limit_exceeded,
            case when coalesce(a.last_activity_at, a.created_at) > $4 then coalesce(a.last_activity_at, a.created_at)
                else $4 end as at,
            a.restrictions as agent_restrictions, a.risk as agent_risk,
            o.time_zone, o.limit_alerts, o.intent_tolerance_bp as organisation_tolerance_bp,
            r.restrictions as organisation_restrictions, s.settings as organisation_risk, z.stopped_at,
            c.id, c.type, c.status, c.max_amount, c.last4, c.attestation_window_minutes,
            c.intent_tolerance_bp, c.used_by, c.purpose, c.spent, c.approved, c.last_used_at,
            c.pinned_merchant, c.ends_at, c.expiration_month, c.expiration_year, c.ttl_minutes, c.on_expiry,
            c.restrictions, c.credential_exposure, c.risk,
            coalesce(c.merchant_hint, p.merchant_hint) as merchant_hint,
            p.restrictions as policy_restrictions, p.intent_tolerance_bp as policy_tolerance_bp,
            p.credential_exposure as policy_exposure, p.ttl_minutes as policy_ttl_minutes,
            p.on_expiry as policy_on_expiry, x.id as read_id, x.created_at as read_at,
            ",
            $last_intent,
            " as last_intent, ",
            $listeners,
            " as listeners, w.starts_at as window_starts_at, w.spent as window_spent
     from cards c
     join agents a on a.organisation_id = c.organisation_id and a.environment = c.environment
                  and a.id = c.agent_id
     join users u on u.organisation_id = c.organisation_id and u.environment = c.environment
                 and u.id = c.user_id
     join organisations o on o.id = c.organisation_id
     left join policies p on p.organisation_id = c.organisation_id and p.environment = c.environment
                         and p.id = c.policy_id
     left join organisation_restrictions r on r.organisation_id = c.organisation_id
                                          and r.environment = c.environment
     left join risk_settings s on s.organisation_id = c.organisation_id and s.environment = c.environment
     left join accesses x on x.organisation_id = c.organisation_id and x.environment = c.environment
                         and x.id = (select max(y.id) from accesses y
                                     where y.organisation_id = c.organisation_id and y.environment = c.environment
                                       and y.card_id = c.id)
     left join spend_windows w on w.organisation_id = c.organisation_id and w.environment = c.environment
                              and w.agent_id = a.id and w.frequency = a.spending_limit_frequency
                              and w.starts_at = (select max(v.starts_at) from spend_windows v
                                                 where v.organisation_id = c.organisation_id
                                                   and v.environment = c.environment and v.agent_id = a.id
                                                   and v.frequency = a.spending_limit_frequency)
     left join spending_stops z on z.organisation_id = c.organisation_id and z.environment = c.environment
     where c.organisation_id = $1 and c.environment = $2 and c.id = $3"
        )
    };
}

/// Notes when the agent was last active, and locks it.
macro_rules! touch {
    () => {
        "update agents set last_activity_at = case when last_activity_at > $4 then last_activity_at else $4 end
         where organisation_id = $1 and environment = $2
           and id = (select agent_id from cards where organisation_id = $1 and environment = $2 and id = $3)"
    };
}

/// Locks the card with its agent and user, in the one order that everybody keeps: user, agent, card. On SQLite a change
/// has the whole database for itself since it began.
pub(crate) async fn lock(tx: &mut Tx, grant: &Grant, card: &CardId) -> Result<Locked> {
    let now = tx.now();
    let found: Option<Row> = sql!(
        tx,
        optional_after,
        sqlite [touch!()],
        postgres [
            "update users set pending = pending
             where organisation_id = $1 and environment = $2
               and id = (select user_id from cards where organisation_id = $1 and environment = $2 and id = $3)",
            touch!(),
            "update cards set spent = spent where organisation_id = $1 and environment = $2 and id = $3",
        ],
        around!(
            "(select max(i.id) from intents i
              where i.organisation_id = c.organisation_id and i.environment = c.environment and i.card_id = c.id)",
            listeners!("c")
        ),
        grant.organisation(),
        grant.environment(),
        card,
        now
    )?;
    found_by(grant, found)
}

/// The same as they stand, for pages and questions: nothing is locked, and what was read may have changed since.
pub(crate) async fn see(db: &Db, grant: &Grant, card: &CardId) -> Result<Locked> {
    let found: Option<Row> = sql!(
        db,
        fetch_optional,
        around!("cast(null as text)", "cast(null as text)"),
        grant.organisation(),
        grant.environment(),
        card,
        db.now()
    )?;
    found_by(grant, found)
}

fn found_by(grant: &Grant, found: Option<Row>) -> Result<Locked> {
    let found = found.filter(|row| grant.reaches(&row.agent.id)).ok_or(Error::NotFound(Noun::Card))?;
    let Row { at, user, agent, card, organisation } = found;
    Ok(Locked { at, user, agent, card, organisation })
}

impl Locked {
    /// The time zone of the organisation, in which calendar windows begin.
    pub fn zone(&self) -> Result<Tz> {
        zone(&self.organisation.time_zone)
    }

    /// The endpoints that hear of events.
    pub fn listeners(&self) -> Result<Listeners> {
        Listeners::parse(self.organisation.listeners.as_deref())
    }

    /// At how many percent of the agent's limit people are told.
    pub fn limit_alerts(&self) -> Result<Levels> {
        Levels::parse(&self.organisation.limit_alerts).map_err(Error::broken)
    }

    /// How far a purchase with this card may be from an intent that does not say: the card's own word, else its
    /// policy's, else the organisation's.
    pub fn tolerance(&self) -> Tolerance {
        let card = &self.card;
        Tolerance {
            intent: None,
            card: card.intent_tolerance_bp.or(card.policy_tolerance_bp),
            organisation: self.organisation.intent_tolerance_bp,
        }
    }

    /// The same, and who says so.
    pub fn tolerance_of(&self) -> (Level, Fraction) {
        let card = self.card.intent_tolerance_bp.map(|set| (Level::Card, set));
        card.or(self.card.policy_tolerance_bp.map(|set| (Level::Policy, set)))
            .unwrap_or((Level::Organisation, self.organisation.intent_tolerance_bp))
    }

    /// How the card's details may be read, and who says so: the stricter of the card's word and its policy's.
    pub fn exposure_of(&self) -> (Level, ExposureMode) {
        stricter(self.card.credential_exposure, self.card.policy_exposure)
    }

    /// How many minutes the card lives, and who says so: its own word, else its policy's.
    pub fn lifetime_of(&self) -> Option<(Level, i64)> {
        let card = self.card.ttl_minutes.map(|minutes| (Level::Card, minutes));
        card.or(self.card.policy_ttl_minutes.map(|minutes| (Level::Policy, minutes)))
    }

    /// What happens to it at the end of its lifetime, and who says so: its own word, else its policy's.
    pub fn at_end_of(&self) -> Option<(Level, OnExpiry)> {
        let card = self.card.on_expiry.map(|what| (Level::Card, what));
        card.or(self.card.policy_on_expiry.map(|what| (Level::Policy, what)))
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
            self.organisation.restrictions.as_deref(),
            &self.agent.restrictions,
            self.card.policy_restrictions.as_deref(),
            &self.card.restrictions,
            self.card.max_amount,
        )
    }

    /// What is true now, with what the agent spent in the window of its limit, and what its card did.
    pub fn state(&self, agent_spent: i64, card: CardState) -> State {
        State {
            organisation_stopped: self.organisation.stopped_at.is_some(),
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
