use super::*;
use crate::{
    chance::SeededChance,
    risk::{
        Preset,
        configuration::{Own, OwnSetting},
    },
    time::HOUR,
};
use proptest::prelude::*;

const NOW: Timestamp = Timestamp(1_767_225_600_000);

fn amount(minor: i64) -> Amount {
    Amount::try_from(minor).unwrap()
}

/// A purchase of 1,000 in which no rule sees anything.
fn fine() -> Seen {
    Seen {
        at: NOW,
        amount: amount(1_000),
        merchant: "COFFEE SHOP".into(),
        card_type: CardType::Multi,
        approved: true,
        attestation: AttestationStatus::Attested,
        verdict: None,
        too_soon: None,
    }
}

fn quiet() -> State {
    State { in_hour: 1, in_day: 1, in_window: 1_000, ..State::default() }
}

fn earlier(ms: i64, merchant: &str) -> Earlier {
    let at = NOW - ms;
    Earlier { id: PurchaseId::new(at, &SeededChance::new(1)), at, merchant: merchant.into(), count: 1 }
}

fn moderate() -> Configuration {
    Configuration::default()
}

/// What fires under the starting point.
fn fired(seen: &Seen, state: &State) -> Vec<Rule> {
    look(&moderate(), seen, state).iter().map(|fired| fired.evidence.rule()).collect()
}

#[test]
fn nothing_is_seen_in_a_purchase_like_others() {
    for preset in Preset::ALL {
        assert_eq!(look(&preset.configuration(false), &fine(), &quiet()), []);
    }
}

#[test]
fn the_same_again_is_one_merchant_within_the_window() {
    let again = |ms, merchant: &str| fired(&fine(), &State { alike: vec![earlier(ms, merchant)], ..quiet() });
    assert_eq!(again(0, "COFFEE SHOP"), [Rule::DuplicateDetection]);
    assert_eq!(again(5 * MINUTE - 1, "Coffee Shop 042"), [Rule::DuplicateDetection]);
    assert_eq!(again(5 * MINUTE, "COFFEE SHOP"), [], "as long ago as the window is out");
    assert_eq!(again(1, "TEA SHOP"), []);
    let thrice = vec![earlier(1, "TEA SHOP"), earlier(MINUTE, "COFFEE SHOP"), earlier(2 * MINUTE, "COFFEE SHOP")];
    let found = look(&moderate(), &fine(), &State { alike: thrice.clone(), ..quiet() });
    let expected =
        Evidence::DuplicateDetection { earlier: thrice[1].id.clone(), gap_ms: MINUTE, count: 3, window_minutes: 5 };
    assert_eq!(found[0].evidence, expected);
    let often = |n: usize, count| Earlier { count, ..thrice[n].clone() };
    let counted = vec![often(0, 9), often(1, 20), often(2, 3)];
    match &look(&moderate(), &fine(), &State { alike: counted, ..quiet() })[0].evidence {
        Evidence::DuplicateDetection { count, .. } => assert_eq!(*count, 24, "this one and those of the same merchant"),
        other => panic!("{other:?}"),
    }
}

#[test]
fn as_many_as_set_are_not_too_many() {
    let seen = |in_hour, in_day| look(&moderate(), &fine(), &State { in_hour, in_day, ..quiet() });
    assert_eq!(seen(20, 100), []);
    assert_eq!(seen(21, 100)[0].evidence, Evidence::VelocityLimit { hours: 1, count: 21, limit: 20 });
    assert_eq!(seen(20, 101)[0].evidence, Evidence::VelocityLimit { hours: 24, count: 101, limit: 100 });
    let both = seen(21, 101);
    assert_eq!((both.len(), &both[0].evidence), (1, &Evidence::VelocityLimit { hours: 1, count: 21, limit: 20 }));
}

#[test]
fn a_spike_is_more_than_so_many_times_the_usual() {
    // Both spent 100 an hour: one in purchases of 1,400, the other in purchases of 10.
    let rare = Baseline { spent: 16_800, purchases: 12, days: 7 };
    let busy = Baseline { spent: 16_800, purchases: 1_680, days: 7 };
    let seen = |in_window, baseline| look(&moderate(), &fine(), &State { in_window, baseline, ..quiet() });
    assert_eq!(seen(300, busy), []);
    assert_eq!(
        seen(301, busy)[0].evidence,
        Evidence::SpendSpike { spent: 301, window_minutes: 60, usual: 100, limit: 300 }
    );
    assert_eq!(seen(4_200, rare), [], "three of its purchases at once are three times its average purchase");
    assert_eq!(
        seen(4_201, rare)[0].evidence,
        Evidence::SpendSpike { spent: 4_201, window_minutes: 60, usual: 1_400, limit: 4_200 }
    );
    for nothing_to_compare_with in [
        Baseline { purchases: 4, ..rare },
        Baseline { days: 0, ..rare },
        Baseline { spent: 0, ..rare },
        Baseline::default(),
    ] {
        assert_eq!(seen(i64::MAX, nothing_to_compare_with), []);
    }
    assert_eq!(seen(0, Baseline { spent: i64::MAX, purchases: 5, days: 1 }), []);
}

