//! The proof that every counter equals its rows: set-based, so that it ends in time at millions of purchases.
//!
//! Run by tests after what they did, by the demo and the bulk loader after filling, and by an operator who doubts.
use super::{
    Frequency,
    store::{COUNTED, row_start},
    window::window,
};
use crate::{
    Error, Result,
    db::{Db, sql},
    environment::Environment,
    ids::{AgentId, OrganisationId, PurchaseId},
    time::Timestamp,
};
use chrono_tz::Tz;
use std::collections::HashMap;

/// A counter that does not equal its rows.
#[derive(Debug, Clone, PartialEq, Eq, sqlx::FromRow)]
pub struct Difference {
    /// The organisation.
    pub organisation_id: OrganisationId,
    /// The environment.
    pub environment: Environment,
    /// The counter: a table's column, or a rollup's name.
    pub counter: String,
    /// Whose: an agent, a card, a user; empty for a rollup.
    pub subject: String,
    /// Of which window, minute or bucket: its start; zero where there is none.
    pub starts_at: Timestamp,
    /// What the counter says.
    pub stored: i64,
    /// What its rows add up to.
    pub counted: i64,
}

/// Every counter that does not equal its rows, over all organisations; empty when all is well.
///
/// Read on several snapshots: the answer holds for a database that nobody writes to meanwhile.
pub async fn recount(db: &Db) -> Result<Vec<Difference>> {
    let mut found = minutes(db).await?;
    found.extend(counts(db).await?);
    found.extend(days(db).await?);
    found.extend(balances(db).await?);
    found.extend(cards(db).await?);
    found.extend(rollups(db).await?);
    found.extend(intents(db).await?);
    let organisations: Vec<(OrganisationId, String)> =
        sql!(db, fetch_all, "select id, time_zone from organisations order by id")?;
    for (organisation, zone) in organisations {
        let zone: Tz = zone.parse().map_err(|_| Error::broken(format!("a stored time zone {zone}")))?;
        for environment in Environment::ALL {
            windows(db, &organisation, *environment, zone, &mut found).await?;
        }
    }
    Ok(found)
}

/// One row per window and agent: the windows are laid over the purchases here, because only here zones are known.
/// By id, which carries the moment of the decision: each window reads its own purchases only.
async fn windows(
    db: &Db,
    organisation: &OrganisationId,
    environment: Environment,
    zone: Tz,
    found: &mut Vec<Difference>,
) -> Result<()> {
    let ends: (Option<Timestamp>, Option<Timestamp>) = sql!(
        db,
        fetch_one,
        "select min(authorized_at), max(authorized_at) from purchases
         where organisation_id = $1 and environment = $2",
        organisation,
        environment
    )?;
    let rows: Vec<(Frequency, Timestamp, AgentId, i64)> = sql!(
        db,
        fetch_all,
        "select frequency, starts_at, agent_id, spent from spend_windows
         where organisation_id = $1 and environment = $2",
        organisation,
        environment
    )?;
    // Stored and counted, side by side.
    let mut both: HashMap<(Frequency, Timestamp, AgentId), (i64, i64)> =
        rows.into_iter().map(|(frequency, start, agent, spent)| ((frequency, start, agent), (spent, 0))).collect();
    if let (Some(first), Some(last)) = ends {
        for frequency in COUNTED {
            let mut at = Some(first);
            while let Some(inside) = at.filter(|at| *at <= last) {
                let window = window(frequency, inside, zone);
                let counted: Vec<(AgentId, i64)> = sql!(
                    db,
                    fetch_all,
                    "select agent_id, cast(sum(amount) as bigint) from purchases
                     where organisation_id = $1 and environment = $2 and status <> 'declined'
                       and id >= $3 and id < $4
                     group by agent_id",
                    organisation,
                    environment,
                    PurchaseId::floor(window.start.unwrap_or_default()),
                    PurchaseId::floor(window.end.unwrap_or(Timestamp(i64::MAX)))
                )?;
                let start = row_start(frequency, inside, zone);
                for (agent, spent) in counted {
                    both.entry((frequency, start, agent)).or_default().1 = spent;
                }
                at = window.end;
            }
        }
    }
    let different = both.into_iter().filter(|(_, (stored, counted))| stored != counted);
    found.extend(different.map(|((frequency, starts_at, agent), (stored, counted))| Difference {
        organisation_id: organisation.clone(),
        environment,
        counter: format!("spend_windows.{frequency}"),
        subject: agent.to_string(),
        starts_at,
        stored,
        counted,
    }));
    Ok(())
}

