//! What a card did, by quarter-hour: a rolling day, a month and a number of purchases in a while are sums of these.
use super::{Locked, row_start};
use crate::{
    Error, Result,
    access::Grant,
    attestations::AttestationStatus,
    cards::CardType,
    db::{Db, Tx, sql},
    ids::{AgentId, CardId, PurchaseId},
    limits::{
        Frequency,
        decide::{CardState, Rules},
        restrictions::{Level, Restrictions},
    },
    money::Amount,
    time::{MINUTE, Timestamp},
};

/// The length of a bucket, in milliseconds: every zone's days begin on one.
const QUARTER: i64 = 15 * MINUTE;

/// What the card spent from `$start` on, and in how many purchases: whole quarter-hours, and to the millisecond the
/// purchases of the one at the edge.
macro_rules! since {
    ($db:expr, $grant:expr, $card:expr, $start:expr) => {{
        let start = $start;
        let whole = start.ceil(QUARTER);
        let found: (i64, i64) = sql!(
            $db,
            fetch_one,
            "select cast(coalesce((select sum(spent) from card_quarters
                                   where organisation_id = $1 and environment = $2 and card_id = $3
                                     and quarter >= $4), 0)
                       + coalesce((select sum(amount) from purchases
                                   where organisation_id = $1 and environment = $2 and card_id = $3
                                     and id >= $5 and id < $6 and status <> 'declined'), 0) as bigint),
                    cast(coalesce((select sum(purchases) from card_quarters
                                   where organisation_id = $1 and environment = $2 and card_id = $3
                                     and quarter >= $4), 0)
                       + (select count(*) from purchases
                          where organisation_id = $1 and environment = $2 and card_id = $3
                            and id >= $5 and id < $6 and status <> 'declined') as bigint)",
            $grant.organisation(),
            $grant.environment(),
            $card,
            whole,
            PurchaseId::floor(start),
            PurchaseId::floor(whole)
        )?;
        found
    }};
}

/// How many purchases of the agent were approved from `$start` on.
macro_rules! bought_by_agent {
    ($db:expr, $grant:expr, $agent:expr, $start:expr) => {{
        let start = $start;
        let whole = start.ceil(MINUTE);
        let found: i64 = sql!(
            $db,
            scalar,
            "select cast(coalesce((select sum(purchases) from spend_minutes
                                   where organisation_id = $1 and environment = $2 and agent_id = $3
                                     and minute >= $4), 0)
                       + (select count(*) from purchases
                          where organisation_id = $1 and environment = $2 and agent_id = $3
                            and id >= $5 and id < $6 and status <> 'declined') as bigint)",
            $grant.organisation(),
            $grant.environment(),
            $agent,
            whole,
            PurchaseId::floor(start),
            PurchaseId::floor(whole)
        )?;
        found
    }};
}

/// What the card's rules are measured by. A sum that no rule asks for is left at nothing, and not read, unless `$all`.
macro_rules! measured {
    ($db:expr, $grant:expr, $locked:expr, $rules:expr, $attestation:expr, $all:expr) => {{
        let (card, rules, at) = (&$locked.card, $rules, $locked.at);
        let asked = |of: fn(&Restrictions) -> bool| $all || rules.layers.iter().any(|layer| of(&layer.set));
        // Whatever an unused single-use card was asked for were card checks that were given back.
        let unused = card.kind == CardType::Single && card.used_by.is_none();
        let mut state = CardState {
            ends_at: card.ends_at,
            spent: card.spent,
            approved: if unused { 0 } else { card.approved },
            last_approved_at: card.last_used_at.filter(|_| !unused),
            pinned_merchant: card.pinned_merchant.clone().filter(|_| !unused),
            attestation: $attestation,
            ..CardState::default()
        };
        if asked(|set| set.limit_per_day.is_some()) {
            state.spent_day = since!($db, $grant, &card.id, row_start(Frequency::Per24HourPeriod, at, rules.zone)).0;
        }
        if asked(|set| set.limit_per_month.is_some()) {
            state.spent_month = since!($db, $grant, &card.id, row_start(Frequency::PerMonth, at, rules.zone)).0;
        }
        for layer in &rules.layers {
            let Some(velocity) = layer.set.velocity else { continue };
            let start = velocity.start(at);
            let count = match layer.level {
                Level::Organisation | Level::Agent => bought_by_agent!($db, $grant, &$locked.agent.id, start),
                Level::Policy | Level::Card => since!($db, $grant, &card.id, start).1,
            };
            state.counts.push((layer.level, count));
        }
        Ok(state)
    }};
}

/// How many purchases of the agent were approved from `start` on.
pub(super) async fn bought(db: &Db, grant: &Grant, agent: &AgentId, start: Timestamp) -> Result<i64> {
    Ok(bought_by_agent!(db, grant, agent, start))
}

/// What the locked card's rules are measured by. A sum that no rule asks for is left at nothing, and not read.
pub(crate) async fn measure(
    tx: &mut Tx,
    grant: &Grant,
    locked: &Locked,
    rules: &Rules,
    attestation: AttestationStatus,
) -> Result<CardState> {
    measured!(tx, grant, locked, rules, attestation, false)
}

/// The same for a page, without locks and with every sum.
pub(crate) async fn look(
    db: &Db,
    grant: &Grant,
    seen: &Locked,
    rules: &Rules,
    attestation: AttestationStatus,
) -> Result<CardState> {
    measured!(db, grant, seen, rules, attestation, true)
}

/// Counts an approved purchase in its quarter-hour.
pub(super) async fn spend(tx: &mut Tx, grant: &Grant, card: &CardId, at: Timestamp, amount: Amount) -> Result<()> {
    sql!(
        tx,
        execute,
        "insert into card_quarters (organisation_id, environment, card_id, quarter, spent, purchases)
         values ($1, $2, $3, $4, $5, 1)
         on conflict (organisation_id, environment, card_id, quarter)
         do update set spent = card_quarters.spent + excluded.spent, purchases = card_quarters.purchases + 1",
        grant.organisation(),
        grant.environment(),
        card,
        at.floor(QUARTER),
        amount
    )?;
    Ok(())
}

/// Gives `amount` back to the quarter-hour of the authorization.
pub(super) async fn unspend(tx: &mut Tx, grant: &Grant, card: &CardId, amount: i64, at: Timestamp) -> Result<()> {
    let rows = sql!(
        tx,
        execute,
        "update card_quarters set spent = spent - $5
         where organisation_id = $1 and environment = $2 and card_id = $3 and quarter = $4",
        grant.organisation(),
        grant.environment(),
        card,
        at.floor(QUARTER),
        amount
    )?;
    if rows == 1 { Ok(()) } else { Err(Error::broken(format!("{rows} quarter-hours of card {card} gave back"))) }
}
