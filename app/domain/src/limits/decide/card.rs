//! The rules that people set on four levels; the tightest counts, and its level is named.
use super::{
    CardState, Evaluated, Request, RuleName, Rules, State, Verdict,
    basic::{at_most, yes_or_no},
};
use crate::{
    attestations::AttestationStatus,
    cards::CardType,
    intents::matching::{Folded, same_merchant},
    limits::{
        DeclineReason,
        restrictions::{Layer, Level, Mcc, OnDrift, tightest},
    },
    money::Amount,
    time::MINUTE,
};
use std::borrow::Cow;

fn card(state: &State) -> Cow<'_, CardState> {
    state.card.as_ref().map_or_else(|| Cow::Owned(CardState::default()), Cow::Borrowed)
}

/// Fails for the narrowest level that `breaks`; where none does, no level is named.
fn forbidden(rule: RuleName, rules: &Rules, reason: DeclineReason, breaks: impl Fn(&Layer) -> bool) -> Evaluated {
    let level = rules.layers.iter().rev().find(|layer| breaks(layer)).map(|layer| layer.level);
    Evaluated { level, ..yes_or_no(rule, level.map(|_| reason)) }
}

/// Passes up to and including the limit that some level set.
fn within(rule: RuleName, input: Option<i64>, limit: Option<(Level, i64)>, reason: DeclineReason) -> Evaluated {
    Evaluated { level: limit.map(|(level, _)| level), ..at_most(rule, input, limit.map(|(_, limit)| limit), reason) }
}

fn minor((level, amount): (Level, Amount)) -> (Level, i64) {
    (level, amount.minor())
}

pub(super) fn lifetime(request: &Request, _: &Rules, state: &State) -> Evaluated {
    let over = card(state).ends_at.is_some_and(|end| end <= request.at);
    yes_or_no(RuleName::Lifetime, over.then_some(DeclineReason::CardExpired))
}

pub(super) fn active_time(request: &Request, rules: &Rules, _: &State) -> Evaluated {
    forbidden(RuleName::ActiveTime, rules, DeclineReason::OutsideActiveTime, |layer| {
        layer.set.active_time.as_ref().is_some_and(|time| !time.contains(request.at))
    })
}

pub(super) fn category(request: &Request, rules: &Rules, _: &State) -> Evaluated {
    let named = |list: &[Mcc]| list.iter().any(|mcc| mcc.as_str() == request.merchant_category_code);
    forbidden(RuleName::Category, rules, DeclineReason::BlockedMcc, |layer| {
        named(&layer.set.blocked_mccs) || layer.set.allowed_mccs.as_ref().is_some_and(|allowed| !named(allowed))
    })
}

/// A block list looks for its words anywhere in the name, an allow list only at its beginning: whoever may choose the
/// rest of a name must not pass for somebody else.
pub(super) fn merchant(request: &Request, rules: &Rules, _: &State) -> Evaluated {
    let name = Folded::of(&request.merchant_name);
    forbidden(RuleName::Merchant, rules, DeclineReason::BlockedMerchant, |layer| {
        layer.set.blocked_merchants.iter().any(|blocked| name.holds(blocked))
            || layer.set.allowed_merchants.as_ref().is_some_and(|all| !all.iter().any(|one| name.begins_with(one)))
    })
}

/// What drifting means for this card: the strictest of what is set.
fn on_drift(rules: &Rules) -> Option<(Level, OnDrift)> {
    if rules.card_type == CardType::Single {
        return None;
    }
    tightest(&rules.layers, |set| set.on_drift.map(std::cmp::Reverse)).map(|(level, set)| (level, set.0))
}

pub(super) fn freezes_on_drift(rules: &Rules) -> bool {
    on_drift(rules).is_some_and(|(_, set)| set == OnDrift::Freeze)
}

pub(super) fn merchant_drift(request: &Request, rules: &Rules, state: &State) -> Evaluated {
    let passes = yes_or_no(RuleName::MerchantDrift, None);
    let Some((level, set)) = on_drift(rules) else { return passes };
    let card = card(state);
    let drifts = card.pinned_merchant.as_ref().is_some_and(|pinned| !same_merchant(pinned, &request.merchant_name));
    let level = Some(level);
    match set {
        _ if !drifts => Evaluated { level, ..passes },
        OnDrift::Decline => {
            Evaluated { level, ..yes_or_no(RuleName::MerchantDrift, Some(DeclineReason::BlockedMerchant)) }
        }
        OnDrift::Alert | OnDrift::Freeze => Evaluated { level, verdict: Verdict::NotEnforced, ..passes },
    }
}

