//! The decision about one purchase: pure, total, and the same for the same input for ever.
//!
//! Every rule looks at every purchase, in the order of its version; the first that fails decides. A new rule is a
//! [`RuleName`], a function and a place in the order, under a new [`RULES_VERSION`]: stored decisions keep the
//! version they were made with, and are replayed with the order of that version.
use super::OnLimitExceeded;

mod basic;
mod card;
mod case;
mod decision;
mod follows;
mod room;
mod rule;

pub use case::{AgentLimit, CardState, Case, Request, Rules, State};
pub use decision::{Decision, Evaluated, Outcome, Verdict};
pub use follows::Consequence;
pub use room::Room;
pub use rule::{RuleName, Unit};

/// The version of the rules that decides new purchases.
///
/// 1: user, agent, card, single use, the card's maximum, the agent's limit, the balance. 2: everything that
/// [`super::restrictions`] can set besides, on four levels. 3: before all of these, whether the organisation spends at all.
pub const RULES_VERSION: u32 = 3;

/// One rule: a look at the whole case.
type Rule = fn(&Request, &Rules, &State) -> Evaluated;

/// The rules of version 1: who spends, with what, how much, and last whether there is money.
const FIRST: &[Rule] = &[
    basic::user_approved,
    basic::agent_active,
    basic::card_active,
    basic::single_use,
    basic::max_amount,
    basic::agent_limit,
    basic::balance,
];

/// The rules of version 2: who, with what, when, where, why, how much, how often, and last whether there is money.
const SECOND: &[Rule] = &[
    basic::user_approved,
    basic::agent_active,
    basic::card_active,
    card::lifetime,
    basic::single_use,
    card::active_time,
    card::category,
    card::merchant,
    card::merchant_drift,
    card::attestation,
    card::max_amount,
    card::cooldown,
    card::velocity,
    card::auth_count,
    card::per_day,
    card::per_month,
    card::cumulative,
    basic::agent_limit,
    basic::balance,
];

/// What version 3 asks before the rules of version 2.
const BEFORE_ALL: &[Rule] = &[basic::organisation_active];

/// Decides about one purchase. The same input always gives the same decision.
pub fn decide(request: &Request, rules: &Rules, state: &State) -> Decision {
    let (before, order): (&[Rule], _) = match rules.version {
        0 | 1 => (&[], FIRST),
        2 => (&[], SECOND),
        _ => (BEFORE_ALL, SECOND),
    };
    let evaluated: Vec<Evaluated> = before.iter().chain(order).map(|rule| rule(request, rules, state)).collect();
    let failed = evaluated.iter().find_map(|e| e.reason.map(|reason| (e.rule, reason)));
    let decided_by = failed.map(|(rule, _)| rule);
    let approved = decided_by.is_none();
    let stopped_by_limit = decided_by == Some(RuleName::AgentLimit);
    let let_through = |rule| approved && evaluated.iter().any(|e| e.rule == rule && e.verdict == Verdict::NotEnforced);
    let drifted = let_through(RuleName::MerchantDrift);
    Decision {
        version: rules.version,
        outcome: failed.map_or(Outcome::Approved, |(_, reason)| Outcome::Declined { reason }),
        decided_by,
        suspend_agent: stopped_by_limit
            && rules.agent_limit.is_some_and(|limit| limit.on_exceeded == Some(OnLimitExceeded::Suspend)),
        limit_exceeded: stopped_by_limit || let_through(RuleName::AgentLimit),
        drifted,
        freeze_card: drifted && card::freezes_on_drift(rules),
        close_card: approved && card::reached_its_total(&evaluated),
        evaluated,
    }
}

#[cfg(test)]
mod tests;
