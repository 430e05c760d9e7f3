//! What an agent spent in the window of a limit.
use super::{Locked, buckets};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    db::{Db, Tx, sql},
    error::Noun,
    ids::AgentId,
    limits::{Frequency, window::window},
    time::Timestamp,
};
use chrono_tz::Tz;

/// The calendar windows that every purchase is counted in, whatever the agent's limit says today.
pub(crate) const COUNTED: [Frequency; 4] =
    [Frequency::PerWeek, Frequency::PerMonth, Frequency::PerYear, Frequency::AllTime];

/// The row that counts a purchase at `at` towards `frequency`.
pub(crate) fn row_start(frequency: Frequency, at: Timestamp, zone: Tz) -> Timestamp {
    window(frequency, at, zone).start.unwrap_or_default()
}

/// What the agent spent in the window of `frequency` that holds `at`: a calendar window is one row.
macro_rules! window_spend {
    ($by_agent:path, $db:expr, $grant:expr, $agent:expr, $frequency:expr, $at:expr, $zone:expr) => {{
        let start = row_start($frequency, $at, $zone);
        match $frequency {
            Frequency::PerTransaction => 0,
            Frequency::Per24HourPeriod => {
                $by_agent($db, $grant, $agent, [Some(start), None, None, None, None]).await?[0].spent
            }
            calendar => {
                let spent: Option<i64> = sql!(
                    $db,
                    scalar_optional,
                    "select spent from spend_windows
                     where organisation_id = $1 and environment = $2 and agent_id = $3
                       and frequency = $4 and starts_at = $5",
                    $grant.organisation(),
                    $grant.environment(),
                    $agent,
                    calendar,
                    start
                )?;
                spent.unwrap_or(0)
            }
        }
    }};
}

/// What the locked agent spent in the window of its limit; nothing where no limit is set.
pub(crate) async fn spent(tx: &mut Tx, grant: &Grant, locked: &Locked) -> Result<i64> {
    let Some((frequency, zone)) = asked(locked)? else { return Ok(0) };
    match known(locked, frequency, zone) {
        Some(spent) => Ok(spent),
        None => Ok(window_spend!(buckets::by_agent, tx, grant, &locked.agent.id, frequency, locked.at, zone)),
    }
}

/// The same of an agent that is not locked.
pub(crate) async fn seen(db: &Db, grant: &Grant, seen: &Locked) -> Result<i64> {
    let Some((frequency, zone)) = asked(seen)? else { return Ok(0) };
    match known(seen, frequency, zone) {
        Some(spent) => Ok(spent),
        None => window_spend(db, grant, &seen.agent.id, frequency, seen.at, zone).await,
    }
}

fn asked(agent: &Locked) -> Result<Option<(Frequency, Tz)>> {
    let limit = agent.agent_limit();
    limit.map(|limit| Ok((limit.frequency, agent.zone()?))).transpose()
}

/// What was read with the agent, where that is the running window.
fn known(read: &Locked, frequency: Frequency, zone: Tz) -> Option<i64> {
    let (starts, spent) = read.agent.window_starts_at.zip(read.agent.window_spent)?;
    (starts == row_start(frequency, read.at, zone)).then_some(spent)
}

/// What an agent spent in the running window of `frequency`, for pages: authorized and settled, less reversed.
pub async fn current_spend(db: &Db, grant: &Grant, agent: &AgentId, frequency: Frequency, zone: Tz) -> Result<i64> {
    grant.require(Permission::View)?;
    if !grant.reaches(agent) {
        return Err(Error::NotFound(Noun::Agent));
    }
    window_spend(db, grant, agent, frequency, db.now(), zone).await
}

pub(super) async fn window_spend(
    db: &Db,
    grant: &Grant,
    agent: &AgentId,
    frequency: Frequency,
    at: Timestamp,
    zone: Tz,
) -> Result<i64> {
    Ok(window_spend!(buckets::past_of_agent, db, grant, agent, frequency, at, zone))
}
