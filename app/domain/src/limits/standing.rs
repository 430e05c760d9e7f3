//! What stands for a card or an agent: of each rule what counts, which level set it, and the room that is left.
use super::{
    Frequency,
    decide::{AgentLimit, CardState, Case},
    hours::ActiveTime,
    restrictions::{Layer, Level, Mcc, OnDrift, Velocity, approval, tightest},
    window, zone_name,
};
use crate::{
    attestations::AttestationStatus,
    money::Amount,
    time::{MINUTE, Timestamp},
};
use chrono_tz::Tz;
use serde::{Deserialize, Serialize};
use std::cmp::Reverse;

/// One rule that counts, the tightest where several levels set it. Lists and hours of several levels count together, so
/// that each of them stands alone.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = StandingRule))]
pub struct Standing {
    /// Who set it.
    pub level: Level,
    /// What it says.
    #[serde(flatten)]
    pub rule: Rule,
}

/// What a rule says, and where the card or agent is within it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema), schema(as = WhatRuleSays))]
#[serde(tag = "rule", rename_all = "camelCase")]
#[expect(missing_docs, reason = "the numbers are what each rule says")]
pub enum Rule {
    /// The most for one purchase.
    PerPurchase { most: Amount },
    /// The most of a card in 24 hours, and what it spent.
    PerDay { most: Amount, spent: Option<i64> },
    /// The most of a card in the calendar month, what it spent, and when that starts again.
    PerMonth {
        most: Amount,
        spent: Option<i64>,
        // Named here because the schema knows nothing of `rename_all_fields`.
        #[serde(rename = "resetsAt")]
        resets_at: Option<Timestamp>,
    },
    /// The most that a card may ever spend, and what it spent.
    Total { most: Amount, spent: Option<i64> },
    /// The most approvals of a card, and how many it had.
    Approvals { most: u32, had: Option<i64> },
    /// The pause after a purchase, and when the running one is over.
    Pause { minutes: u32, until: Option<Timestamp> },
    /// So many purchases in a while, and how many lie in it.
    Pace { set: Velocity, had: Option<i64> },
    /// Hours and days, and whether it is one of them now.
    Active { time: ActiveTime, now: bool },
    /// Only these categories.
    OnlyMccs { list: Vec<Mcc> },
    /// Never these categories.
    NoMccs { list: Vec<Mcc> },
    /// Only these merchants.
    OnlyMerchants { list: Vec<String> },
    /// Never these merchants.
    NoMerchants { list: Vec<String> },
    /// What another merchant than the first means, and which that was.
    Drift { action: OnDrift, first: Option<String> },
    /// Whether the details must have been read for a purchase, and how that stands.
    Attestation { status: Option<AttestationStatus> },
    /// From which declared amount on a person must approve; none: every purchase.
    Approval { from: Option<Amount> },
    /// The limit over all cards of the agent, what they spent, and when that starts again.
    AgentLimit {
        limit: AgentLimit,
        spent: i64,
        #[serde(rename = "resetsAt")]
        resets_at: Option<Timestamp>,
    },
}

/// What organisation and agent set for every card of an agent, and what is true of the agent now.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AgentCase {
    /// What is set, the widest first.
    pub layers: Vec<Layer>,
    /// The limit over all its cards.
    pub limit: Option<AgentLimit>,
    /// What it spent in the window of that limit.
    pub spent: i64,
    /// How many of its purchases lie in the window of each level's [`Velocity`].
    pub counts: Vec<(Level, i64)>,
    /// When that was.
    pub at: Timestamp,
    /// The organisation's time zone.
    #[serde(with = "zone_name")]
    pub zone: Tz,
}

/// Everything that stands for the card of this case.
pub fn of_card(case: &Case) -> Vec<Standing> {
    let card = case.state.card.as_ref();
    let counts = card.map(|card| card.counts.as_slice()).unwrap_or_default();
    let sight = Sight { layers: &case.rules.layers, at: case.request.at, zone: case.rules.zone, card, counts };
    sight.all(case.rules.agent_limit, case.state.agent_spent)
}

/// Everything that stands for every card of the agent. What is counted for each card alone has no count here.
pub fn of_agent(case: &AgentCase) -> Vec<Standing> {
    let sight = Sight { layers: &case.layers, at: case.at, zone: case.zone, card: None, counts: &case.counts };
    sight.all(case.limit, case.spent)
}

struct Sight<'a> {
    layers: &'a [Layer],
    at: Timestamp,
    zone: Tz,
    /// None: all cards of an agent are looked at together.
    card: Option<&'a CardState>,
    counts: &'a [(Level, i64)],
}