async fn minutes(db: &Db) -> Result<Vec<Difference>> {
    // One list of both sides, grouped: a join of two such lists without an index would be their product.
    Ok(sql!(
        db,
        fetch_all,
        "select organisation_id, environment, 'spend_minutes' as counter, agent_id as subject, minute as starts_at,
                cast(sum(stored) as bigint) as stored, cast(sum(counted) as bigint) as counted
         from (select organisation_id, environment, agent_id, minute, spent as stored, 0 as counted from spend_minutes
               union all
               select organisation_id, environment, agent_id, authorized_at - authorized_at % 60000, 0, amount
               from purchases where status <> 'declined') as sides
         group by 1, 2, 4, 5 having sum(stored) <> sum(counted)"
    )?)
}

/// What cards did by quarter-hour, and how often agents bought by minute.
async fn counts(db: &Db) -> Result<Vec<Difference>> {
    let mut found: Vec<Difference> = sql!(
        db,
        fetch_all,
        "select organisation_id, environment, 'spend_minutes.purchases' as counter, agent_id as subject,
                minute as starts_at, cast(sum(stored) as bigint) as stored, cast(sum(counted) as bigint) as counted
         from (select organisation_id, environment, agent_id, minute, purchases as stored, 0 as counted
               from spend_minutes
               union all
               select organisation_id, environment, agent_id, authorized_at - authorized_at % 60000, 0, 1
               from purchases where status <> 'declined') as sides
         group by 1, 2, 4, 5 having sum(stored) <> sum(counted)"
    )?;
    let spent: Vec<Difference> = sql!(
        db,
        fetch_all,
        "select organisation_id, environment, 'card_quarters.spent' as counter, card_id as subject,
                quarter as starts_at, cast(sum(stored) as bigint) as stored, cast(sum(counted) as bigint) as counted
         from (select organisation_id, environment, card_id, quarter, spent as stored, 0 as counted from card_quarters
               union all
               select organisation_id, environment, card_id, authorized_at - authorized_at % 900000, 0, amount
               from purchases where status <> 'declined') as sides
         group by 1, 2, 4, 5 having sum(stored) <> sum(counted)"
    )?;
    let purchases: Vec<Difference> = sql!(
        db,
        fetch_all,
        "select organisation_id, environment, 'card_quarters.purchases' as counter, card_id as subject,
                quarter as starts_at, cast(sum(stored) as bigint) as stored, cast(sum(counted) as bigint) as counted
         from (select organisation_id, environment, card_id, quarter, purchases as stored, 0 as counted
               from card_quarters
               union all
               select organisation_id, environment, card_id, authorized_at - authorized_at % 900000, 0, 1
               from purchases where status <> 'declined') as sides
         group by 1, 2, 4, 5 having sum(stored) <> sum(counted)"
    )?;
    found.extend(spent);
    found.extend(purchases);
    Ok(found)
}

/// What agents spent by day, and how often.
async fn days(db: &Db) -> Result<Vec<Difference>> {
    Ok(sql!(
        db,
        fetch_all,
        "select organisation_id, environment, counter, agent_id as subject, day as starts_at,
                cast(sum(stored) as bigint) as stored, cast(sum(counted) as bigint) as counted
         from (select organisation_id, environment, 'agent_days.spent' as counter, agent_id, day, spent as stored,
                      0 as counted
               from agent_days
               union all
               select organisation_id, environment, 'agent_days.purchases', agent_id, day, purchases, 0
               from agent_days
               union all
               select organisation_id, environment, 'agent_days.spent', agent_id,
                      authorized_at - authorized_at % 86400000, 0, amount
               from purchases where status <> 'declined'
               union all
               select organisation_id, environment, 'agent_days.purchases', agent_id,
                      authorized_at - authorized_at % 86400000, 0, 1
               from purchases where status <> 'declined') as sides
         group by 1, 2, 3, 4, 5 having sum(stored) <> sum(counted)"
    )?)
}

