//! The counters behind the panels: one row per quarter-hour and kind, written with the change itself.
use super::{Panel, Panels, Range};
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

/// The three panels of `range` that ends now, from one read of at most 8 counters a quarter-hour.
pub async fn panels(db: &Db, grant: &Grant, range: Range) -> Result<Panels> {
    grant.require(Permission::View)?;
    let as_of = db.now();
    let (from, to) = range.span(as_of);
    let rows: Vec<(Counter, Timestamp, i64)> = sql!(
        db,
        fetch_all,
        "select counter, bucket, n from rollups
         where organisation_id = $1 and environment = $2 and bucket >= $3 and bucket < $4",
        grant.organisation(),
        grant.environment(),
        from,
        to
    )?;
    let buckets = |part: Counter, whole: &[Counter]| -> Vec<(Timestamp, u64, u64)> {
        let of = |n: i64| n.unsigned_abs();
        rows.iter()
            .filter(|(counter, ..)| *counter == part || whole.contains(counter))
            .map(|(counter, at, n)| {
                let k = if *counter == part { of(*n) } else { 0 };
                (*at, k, if whole.contains(counter) { of(*n) } else { 0 })
            })
            .collect()
    };
    let total = |wanted: Counter| -> u64 {
        rows.iter().filter(|(counter, ..)| *counter == wanted).map(|(.., n)| n.unsigned_abs()).sum()
    };
    use Counter as C;
    Ok(Panels {
        range,
        from,
        to,
        as_of,
        declines: Panel::new(range, from, &buckets(C::Declined, &[C::Decided]), 0),
        matches: Panel::new(range, from, &buckets(C::Matched, &[C::Matched, C::Mismatched]), total(C::Expired)),
        webhooks: Panel::new(range, from, &buckets(C::Failed, &[C::Attempted]), total(C::Abandoned)),
    })
}
