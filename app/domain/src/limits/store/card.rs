//! What the rules of a card are measured by.
use super::{
    Locked,
    buckets::{by_agent, by_card, past_of_agent, past_of_card},
    row_start,
};
use crate::{
    Result,
    access::Grant,
    attestations::AttestationStatus,
    cards::CardType,
    db::{Db, Tx},
    limits::{
        Frequency,
        decide::{CardState, Rules},
        restrictions::{Level, Restrictions},
    },
};

/// What the card's rules are measured by. A sum that no rule asks for is left at nothing, and not read, unless `$all`.
macro_rules! measured {
    ($by_agent:ident, $by_card:ident, $db:expr, $grant:expr, $locked:expr, $rules:expr, $attestation:expr, $all:expr) => {{
        let (card, rules, at) = (&$locked.card, $rules, $locked.at);
        let asked = |of: fn(&Restrictions) -> bool| $all || rules.layers.iter().any(|layer| of(&layer.set));
        let window = |frequency| row_start(frequency, at, rules.zone);
        let velocity = |level| rules.layers.iter().find(|l| l.level == level).and_then(|l| l.set.velocity);
        let pace = |level| velocity(level).map(|velocity| velocity.start(at));
        // Whatever an unused single-use card was asked for were card checks that were given back.
        let unused = card.kind == CardType::Single && card.used_by.is_none();
        let own_pace = |level| pace(level).filter(|_| !unused);
        let day = asked(|set| set.limit_per_day.is_some()).then(|| window(Frequency::Per24HourPeriod));
        let month = asked(|set| set.limit_per_month.is_some()).then(|| window(Frequency::PerMonth));
        let of_card = [day, month, own_pace(Level::Policy), own_pace(Level::Card), None];
        let of_agent = [pace(Level::Organisation), pace(Level::Agent), None, None, None];
        let [day, month, policy, own, _] = $by_card($db, $grant, &card.id, of_card).await?;
        let [organisation, agent, ..] = $by_agent($db, $grant, &$locked.agent.id, of_agent).await?;
        let counted =
            [(Level::Organisation, organisation), (Level::Agent, agent), (Level::Policy, policy), (Level::Card, own)];
        Ok(CardState {
            ends_at: Some(card.life.end()),
            spent_day: day.spent,
            spent_month: month.spent,
            spent: card.spent,
            approved: if unused { 0 } else { card.approved },
            last_approved_at: card.last_used_at.filter(|_| !unused),
            pinned_merchant: card.pinned_merchant.clone().filter(|_| !unused),
            attestation: $attestation,
            counts: counted
                .into_iter()
                .filter(|(level, _)| velocity(*level).is_some())
                .map(|(level, past)| (level, past.purchases))
                .collect(),
        })
    }};
}

/// What the locked card's rules are measured by. A sum that no rule asks for is left at nothing, and not read.
pub(crate) async fn measure(
    tx: &mut Tx,
    grant: &Grant,
    locked: &Locked,
    rules: &Rules,
    attestation: AttestationStatus,
) -> Result<CardState> {
    measured!(by_agent, by_card, tx, grant, locked, rules, attestation, false)
}

/// The same for a page, without locks and with every sum.
pub(crate) async fn look(
    db: &Db,
    grant: &Grant,
    seen: &Locked,
    rules: &Rules,
    attestation: AttestationStatus,
) -> Result<CardState> {
    measured!(past_of_agent, past_of_card, db, grant, seen, rules, attestation, true)
}
