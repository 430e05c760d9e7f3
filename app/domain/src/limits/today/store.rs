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
    time::{DAY, MINUTE, Timestamp},
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

/// What was spent, and in how many purchases, from `$start` until just before the purchase: whole days with the whole
/// minutes on both sides of them, and the purchases of the two minutes at the edges.
macro_rules! before {
    ($db:expr, $grant:expr, $purchase:expr, $whose:expr, $start:expr, $at:expr, $table:literal, $owner:literal) => {{
        let (start, end) = ($start, PurchaseId::clone(&$purchase.id));
        let (first, last) = (start.ceil(MINUTE), $at.floor(MINUTE));
        let (day, night) = (start.ceil(DAY), $at.floor(DAY));
        // Without a whole day between them one stretch of minutes is all; without a whole minute, one of purchases.
        let (day, night) = if day <= night { (day, night) } else { (last, last) };
        let edges = if first <= last {
            [PurchaseId::floor(first), PurchaseId::floor(last)]
        } else {
            [end.clone(), end.clone()]
        };
        let [first_end, last_start] = edges;
        let found: (i64, i64) = sql!(
            $db,
            fetch_one,
            // A cross join, because SQLite takes its order as it stands: the bucket's key is known by then.
            concat!(
                "with stretches (span, low, high) as
                     (values (60000, $4, $5), (86400000, $5, $6), (60000, $6, $7))
                 select cast(coalesce(sum(spent), 0) as bigint), cast(coalesce(sum(purchases), 0) as bigint) from (
                     select b.spent, b.purchases from stretches s cross join ",
                $table,
                " b where b.organisation_id = $1 and b.environment = $2 and b.",
                $owner,
                " = $3 and b.span = s.span and b.starts_at >= s.low and b.starts_at < s.high
                     union all
                     select amount, 1 from purchases
                     where organisation_id = $1 and environment = $2 and ",
                $owner,
                " = $3 and id >= $8 and id < $9 and status <> 'declined'
                     union all
                     select amount, 1 from purchases
                     where organisation_id = $1 and environment = $2 and ",
                $owner,
                " = $3 and id >= $10 and id < $11 and status <> 'declined') parts"
            ),
            $grant.organisation(),
            $grant.environment(),
            $whose,
            first,
            day,
            night,
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
    Ok(before!(db, grant, p, &p.agent_id, start, at, "agent_buckets", "agent_id"))
}

async fn by_card(db: &Db, grant: &Grant, p: &Purchase, start: Timestamp, at: Timestamp) -> Result<(i64, i64)> {
    Ok(before!(db, grant, p, &p.card_id, start, at, "card_buckets", "card_id"))
}
