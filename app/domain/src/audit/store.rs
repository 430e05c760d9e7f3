//! The audit log's rows.
use super::{Action, Outcome};
use crate::{
    Error, Result,
    access::{Actor, Grant, Permission},
    db::{Batch, Db, Tx, batch, select::Select, sql, trail::Entry},
    environment::Environment,
    error::Noun,
    ids::AuditId,
    page::{Page, Paging},
    redact::{redact, redact_values},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// One record, as the log shows it.
#[derive(Debug, Clone, Serialize, Deserialize, sqlx::FromRow)]
pub struct Record {
    /// Its id, in order of time.
    pub id: AuditId,
    /// Its number among the organisation's records, in the order of their commits: 1, 2, 3 and so on, without a gap.
    pub sequence: i64,
    /// When.
    pub at: Timestamp,
    /// The environment; none, where it concerns both.
    pub environment: Option<Environment>,
    /// `person`, `api_key`, `agent_token`, `job` or `door`.
    pub actor_kind: String,
    /// The actor's id, when it has one.
    pub actor_id: Option<String>,
    /// The actor's name at the time.
    pub actor_name: String,
    /// Who made the API key that acted, by name at that time.
    pub person: Option<String>,
    /// What was done.
    pub action: Action,
    /// The kind of thing it was done to.
    pub subject_noun: String,
    /// The thing's id.
    pub subject_id: String,
    /// The thing's name at the time.
    pub subject_name: String,
    /// How it went.
    pub outcome: Outcome,
    /// The values before, as JSON.
    pub before: Option<String>,
    /// The values after, as JSON.
    pub after: Option<String>,
    /// Why, in the actor's words.
    pub reason: Option<String>,
    /// The request.
    pub request_id: Option<String>,
    /// The source address.
    pub address: Option<String>,
    /// The client as it names itself.
    pub client: Option<String>,
    /// How the person signed in who acted.
    pub sign_in: Option<String>,
}

/// Which records.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Only this action.
    pub action: Option<Action>,
    /// Only by the actor of this id.
    pub actor_id: Option<String>,
    /// Only about the thing of this id.
    pub subject_id: Option<String>,
    /// Only with this outcome.
    pub outcome: Option<Outcome>,
    /// Only from this address.
    pub address: Option<String>,
    /// Only by this request.
    pub request_id: Option<String>,
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
}

/// The records that the grant may read: of its environment, and what concerns both.
pub(super) fn select(grant: &Grant, filter: &Filter) -> Result<Select> {
    let columns = "select id, sequence, at, environment, actor_kind, actor_id,
                case actor_kind when 'agent_token' then coalesce(
                    (select a.name from agents a
                     where a.organisation_id = audit.organisation_id and a.environment = audit.environment
                       and a.id = audit.actor_name), actor_name) else actor_name end as actor_name, action, subject_noun, subject_id,
                subject_name, outcome, before, after, reason, request_id, address, client, sign_in,
                (select k.created_by from api_keys k
                 where k.organisation_id = audit.organisation_id and k.environment = audit.environment
                   and k.id = audit.actor_id) as person
         from audit where true";
    filtered(Select::new(columns), grant, filter)
}

/// The ids of the same.
pub(super) fn select_ids(grant: &Grant, filter: &Filter) -> Result<Select> {
    filtered(Select::new("select id from audit where true"), grant, filter)
}

fn filtered(select: Select, grant: &Grant, filter: &Filter) -> Result<Select> {
    grant.require(Permission::ReadAudit)?;
    let select = select
        .text(" and organisation_id =", grant.organisation())
        .text_if(" and action =", filter.action)
        .text_if(" and actor_id =", filter.actor_id.as_ref())
        .text_if(" and subject_id =", filter.subject_id.as_ref())
        .text_if(" and outcome =", filter.outcome)
        .text_if(" and address =", filter.address.as_ref())
        .text_if(" and request_id =", filter.request_id.as_ref())
        .text_if(" and id >=", filter.from.map(AuditId::floor))
        .text_if(" and id <", filter.to.map(AuditId::floor));
    Ok(select.either(" and environment =", grant.environment(), " and environment is null"))
}

/// One page of the log of the grant's environment, newest first; what concerns both environments is in both.
pub async fn list(db: &Db, grant: &Grant, filter: &Filter, paging: &Paging<AuditId>) -> Result<Page<Record>> {
    select(grant, filter)?.page(db, paging).await
}

/// One record.
pub async fn get(db: &Db, grant: &Grant, id: &AuditId) -> Result<Record> {
    let one = select(grant, &Filter::default())?.text(" and id =", id);
    one.first(1, true).fetch(db).await?.pop().ok_or(Error::NotFound(Noun::Record))
}

/// Whether the records with the numbers beside one are there, whichever environment they are of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Beside {
    /// The one before; true for the first.
    pub before: bool,
    /// The one after; true for the last.
    pub after: bool,
}

/// Looks for the records beside one: where one is missing, somebody took it out of the database by force.
pub async fn beside(db: &Db, grant: &Grant, record: &Record) -> Result<Beside> {
    grant.require(Permission::ReadAudit)?;
    // First of all: what is added meanwhile has higher numbers.
    let last: Option<i64> =
        sql!(db, scalar_optional, "select last from audit_heads where organisation_id = $1", grant.organisation())?;
    let (before, after) = (record.sequence - 1, record.sequence + 1);
    let there: Vec<i64> = sql!(
        db,
        scalars,
        "select sequence from audit where organisation_id = $1 and sequence in ($2, $3)",
        grant.organisation(),
        before,
        after
    )?;
    Ok(Beside {
        before: before == 0 || there.contains(&before),
        after: last.is_some_and(|last| after > last) || there.contains(&after),
    })
}

pub(crate) fn insert(
    grant: &Grant,
    environment: Option<Environment>,
    tx: &Tx,
    batch: &mut Batch,
    entry: &Entry,
) -> Result<()> {
    let (kind, actor_id) = grant.actor().kind_and_id();
    let name = match grant.actor() {
        Actor::Person { name, .. } | Actor::Key { name, .. } => name.clone(),
        Actor::Token { agent, .. } => agent.to_string(),
        Actor::Job(job) => job.to_string(),
        Actor::Door => "sign-in".to_owned(),
    };
    let origin = grant.origin();
    let (id, now) = (AuditId::new(tx.now(), tx.chance()), tx.now());
    batch!(
        *batch,
        "insert into audit
             (organisation_id, environment, id, at, actor_kind, actor_id, actor_name, action,
              subject_noun, subject_id, subject_name, outcome, before, after, reason, request_id, address, client,
              sign_in, sequence)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19,
                 coalesce((select last from audit_heads where organisation_id = $1), 0) + 1)",
        grant.organisation(),
        environment,
        id,
        now,
        kind,
        actor_id,
        redact(&name),
        entry.action,
        entry.subject.noun,
        &entry.subject.id,
        redact(&entry.subject.name),
        entry.outcome,
        entry.before.as_ref().map(|value| redact_values(value).to_string()),
        entry.after.as_ref().map(|value| redact_values(value).to_string()),
        entry.reason.as_deref().map(redact),
        &origin.request,
        origin.address.map(|a| a.to_string()),
        &origin.client,
        &origin.sign_in
    )?;
    Ok(())
}
