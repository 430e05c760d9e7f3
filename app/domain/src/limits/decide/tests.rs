use super::*;
use crate::{
    agents::AgentStatus,
    attestations::AttestationStatus,
    cards::{CardStatus, CardType},
    limits::{
        DeclineReason, Frequency,
        hours::ActiveTime,
        restrictions::{Layer, Level, Mcc, OnDrift, Restrictions, Velocity},
    },
    money::{Amount, Currency},
    time::{DAY, MINUTE, Timestamp},
};
use chrono_tz::Tz;
use proptest::prelude::*;

mod levels;

fn amount(minor: i64) -> Amount {
    Amount::try_from(minor).unwrap()
}

/// A purchase of 1,000 that nothing speaks against.
fn fine() -> Case {
    Case {
        request: Request {
            amount: amount(1_000),
            currency: Currency::USD,
            merchant_name: "COFFEE SHOP".into(),
            merchant_category_code: "5814".into(),
            at: Timestamp(1_767_225_600_000),
        },
        rules: Rules {
            version: RULES_VERSION,
            card_type: CardType::Multi,
            max_amount: None,
            layers: vec![Layer {
                level: Level::Card,
                set: Restrictions { max_amount: Some(amount(1_000)), ..Restrictions::default() },
            }],
            agent_limit: Some(AgentLimit { amount: amount(10_000), frequency: Frequency::PerMonth, on_exceeded: None }),
            zone: Tz::Europe__Berlin,
        },
        state: State {
            organisation_stopped: false,
            user_approved: true,
            agent_status: AgentStatus::Active,
            card_status: CardStatus::Active,
            card_used: false,
            spending_power: 1_000,
            agent_spent: 9_000,
            card: Some(CardState::default()),
        },
    }
}

/// [`fine`] with something changed.
fn with(change: impl FnOnce(&mut Case)) -> Case {
    let mut case = fine();
    change(&mut case);
    case
}

fn over_limit(set: Option<OnLimitExceeded>) -> Case {
    with(|c| {
        c.state.agent_spent = 9_001;
        c.rules.agent_limit = c.rules.agent_limit.map(|l| AgentLimit { on_exceeded: set, ..l });
    })
}

#[test]
fn a_purchase_exactly_at_every_limit_is_approved() {
    let decision = fine().decide();
    assert!(decision.approved() && decision.decided_by.is_none());
    assert!(!decision.suspend_agent && !decision.limit_exceeded);
    assert_eq!(decision.evaluated.iter().map(|e| e.rule).collect::<Vec<_>>(), RuleName::ALL);
    assert!(decision.evaluated.iter().all(|e| e.verdict == Verdict::Pass));
}

#[test]
fn each_rule_declines_for_its_own_reason() {
    use DeclineReason::*;
    let cases = [
        (with(|c| c.state.organisation_stopped = true), RuleName::OrganisationActive, OrganisationSuspended),
        (with(|c| c.state.user_approved = false), RuleName::UserApproved, UserNotApproved),
        (with(|c| c.state.agent_status = AgentStatus::Suspended), RuleName::AgentActive, AgentSuspended),
        (with(|c| c.state.card_status = CardStatus::Frozen), RuleName::CardActive, CardFrozen),
        (with(|c| c.state.card_status = CardStatus::Closed), RuleName::CardActive, CardClosed),
        (with(|c| c.state.card_status = CardStatus::NotActivated), RuleName::CardActive, CardNotActivated),
        (with(|c| (c.rules.card_type, c.state.card_used) = (CardType::Single, true)), RuleName::SingleUse, CardUsed),
        (with(|c| c.rules.layers[0].set.max_amount = Some(amount(999))), RuleName::MaxAmount, MaxAmountExceeded),
        (over_limit(None), RuleName::AgentLimit, SpendingLimitExceeded),
        (with(|c| c.state.agent_spent = i64::MAX), RuleName::AgentLimit, SpendingLimitExceeded),
        (with(|c| c.state.spending_power = 999), RuleName::Balance, InsufficientFunds),
        (with(|c| c.state.spending_power = i64::MIN), RuleName::Balance, InsufficientFunds),
    ];
    for (case, rule, reason) in cases {
        let decision = case.decide();
        assert_eq!((decision.decided_by, decision.reason()), (Some(rule), Some(reason)));
        let others = decision.evaluated.iter().filter(|e| e.rule != rule);
        assert!(others.into_iter().all(|e| e.verdict == Verdict::Pass), "{reason}");
        assert!(!decision.suspend_agent);
        assert_eq!(decision.limit_exceeded, rule == RuleName::AgentLimit);
    }
}

