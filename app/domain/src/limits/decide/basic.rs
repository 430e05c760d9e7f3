//! The rules of the first version: user, agent, card, one maximum, the agent's limit, the balance. And the one that stands
//! before them since the third: the organisation.
use super::{Evaluated, Request, RuleName, Rules, State, Verdict};
use crate::{
    agents::AgentStatus,
    cards::{CardStatus, CardType},
    limits::{DeclineReason, Frequency, OnLimitExceeded},
    money::Amount,
};

pub(super) fn organisation_active(_: &Request, _: &Rules, state: &State) -> Evaluated {
    let reason = state.organisation_stopped.then_some(DeclineReason::OrganisationSuspended);
    yes_or_no(RuleName::OrganisationActive, reason)
}

pub(super) fn user_approved(_: &Request, _: &Rules, state: &State) -> Evaluated {
    yes_or_no(RuleName::UserApproved, (!state.user_approved).then_some(DeclineReason::UserNotApproved))
}

pub(super) fn agent_active(_: &Request, _: &Rules, state: &State) -> Evaluated {
    yes_or_no(
        RuleName::AgentActive,
        match state.agent_status {
            AgentStatus::Active => None,
            AgentStatus::Suspended | AgentStatus::Closed => Some(DeclineReason::AgentSuspended),
        },
    )
}

pub(super) fn card_active(_: &Request, _: &Rules, state: &State) -> Evaluated {
    yes_or_no(
        RuleName::CardActive,
        match state.card_status {
            CardStatus::Active => None,
            CardStatus::Frozen => Some(DeclineReason::CardFrozen),
            CardStatus::Closed => Some(DeclineReason::CardClosed),
            CardStatus::NotActivated => Some(DeclineReason::CardNotActivated),
        },
    )
}

pub(super) fn single_use(_: &Request, rules: &Rules, state: &State) -> Evaluated {
    let spent = rules.card_type == CardType::Single && state.card_used;
    yes_or_no(RuleName::SingleUse, spent.then_some(DeclineReason::CardUsed))
}

pub(super) fn max_amount(request: &Request, rules: &Rules, _: &State) -> Evaluated {
    let limit = rules.max_amount.map(Amount::minor);
    at_most(RuleName::MaxAmount, Some(request.amount.minor()), limit, DeclineReason::MaxAmountExceeded)
}

pub(super) fn agent_limit(request: &Request, rules: &Rules, state: &State) -> Evaluated {
    let earlier = match rules.agent_limit.map(|limit| limit.frequency) {
        Some(Frequency::PerTransaction) => 0,
        _ => state.agent_spent,
    };
    let total = earlier.checked_add(request.amount.minor());
    let limit = rules.agent_limit.map(|limit| limit.amount.minor());
    let found = at_most(RuleName::AgentLimit, total, limit, DeclineReason::SpendingLimitExceeded);
    match rules.agent_limit {
        Some(limit) if found.verdict == Verdict::Fail && !OnLimitExceeded::enforces(limit.on_exceeded) => {
            Evaluated { verdict: Verdict::NotEnforced, reason: None, ..found }
        }
        _ => found,
    }
}

pub(super) fn balance(request: &Request, _: &Rules, state: &State) -> Evaluated {
    let (amount, limit) = (request.amount.minor(), state.spending_power);
    at_most(RuleName::Balance, Some(amount), Some(limit), DeclineReason::InsufficientFunds)
}

/// A rule without numbers: passes unless there is a reason against it.
pub(super) fn yes_or_no(rule: RuleName, reason: Option<DeclineReason>) -> Evaluated {
    let verdict = if reason.is_some() { Verdict::Fail } else { Verdict::Pass };
    Evaluated { rule, verdict, reason, input: None, limit: None, level: None }
}

/// A rule with numbers: passes up to and including the limit. An `input` too large to count is above every limit.
pub(super) fn at_most(rule: RuleName, input: Option<i64>, limit: Option<i64>, reason: DeclineReason) -> Evaluated {
    let fails = limit.is_some_and(|limit| input.is_none_or(|input| input > limit));
    Evaluated { input, limit, ..yes_or_no(rule, fails.then_some(reason)) }
}
