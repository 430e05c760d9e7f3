//! What agents have spent in their running windows, for pages: three statements, however many agents.
use crate::{
    Result,
    access::Grant,
    db::{Db, select::Select},
    ids::{AgentId, PurchaseId},
    limits::{Frequency, window::window},
    time::{MINUTE, Timestamp},
};
use chrono_tz::Tz;
use std::collections::HashMap;

/// An agent and the frequency of its limit; without one everything it ever spent is asked for.
pub(super) type Wanted = (AgentId, Option<Frequency>);

#[derive(sqlx::FromRow)]
struct Kept {
    agent_id: AgentId,
    frequency: Frequency,
    spent: i64,
}

#[derive(sqlx::FromRow)]
struct Summed {
    agent_id: AgentId,
    spent: i64,
}

fn of(text: &'static str, grant: &Grant) -> Select {
    Select::new(text)
        .text(" and organisation_id =", grant.organisation())
        .text(" and environment =", grant.environment())
}

fn among<'a>(mut select: Select, agents: impl Iterator<Item = &'a AgentId>) -> Select {
    let mut clause = " and (agent_id =";
    for agent in agents {
        select = select.text(clause, agent);
        clause = " or agent_id =";
    }
    select.raw(")")
}

/// The spend of each agent that has any. A limit on each purchase alone has none.
pub(super) async fn current(
    db: &Db,
    grant: &Grant,
    now: Timestamp,
    zone: Tz,
    wanted: &[Wanted],
) -> Result<HashMap<AgentId, i64>> {
    let frequency = |wanted: &Wanted| wanted.1.unwrap_or(Frequency::AllTime);
    let (rolling, rest): (Vec<_>, Vec<_>) = wanted.iter().partition(|w| frequency(w) == Frequency::Per24HourPeriod);
    let calendar: HashMap<&AgentId, Frequency> =
        rest.into_iter().filter(|w| frequency(w) != Frequency::PerTransaction).map(|w| (&w.0, frequency(w))).collect();
    let mut spent = HashMap::new();
    if !calendar.is_empty() {
        let start = |frequency| window(frequency, now, zone).start.map(|start| start.0);
        let select = of("select agent_id, frequency, spent from spend_windows where true", grant)
            .number_if(
                " and (frequency = 'allTime' or frequency = 'perWeek' and starts_at =",
                start(Frequency::PerWeek),
            )
            .number_if(" or frequency = 'perMonth' and starts_at =", start(Frequency::PerMonth))
            .number_if(" or frequency = 'perYear' and starts_at =", start(Frequency::PerYear))
            .raw(")");
        let rows: Vec<Kept> = among(select, calendar.keys().copied()).fetch(db).await?;
        spent.extend(
            rows.into_iter()
                .filter(|row| calendar.get(&row.agent_id) == Some(&row.frequency))
                .map(|row| (row.agent_id, row.spent)),
        );
    }
    if !rolling.is_empty() {
        let start = window(Frequency::Per24HourPeriod, now, zone).start.unwrap_or(now);
        let (edge, full) = (start.floor(MINUTE), start.floor(MINUTE) + MINUTE);
        let minutes = of("select agent_id, cast(sum(spent) as bigint) as spent from spend_minutes where true", grant)
            .number_if(" and minute >", Some(edge.0));
        // An id carries the moment of its purchase: a range of ids is a range of time. What was given back is
        // gone from the amount.
        let edge = of(
            "select agent_id, cast(sum(amount) as bigint) as spent from purchases where status <> 'declined'",
            grant,
        )
        .text(" and id >=", PurchaseId::floor(start))
        .text(" and id <", PurchaseId::floor(full));
        for select in [minutes, edge] {
            let rows: Vec<Summed> =
                among(select, rolling.iter().map(|w| &w.0)).raw(" group by agent_id").fetch(db).await?;
            for row in rows {
                *spent.entry(row.agent_id).or_default() += row.spent;
            }
        }
    }
    Ok(spent)
}
