//! The control of the concurrency test: what goes wrong without locks. A release build has none of this.
use crate::{
    Result,
    access::Grant,
    db::{Db, sql},
    ids::AgentId,
};

/// Spends one unit of `cap` as a program without locks does: reads the count, sees room, and writes later.
/// Its count is the row of the agent's first minute, which nothing else uses. Gives whether it "approved".
pub async fn read_then_write(db: &Db, grant: &Grant, agent: &AgentId, cap: i64) -> Result<bool> {
    let spent: Option<i64> = sql!(
        db,
        scalar_optional,
        "select spent from agent_buckets
         where organisation_id = $1 and environment = $2 and agent_id = $3 and span = 60000 and starts_at = 0",
        grant.organisation(),
        grant.environment(),
        agent
    )?;
    if spent.unwrap_or(0) >= cap {
        return Ok(false);
    }
    let mut tx = db.begin().await?;
    sql!(
        &mut tx,
        execute,
        "insert into agent_buckets (organisation_id, environment, agent_id, span, starts_at, spent, purchases)
         values ($1, $2, $3, 60000, 0, 1, 0)
         on conflict (organisation_id, environment, agent_id, span, starts_at)
         do update set spent = agent_buckets.spent + 1",
        grant.organisation(),
        grant.environment(),
        agent
    )?;
    tx.commit().await?;
    Ok(true)
}
