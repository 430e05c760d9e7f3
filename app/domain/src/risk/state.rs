//! What the rules are measured by, from buckets whose number does not grow with an agent's history; and the bucket of
//! a day, which no limit needs.
use super::{
    Rule,
    configuration::{Configuration, Number},
    rules::{Baseline, Earlier, Seen, State},
};
use crate::{
    Error, Result,
    access::Grant,
    db::{Tx, sql},
    ids::{AgentId, PurchaseId},
    limits::store::Locked,
    money::Amount,
    time::{DAY, HOUR, MINUTE, Timestamp},
};

/// The most of the agent's latest purchases in which one like this is looked for.
const MOST_LOOKED_AT: i64 = 500;

/// Reads what the enabled rules ask for, after the purchase `id` was counted.
pub(super) async fn read(
    tx: &mut Tx,
    grant: &Grant,
    locked: &Locked,
    id: &PurchaseId,
    seen: &Seen,
    configuration: &Configuration,
    expected: Vec<String>,
) -> Result<State> {
    let mut state = State { expected, ..State::default() };
    if !seen.approved {
        return Ok(state);
    }
    let (agent, at) = (&locked.agent.id, seen.at);
    let duplicates = configuration.rule(Rule::DuplicateDetection);
    if duplicates.enabled {
        let start = at - duplicates.number(Number::WindowMinutes) * MINUTE;
        state.alike = alike(tx, grant, agent, id, start, seen.amount).await?;
    }
    // A purchase exactly as long ago as a window is out.
    let start = |ms: i64| at - ms + 1;
    if configuration.rule(Rule::VelocityLimit).enabled {
        state.in_hour = since(tx, grant, agent, start(HOUR)).await?.1;
        state.in_day = since(tx, grant, agent, start(DAY)).await?.1;
    }
    let spike = configuration.rule(Rule::SpendSpike);
    if spike.enabled {
        state.baseline = baseline(tx, grant, agent, at.floor(DAY), spike.number(Number::BaselineDays)).await?;
        state.in_window = since(tx, grant, agent, start(spike.number(Number::WindowMinutes) * MINUTE)).await?.0;
    }
    Ok(state)
}

/// What was given back is bought again for a reason.
async fn alike(
    tx: &mut Tx,
    grant: &Grant,
    agent: &AgentId,
    own: &PurchaseId,
    start: Timestamp,
    amount: Amount,
) -> Result<Vec<Earlier>> {
    let rows: Vec<(PurchaseId, Timestamp, String)> = sql!(
        tx,
        fetch_all,
        "select id, authorized_at, merchant_name from (
             select id, authorized_at, merchant_name, authorized_amount, status from purchases
             where organisation_id = $1 and environment = $2 and agent_id = $3 and id >= $4 and id <> $5
             order by id desc limit $6) as latest
         where authorized_amount = $7 and status in ('pending', 'completed') order by id desc",
        grant.organisation(),
        grant.environment(),
        agent,
        PurchaseId::floor(start),
        own,
        MOST_LOOKED_AT,
        amount
    )?;
    Ok(rows.into_iter().map(|(id, at, merchant)| Earlier { id, at, merchant }).collect())
}

/// What the agent spent from `start` on, and in how many purchases: whole minutes, and to the millisecond the
/// purchases of the one at the edge.
async fn since(tx: &mut Tx, grant: &Grant, agent: &AgentId, start: Timestamp) -> Result<(i64, i64)> {
    let edge = start.floor(MINUTE);
    let whole = if edge == start { start } else { edge + MINUTE };
    Ok(sql!(
        tx,
        fetch_one,
        "select cast(coalesce(sum(spent), 0) as bigint), cast(coalesce(sum(purchases), 0) as bigint) from (
             select spent, purchases from spend_minutes
             where organisation_id = $1 and environment = $2 and agent_id = $3 and minute >= $4
             union all
             select amount, 1 from purchases
             where organisation_id = $1 and environment = $2 and agent_id = $3 and id >= $5 and id < $6
               and status <> 'declined') as counted",
        grant.organisation(),
        grant.environment(),
        agent,
        whole,
        PurchaseId::floor(start),
        PurchaseId::floor(whole)
    )?)
}

async fn baseline(tx: &mut Tx, grant: &Grant, agent: &AgentId, today: Timestamp, days: i64) -> Result<Baseline> {
    let (spent, purchases, first): (i64, i64, Option<Timestamp>) = sql!(
        tx,
        fetch_one,
        "select cast(coalesce(sum(spent), 0) as bigint), cast(coalesce(sum(purchases), 0) as bigint), min(day)
         from agent_days
         where organisation_id = $1 and environment = $2 and agent_id = $3 and day >= $4 and day < $5",
        grant.organisation(),
        grant.environment(),
        agent,
        today - days * DAY,
        today
    )?;
    Ok(Baseline { spent, purchases, days: first.map_or(0, |first| today.since(first) / DAY) })
}

/// Counts an approved purchase in its day (UTC).
pub(crate) async fn days_spend(
    tx: &mut Tx,
    grant: &Grant,
    agent: &AgentId,
    at: Timestamp,
    amount: Amount,
) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into agent_days (organisation_id, environment, agent_id, day, spent, purchases)
         values ($1, $2, $3, $4, $5, 1)
         on conflict (organisation_id, environment, agent_id, day)
         do update set spent = agent_days.spent + excluded.spent, purchases = agent_days.purchases + 1",
        grant.organisation(),
        grant.environment(),
        agent,
        at.floor(DAY),
        amount
    )?;
    Ok(())
}

/// Gives `amount` back to the day of the authorization.
pub(crate) async fn days_unspend(
    tx: &mut Tx,
    grant: &Grant,
    agent: &AgentId,
    amount: i64,
    at: Timestamp,
) -> Result<()> {
    let rows = sql!(
        tx,
        execute,
        "update agent_days set spent = spent - $5
         where organisation_id = $1 and environment = $2 and agent_id = $3 and day = $4",
        grant.organisation(),
        grant.environment(),
        agent,
        at.floor(DAY),
        amount
    )?;
    if rows == 1 { Ok(()) } else { Err(Error::broken(format!("{rows} days of agent {agent} gave back"))) }
}
