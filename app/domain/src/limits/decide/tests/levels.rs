//! The rules of four levels: each one's edge, and which level is named.
use super::*;

/// [`fine`], with the rules of these levels besides.
fn set(layers: &[(Level, Restrictions)]) -> Case {
    with(|c| c.rules.layers = layers.iter().map(|(level, set)| Layer { level: *level, set: set.clone() }).collect())
}

fn card(rules: Restrictions) -> Case {
    set(&[(Level::Card, rules)])
}

fn rule(case: &Case, rule: RuleName) -> Evaluated {
    case.decide().evaluated.into_iter().find(|e| e.rule == rule).unwrap()
}

fn mcc(code: &str) -> Mcc {
    Mcc::try_from(code.to_owned()).unwrap()
}

#[test]
fn each_rule_of_a_card_has_its_edge_and_its_reason() {
    use DeclineReason::*;
    let one = |change: fn(&mut Restrictions)| {
        let mut set = Restrictions::default();
        change(&mut set);
        card(set)
    };
    type Case3 = (Case, fn(&mut CardState), RuleName, DeclineReason);
    // Each case passes as it is, by nothing to spare, and fails with the change.
    let cases: [Case3; 7] = [
        (one(|r| r.limit_per_day = Some(amount(1_500))), |c| c.spent_day = 501, RuleName::CardDay, CardLimitExceeded),
        (
            one(|r| r.limit_per_month = Some(amount(1_500))),
            |c| c.spent_month = 501,
            RuleName::CardMonth,
            CardLimitExceeded,
        ),
        (one(|r| r.cumulative_max = Some(amount(1_500))), |c| c.spent = 501, RuleName::CardTotal, CardLimitExceeded),
        (one(|r| r.max_auth_count = Some(3)), |c| c.approved = 3, RuleName::AuthCount, AuthCountExceeded),
        (
            one(|r| r.cooldown_minutes = Some(5)),
            |c| c.last_approved_at = Some(fine().request.at - 5 * MINUTE + 1),
            RuleName::Cooldown,
            CooldownActive,
        ),
        (
            one(|r| r.velocity = Some(Velocity { max_count: 2, window_seconds: 60 })),
            |c| c.counts = vec![(Level::Card, 2)],
            RuleName::Velocity,
            VelocityExceeded,
        ),
        (
            one(|r| r.require_attestation = Some(true)),
            |c| c.attestation = AttestationStatus::Stale,
            RuleName::Attestation,
            AttestationRequired,
        ),
    ];
    for (mut case, change, by, reason) in cases {
        case.state.card = Some(CardState {
            spent_day: 500,
            spent_month: 500,
            spent: 500,
            approved: 2,
            last_approved_at: Some(case.request.at - 5 * MINUTE),
            counts: vec![(Level::Card, 1)],
            attestation: AttestationStatus::Attested,
            ..CardState::default()
        });
        assert!(case.decide().approved(), "{by}");
        change(case.state.card.as_mut().unwrap());
        let decision = case.decide();
        assert_eq!((decision.decided_by, decision.reason()), (Some(by), Some(reason)));
        assert_eq!(rule(&case, by).level, Some(Level::Card), "{by}");
    }
}

#[test]
fn a_card_is_over_at_the_moment_its_lifetime_ends() {
    let ends = |at| with(|c| c.state.card = Some(CardState { ends_at: Some(at), ..CardState::default() }));
    let at = fine().request.at;
    assert!(ends(at + 1).decide().approved());
    assert_eq!(ends(at).decide().reason(), Some(DeclineReason::CardExpired));
}