#[test]
fn only_no_read_at_all_is_unattested() {
    for (attestation, expected) in [
        (AttestationStatus::Attested, &[][..]),
        (AttestationStatus::Stale, &[]),
        (AttestationStatus::Unattested, &[Rule::UnattestedSpend]),
    ] {
        assert_eq!(fired(&Seen { attestation, ..fine() }, &quiet()), expected);
    }
}

fn verdict(amount_match: bool, merchant_match: bool, gap_percent: Option<i64>) -> MatchResult {
    MatchResult {
        amount_match,
        merchant_match,
        actual_amount: amount(1_000),
        actual_merchant: "COFFEE SHOP".into(),
        gap: gap_percent,
        gap_percent,
        tolerance_applied: Some(0),
        rule_version: 1,
        timing: None,
    }
}

#[test]
fn another_merchant_or_a_large_gap_is_not_as_declared() {
    let seen = |verdict| fired(&Seen { verdict: Some(verdict), ..fine() }, &quiet());
    let differs = [Rule::IntentMismatch];
    assert_eq!(seen(verdict(true, true, Some(900))), [], "within its tolerance");
    assert_eq!(seen(verdict(false, true, Some(2_499))), [], "smaller than counts");
    assert_eq!(seen(verdict(false, true, Some(2_500))), differs);
    assert_eq!(seen(verdict(false, true, Some(-2_500))), differs, "cheaper is different too");
    assert_eq!(seen(verdict(false, true, None)), differs, "another currency");
    assert_eq!(seen(verdict(true, false, Some(0))), differs, "another merchant, whatever the amount");
    assert_eq!(seen(verdict(false, true, Some(i64::MIN))), differs);
}

#[test]
fn a_drift_is_neither_the_first_nor_the_expected_merchant_of_a_multi_use_card() {
    let seen = |expected: &[&str], card_type| {
        let expected = expected.iter().map(|name| (*name).to_owned()).collect();
        fired(&Seen { card_type, ..fine() }, &State { expected, ..quiet() })
    };
    assert_eq!(seen(&[], CardType::Multi), [], "a first purchase with a card that expects nothing");
    assert_eq!(seen(&["Coffee Shop"], CardType::Multi), []);
    assert_eq!(seen(&["Tea", "coffee shop"], CardType::Multi), []);
    assert_eq!(seen(&["Tea", "Juice"], CardType::Multi), [Rule::MerchantDrift]);
    assert_eq!(seen(&["Tea"], CardType::Single), []);
}

#[test]
fn a_declined_purchase_is_only_ever_too_soon() {
    let wrong = Seen {
        attestation: AttestationStatus::Unattested,
        verdict: Some(verdict(false, false, None)),
        too_soon: Some((10, 60_000)),
        ..fine()
    };
    let state = State {
        alike: vec![earlier(1, "COFFEE SHOP")],
        in_hour: 1_000,
        in_day: 1_000,
        in_window: i64::MAX,
        baseline: Baseline { spent: 100, purchases: 10, days: 7 },
        expected: vec!["Tea".into()],
    };
    assert_eq!(fired(&wrong, &state).len(), 7, "approved, all of them see something");
    let found = look(&moderate(), &Seen { approved: false, ..wrong }, &state);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].evidence, Evidence::CooldownViolation { waited_ms: 10, pause_ms: 60_000 });
}

#[test]
fn a_dry_run_of_one_rule_or_of_all_keeps_the_action_and_says_so() {
    let seen = Seen { attestation: AttestationStatus::Unattested, ..fine() };
    let strict = Preset::Strict.configuration(false);
    let found = |configuration: &Configuration| {
        let found = look(configuration, &seen, &quiet());
        (found[0].action, found[0].dry_run)
    };
    assert_eq!(found(&strict), (Reaction::FreezeCard, false));
    assert_eq!(found(&Preset::Strict.configuration(true)), (Reaction::FreezeCard, true));
    let own = OwnSetting { dry_run: Some(true), ..OwnSetting::default() };
    let own = Own { dry_run: None, rules: [(Rule::UnattestedSpend, own)].into() };
    assert_eq!(found(&strict.with(&own)), (Reaction::FreezeCard, true));
}

