//! The rows of agents.
use super::{
    Agent, AgentStatus,
    spend::{self, Spent},
};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    db::{Db, Tx, select::Select, sql},
    error::{Code, Noun},
    ids::{AgentId, PolicyId, UserId},
    limits::{Frequency, OnLimitExceeded, window},
    metadata::Metadata,
    money::{Amount, Currency},
    name::Line,
    page::{Page, Paging},
    time::Timestamp,
    users::{ApplicationStatus, full_name},
};
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
    default_card_limit: Option<Amount>,
    default_card_limit_frequency: Option<Frequency>,
    default_policy_id: Option<PolicyId>,
    metadata: Option<Metadata>,
    version: i64,
    created_at: Timestamp,
    last_activity_at: Option<Timestamp>,
    closed_at: Option<Timestamp>,
    #[sqlx(flatten)]
    spent: Spent,
}

impl Row {
    fn agent(self, now: Timestamp) -> Result<Agent> {
        let zone = self.spent.zone()?;
        let frequency = self.spending_limit_frequency;
        let window = window::window(frequency.unwrap_or(Frequency::AllTime), now, zone);
        Ok(Agent {
            window_start: window.start,
            window_end: window.end,
            next_reset: frequency.and_then(|f| window::next_reset(f, now, zone)),
            current_spend: self.spent.in_window(frequency, now, zone),
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
            default_card_limit: self.default_card_limit,
            default_card_limit_frequency: self.default_card_limit_frequency,
            default_policy_id: self.default_policy_id,
            metadata: self.metadata,
            version: self.version,
            created_at: self.created_at,
            last_activity_at: self.last_activity_at,
            closed_at: self.closed_at,
        })
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
           u.application_status as user_status, u.currency, a.external_id, a.name, a.description,
           case when a.closed_at is null then a.status else 'closed' end as status, a.closed_at, a.suspended_reason, a.spending_limit, a.spending_limit_frequency, a.on_limit_exceeded, a.max_cards,
           (select count(*) from cards c
            where c.organisation_id = a.organisation_id and c.environment = a.environment and c.agent_id = a.id
              and c.status <> 'closed') as card_count,
           a.default_card_limit, a.default_card_limit_frequency,
           a.default_policy_id, a.metadata, a.version, a.created_at, a.last_activity_at, ";
const FROM: &str = " from agents a
    left join users u on u.organisation_id = a.organisation_id and u.environment = a.environment and u.id = a.user_id
) as agents where true";

fn select(grant: &Grant, now: Timestamp) -> Select {
    spend::columns(Select::new(COLUMNS), now)
        .raw(FROM)
        .text(" and organisation_id =", grant.organisation())
        .text(" and environment =", grant.environment())
        .text_if(" and id =", grant.only_agent())
}

/// One page of agents, newest first; an agent token sees its own only.
pub async fn list(db: &Db, grant: &Grant, filter: &Filter, paging: &Paging<AgentId>) -> Result<Page<Agent>> {
    grant.require(Permission::View)?;
    let now = db.now();
    let page: Page<Row> = select(grant, now)
        .text_if(" and status =", filter.status)
        .text_if(" and user_id =", filter.user_id.as_ref())
        .page(db, paging)
        .await?;
    page.try_map(|row| row.agent(now))
}

/// One agent.
pub async fn get(db: &Db, grant: &Grant, id: &AgentId) -> Result<Agent> {
    grant.require(Permission::View)?;
    let now = db.now();
    let mut rows: Vec<Row> = select(grant, now).text(" and id =", id).fetch(db).await?;
    rows.pop().ok_or(Error::NotFound(Noun::Agent))?.agent(now)
}

/// Whether an agent may spend; less to read than the whole of it.
pub async fn status(db: &Db, grant: &Grant, id: &AgentId) -> Result<AgentStatus> {
    grant.require(Permission::View)?;
    let status: Option<AgentStatus> = sql!(
        db,
        scalar_optional,
        "select case when closed_at is null then status else 'closed' end from agents
         where organisation_id = $1 and environment = $2 and id = $3",
        grant.organisation(),
        grant.environment(),
        id
    )?;
    status.filter(|_| grant.reaches(id)).ok_or(Error::NotFound(Noun::Agent))
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

/// The agent with this id of the caller's own, if there is one.
pub async fn by_external_id(db: &Db, grant: &Grant, external_id: &Line) -> Result<Option<Agent>> {
    grant.require(Permission::View)?;
    let id: Option<AgentId> = sql!(
        db,
        scalar_optional,
        "select id from agents where organisation_id = $1 and environment = $2 and external_id = $3",
        grant.organisation(),
        grant.environment(),
        external_id.as_str()
    )?;
    match id.filter(|id| grant.reaches(id)) {
        Some(id) => get(db, grant, &id).await.map(Some),
        None => Ok(None),
    }
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
    pub default_policy_id: Option<PolicyId>,
    pub metadata: Option<Metadata>,
    pub version: i64,
}

/// The agent, locked until the change is over, unless it is deregistered: then nothing of it changes any more.
/// Lock order: user, agent, card.
pub(crate) async fn lock(tx: &mut Tx, grant: &Grant, id: &AgentId) -> Result<Locked> {
    let row: Option<Locked> = sql!(
        tx,
        fetch_optional,
        "update agents set version = version where organisation_id = $1 and environment = $2 and id = $3
         returning user_id, name, description, case when closed_at is null then status else 'closed' end as status,
                   spending_limit, spending_limit_frequency, on_limit_exceeded,
                   max_cards, default_policy_id, metadata, version",
        grant.organisation(),
        grant.environment(),
        id
    )?;
    let agent = row.filter(|_| grant.reaches(id)).ok_or(Error::NotFound(Noun::Agent))?;
    if agent.status == AgentStatus::Closed {
        let why = "This agent is deregistered, which is final; register another.";
        return Err(Error::state(Code::AgentClosed, why));
    }
    Ok(agent)
}
