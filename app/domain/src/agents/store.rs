//! The rows of agents.
use super::{Agent, AgentStatus, spend};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    db::{Db, Tx, select::Select, sql},
    error::Noun,
    ids::{AgentId, UserId},
    limits::{Frequency, OnLimitExceeded, window},
    metadata::Metadata,
    money::{Amount, Currency},
    page::{Page, Paging},
    time::Timestamp,
    users::{ApplicationStatus, full_name},
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};

#[derive(sqlx::FromRow)]
struct Row {
    id: AgentId,
    user_id: UserId,
    first_name: String,
    last_name: String,
    user_status: ApplicationStatus,
    currency: Currency,
    external_id: Option<String>,
    name: String,
    description: String,
    status: AgentStatus,
    suspended_reason: Option<String>,
    spending_limit: Option<Amount>,
    spending_limit_frequency: Option<Frequency>,
    on_limit_exceeded: Option<OnLimitExceeded>,
    max_cards: Option<i64>,
    card_count: i64,
    metadata: Option<Metadata>,
    version: i64,
    created_at: Timestamp,
    last_activity_at: Option<Timestamp>,
    current_spend: i64,
}

impl Row {
    fn agent(self, now: Timestamp, zone: Tz) -> Agent {
        let frequency = self.spending_limit_frequency;
        let window = window::window(frequency.unwrap_or(Frequency::AllTime), now, zone);
        Agent {
            window_start: window.start,
            window_end: window.end,
            next_reset: frequency.and_then(|f| window::next_reset(f, now, zone)),
            current_spend: self.current_spend,
            id: self.id,
            user_id: self.user_id,
            user_name: full_name(&self.first_name, &self.last_name),
            user_status: self.user_status,
            currency: self.currency,
            external_id: self.external_id,
            name: self.name,
            description: self.description,
            status: self.status,
            suspended_reason: self.suspended_reason,
            spending_limit: self.spending_limit,
            spending_limit_frequency: frequency,
            on_limit_exceeded: self.on_limit_exceeded,
            max_cards: self.max_cards,
            card_count: self.card_count,
            metadata: self.metadata,
            version: self.version,
            created_at: self.created_at,
            last_activity_at: self.last_activity_at,
        }
    }
}

/// Which agents.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Filter {
    /// Only with this status.
    pub status: Option<AgentStatus>,
    /// Only of this user.
    pub user_id: Option<UserId>,
}

// A list names its columns without the table, so the joining is inside. There is always a row to join; `left` keeps
// both engines from starting anywhere but at the list's own table, whose index gives the order.
const COLUMNS: &str = "select * from (
    select a.organisation_id, a.environment, a.id, a.user_id, u.first_name, u.last_name,
           u.application_status as user_status, u.currency, a.external_id, a.name, a.description, a.status,
           a.suspended_reason, a.spending_limit, a.spending_limit_frequency, a.on_limit_exceeded, a.max_cards,
           (select count(*) from cards c
            where c.organisation_id = a.organisation_id and c.environment = a.environment and c.agent_id = a.id
              and c.status <> 'closed') as card_count,
           a.metadata, a.version, a.created_at, a.last_activity_at, ";
const FROM: &str = " from agents a
    left join users u on u.organisation_id = a.organisation_id and u.environment = a.environment and u.id = a.user_id
) as agents where true";

fn select(grant: &Grant, now: Timestamp, zone: Tz) -> Select {
    spend::column(Select::new(COLUMNS), now, zone)
        .raw(FROM)
        .text(" and organisation_id =", grant.organisation())
        .text(" and environment =", grant.environment())
        .text_if(" and id =", grant.only_agent())
}

/// One page of agents, newest first; an agent token sees its own only.
pub async fn list(db: &Db, grant: &Grant, filter: &Filter, paging: &Paging<AgentId>) -> Result<Page<Agent>> {
    grant.require(Permission::View)?;
    let (now, zone) = (db.now(), zone(db, grant).await?);
    let page: Page<Row> = select(grant, now, zone)
        .text_if(" and status =", filter.status)
        .text_if(" and user_id =", filter.user_id.as_ref())
        .page(db, paging)
        .await?;
    Ok(page.map(|row| row.agent(now, zone)))
}

/// One agent.
pub async fn get(db: &Db, grant: &Grant, id: &AgentId) -> Result<Agent> {
    grant.require(Permission::View)?;
    let (now, zone) = (db.now(), zone(db, grant).await?);
    let mut rows: Vec<Row> = select(grant, now, zone).text(" and id =", id).fetch(db).await?;
    rows.pop().map(|row| row.agent(now, zone)).ok_or(Error::NotFound(Noun::Agent))
}

/// The zone in which the organisation's weeks, months and years begin.
async fn zone(db: &Db, grant: &Grant) -> Result<Tz> {
    let zone: String = sql!(db, scalar, "select time_zone from organisations where id = $1", grant.organisation())?;
    zone.parse().map_err(|_| Error::broken(format!("the organisation's time zone {zone} is unknown")))
}

/// Ends with [`Error::NotFound`] unless the grant reaches the agent.
pub(super) async fn exists(db: &Db, grant: &Grant, id: &AgentId) -> Result<()> {
    let there: i64 = sql!(
        db,
        scalar,
        "select count(*) from agents where organisation_id = $1 and environment = $2 and id = $3",
        grant.organisation(),
        grant.environment(),
        id
    )?;
    if there == 1 && grant.reaches(id) { Ok(()) } else { Err(Error::NotFound(Noun::Agent)) }
}

/// What a change needs to know of an agent.
#[derive(sqlx::FromRow)]
pub(crate) struct Locked {
    pub user_id: UserId,
    pub name: String,
    pub description: String,
    pub status: AgentStatus,
    pub spending_limit: Option<Amount>,
    pub spending_limit_frequency: Option<Frequency>,
    pub on_limit_exceeded: Option<OnLimitExceeded>,
    pub max_cards: Option<i64>,
    pub metadata: Option<Metadata>,
    pub version: i64,
}

/// The agent, locked until the change is over. Lock order: user, agent, card.
pub(crate) async fn lock(tx: &mut Tx, grant: &Grant, id: &AgentId) -> Result<Locked> {
    let row: Option<Locked> = sql!(
        tx,
        fetch_optional,
        "update agents set version = version where organisation_id = $1 and environment = $2 and id = $3
         returning user_id, name, description, status, spending_limit, spending_limit_frequency, on_limit_exceeded,
                   max_cards, metadata, version",
        grant.organisation(),
        grant.environment(),
        id
    )?;
    row.filter(|_| grant.reaches(id)).ok_or(Error::NotFound(Noun::Agent))
}
