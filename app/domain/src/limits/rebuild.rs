//! The calendar windows laid anew over what was spent, when the organisation's time zone changes, or the rules of zones.
use super::{Frequency, store::row_start, window::window};
use crate::{
    Error, Result,
    db::{Tx, sql},
    environment::Environment,
    ids::{OrganisationId, PurchaseId},
    time::Timestamp,
};
use chrono_tz::Tz;

/// The windows whose edges depend on the zone.
const ZONED: [Frequency; 3] = [Frequency::PerWeek, Frequency::PerMonth, Frequency::PerYear];

/// [`rebuild`] for every organisation, in its own zone.
pub(crate) async fn rebuild_all(tx: &mut Tx) -> Result<()> {
    let all: Vec<(OrganisationId, String)> =
        sql!(tx, fetch_all, "select id, time_zone from organisations order by id")?;
    for (organisation, zone) in all {
        rebuild(tx, &organisation, zone.parse().map_err(Error::broken)?).await?;
    }
    Ok(())
}

/// Counts every purchase of the organisation, in both environments, in the windows of `zone`.
///
/// Whoever decides a purchase locks its user first: these locks wait for decisions that are under way, and what is
/// decided afterwards reads the new zone.
pub(crate) async fn rebuild(tx: &mut Tx, organisation: &OrganisationId, zone: Tz) -> Result<()> {
    if !tx.is_sqlite() {
        // Years of purchases take longer to add up than a statement may otherwise.
        sql!(tx, execute, "set local statement_timeout = 0")?;
    }
    sql!(tx, execute, "update users set pending = pending where organisation_id = $1", organisation)?;
    sql!(tx, execute, "delete from spend_windows where organisation_id = $1 and frequency <> 'allTime'", organisation)?;
    for environment in Environment::ALL {
        let ends: (Option<Timestamp>, Option<Timestamp>) = sql!(
            tx,
            fetch_one,
            "select min(authorized_at), max(authorized_at) from purchases
             where organisation_id = $1 and environment = $2",
            organisation,
            environment
        )?;
        let (Some(first), Some(last)) = ends else { continue };
        for frequency in ZONED {
            let mut at = Some(first);
            while let Some(inside) = at.filter(|at| *at <= last) {
                let window = window(frequency, inside, zone);
                count(tx, organisation, *environment, frequency, row_start(frequency, inside, zone), window.end)
                    .await?;
                at = window.end;
            }
        }
    }
    Ok(())
}

/// One row for each agent that spent between `start` and `end`; purchases are found by id, which carries the moment
/// of the decision.
async fn count(
    tx: &mut Tx,
    organisation: &OrganisationId,
    environment: Environment,
    frequency: Frequency,
    start: Timestamp,
    end: Option<Timestamp>,
) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into spend_windows (organisation_id, environment, agent_id, frequency, starts_at, spent)
         select organisation_id, environment, agent_id, $3, $4, cast(sum(amount) as bigint) from purchases
         where organisation_id = $1 and environment = $2 and status <> 'declined' and id >= $5 and id < $6
         group by organisation_id, environment, agent_id",
        organisation,
        environment,
        frequency,
        start,
        PurchaseId::floor(start),
        PurchaseId::floor(end.unwrap_or(Timestamp(i64::MAX)))
    )?;
    Ok(())
}
