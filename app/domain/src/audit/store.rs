//! The audit log's rows.
use super::{Action, Outcome};
use crate::{
    Result,
    access::{Actor, Grant, Permission},
    db::{Db, Tx, select::Select, sql, trail::Entry},
    environment::Environment,
    ids::AuditId,
    page::{Page, Paging},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// One record, as the log shows it.
#[derive(Debug, Clone, Serialize, Deserialize, sqlx::FromRow)]
pub struct Record {
    /// Its id, in order of time.
    pub id: AuditId,
    /// When.
    pub at: Timestamp,
    /// `person`, `api_key`, `agent_token`, `job` or `door`.
    pub actor_kind: String,
    /// The actor's id, when it has one.
    pub actor_id: Option<String>,
    /// The actor's name at the time.
    pub actor_name: String,
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
}

/// Which records.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct Filter {
    /// Only this action.
    pub action: Option<Action>,
    /// Only by the actor of this id.
    pub actor_id: Option<String>,
    /// Only about the thing of this id.
    pub subject_id: Option<String>,
}

/// One page of the log of the grant's environment, newest first; what concerns both environments is in both.
pub async fn list(db: &Db, grant: &Grant, filter: &Filter, paging: &Paging<AuditId>) -> Result<Page<Record>> {
    grant.require(Permission::ReadAudit)?;
    Select::new(
        "select id, at, actor_kind, actor_id, actor_name, action, subject_noun, subject_id, subject_name,
                outcome, before, after, reason, request_id, address
         from audit where true",
    )
    .text(" and organisation_id =", grant.organisation())
    .text(" and (environment is null or environment =", grant.environment())
    .raw(")")
    .text_if(" and action =", filter.action)
    .text_if(" and actor_id =", filter.actor_id.as_ref())
    .text_if(" and subject_id =", filter.subject_id.as_ref())
    .page(db, paging)
    .await
}

pub(crate) async fn insert(grant: &Grant, environment: Option<Environment>, tx: &mut Tx, entry: &Entry) -> Result<()> {
    let (kind, actor_id, name) = match grant.actor() {
        Actor::Person { id, name, .. } => ("person", Some(id.to_string()), name.clone()),
        Actor::Key { id, name } => ("api_key", Some(id.to_string()), name.clone()),
        Actor::Token { id, agent } => ("agent_token", Some(id.to_string()), agent.to_string()),
        Actor::Job(job) => ("job", None, job.to_string()),
        Actor::Door => ("door", None, "sign-in".to_owned()),
    };
    let origin = grant.origin();
    let (id, now) = (AuditId::new(tx.now(), tx.chance()), tx.now());
    sql!(
        tx,
        execute,
        "insert into audit
             (organisation_id, environment, id, at, actor_kind, actor_id, actor_name, action,
              subject_noun, subject_id, subject_name, outcome, before, after, reason, request_id, address, client)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18)",
        grant.organisation(),
        environment,
        id,
        now,
        kind,
        actor_id,
        name,
        entry.action,
        entry.subject.noun,
        &entry.subject.id,
        &entry.subject.name,
        entry.outcome,
        entry.before.as_ref().map(ToString::to_string),
        entry.after.as_ref().map(ToString::to_string),
        &entry.reason,
        &origin.request,
        origin.address.map(|a| a.to_string()),
        &origin.client
    )?;
    Ok(())
}