#[test]
fn the_tightest_level_decides_and_of_equals_the_narrowest_is_named() {
    let most = |minor| Restrictions { max_amount: Some(amount(minor)), ..Restrictions::default() };
    let named = |layers: &[(Level, Restrictions)]| {
        let found = rule(&set(layers), RuleName::MaxAmount);
        (found.level, found.limit)
    };
    use Level::*;
    assert_eq!(named(&[(Organisation, most(900)), (Card, most(5_000))]), (Some(Organisation), Some(900)));
    assert_eq!(
        named(&[(Organisation, most(5_000)), (Agent, most(900)), (Card, most(5_000))]),
        (Some(Agent), Some(900))
    );
    assert_eq!(named(&[(Policy, most(900)), (Card, most(900))]), (Some(Card), Some(900)));
    assert_eq!(named(&[(Card, Restrictions { limit_per_auth: Some(amount(7)), ..most(9) })]), (Some(Card), Some(7)));
    assert_eq!(named(&[]), (None, None));
    // The longest pause is the tightest.
    let pause = |minutes| Restrictions { cooldown_minutes: Some(minutes), ..Restrictions::default() };
    let found = rule(&set(&[(Organisation, pause(10)), (Card, pause(5))]), RuleName::Cooldown);
    assert_eq!((found.level, found.limit), (Some(Organisation), Some(10 * MINUTE)));
    // The window with the least room.
    let often = |max_count| Restrictions {
        velocity: Some(Velocity { max_count, window_seconds: 60 }),
        ..Restrictions::default()
    };
    let mut case = set(&[(Agent, often(10)), (Card, often(3))]);
    case.state.card.as_mut().unwrap().counts = vec![(Agent, 9), (Card, 0)];
    let found = rule(&case, RuleName::Velocity);
    assert_eq!((found.level, found.input, found.limit), (Some(Agent), Some(10), Some(10)));
}

#[test]
fn a_block_wins_over_every_allowance() {
    let both = Restrictions {
        allowed_mccs: Some(vec![mcc("5814")]),
        blocked_mccs: vec![mcc("5814")],
        allowed_merchants: Some(vec!["coffee".into()]),
        ..Restrictions::default()
    };
    assert_eq!(card(both.clone()).decide().reason(), Some(DeclineReason::BlockedMcc));
    let allowed = Restrictions { blocked_mccs: Vec::new(), ..both };
    assert!(card(allowed.clone()).decide().approved());
    let blocked = Restrictions { blocked_merchants: vec!["Shop".into()], ..Restrictions::default() };
    let case = set(&[(Level::Organisation, blocked), (Level::Card, allowed)]);
    assert_eq!(rule(&case, RuleName::Merchant).level, Some(Level::Organisation));
    assert_eq!(case.decide().reason(), Some(DeclineReason::BlockedMerchant));
}

#[test]
fn an_allowed_merchant_is_known_by_how_its_name_begins() {
    let named = |name: &str| {
        let mut case = card(Restrictions { allowed_merchants: Some(vec!["Amazon".into()]), ..Restrictions::default() });
        case.request.merchant_name = name.into();
        case.decide().approved()
    };
    assert!(named("AMAZON.COM*2K4") && named("amazon"));
    assert!(!named("NOT AMAZON") && !named("AMA") && !named("AMAZONIA TOURS") && !named("***"));
}

#[test]
fn another_merchant_is_let_through_told_or_stopped_as_set() {
    for (set, approved, drifted, freezes) in [
        (None, true, false, false),
        (Some(OnDrift::Alert), true, true, false),
        (Some(OnDrift::Freeze), true, true, true),
        (Some(OnDrift::Decline), false, false, false),
    ] {
        let mut case = card(Restrictions { on_drift: set, ..Restrictions::default() });
        case.state.card.as_mut().unwrap().pinned_merchant = Some("COFFEE SHOP #12".into());
        assert!(!case.decide().drifted, "the same merchant");
        case.request.merchant_name = "CASINO".into();
        let decision = case.decide();
        let got = (decision.approved(), decision.drifted, decision.freeze_card);
        assert_eq!(got, (approved, drifted, freezes), "{set:?}");
        // What another rule stops bought nothing, and freezes nothing.
        case.state.spending_power = 0;
        assert!(!case.decide().drifted && !case.decide().freeze_card);
        (case.rules.card_type, case.state.spending_power) = (CardType::Single, 1_000);
        assert!(case.decide().approved() && !case.decide().drifted, "a single-use card has no second merchant");
    }
}

