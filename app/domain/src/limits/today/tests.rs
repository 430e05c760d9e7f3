use super::{gaps::Gaps, *};
use crate::{
    agents::AgentStatus,
    cards::{CardStatus, CardType},
    limits::{
        Frequency,
        decide::{CardState, Case, Outcome, RULES_VERSION, Request, Rules, State},
        restrictions::{Layer, Level, Restrictions, Velocity},
    },
    money::{Amount, Currency},
    time::Timestamp,
};
use chrono_tz::Tz;

fn cents(minor: i64) -> Amount {
    Amount::try_from(minor).unwrap()
}

fn layer(level: Level, change: impl FnOnce(&mut Restrictions)) -> Layer {
    let mut set = Restrictions::default();
    change(&mut set);
    Layer { level, set }
}

fn limit(minor: i64, frequency: Frequency) -> Option<AgentLimit> {
    Some(AgentLimit { amount: cents(minor), frequency, on_exceeded: None })
}

/// A purchase of 1,000 with a card that had spent 4,000 that day.
fn then(layers: Vec<Layer>, agent_limit: Option<AgentLimit>) -> Case {
    Case {
        request: Request {
            amount: cents(1_000),
            currency: Currency::USD,
            merchant_name: "COFFEE SHOP".into(),
            merchant_category_code: "5814".into(),
            at: Timestamp(1_767_225_600_000),
        },
        rules: Rules {
            version: RULES_VERSION,
            card_type: CardType::Multi,
            max_amount: None,
            layers,
            agent_limit,
            zone: Tz::UTC,
        },
        state: State {
            organisation_stopped: false,
            user_approved: true,
            agent_status: AgentStatus::Active,
            card_status: CardStatus::Active,
            card_used: false,
            spending_power: 100_000,
            agent_spent: 4_000,
            card: Some(CardState { spent_day: 4_000, ..CardState::default() }),
        },
    }
}

/// Both decisions, where nothing had to be counted afterwards.
fn both(then: &Case, rules: Rules) -> Today {
    let (then_limit, now_limit) = (then.rules.agent_limit, rules.agent_limit);
    let counted = Gaps::of(then, &rules).rules();
    let now = Case { rules, ..then.clone() }.decide();
    Today { then: then.decide(), then_limit, now, now_limit, counted }
}

fn differing(today: &Today) -> Vec<RuleName> {
    today.beside().into_iter().filter(|row| row.differs).map(|row| row.now.rule).collect()
}

#[test]
fn the_same_rules_differ_in_nothing() {
    let day = layer(Level::Policy, |set| set.limit_per_day = Some(cents(5_000)));
    let case = then(vec![day], limit(9_000, Frequency::PerMonth));
    let today = both(&case, case.rules.clone());
    assert_eq!((differing(&today), &today.now), (vec![], &today.then));
    assert_eq!(today.beside().len(), RuleName::ALL.len());
}

#[test]
fn a_tighter_limit_names_its_rule_and_the_outcome() {
    let of = |most| layer(Level::Card, |set| set.limit_per_day = Some(cents(most)));
    let case = then(vec![of(5_000)], None);
    let today = both(&case, Rules { layers: vec![of(4_999)], ..case.rules.clone() });
    assert!(today.then.approved());
    assert_eq!(today.now.decided_by, Some(RuleName::CardDay));
    assert!(matches!(today.now.outcome, Outcome::Declined { .. }));
    assert_eq!(differing(&today), [RuleName::CardDay]);
    // A limit that is another one and stops nothing is named as well.
    let today = both(&case, Rules { layers: vec![of(6_000)], ..case.rules.clone() });
    assert_eq!((today.now.approved(), differing(&today)), (true, vec![RuleName::CardDay]));
    // And one that is gone.
    let today = both(&case, Rules { layers: vec![], ..case.rules.clone() });
    assert_eq!((today.now.approved(), differing(&today)), (true, vec![RuleName::CardDay]));
    // Of two that both stop it, the first in the order decides.
    let closed = layer(Level::Organisation, |set| set.blocked_merchants = vec!["coffee".into()]);
    let today = both(&case, Rules { layers: vec![closed, of(1)], ..case.rules.clone() });
    assert_eq!(today.now.decided_by, Some(RuleName::Merchant));
    assert_eq!(differing(&today), [RuleName::Merchant, RuleName::CardDay]);
}

#[test]
fn what_nobody_measured_is_told_from_what_is_stored() {
    let day = layer(Level::Card, |set| set.limit_per_day = Some(cents(9_000)));
    let month = layer(Level::Agent, |set| set.limit_per_month = Some(cents(9_000)));
    let count =
        |window_seconds| layer(Level::Policy, |set| set.velocity = Some(Velocity { max_count: 3, window_seconds }));
    let case = then(vec![day.clone(), count(60)], limit(9_000, Frequency::PerMonth));
    let gaps = |layers: Vec<Layer>, agent_limit, zone| {
        Gaps::of(&case, &Rules { layers, agent_limit, zone, ..case.rules.clone() })
    };
    let same = case.rules.agent_limit;
    assert_eq!(gaps(case.rules.layers.clone(), same, Tz::UTC), Gaps::default());
    assert_eq!(gaps(vec![], None, Tz::UTC), Gaps::default(), "what nobody asks for need not be known");
    assert_eq!(gaps(vec![month.clone()], same, Tz::UTC), Gaps { month: true, ..Gaps::default() });
    for (frequency, counted) in [
        (Frequency::PerTransaction, None),
        (Frequency::PerMonth, None),
        (Frequency::PerYear, Some(Frequency::PerYear)),
        (Frequency::Per24HourPeriod, Some(Frequency::Per24HourPeriod)),
    ] {
        assert_eq!(gaps(vec![], limit(1, frequency), Tz::UTC).agent, counted, "{frequency}");
    }
    // The month begins elsewhere; 24 hours are the same everywhere.
    let moved = gaps(vec![day, month], same, Tz::Asia__Tokyo);
    assert_eq!(moved, Gaps { agent: Some(Frequency::PerMonth), month: true, ..Gaps::default() });
    assert_eq!(moved.rules(), [RuleName::AgentLimit, RuleName::CardMonth]);
    // Another number over the same time is measured already, another time is not.
    let looser = layer(Level::Policy, |set| set.velocity = Some(Velocity { max_count: 9, window_seconds: 60 }));
    assert_eq!(gaps(vec![looser], None, Tz::UTC), Gaps::default());
    assert_eq!(gaps(vec![count(61)], None, Tz::UTC).rules(), [RuleName::Velocity]);
}

#[test]
fn another_window_of_the_agents_limit_differs_though_the_amount_is_the_same() {
    let case = then(vec![], limit(9_000, Frequency::PerMonth));
    let today = both(&case, Rules { agent_limit: limit(9_000, Frequency::PerTransaction), ..case.rules.clone() });
    assert_eq!((today.counted.clone(), differing(&today)), (vec![], vec![RuleName::AgentLimit]));
}

#[test]
fn a_decision_of_the_first_version_is_set_beside_all_rules_of_now() {
    let mut case = then(vec![], None);
    case.rules.version = 1;
    case.rules.max_amount = Some(cents(2_000));
    let most = layer(Level::Card, |set| set.max_amount = Some(cents(2_000)));
    let today =
        both(&case, Rules { version: RULES_VERSION, max_amount: None, layers: vec![most], ..case.rules.clone() });
    assert_eq!(differing(&today), []);
    assert!(today.beside().iter().any(|row| row.then.is_none() && row.now.rule == RuleName::Cooldown));
}
