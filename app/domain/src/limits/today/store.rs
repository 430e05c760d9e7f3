//! What was true before a purchase, counted afterwards.
use super::{Today, gaps::Gaps};
use crate::{
    Result,
    access::Grant,
    db::{Db, sql},
    ids::PurchaseId,
    limits::{
        Frequency,
        decide::{Case, RULES_VERSION},
        restrictions::Level,
        store as spend,
        window::window,
    },
    purchases::{self, Purchase},
    time::{MINUTE, Timestamp},
};

/// The decision about a purchase, beside the one that the rules in force now would make of the same request and the
/// same moment. Changes nothing; reads as far back as the widest window of now reaches.
pub async fn today(db: &Db, grant: &Grant, id: &PurchaseId) -> Result<Today> {
    let purchases::Detail { purchase, case: then, decision } = purchases::get(db, grant, id).await?;
    let rules = spend::see(db, grant, &purchase.card_id).await?.rules()?;
    let gaps = Gaps::of(&then, &rules);
    let mut state = then.state.clone();
    let (at, zone) = (then.request.at, rules.zone);
    let start = |frequency| window(frequency, at, zone).start.unwrap_or_default();
    if let Some(frequency) = gaps.agent {
        state.agent_spent = by_agent(db, grant, &purchase, start(frequency), at).await?.0;
    }
    let mut card = state.card.take().unwrap_or_default();
    if then.rules.version < RULES_VERSION {
        // The first version kept nothing of the card, and the purchase itself says how it was attested.
        (card.spent, card.approved) = by_card(db, grant, &purchase, Timestamp::default(), at).await?;
        card.attestation = purchase.attestation_status;
    }
    if gaps.day {
        card.spent_day = by_card(db, grant, &purchase, start(Frequency::Per24HourPeriod), at).await?.0;
    }
    if gaps.month {
        card.spent_month = by_card(db, grant, &purchase, start(Frequency::PerMonth), at).await?.0;
    }
    for (level, velocity) in &gaps.counts {
        let start = velocity.start(at);
        let (_, count) = match level {
            Level::Organisation | Level::Agent => by_agent(db, grant, &purchase, start, at).await?,
            Level::Policy | Level::Card => by_card(db, grant, &purchase, start, at).await?,
        };
        card.counts.retain(|(of, _)| of != level);
        card.counts.push((*level, count));
    }
    state.card = Some(card);
    let (then_limit, now_limit) = (then.rules.agent_limit, rules.agent_limit);
    let now = Case { request: then.request, rules, state }.decide();
    Ok(Today { then: decision, then_limit, now, now_limit, counted: gaps.rules() })
}

/// What was spent, and in how many purchases, from `$start` until just before the purchase: whole buckets, and the
/// purchases in the two that lie at the edges.
macro_rules! before {
    ($db:expr, $grant:expr, $purchase:expr, $whose:expr, $start:expr, $at:expr, $length:expr,
     $table:literal, $owner:literal, $bucket:literal) => {{
        let (start, end) = ($start, PurchaseId::clone(&$purchase.id));
        let (first, last) = (start.ceil($length), $at.floor($length));
        // Both edges in one bucket: then there is no whole one, and one stretch of purchases.
        let (first_end, last_start) = if first <= last {
            (PurchaseId::floor(first), PurchaseId::floor(last))
        } else {
            (end.clone(), end.clone())
        };
        let found: (i64, i64) = sql!(
            $db,
            fetch_one,
            concat!(
                "select cast(coalesce(sum(spent), 0) as bigint), cast(coalesce(sum(purchases), 0) as bigint) from (
                     select sum(spent) as spent, sum(purchases) as purchases from ",
                $table,
                "
                     where organisation_id = $1 and environment = $2 and ",
                $owner,
                " = $3
                       and ",
                $bucket,
                " >= $4 and ",
                $bucket,
                " < $5
                     union all
                     select sum(amount), count(*) from purchases
                     where organisation_id = $1 and environment = $2 and ",
                $owner,
                " = $3
                       and id >= $6 and id < $7 and status <> 'declined'
                     union all
                     select sum(amount), count(*) from purchases
                     where organisation_id = $1 and environment = $2 and ",
                $owner,
                " = $3
                       and id >= $8 and id < $9 and status <> 'declined') parts"
            ),
            $grant.organisation(),
            $grant.environment(),
            $whose,
            first,
            last,
            PurchaseId::floor(start),
            first_end,
            last_start,
            end
        )?;
        found
    }};
}

async fn by_agent(db: &Db, grant: &Grant, p: &Purchase, start: Timestamp, at: Timestamp) -> Result<(i64, i64)> {
    Ok(before!(db, grant, p, &p.agent_id, start, at, MINUTE, "spend_minutes", "agent_id", "minute"))
}

async fn by_card(db: &Db, grant: &Grant, p: &Purchase, start: Timestamp, at: Timestamp) -> Result<(i64, i64)> {
    Ok(before!(db, grant, p, &p.card_id, start, at, 15 * MINUTE, "card_quarters", "card_id", "quarter"))
}