#[test]
fn spending_the_last_cent_closes_the_card() {
    let mut case = card(Restrictions { cumulative_max: Some(amount(1_000)), ..Restrictions::default() });
    assert!(case.decide().approved() && case.decide().close_card);
    case.request.amount = amount(999);
    assert!(case.decide().approved() && !case.decide().close_card);
    (case.request.amount, case.state.spending_power) = (amount(1_000), 0);
    assert!(!case.decide().close_card, "what was declined spent nothing");
}

#[test]
fn hours_are_those_of_the_level_that_set_them() {
    let hours = |start, end| Restrictions {
        active_time: Some(ActiveTime { hours: Some((start, end)), days: None, zone: Tz::UTC }),
        ..Restrictions::default()
    };
    // The purchase is at midnight.
    assert!(card(hours(0, 1)).decide().approved());
    let case = set(&[(Level::Policy, hours(1, 2)), (Level::Card, hours(0, 1))]);
    assert_eq!(rule(&case, RuleName::ActiveTime).level, Some(Level::Policy));
    assert_eq!(case.decide().reason(), Some(DeclineReason::OutsideActiveTime));
    let mut next = card(hours(0, 1));
    next.request.at = next.request.at + DAY - 1;
    assert!(!next.decide().approved());
}

#[test]
fn a_decision_of_the_first_version_replays_as_it_was() {
    let input = r#"{"request":{"amount":1200,"currency":"USD","merchantName":"SHOP","merchantCategoryCode":"5814",
        "at":1767225600000},"rules":{"version":1,"cardType":"multi","maxAmount":1000,"agentLimit":null,
        "zone":"Europe/Berlin"},"state":{"userApproved":true,"agentStatus":"active","cardStatus":"active",
        "cardUsed":false,"spendingPower":5000,"agentSpent":0}}"#;
    let stored = r#"{"version":1,"outcome":{"declined":{"reason":"max_amount_exceeded"}},"evaluated":[
        {"rule":"userApproved","verdict":"pass","reason":null,"input":null,"limit":null},
        {"rule":"agentActive","verdict":"pass","reason":null,"input":null,"limit":null},
        {"rule":"cardActive","verdict":"pass","reason":null,"input":null,"limit":null},
        {"rule":"singleUse","verdict":"pass","reason":null,"input":null,"limit":null},
        {"rule":"maxAmount","verdict":"fail","reason":"max_amount_exceeded","input":1200,"limit":1000},
        {"rule":"agentLimit","verdict":"pass","reason":null,"input":1200,"limit":null},
        {"rule":"balance","verdict":"pass","reason":null,"input":1200,"limit":5000}],
        "decidedBy":"maxAmount","suspendAgent":false,"limitExceeded":false}"#;
    let case: Case = serde_json::from_str(input).unwrap();
    assert_eq!(case.decide(), serde_json::from_str(stored).unwrap());
}

#[test]
fn a_decision_of_the_second_version_knows_of_no_stop_and_replays_as_it_was() {
    let mut case = fine();
    case.rules.version = 2;
    let input = serde_json::to_string(&case).unwrap();
    assert!(!input.contains("organisationStopped"), "stored as it was before there was a stop: {input}");
    let stored = case.decide();
    assert!(stored.approved() && stored.version == 2);
    assert_eq!(stored.evaluated.iter().map(|e| e.rule).collect::<Vec<_>>(), RuleName::ALL[1..]);
    assert_eq!(serde_json::from_str::<Case>(&input).unwrap().decide(), stored);
    case.state.organisation_stopped = true;
    assert_eq!(case.decide(), stored, "its order asks nothing that came later");
}
