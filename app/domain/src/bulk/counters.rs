//! Every counter of one organisation and environment, set to what its rows add up to.
use crate::{
    Result,
    access::Grant,
    db::{Tx, sql},
    ids::PurchaseId,
    limits::{
        store::{COUNTED, SPANS, row_start},
        window::window,
    },
    time::Timestamp,
};
use chrono_tz::Tz;

/// Brings spend, balances, cards, agents and panels up to date. Users have been given what the purchases took, so
/// that their spending power stays what it was.
pub(super) async fn settle(tx: &mut Tx, grant: &Grant, zone: Tz) -> Result<()> {
    spend(tx, grant, zone).await?;
    balances(tx, grant).await?;
    rollups(tx, grant).await
}

/// The finest buckets of agents or cards from their purchases, each wider one from the one before.
macro_rules! buckets {
    ($tx:expr, $grant:expr, $table:literal, $of:literal) => {{
        let (organisation, environment) = ($grant.organisation(), $grant.environment());
        sql!(
            $tx,
            execute,
            concat!(
                "insert into ",
                $table,
                " (organisation_id, environment, ",
                $of,
                ", span, starts_at, spent, purchases)
                 select organisation_id, environment, ",
                $of,
                ", 60000, authorized_at - authorized_at % 60000, cast(sum(amount) as bigint), count(*) from purchases
                 where organisation_id = $1 and environment = $2 and status <> 'declined' group by 1, 2, 3, 5
                 on conflict (organisation_id, environment, ",
                $of,
                ", span, starts_at) do update set spent = excluded.spent, purchases = excluded.purchases"
            ),
            organisation,
            environment
        )?;
        for finer_and_wider in SPANS.windows(2) {
            sql!(
                $tx,
                execute,
                concat!(
                    "insert into ",
                    $table,
                    " (organisation_id, environment, ",
                    $of,
                    ", span, starts_at, spent, purchases)
                     select organisation_id, environment, ",
                    $of,
                    ", $4, starts_at - starts_at % $4, cast(sum(spent) as bigint), cast(sum(purchases) as bigint)
                     from ",
                    $table,
                    " where organisation_id = $1 and environment = $2 and span = $3 group by 1, 2, 3, 5
                     on conflict (organisation_id, environment, ",
                    $of,
                    ", span, starts_at) do update set spent = excluded.spent, purchases = excluded.purchases"
                ),
                organisation,
                environment,
                finer_and_wider[0],
                finer_and_wider[1]
            )?;
        }
    }};
}

async fn spend(tx: &mut Tx, grant: &Grant, zone: Tz) -> Result<()> {
    let (organisation, environment) = (grant.organisation(), grant.environment());
    let (first, last): (Timestamp, Timestamp) = sql!(
        tx,
        fetch_one,
        "select min(authorized_at), max(authorized_at) from purchases where organisation_id = $1 and environment = $2",
        organisation,
        environment
    )?;
    for frequency in COUNTED {
        let mut at = Some(first);
        while let Some(inside) = at.filter(|at| *at <= last) {
            let window = window(frequency, inside, zone);
            sql!(
                tx,
                execute,
                "insert into spend_windows (organisation_id, environment, agent_id, frequency, starts_at, spent)
                 select organisation_id, environment, agent_id, $3, $4, sum(amount) from purchases
                 where organisation_id = $1 and environment = $2 and id >= $5 and id < $6 and status <> 'declined'
                 group by 1, 2, 3
                 on conflict (organisation_id, environment, agent_id, frequency, starts_at)
                 do update set spent = excluded.spent",
                organisation,
                environment,
                frequency,
                row_start(frequency, inside, zone),
                PurchaseId::floor(window.start.unwrap_or_default()),
                PurchaseId::floor(window.end.unwrap_or(Timestamp(i64::MAX)))
            )?;
            at = window.end;
        }
    }
    buckets!(tx, grant, "agent_buckets", "agent_id");
    buckets!(tx, grant, "card_buckets", "card_id");
    sql!(
        tx,
        execute,
        "update agents set last_activity_at = max(coalesce(last_activity_at, 0), p.at)
         from (select agent_id, max(authorized_at) as at from purchases
               where organisation_id = $1 and environment = $2 group by 1) as p
         where agents.organisation_id = $1 and agents.environment = $2 and agents.id = p.agent_id",
        organisation,
        environment
    )?;
    Ok(())
}

async fn balances(tx: &mut Tx, grant: &Grant) -> Result<()> {
    let (organisation, environment) = (grant.organisation(), grant.environment());
    sql!(
        tx,
        execute,
        "update cards set spent = p.spent, approved = p.n, last_used_at = p.at
         from (select card_id, sum(amount) as spent, count(*) as n, max(authorized_at) as at from purchases
               where organisation_id = $1 and environment = $2 and status <> 'declined' group by 1) as p
         where cards.organisation_id = $1 and cards.environment = $2 and cards.id = p.card_id",
        organisation,
        environment
    )?;
    sql!(
        tx,
        execute,
        "update users set pending = p.pending, posted = p.posted,
                deposited = deposited + (p.pending + p.posted) - (users.pending + users.posted)
         from (select user_id,
                      sum(case status when 'pending' then amount else 0 end) as pending,
                      sum(case when status in ('completed', 'reversed') then amount else 0 end) as posted
               from purchases where organisation_id = $1 and environment = $2 group by 1) as p
         where users.organisation_id = $1 and users.environment = $2 and users.id = p.user_id",
        organisation,
        environment
    )?;
    Ok(())
}

async fn rollups(tx: &mut Tx, grant: &Grant) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into intent_counts (organisation_id, environment, agent_id, status, n)
         select organisation_id, environment, agent_id, status, count(*) from intents
         where organisation_id = $1 and environment = $2 group by 1, 2, 3, 4
         on conflict (organisation_id, environment, agent_id, status) do update set n = excluded.n",
        grant.organisation(),
        grant.environment()
    )?;
    sql!(
        tx,
        execute,
        "insert into rollups (organisation_id, environment, counter, bucket, n)
         select organisation_id, environment, counter, bucket, count(*) from (
             select organisation_id, environment, 'decided' as counter,
                    authorized_at - authorized_at % 900000 as bucket
             from purchases where organisation_id = $1 and environment = $2
             union all
             select organisation_id, environment, 'declined', authorized_at - authorized_at % 900000
             from purchases where organisation_id = $1 and environment = $2 and status = 'declined'
             union all
             select organisation_id, environment, status, ended_at - ended_at % 900000
             from intents where organisation_id = $1 and environment = $2 and status = 'matched'
         ) as counted where true group by 1, 2, 3, 4
         on conflict (organisation_id, environment, counter, bucket) do update set n = excluded.n",
        grant.organisation(),
        grant.environment()
    )?;
    Ok(())
}
