//! The counters behind the panels: one row per quarter-hour and kind, written with the change itself.
use super::{Panel, Panels, Range, Rates, interval::Rate};
use crate::{
    Result,
    access::{Grant, Permission},
    db::{Batch, Counter, Db, batch, sql},
    environment::Environment,
    ids::OrganisationId,
    time::Timestamp,
};

/// One more of `counter` in the quarter-hour that starts at `bucket`.
pub(crate) fn count(
    batch: &mut Batch,
    organisation: &OrganisationId,
    environment: Environment,
    bucket: Timestamp,
    counter: Counter,
) -> Result<()> {
    batch!(
        *batch,
        "insert into rollups (organisation_id, environment, counter, bucket, n) values ($1, $2, $3, $4, 1)
         on conflict (organisation_id, environment, counter, bucket) do update set n = rollups.n + 1",
        organisation,
        environment,
        counter,
        bucket
    )?;
    Ok(())
}

/// The three rates of `range` that ends now, without their points.
pub async fn rates(db: &Db, grant: &Grant, range: Range) -> Result<Rates> {
    grant.require(Permission::View)?;
    let as_of = db.now();
    let (from, to) = range.span(as_of);
    let rows: Vec<(Counter, i64)> = sql!(
        db,
        fetch_all,
        // Naming the counters makes a range of each out of the primary key.
        "select counter, cast(sum(n) as bigint) from rollups
         where organisation_id = $1 and environment = $2
           and counter in ('decided', 'declined', 'matched', 'mismatched', 'attempted', 'failed')
           and bucket >= $3 and bucket < $4 group by counter",
        grant.organisation(),
        grant.environment(),
        from,
        to
    )?;
    use Counter as C;
    let of = |wanted: &[Counter]| -> u64 {
        rows.iter().filter(|(counter, _)| wanted.contains(counter)).map(|(_, n)| n.unsigned_abs()).sum()
    };
    Ok(Rates {
        as_of,
        declines: Rate::new(of(&[C::Declined]), of(&[C::Decided])),
        matches: Rate::new(of(&[C::Matched]), of(&[C::Matched, C::Mismatched])),
        webhooks: Rate::new(of(&[C::Failed]), of(&[C::Attempted])),
    })
}

/// The three panels of `range` that ends now, from one read: the database sums the quarter-hours of each point.
pub async fn panels(db: &Db, grant: &Grant, range: Range) -> Result<Panels> {
    grant.require(Permission::View)?;
    let as_of = db.now();
    let (from, to) = range.span(as_of);
    let rows: Vec<(Counter, Timestamp, i64)> = sql!(
        db,
        fetch_all,
        "select counter, $3 + (bucket - $3) / $5 * $5 as starts_at, cast(sum(n) as bigint) from rollups
         where organisation_id = $1 and environment = $2
           and counter in ('decided', 'declined', 'matched', 'mismatched', 'attempted', 'failed', 'expired', 'abandoned')
           and bucket >= $3 and bucket < $4 group by 1, 2",
        grant.organisation(),
        grant.environment(),
        from,
        to,
        range.step_ms()
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
