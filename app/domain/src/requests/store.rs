//! The rows of the request log.
use super::{Call, KEPT_MS, StatusClass, notes::Prune};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    db::{Db, select::Select, sql},
    environment::Environment,
    error::Noun,
    ids::{AgentId, OrganisationId, RequestId},
    page::{Page, Paging},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// Which calls. One of these alone walks an index of its own, however long the log is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Filter {
    /// Only with the API key or agent token of this id.
    pub key: Option<String>,
    /// Only about this agent.
    pub agent: Option<AgentId>,
    /// Only those that went like this.
    pub class: Option<StatusClass>,
    /// Only of this route: its template.
    pub route: Option<String>,
    /// Only refused with this code.
    pub error: Option<String>,
    /// Only from this address.
    pub address: Option<String>,
    /// Only with this idempotency key.
    pub idempotency_key: Option<String>,
    /// From this moment on.
    pub from: Option<Timestamp>,
    /// Before this moment.
    pub to: Option<Timestamp>,
}

fn select(grant: &Grant) -> Select {
    Select::new(
        "select id, at, method, route, status, micros, address, client, key_id, agent_id, idempotency_key, error,
                replay_of
         from requests where true",
    )
    .text(" and organisation_id =", grant.organisation())
    .text(" and environment =", grant.environment())
    .text_if(" and agent_id =", grant.only_agent())
}

/// One page of the log of the grant's environment, newest first.
pub async fn list(db: &Db, grant: &Grant, filter: &Filter, paging: &Paging<RequestId>) -> Result<Page<Call>> {
    grant.require(Permission::View)?;
    select(grant)
        .text_if(" and error =", filter.error.as_ref())
        .text_if(" and idempotency_key =", filter.idempotency_key.as_ref())
        .text_if(" and key_id =", filter.key.as_ref())
        .text_if(" and agent_id =", filter.agent.as_ref())
        .text_if(" and address =", filter.address.as_ref())
        .text_if(" and route =", filter.route.as_ref())
        .number_if(" and class =", filter.class.map(StatusClass::digit))
        .text_if(" and id >=", filter.from.map(RequestId::floor))
        .text_if(" and id <", filter.to.map(RequestId::floor))
        .page(db, paging)
        .await
}

/// The call with this id.
pub async fn get(db: &Db, grant: &Grant, id: &RequestId) -> Result<Call> {
    grant.require(Permission::View)?;
    let mut rows: Vec<Call> = select(grant).text(" and id =", id).fetch(db).await?;
    rows.pop().ok_or(Error::NotFound(Noun::Request))
}

/// Removes calls that are older than [`KEPT_MS`], and counts that are older than theirs: of each organisation and
/// environment at most `most` rows, so that no other change waits for long. How many calls it removed.
pub async fn prune(db: &Db, most: u16) -> Result<u64> {
    let before = RequestId::floor(db.now() - KEPT_MS);
    let organisations: Vec<OrganisationId> = sql!(db, scalars, "select id from organisations order by id")?;
    let mut removed = 0;
    for organisation in organisations {
        for environment in Environment::ALL.iter().copied() {
            let (organisation, before) = (organisation.clone(), before.clone());
            removed += db.note(Prune { organisation, environment, before, most }).await?;
        }
    }
    Ok(removed)
}
