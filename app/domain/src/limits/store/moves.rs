//! What an approved purchase moves, and what a reversal moves back.
use super::{Locked, SPANS, row_start};
use crate::{
    Error, Result,
    access::Grant,
    cards::CardType,
    db::{Tx, sql},
    ids::PurchaseId,
    limits::{Frequency, OnLimitExceeded},
    money::Amount,
    time::{DAY, HOUR, MINUTE, Timestamp},
};

/// The rows of one purchase: four calendar windows of the agent, and the buckets of agent and card.
const WINDOWS: u64 = 4;
const BUCKETS: u64 = 2 * SPANS.len() as u64;

/// Holds the money of an approved purchase: takes it from the balance, and counts it in every window and bucket and on
/// its card, whose first merchant and use it may become.
///
/// The row of the enforced limit is raised only while it stays within the cap, and the balance only lowered while it
/// covers the amount. Under the locks the decision has made sure of both; should a row have moved all the same, the
/// change ends with [`Error::Busy`]: it is undone and decided again from the true figure, never approved.
pub(crate) async fn spend(
    tx: &mut Tx,
    grant: &Grant,
    locked: &Locked,
    purchase: &PurchaseId,
    amount: Amount,
    merchant: &str,
) -> Result<()> {
    let (zone, at) = (locked.zone()?, locked.at);
    let enforced = locked.agent_limit().filter(|limit| OnLimitExceeded::enforces(limit.on_exceeded));
    let (frequency, cap) = enforced.map_or(("", i64::MAX), |l| (l.frequency.as_str(), l.amount.minor()));
    let used_by = (locked.card.kind == CardType::Single).then_some(purchase);
    let rows = sql!(
        tx,
        execute_all,
        [
            "update users set pending = pending + $6
             where organisation_id = $1 and environment = $2 and id = $3 and deposited - pending - posted >= $6",
            "insert into spend_windows (organisation_id, environment, agent_id, frequency, starts_at, spent)
             values ($1, $2, $4, 'perWeek', $7, $6), ($1, $2, $4, 'perMonth', $8, $6),
                    ($1, $2, $4, 'perYear', $9, $6), ($1, $2, $4, 'allTime', $10, $6)
             on conflict (organisation_id, environment, agent_id, frequency, starts_at)
             do update set spent = spend_windows.spent + excluded.spent
             where spend_windows.frequency <> $11 or spend_windows.spent + excluded.spent <= $12",
            "insert into agent_buckets (organisation_id, environment, agent_id, span, starts_at, spent, purchases)
             values ($1, $2, $4, 60000, $13, $6, 1), ($1, $2, $4, 3600000, $14, $6, 1),
                    ($1, $2, $4, 86400000, $15, $6, 1)
             on conflict (organisation_id, environment, agent_id, span, starts_at)
             do update set spent = agent_buckets.spent + excluded.spent, purchases = agent_buckets.purchases + 1",
            "insert into card_buckets (organisation_id, environment, card_id, span, starts_at, spent, purchases)
             values ($1, $2, $5, 60000, $13, $6, 1), ($1, $2, $5, 3600000, $14, $6, 1),
                    ($1, $2, $5, 86400000, $15, $6, 1)
             on conflict (organisation_id, environment, card_id, span, starts_at)
             do update set spent = card_buckets.spent + excluded.spent, purchases = card_buckets.purchases + 1",
            "update cards set spent = spent + $6, last_used_at = $16, used_by = $17, approved = approved + 1,
                              pinned_merchant = coalesce(pinned_merchant, $18)
             where organisation_id = $1 and environment = $2 and id = $5",
        ],
        grant.organisation(),
        grant.environment(),
        &locked.user.id,
        &locked.agent.id,
        &locked.card.id,
        amount,
        row_start(Frequency::PerWeek, at, zone),
        row_start(Frequency::PerMonth, at, zone),
        row_start(Frequency::PerYear, at, zone),
        row_start(Frequency::AllTime, at, zone),
        frequency,
        cap,
        at.floor(MINUTE),
        at.floor(HOUR),
        at.floor(DAY),
        at,
        used_by,
        merchant
    )?;
    if rows != 1 + WINDOWS + BUCKETS + 1 {
        let (agent, user) = (&locked.agent.id, &locked.user.id);
        tracing::error!(%agent, %user, rows, "a balance or a spend window moved under its lock");
        return Err(Error::Busy);
    }
    Ok(())
}

/// Gives `amount` back to the windows and buckets of the authorization at `authorized_at`, however long ago.
pub(crate) async fn unspend(
    tx: &mut Tx,
    grant: &Grant,
    locked: &Locked,
    amount: i64,
    authorized_at: Timestamp,
) -> Result<()> {
    if amount == 0 {
        return Ok(());
    }
    let zone = locked.zone()?;
    let rows = sql!(
        tx,
        execute_all,
        [
            "update spend_windows set spent = spent - $5
             where organisation_id = $1 and environment = $2 and agent_id = $3
               and ((frequency = 'perWeek' and starts_at = $6) or (frequency = 'perMonth' and starts_at = $7)
                 or (frequency = 'perYear' and starts_at = $8) or (frequency = 'allTime' and starts_at = $9))",
            "update agent_buckets set spent = spent - $5
             where organisation_id = $1 and environment = $2 and agent_id = $3
               and ((span = 60000 and starts_at = $10) or (span = 3600000 and starts_at = $11)
                 or (span = 86400000 and starts_at = $12))",
            "update card_buckets set spent = spent - $5
             where organisation_id = $1 and environment = $2 and card_id = $4
               and ((span = 60000 and starts_at = $10) or (span = 3600000 and starts_at = $11)
                 or (span = 86400000 and starts_at = $12))",
        ],
        grant.organisation(),
        grant.environment(),
        &locked.agent.id,
        &locked.card.id,
        amount,
        row_start(Frequency::PerWeek, authorized_at, zone),
        row_start(Frequency::PerMonth, authorized_at, zone),
        row_start(Frequency::PerYear, authorized_at, zone),
        row_start(Frequency::AllTime, authorized_at, zone),
        authorized_at.floor(MINUTE),
        authorized_at.floor(HOUR),
        authorized_at.floor(DAY)
    )?;
    if rows != WINDOWS + BUCKETS {
        let (agent, card) = (&locked.agent.id, &locked.card.id);
        return Err(Error::broken(format!("{rows} windows and buckets of agent {agent} and card {card} gave back")));
    }
    Ok(())
}
