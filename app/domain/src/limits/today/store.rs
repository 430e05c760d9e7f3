//! What was true before a purchase, counted afterwards.
use super::{Today, gaps::Gaps};
use crate::{
    Result,
    access::Grant,
    cards::CardType,
    db::{Db, sql},
    ids::PurchaseId,
    limits::{Frequency, decide::Case, restrictions::Level, store as spend, window::window},
    purchases::{self, Purchase},
    time::Timestamp,
};

/// The decision about a purchase, beside the one that the rules in force now would make of the same request and the
/// same moment. Changes nothing; reads as far back as the widest window of now reaches.
pub async fn today(db: &Db, grant: &Grant, id: &PurchaseId) -> Result<Today> {
    let purchases::Detail { purchase, case: then, decision } = purchases::get(db, grant, id).await?;
    let seen = spend::see(db, grant, &purchase.card_id).await?;
    let rules = seen.rules()?;
    let gaps = Gaps::of(&then, &rules);
    let mut state = then.state.clone();
    let (at, zone) = (then.request.at, rules.zone);
    let start = |frequency| window(frequency, at, zone).start.unwrap_or_default();
    if let Some(frequency) = gaps.agent {
        state.agent_spent = by_agent(db, grant, &purchase, start(frequency), at).await?.0;
    }
    let mut card = state.card.take().unwrap_or_default();
    // What is printed on a card never changes, and earlier decisions did not ask for it.
    let printed = seen.card.life.printed_end();
    card.ends_at = Some(card.ends_at.map_or(printed, |end| end.min(printed)));
    // Whatever an unused single-use card was asked for were card checks that were given back.
    let unused = rules.card_type == CardType::Single && !state.card_used;
    if then.rules.version < 2 {
        // The first version kept nothing of the card, and the purchase itself says how it was attested.
        (card.spent, card.approved) = by_card(db, grant, &purchase, Timestamp::default(), at).await?;
        if unused {
            card.approved = 0;
        }
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
            Level::Policy | Level::Card if unused => (0, 0),
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

/// What was spent, and in how many purchases, from `$start` until just before the purchase: what the buckets hold since,
/// less what they hold since its moment, and the purchases of its millisecond with a lower id. The order of those is
/// chance: nothing tells which of a millisecond was decided first.
macro_rules! before {
    ($db:expr, $grant:expr, $purchase:expr, $past:path, $of:literal, $whose:expr, $start:expr, $at:expr) => {{
        let [all, since, ..] = $past($db, $grant, $whose, [Some($start), Some($at), None, None, None]).await?;
        let same: (i64, i64) = sql!(
            $db,
            fetch_one,
            concat!(
                "select cast(coalesce(sum(amount), 0) as bigint), count(*) from purchases
                 where organisation_id = $1 and environment = $2 and ",
                $of,
                " = $3 and id >= $4 and id < $5 and status <> 'declined'"
            ),
            $grant.organisation(),
            $grant.environment(),
            $whose,
            PurchaseId::floor($at),
            &$purchase.id
        )?;
        Ok((all.spent - since.spent + same.0, all.purchases - since.purchases + same.1))
    }};
}

async fn by_agent(db: &Db, grant: &Grant, p: &Purchase, start: Timestamp, at: Timestamp) -> Result<(i64, i64)> {
    before!(db, grant, p, spend::past_of_agent, "agent_id", &p.agent_id, start, at)
}

async fn by_card(db: &Db, grant: &Grant, p: &Purchase, start: Timestamp, at: Timestamp) -> Result<(i64, i64)> {
    before!(db, grant, p, spend::past_of_card, "card_id", &p.card_id, start, at)
}
