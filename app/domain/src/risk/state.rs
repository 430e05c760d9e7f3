//! What the rules are measured by, from buckets whose number does not grow with an agent's history.
use super::{
    Rule,
    configuration::{Configuration, Number},
    rules::{Baseline, Earlier, Seen, State},
};
use crate::{
    Result,
    access::Grant,
    db::Tx,
    ids::PurchaseId,
    limits::store::{Like, Locked, by_agent, by_agent_and_alike},
    time::{DAY, HOUR, MINUTE},
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
    let spike = configuration.rule(Rule::SpendSpike);
    // Here and below: a purchase exactly as long ago as a window is out.
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
    let duplicates = configuration.rule(Rule::DuplicateDetection);
    let (past, alike) = if duplicates.enabled {
        let since = at - duplicates.number(Number::WindowMinutes) * MINUTE + 1;
        let like = Like { purchase: id, amount: seen.amount, since, most: MOST_LOOKED_AT };
        by_agent_and_alike(tx, grant, agent, starts, &like).await?
    } else {
        (by_agent(tx, grant, agent, starts).await?, Vec::new())
    };
    state.alike = alike.into_iter().map(|(id, at, merchant, count)| Earlier { id, at, merchant, count }).collect();
    let [hour, day, window, usual, today_alone] = past;
    (state.in_hour, state.in_day, state.in_window) = (hour.purchases, day.purchases, window.spent);
    state.baseline = Baseline {
        spent: usual.spent - today_alone.spent,
        purchases: usual.purchases - today_alone.purchases,
        days: usual.first.map_or(0, |first| today.since(first) / DAY),
    };
    Ok(state)
}
