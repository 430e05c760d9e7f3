//! The counters behind the panels: one row per quarter-hour and kind, written with the change itself.
use crate::{
    Result,
    access::{Grant, Permission},
    db::{Counter, Db, Tx, sql},
    environment::Environment,
    ids::OrganisationId,
    time::Timestamp,
};

/// One more of `counter` in the quarter-hour that starts at `bucket`.
pub(crate) async fn count(
    tx: &mut Tx,
    organisation: &OrganisationId,
    environment: Environment,
    bucket: Timestamp,
    counter: Counter,
) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into rollups (organisation_id, environment, counter, bucket, n) values ($1, $2, $3, $4, 1)
         on conflict (organisation_id, environment, counter, bucket) do update set n = rollups.n + 1",
        organisation,
        environment,
        counter,
        bucket
    )?;
    Ok(())
}

/// Every counter of the buckets from `from` (inclusive) to `to` (exclusive): counter, bucket, how many.
pub async fn counts(db: &Db, grant: &Grant, from: Timestamp, to: Timestamp) -> Result<Vec<(Counter, Timestamp, i64)>> {
    grant.require(Permission::View)?;
    Ok(sql!(
        db,
        fetch_all,
        "select counter, bucket, n from rollups
         where organisation_id = $1 and environment = $2 and bucket >= $3 and bucket < $4 order by bucket",
        grant.organisation(),
        grant.environment(),
        from,
        to
    )?)
}