fn any_seen() -> impl Strategy<Value = Seen> {
    let attestation = prop::sample::select(AttestationStatus::ALL);
    let verdict = proptest::option::of(
        (any::<bool>(), any::<bool>(), any::<Option<i64>>()).prop_map(|(a, m, gap)| verdict(a, m, gap)),
    );
    let too_soon = proptest::option::of((0..HOUR, 1..HOUR));
    let kind = prop::sample::select(CardType::ALL);
    (any::<bool>(), attestation, verdict, too_soon, kind, 1..i64::from(u32::MAX)).prop_map(
        |(approved, attestation, verdict, too_soon, card_type, minor)| Seen {
            approved,
            attestation,
            verdict,
            too_soon,
            card_type,
            amount: amount(minor),
            ..fine()
        },
    )
}

fn any_state() -> impl Strategy<Value = State> {
    let name = || prop::sample::select(&["COFFEE SHOP", "Tea", "Amazon"][..]);
    let alike = proptest::collection::vec((0..2 * HOUR, name()), 0..4);
    let baseline = (any::<i64>(), any::<i64>(), -1..40_i64);
    let counts = (any::<i64>(), any::<i64>(), any::<i64>());
    (alike, baseline, counts, proptest::collection::vec(name(), 0..3)).prop_map(
        |(alike, (spent, purchases, days), (in_hour, in_day, in_window), expected)| State {
            alike: alike.into_iter().map(|(ms, merchant)| earlier(ms, merchant)).collect(),
            in_hour,
            in_day,
            in_window,
            baseline: Baseline { spent, purchases, days },
            expected: expected.into_iter().map(str::to_owned).collect(),
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(2_000))]

    /// Each rule at most once, in order, only where it is enabled, with its own action: and none ever panics.
    #[test]
    fn what_fires_is_what_is_set(seen in any_seen(), state in any_state(), preset in prop::sample::select(Preset::ALL)) {
        let configuration = preset.configuration(false);
        let found = look(&configuration, &seen, &state);
        let rules: Vec<Rule> = found.iter().map(|fired| fired.evidence.rule()).collect();
        prop_assert!(rules.is_sorted() && rules.windows(2).all(|pair| pair[0] != pair[1]));
        for fired in &found {
            let setting = configuration.rule(fired.evidence.rule());
            prop_assert!(setting.enabled && setting.action == fired.action && !fired.dry_run);
            match fired.evidence {
                Evidence::VelocityLimit { count, limit, .. } => prop_assert!(count > limit),
                Evidence::SpendSpike { spent, usual, limit, .. } => prop_assert!(spent > limit && limit >= usual),
                Evidence::DuplicateDetection { gap_ms, window_minutes, .. } => {
                    prop_assert!((0..window_minutes * MINUTE).contains(&gap_ms));
                }
                _ => {}
            }
        }
    }

    /// Whatever a looser preset finds, a stricter one finds as well in the same state.
    #[test]
    fn a_stricter_preset_finds_no_less(seen in any_seen(), state in any_state(), at in 0..3_usize) {
        let rules = |preset: Preset| -> Vec<Rule> {
            look(&preset.configuration(false), &seen, &state).iter().map(|fired| fired.evidence.rule()).collect()
        };
        let (loose, strict) = (rules(Preset::ALL[at]), rules(Preset::ALL[at + 1]));
        prop_assert!(loose.iter().all(|rule| strict.contains(rule)), "{:?} {:?}", loose, strict);
    }

    /// A dry run sees the same.
    #[test]
    fn a_dry_run_sees_the_same(seen in any_seen(), state in any_state()) {
        let evidence = |dry| {
            let found = look(&Preset::Paranoid.configuration(dry), &seen, &state);
            found.into_iter().map(|fired| (fired.evidence, fired.action)).collect::<Vec<_>>()
        };
        prop_assert_eq!(evidence(true), evidence(false));
    }

    /// Switching one rule off takes its finding away and leaves the others.
    #[test]
    fn a_rule_that_is_off_is_silent(seen in any_seen(), state in any_state(), rule in prop::sample::select(Rule::ALL)) {
        let off = OwnSetting { enabled: Some(false), ..OwnSetting::default() };
        let off = Own { dry_run: None, rules: [(rule, off)].into() };
        let mut found = look(&moderate(), &seen, &state);
        found.retain(|fired| fired.evidence.rule() != rule);
        prop_assert_eq!(look(&moderate().with(&off), &seen, &state), found);
    }
}
