//! What the rules are measured by, from buckets whose number does not grow with an agent's history.
use super::{
    Rule,
    configuration::{Configuration, Number},
    rules::{Baseline, Earlier, Seen, State},
};
use crate::{
    Result,
    access::Grant,
    db::{Tx, sql},
    ids::{AgentId, PurchaseId},
    limits::store::{Locked, by_agent},
    money::Amount,
    time::{DAY, HOUR, MINUTE, Timestamp},
};

/// The most of the agent's latest purchases over the same amount in which one like this is looked for.
const MOST_LOOKED_AT: i64 = 50;

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
    let spike = configuration.rule(Rule::SpendSpike);
    // A purchase exactly as long ago as a window is out.
    let start = |enabled: bool, ms: i64| enabled.then(|| at - ms + 1);
    let velocity = configuration.rule(Rule::VelocityLimit).enabled;
    let window = spike.number(Number::WindowMinutes) * MINUTE;
    let today = at.floor(DAY);
    let before = today - spike.number(Number::BaselineDays) * DAY;
    let starts = [
        start(velocity, HOUR),
        start(velocity, DAY),
        start(spike.enabled, window),
        spike.enabled.then_some(before),
        spike.enabled.then_some(today),
    ];
    let [hour, day, window, usual, today_alone] = by_agent(tx, grant, agent, starts).await?;
    (state.in_hour, state.in_day, state.in_window) = (hour.purchases, day.purchases, window.spent);
    state.baseline = Baseline {
        spent: usual.spent - today_alone.spent,
        purchases: usual.purchases - today_alone.purchases,
        days: usual.first.map_or(0, |first| today.since(first) / DAY),
    };
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
        "select id, authorized_at, merchant_name from purchases
         where organisation_id = $1 and environment = $2 and agent_id = $3 and authorized_amount = $7
           and id >= $4 and id <> $5 and status in ('pending', 'completed')
         order by id desc limit $6",
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