impl Sight<'_> {
    fn all(&self, limit: Option<AgentLimit>, agent_spent: i64) -> Vec<Standing> {
        let mut all = Vec::new();
        let mut add = |found: Option<(Level, Rule)>| {
            all.extend(found.map(|(level, rule)| Standing { level, rule }));
        };
        let of = |spent: fn(&CardState) -> i64| self.card.map(spent);
        add(tightest(self.layers, |set| set.per_purchase()).map(|(level, most)| (level, Rule::PerPurchase { most })));
        let day = tightest(self.layers, |set| set.limit_per_day);
        add(day.map(|(level, most)| (level, Rule::PerDay { most, spent: of(|card| card.spent_day) })));
        let month = tightest(self.layers, |set| set.limit_per_month);
        let resets_at = window::next_reset(Frequency::PerMonth, self.at, self.zone);
        add(month.map(|(level, most)| (level, Rule::PerMonth { most, spent: of(|card| card.spent_month), resets_at })));
        let total = tightest(self.layers, |set| set.cumulative_max);
        add(total.map(|(level, most)| (level, Rule::Total { most, spent: of(|card| card.spent) })));
        add(limit.map(|limit| {
            let resets_at = window::next_reset(limit.frequency, self.at, self.zone);
            (Level::Agent, Rule::AgentLimit { limit, spent: agent_spent, resets_at })
        }));
        let approvals = tightest(self.layers, |set| set.max_auth_count);
        add(approvals.map(|(level, most)| (level, Rule::Approvals { most, had: of(|card| card.approved) })));
        add(self.pace());
        add(self.pause());
        for layer in self.layers {
            let time = layer.set.active_time.clone();
            add(time.map(|time| (layer.level, Rule::Active { now: time.contains(self.at), time })));
        }
        for Layer { level, set } in self.layers {
            add(set.allowed_mccs.clone().map(|list| (*level, Rule::OnlyMccs { list })));
            add(some(&set.blocked_mccs).map(|list| (*level, Rule::NoMccs { list })));
            add(set.allowed_merchants.clone().map(|list| (*level, Rule::OnlyMerchants { list })));
            add(some(&set.blocked_merchants).map(|list| (*level, Rule::NoMerchants { list })));
        }
        let drift = tightest(self.layers, |set| set.on_drift.map(Reverse));
        let first = self.card.and_then(|card| card.pinned_merchant.clone());
        add(drift.map(|(level, action)| (level, Rule::Drift { action: action.0, first })));
        let asked = self.layers.iter().rev().find(|layer| layer.set.require_attestation == Some(true));
        let status = self.card.map(|card| card.attestation);
        add(asked.map(|layer| (layer.level, Rule::Attestation { status })));
        add(approval(self.layers).map(|asked| (asked.level, Rule::Approval { from: asked.from })));
        all
    }

    /// Of several windows the one with the least room, as the decision looks at them.
    fn pace(&self) -> Option<(Level, Rule)> {
        let had = |level| self.counts.iter().find(|(of, _)| *of == level).map(|(_, count)| *count);
        self.layers
            .iter()
            .filter_map(|layer| layer.set.velocity.map(|set| (layer.level, set, had(layer.level))))
            .min_by_key(|(level, set, had)| (i64::from(set.max_count) - had.unwrap_or(0), Reverse(*level)))
            .map(|(level, set, had)| (level, Rule::Pace { set, had }))
    }

    fn pause(&self) -> Option<(Level, Rule)> {
        let (level, Reverse(minutes)) = tightest(self.layers, |set| set.cooldown_minutes.map(Reverse))?;
        let last = self.card.and_then(|card| card.last_approved_at);
        let until = last.map(|last| last + i64::from(minutes) * MINUTE).filter(|until| *until > self.at);
        Some((level, Rule::Pause { minutes, until }))
    }
}

fn some<T: Clone>(list: &[T]) -> Option<Vec<T>> {
    (!list.is_empty()).then(|| list.to_vec())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::restrictions::Restrictions;

    fn amount(minor: i64) -> Amount {
        Amount::try_from(minor).unwrap()
    }

    fn case(layers: Vec<Layer>, counts: Vec<(Level, i64)>) -> AgentCase {
        AgentCase { layers, limit: None, spent: 0, counts, at: Timestamp(0), zone: Tz::UTC }
    }

    #[test]
    fn the_tightest_level_is_named_and_lists_of_all_stand() {
        let wide = Restrictions {
            limit_per_day: Some(amount(500)),
            blocked_mccs: vec![Mcc::try_from("7995".to_owned()).unwrap()],
            velocity: Some(Velocity { max_count: 9, window_seconds: 60 }),
            ..Restrictions::default()
        };
        let narrow = Restrictions {
            limit_per_day: Some(amount(600)),
            blocked_mccs: vec![Mcc::try_from("6011".to_owned()).unwrap()],
            velocity: Some(Velocity { max_count: 3, window_seconds: 60 }),
            require_attestation: Some(false),
            ..Restrictions::default()
        };
        let layers = vec![Layer { level: Level::Organisation, set: wide }, Layer { level: Level::Agent, set: narrow }];
        let all = of_agent(&case(layers.clone(), vec![(Level::Organisation, 8), (Level::Agent, 1)]));
        let said: Vec<(Level, String)> = all.iter().map(|one| (one.level, format!("{:?}", one.rule))).collect();
        assert_eq!(said.len(), 4, "{said:?}");
        assert_eq!(all[0].level, Level::Organisation);
        assert_eq!(all[0].rule, Rule::PerDay { most: amount(500), spent: None });
        assert!(said[1].1.starts_with("Pace") && said[1].0 == Level::Organisation, "one is left there, two here");
        assert_eq!((said[2].0, said[3].0), (Level::Organisation, Level::Agent), "both lists count");
        let fresh = of_agent(&case(layers, vec![(Level::Organisation, 0), (Level::Agent, 0)]));
        assert_eq!(fresh[1].level, Level::Agent);
    }

    #[test]
    fn a_pause_is_over_when_it_is_over() {
        let set = Restrictions { cooldown_minutes: Some(2), ..Restrictions::default() };
        let layers = [Layer { level: Level::Card, set }];
        let bought = CardState { last_approved_at: Some(Timestamp(1_000)), ..CardState::default() };
        let until = |at: i64| {
            let sight = Sight { layers: &layers, at: Timestamp(at), zone: Tz::UTC, card: Some(&bought), counts: &[] };
            match sight.pause() {
                Some((Level::Card, Rule::Pause { minutes: 2, until })) => until,
                other => panic!("{other:?}"),
            }
        };
        assert_eq!(until(120_999), Some(Timestamp(121_000)));
        assert_eq!(until(121_000), None);
    }
}
