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
    /// Of which window or bucket: its start; zero where there is none.
    pub starts_at: Timestamp,
    /// What the counter says.
    pub stored: i64,
    /// What its rows add up to.
    pub counted: i64,
}

/// A bucket of an agent or a card that does not equal its purchases.
#[derive(sqlx::FromRow)]
struct Bucket {
    organisation_id: OrganisationId,
    environment: Environment,
    subject: String,
    span: i64,
    starts_at: Timestamp,
    spent: i64,
    purchases: i64,
    counted_spent: i64,
    counted_purchases: i64,
}

impl Bucket {
    /// By which of its two numbers.
    fn differences(self, table: &str) -> impl Iterator<Item = Difference> {
        let numbers =
            [("spent", self.spent, self.counted_spent), ("purchases", self.purchases, self.counted_purchases)];
        let different = numbers.into_iter().filter(|(_, stored, counted)| stored != counted);
        different.map(move |(number, stored, counted)| Difference {
            organisation_id: self.organisation_id.clone(),
            environment: self.environment,
            counter: format!("{table}.{number}.{}", self.span),
            subject: self.subject.clone(),
            starts_at: self.starts_at,
            stored,
            counted,
        })
    }
}

macro_rules! buckets {
    ($db:expr, $table:literal, $of:literal) => {{
        let found: Vec<Bucket> = sql!(
            $db,
            fetch_all,
            // One list of both sides, grouped: a join of two such lists without an index would be their product.
            concat!(
                "select organisation_id, environment, subject, span, starts_at, cast(sum(spent) as bigint) as spent,
                        cast(sum(purchases) as bigint) as purchases,
                        cast(sum(counted_spent) as bigint) as counted_spent,
                        cast(sum(counted_purchases) as bigint) as counted_purchases
                 from (
                     select organisation_id, environment, ",
                $of,
                " as subject, span, starts_at, spent, purchases, 0 as counted_spent, 0 as counted_purchases from ",
                $table,
                " union all
                     select organisation_id, environment, ",
                $of,
                ", span, authorized_at - authorized_at % span, 0, 0, amount, 1 from purchases
                     cross join (select cast(60000 as bigint) as span union all select 3600000
                                 union all select 86400000) spans
                     where status <> 'declined') as sides
                 group by organisation_id, environment, subject, span, starts_at
                 having sum(spent) <> sum(counted_spent) or sum(purchases) <> sum(counted_purchases)"
            )
        )?;
        found.into_iter().flat_map(|bucket| bucket.differences($table))
    }};
}

/// Every counter that does not equal its rows, over all organisations; empty when all is well.
///
/// Read on several snapshots: the answer holds for a database that nobody writes to meanwhile.
pub async fn recount(db: &Db) -> Result<Vec<Difference>> {
    let mut found: Vec<Difference> = buckets!(db, "agent_buckets", "agent_id").collect();
    found.extend(buckets!(db, "card_buckets", "card_id"));
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

/// The quarter-hours of the panels: 900,000 ms each.
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