#[test]
fn the_first_failing_rule_decides_and_the_others_are_still_shown() {
    let case = with(|c| {
        c.state.card_status = CardStatus::Closed;
        c.state.spending_power = 0;
        c.state.agent_spent = 10_000;
        c.rules.agent_limit =
            c.rules.agent_limit.map(|l| AgentLimit { on_exceeded: Some(OnLimitExceeded::Suspend), ..l });
    });
    let decision = case.decide();
    assert_eq!(decision.reason(), Some(DeclineReason::CardClosed));
    assert_eq!(decision.evaluated.iter().filter(|e| e.verdict == Verdict::Fail).count(), 3);
    // A purchase that a closed card stops spends nothing, so the agent is not suspended for it.
    assert!(!decision.suspend_agent && !decision.limit_exceeded);
}

#[test]
fn what_is_set_for_the_limit_decides_what_passing_it_costs() {
    use OnLimitExceeded::{None as Nothing, Notify, Suspend};
    for (set, approved, suspends, verdict) in [
        (None, false, false, Verdict::Fail),
        (Some(Suspend), false, true, Verdict::Fail),
        (Some(Notify), true, false, Verdict::NotEnforced),
        (Some(Nothing), true, false, Verdict::NotEnforced),
    ] {
        let decision = over_limit(set).decide();
        let rule = decision.evaluated.iter().find(|e| e.rule == RuleName::AgentLimit).unwrap();
        assert_eq!((decision.approved(), decision.suspend_agent, rule.verdict), (approved, suspends, verdict));
        assert_eq!((rule.input, rule.limit), (Some(10_001), Some(10_000)));
        assert!(decision.limit_exceeded);
    }
}

#[test]
fn a_limit_per_transaction_forgets_earlier_purchases() {
    let case = with(|c| {
        c.state.agent_spent = i64::MAX;
        c.rules.agent_limit =
            Some(AgentLimit { amount: amount(1_000), frequency: Frequency::PerTransaction, on_exceeded: None });
    });
    assert!(case.decide().approved());
}

#[test]
fn without_limits_only_the_balance_counts() {
    let case = with(|c| {
        c.rules.layers.clear();
        c.rules.agent_limit = None;
        c.request.amount = Amount::MAX;
        c.state.spending_power = Amount::MAX.minor();
        c.state.agent_spent = i64::MAX;
    });
    assert!(case.decide().approved());
}

#[test]
fn a_used_multi_card_can_be_used_again() {
    assert!(with(|c| c.state.card_used = true).decide().approved());
}

#[test]
fn the_stored_form_of_a_decision_stays_readable() {
    let stored = serde_json::to_value(over_limit(Some(OnLimitExceeded::Suspend)).decide()).unwrap();
    assert_eq!(stored["version"], 3);
    assert_eq!(stored["outcome"], serde_json::json!({"declined": {"reason": "spending_limit_exceeded"}}));
    assert_eq!(stored["decidedBy"], "agentLimit");
    assert_eq!(stored["suspendAgent"], true);
    assert_eq!(
        stored["evaluated"][18],
        serde_json::json!({"rule": "agentLimit", "verdict": "fail", "reason": "spending_limit_exceeded",
            "input": 10_001, "limit": 10_000})
    );
    assert_eq!(serde_json::to_value(fine().decide()).unwrap()["outcome"], "approved");
    assert_eq!(serde_json::to_value(fine()).unwrap()["rules"]["zone"], "Europe/Berlin");
}

#[test]
fn every_reason_has_a_sentence() {
    for reason in DeclineReason::ALL {
        let text = reason.plain();
        assert!(text.ends_with('.') && !text.contains('_'), "{reason}: {text}");
    }
}

/// Numbers that lie near each other, so that limits are met, passed and kept about equally often, and the extremes.
fn number() -> impl Strategy<Value = i64> {
    prop_oneof![8 => -50..200_i64, 1 => Just(i64::MAX), 1 => Just(i64::MIN), 1 => any::<i64>()]
}

fn some_amount() -> impl Strategy<Value = Amount> {
    prop_oneof![8 => 1..100_i64, 1 => 1..=Amount::MAX.minor()].prop_map(amount)
}

/// Limits of one level over a card's spend.
fn layer() -> impl Strategy<Value = Layer> {
    let maybe = || proptest::option::weighted(0.3, some_amount());
    let counts = (proptest::option::weighted(0.2, 1..5_u32), proptest::option::weighted(0.2, 1..5_u32));
    (prop::sample::select(Level::ALL), maybe(), maybe(), maybe(), maybe(), counts).prop_map(
        |(level, max_amount, limit_per_day, limit_per_month, cumulative_max, (max_auth_count, cooldown_minutes))| {
            let set = Restrictions {
                max_amount,
                limit_per_day,
                limit_per_month,
                cumulative_max,
                max_auth_count,
                cooldown_minutes,
                ..Restrictions::default()
            };
            Layer { level, set }
        },
    )
}

fn card_state() -> impl Strategy<Value = CardState> {
    (number(), number(), number(), 0..6_i64, proptest::option::of(any::<i64>())).prop_map(
        |(spent_day, spent_month, spent, approved, last)| CardState {
            spent_day,
            spent_month,
            spent,
            approved,
            last_approved_at: last.map(Timestamp),
            ..CardState::default()
        },
    )
}

