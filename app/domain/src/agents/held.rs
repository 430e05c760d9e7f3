//! What of an agent's spend is held: authorized, and neither settled nor given back.
use super::store;
use crate::{
    Result,
    access::{Grant, Permission},
    db::{Db, sql},
    ids::{AgentId, PurchaseId},
    time::Timestamp,
};

/// Held by purchases since this moment, in minor units; none: by all. What is held is in what was spent.
///
/// It walks what waits in the environment since then, as [`super::open`] does: few purchases of a whole organisation
/// wait, while the agent's own index leads through all that it ever bought.
pub async fn held(db: &Db, grant: &Grant, id: &AgentId, since: Option<Timestamp>) -> Result<i64> {
    grant.require(Permission::View)?;
    store::exists(db, grant, id).await?;
    // An id carries the moment of its purchase.
    let from = PurchaseId::floor(since.unwrap_or_default());
    Ok(sql!(
        db,
        scalar,
        "select cast(coalesce(sum(amount), 0) as bigint) from purchases
         where organisation_id = $1 and environment = $2 and status = 'pending' and agent_id || '' = $3 and id >= $4",
        grant.organisation(),
        grant.environment(),
        id,
        from
    )?)
}
