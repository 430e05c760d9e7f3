//! How many intents are in each state, kept with every change of state: a list of millions is never counted.
//!
//! Rows are changed in the order of an intent's life (the state that is left, then the one that is entered), so two
//! changes never wait for each other.
use super::IntentStatus;
use crate::{
    Error, Result,
    access::{Grant, Permission},
    db::{Db, Tx, select::Select, sql},
    ids::AgentId,
};

/// An intent of `agent` left one state, if it was in one, and entered another.
pub(crate) async fn moved(
    tx: &mut Tx,
    grant: &Grant,
    agent: &AgentId,
    from: Option<IntentStatus>,
    to: IntentStatus,
) -> Result<()> {
    let (organisation, environment) = (grant.organisation(), grant.environment());
    if let Some(from) = from {
        let left = sql!(
            tx,
            execute,
            "update intent_counts set n = n - 1
             where organisation_id = $1 and environment = $2 and agent_id = $3 and status = $4",
            organisation,
            environment,
            agent,
            from
        )?;
        if left != 1 {
            return Err(Error::broken(format!("no count of {from} intents of agent {agent}")));
        }
    }
    sql!(
        tx,
        execute,
        "insert into intent_counts (organisation_id, environment, agent_id, status, n) values ($1, $2, $3, $4, 1)
         on conflict (organisation_id, environment, agent_id, status) do update set n = intent_counts.n + 1",
        organisation,
        environment,
        agent,
        to
    )?;
    Ok(())
}

/// How many intents are in each state, of one agent or of all that the grant reaches: every state, in order. Their sum
/// is how many intents there are.
pub async fn counts(db: &Db, grant: &Grant, agent: Option<&AgentId>) -> Result<Vec<(IntentStatus, u64)>> {
    grant.require(Permission::View)?;
    let rows: Vec<(IntentStatus, i64)> =
        Select::new("select status, cast(sum(n) as bigint) from intent_counts where true")
            .text(" and organisation_id =", grant.organisation())
            .text(" and environment =", grant.environment())
            .text_if(" and agent_id =", grant.only_agent())
            .text_if(" and agent_id =", agent)
            .raw(" group by status")
            .fetch(db)
            .await?;
    let of = |status: IntentStatus| rows.iter().find(|(s, _)| *s == status).map_or(0, |(_, n)| n.unsigned_abs());
    Ok(IntentStatus::ALL.iter().map(|status| (*status, of(*status))).collect())
}