fn case() -> impl Strategy<Value = Case> {
    let request = (some_amount(), ".{0,20}", "[0-9]{4}", any::<i64>()).prop_map(|(amount, name, mcc, at)| Request {
        amount,
        currency: Currency::USD,
        merchant_name: name,
        merchant_category_code: mcc,
        at: Timestamp(at),
    });
    let on_exceeded = proptest::option::of(prop::sample::select(OnLimitExceeded::ALL));
    let limit = (some_amount(), prop::sample::select(Frequency::ALL), on_exceeded)
        .prop_map(|(amount, frequency, on_exceeded)| AgentLimit { amount, frequency, on_exceeded });
    let rules = (
        prop::sample::select(CardType::ALL),
        prop::collection::vec(layer(), 0..4),
        proptest::option::of(limit),
        prop::sample::select(&chrono_tz::TZ_VARIANTS[..]),
    )
        .prop_map(|(card_type, layers, agent_limit, zone)| Rules {
            version: RULES_VERSION,
            card_type,
            max_amount: None,
            layers,
            agent_limit,
            zone,
        });
    let state = (
        prop::bool::weighted(0.1),
        prop::bool::weighted(0.9),
        prop_oneof![9 => Just(AgentStatus::Active), 1 => Just(AgentStatus::Suspended)],
        prop_oneof![9 => Just(CardStatus::Active), 1 => prop::sample::select(CardStatus::ALL)],
        any::<bool>(),
        number(),
        number(),
        card_state(),
    )
        .prop_map(
            |(stopped, user_approved, agent_status, card_status, card_used, spending_power, agent_spent, card)| State {
                organisation_stopped: stopped,
                user_approved,
                agent_status,
                card_status,
                card_used,
                spending_power,
                agent_spent,
                card: Some(card),
            },
        );
    (request, rules, state).prop_map(|(request, rules, state)| Case { request, rules, state })
}

/// The rules of one level, told once more in wide numbers.
fn keeps_to(set: &Restrictions, request: &Request, card: &CardState) -> bool {
    let wide = |n: i64| i128::from(n);
    let cost = wide(request.amount.minor());
    let room = |limit: Option<Amount>, spent| limit.is_none_or(|limit| wide(spent) + cost <= wide(limit.minor()));
    room(set.max_amount, 0)
        && room(set.limit_per_day, card.spent_day)
        && room(set.limit_per_month, card.spent_month)
        && room(set.cumulative_max, card.spent)
        && set.max_auth_count.is_none_or(|most| card.approved < i64::from(most))
        && set
            .cooldown_minutes
            .zip(card.last_approved_at)
            .is_none_or(|(minutes, last)| request.at.since(last) >= i64::from(minutes) * MINUTE)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    #[test]
    fn nothing_is_approved_over_an_enforced_limit(case in case()) {
        let Case { request, rules, state } = &case;
        let wide = |n: i64| i128::from(n);
        let cost = wide(request.amount.minor());
        let allowed = !state.organisation_stopped
            && state.user_approved
            && state.agent_status == AgentStatus::Active
            && state.card_status == CardStatus::Active
            && !(rules.card_type == CardType::Single && state.card_used)
            && rules.layers.iter().all(|layer| keeps_to(&layer.set, request, state.card.as_ref().unwrap()))
            && rules.agent_limit.is_none_or(|limit| {
                let earlier = if limit.frequency == Frequency::PerTransaction { 0 } else { wide(state.agent_spent) };
                matches!(limit.on_exceeded, Some(OnLimitExceeded::Notify | OnLimitExceeded::None))
                    || earlier + cost <= wide(limit.amount.minor())
            })
            && cost <= wide(state.spending_power);
        prop_assert_eq!(case.decide().approved(), allowed);
    }

    #[test]
    fn a_decision_explains_itself(case in case()) {
        let decision = case.decide();
        prop_assert_eq!(decision.evaluated.iter().map(|e| e.rule).collect::<Vec<_>>(), RuleName::ALL);
        let first = decision.evaluated.iter().find(|e| e.verdict == Verdict::Fail);
        prop_assert_eq!(decision.decided_by, first.map(|e| e.rule));
        prop_assert_eq!(decision.reason(), first.and_then(|e| e.reason));
        prop_assert!(decision.evaluated.iter().all(|e| e.reason.is_some() == (e.verdict == Verdict::Fail)));
        prop_assert!(!decision.suspend_agent || (decision.limit_exceeded && !decision.approved()));
    }

    #[test]
    fn a_stored_case_replays_to_the_stored_decision(case in case()) {
        let decision = case.decide();
        let stored = (serde_json::to_string(&case).unwrap(), serde_json::to_string(&decision).unwrap());
        let replayed: Case = serde_json::from_str(&stored.0).unwrap();
        prop_assert_eq!(&replayed, &case);
        prop_assert_eq!(replayed.decide(), serde_json::from_str::<Decision>(&stored.1).unwrap());
    }
}