async fn balances(db: &Db) -> Result<Vec<Difference>> {
    let mut found: Vec<Difference> = sql!(
        db,
        fetch_all,
        "select u.organisation_id, u.environment, 'users.pending' as counter, u.id as subject,
                cast(0 as bigint) as starts_at, u.pending as stored, coalesce(p.pending, 0) as counted
         from users u
         left join (select organisation_id, environment, user_id, cast(sum(amount) as bigint) as pending
                    from purchases where status = 'pending' group by 1, 2, 3) p
           on p.organisation_id = u.organisation_id and p.environment = u.environment and p.user_id = u.id
         where u.pending <> coalesce(p.pending, 0)"
    )?;
    let posted: Vec<Difference> = sql!(
        db,
        fetch_all,
        "select u.organisation_id, u.environment, 'users.posted' as counter, u.id as subject,
                cast(0 as bigint) as starts_at, u.posted as stored, coalesce(p.posted, 0) as counted
         from users u
         left join (select organisation_id, environment, user_id, cast(sum(amount) as bigint) as posted
                    from purchases where status in ('completed', 'reversed') group by 1, 2, 3) p
           on p.organisation_id = u.organisation_id and p.environment = u.environment and p.user_id = u.id
         where u.posted <> coalesce(p.posted, 0)"
    )?;
    found.extend(posted);
    Ok(found)
}

async fn cards(db: &Db) -> Result<Vec<Difference>> {
    let approved: Vec<Difference> = sql!(
        db,
        fetch_all,
        "select c.organisation_id, c.environment, 'cards.approved' as counter, c.id as subject,
                cast(0 as bigint) as starts_at, c.approved as stored, coalesce(p.approved, 0) as counted
         from cards c
         left join (select organisation_id, environment, card_id, count(*) as approved
                    from purchases where status <> 'declined' group by 1, 2, 3) p
           on p.organisation_id = c.organisation_id and p.environment = c.environment and p.card_id = c.id
         where c.approved <> coalesce(p.approved, 0)"
    )?;
    let mut found: Vec<Difference> = sql!(
        db,
        fetch_all,
        "select c.organisation_id, c.environment, 'cards.spent' as counter, c.id as subject,
                cast(0 as bigint) as starts_at, c.spent as stored, coalesce(p.spent, 0) as counted
         from cards c
         left join (select organisation_id, environment, card_id, cast(sum(amount) as bigint) as spent
                    from purchases where status <> 'declined' group by 1, 2, 3) p
           on p.organisation_id = c.organisation_id and p.environment = c.environment and p.card_id = c.id
         where c.spent <> coalesce(p.spent, 0)"
    )?;
    found.extend(approved);
    Ok(found)
}

/// The quarter-hours of the panels: 900,000 ms each.
async fn intents(db: &Db) -> Result<Vec<Difference>> {
    Ok(sql!(
        db,
        fetch_all,
        "select organisation_id, environment, 'intent_counts.' || status as counter, agent_id as subject,
                cast(0 as bigint) as starts_at,
                cast(sum(stored) as bigint) as stored, cast(sum(counted) as bigint) as counted
         from (
             select organisation_id, environment, agent_id, status, n as stored, 0 as counted from intent_counts
             union all
             select organisation_id, environment, agent_id, status, 0, 1 from intents
         ) as sides
         group by organisation_id, environment, status, agent_id having sum(stored) <> sum(counted)"
    )?)
}

async fn rollups(db: &Db) -> Result<Vec<Difference>> {
    Ok(sql!(
        db,
        fetch_all,
        "select organisation_id, environment, counter, '' as subject, bucket as starts_at,
                cast(sum(stored) as bigint) as stored, cast(sum(counted) as bigint) as counted
         from (
             select organisation_id, environment, counter, bucket, n as stored, 0 as counted from rollups
             union all
             select organisation_id, environment, 'decided', authorized_at - authorized_at % 900000, 0, 1
             from purchases
             union all
             select organisation_id, environment, 'declined', authorized_at - authorized_at % 900000, 0, 1
             from purchases where status = 'declined'
             union all
             select organisation_id, environment, status, ended_at - ended_at % 900000, 0, 1
             from intents where status in ('matched', 'mismatched', 'expired')
             union all
             select organisation_id, environment, 'attempted', finished_at - finished_at % 900000, 0, 1
             from attempts
             union all
             select organisation_id, environment, 'failed', finished_at - finished_at % 900000, 0, 1
             from attempts where not succeeded
             union all
             select organisation_id, environment, 'abandoned', finished_at - finished_at % 900000, 0, 1
             from deliveries where state = 'abandoned'
         ) as sides
         group by 1, 2, 3, 5 having sum(stored) <> sum(counted)"
    )?)
}