pub(super) fn attestation(_: &Request, rules: &Rules, state: &State) -> Evaluated {
    let missing = card(state).attestation != AttestationStatus::Attested;
    forbidden(RuleName::Attestation, rules, DeclineReason::AttestationRequired, |layer| {
        missing && layer.set.require_attestation == Some(true)
    })
}

pub(super) fn max_amount(request: &Request, rules: &Rules, _: &State) -> Evaluated {
    let limit = tightest(&rules.layers, |set| set.per_purchase()).map(minor);
    within(RuleName::MaxAmount, Some(request.amount.minor()), limit, DeclineReason::MaxAmountExceeded)
}

/// Its numbers are milliseconds since the last approved purchase, and how many must have passed: the longest pause
/// that is set. A purchase exactly at the end of the pause passes.
pub(super) fn cooldown(request: &Request, rules: &Rules, state: &State) -> Evaluated {
    let pause = tightest(&rules.layers, |set| set.cooldown_minutes.map(std::cmp::Reverse));
    let limit = pause.map(|(level, minutes)| (level, i64::from(minutes.0) * MINUTE));
    let passed = card(state).last_approved_at.map(|last| request.at.since(last));
    let early = limit.zip(passed).is_some_and(|((_, pause), passed)| passed < pause);
    Evaluated {
        input: passed.filter(|_| limit.is_some()),
        limit: limit.map(|(_, pause)| pause),
        level: limit.map(|(level, _)| level),
        ..yes_or_no(RuleName::Cooldown, early.then_some(DeclineReason::CooldownActive))
    }
}

/// Of several windows the one with the least room is shown.
pub(super) fn velocity(_: &Request, rules: &Rules, state: &State) -> Evaluated {
    let card = card(state);
    let measured = |level| card.counts.iter().find(|(of, _)| *of == level).map_or(0, |(_, count)| *count);
    let tight = rules
        .layers
        .iter()
        .filter_map(|layer| layer.set.velocity.map(|set| (layer.level, i64::from(set.max_count))))
        .map(|(level, most)| (level, measured(level).saturating_add(1), most))
        .min_by_key(|(level, count, most)| (most.saturating_sub(*count), std::cmp::Reverse(*level)));
    let (input, limit) = (tight.map(|(_, count, _)| count), tight.map(|(level, _, most)| (level, most)));
    within(RuleName::Velocity, input, limit, DeclineReason::VelocityExceeded)
}

pub(super) fn auth_count(_: &Request, rules: &Rules, state: &State) -> Evaluated {
    let limit = tightest(&rules.layers, |set| set.max_auth_count).map(|(level, most)| (level, i64::from(most)));
    within(RuleName::AuthCount, card(state).approved.checked_add(1), limit, DeclineReason::AuthCountExceeded)
}

pub(super) fn per_day(request: &Request, rules: &Rules, state: &State) -> Evaluated {
    let limit = tightest(&rules.layers, |set| set.limit_per_day).map(minor);
    let total = card(state).spent_day.checked_add(request.amount.minor());
    within(RuleName::CardDay, total, limit, DeclineReason::CardLimitExceeded)
}

pub(super) fn per_month(request: &Request, rules: &Rules, state: &State) -> Evaluated {
    let limit = tightest(&rules.layers, |set| set.limit_per_month).map(minor);
    let total = card(state).spent_month.checked_add(request.amount.minor());
    within(RuleName::CardMonth, total, limit, DeclineReason::CardLimitExceeded)
}

pub(super) fn cumulative(request: &Request, rules: &Rules, state: &State) -> Evaluated {
    let limit = tightest(&rules.layers, |set| set.cumulative_max).map(minor);
    let total = card(state).spent.checked_add(request.amount.minor());
    within(RuleName::CardTotal, total, limit, DeclineReason::CardLimitExceeded)
}

pub(super) fn reached_its_total(evaluated: &[Evaluated]) -> bool {
    evaluated.iter().any(|e| e.rule == RuleName::CardTotal && e.limit.is_some() && e.input == e.limit)
}
