use super::*;
use proptest::prelude::*;

fn amount(minor: i64) -> Amount {
    Amount::try_from(minor).unwrap()
}

fn claim(expected: impl Into<Option<i64>>, merchant: impl Into<Option<&'static str>>) -> Claim {
    Claim {
        expected_amount: expected.into().map(amount),
        expected_currency: Currency::USD,
        expected_merchant: merchant.into().map(str::to_owned),
        tolerance: Tolerance::default(),
    }
}

fn fact(minor: i64, merchant: &str) -> Fact {
    Fact { amount: amount(minor), currency: Currency::USD, merchant: merchant.to_owned() }
}

#[test]
fn the_default_tolerance_is_ten_percent_rounded_down_and_inclusive() {
    for (actual, matches) in [(31_499, false), (31_500, true), (34_999, true), (38_498, true), (38_499, false)] {
        assert_eq!(verdict(&claim(34_999, None), &fact(actual, "X")).amount_match, matches, "{actual}");
    }
    let result = verdict(&claim(34_999, None), &fact(38_498, "X"));
    assert_eq!((result.gap, result.gap_percent, result.tolerance_applied), (Some(3_499), Some(999), Some(3_499)));
    let result = verdict(&claim(3, None), &fact(2, "X"));
    assert_eq!((result.amount_match, result.gap, result.gap_percent), (false, Some(-1), Some(-3_333)));
}

#[test]
fn the_intents_own_tolerance_comes_before_the_cards_and_the_cards_before_the_organisations() {
    let card = Some(Fraction::try_from(5_000).unwrap());
    let of = |intent, card| Tolerance { intent, card, ..Tolerance::default() }.minor(amount(1_000));
    assert_eq!((of(Some(7), card), of(Some(0), card), of(None, card), of(None, None)), (7, 0, 500, 100));
    assert_eq!(of(Some(-5), None), 0);
}

#[test]
fn fractions_are_from_nothing_to_all() {
    for (ratio, basis_points) in [(0.0, 0), (0.1, 1_000), (0.29, 2_900), (0.123_456, 1_235), (1.0, 10_000)] {
        assert_eq!(Fraction::from_ratio(ratio).map(i64::from), Ok(basis_points));
    }
    for bad in [-0.01, 1.01, f64::NAN, f64::INFINITY] {
        assert_eq!(Fraction::from_ratio(bad), Err(FractionError), "{bad}");
    }
    assert!(serde_json::from_str::<Fraction>("10001").is_err());
}

#[test]
fn another_currency_is_another_amount() {
    let euros = Fact { currency: "EUR".parse().unwrap(), ..fact(1_000, "X") };
    let result = verdict(&claim(1_000, None), &euros);
    assert_eq!((result.amount_match, result.gap), (false, None));
    assert!(verdict(&claim(None, None), &euros).amount_match);
}

#[test]
fn merchants_match_in_part_and_in_any_case() {
    for (expected, actual) in [
        ("Amazon", "AMAZON.COM*2K4AB1"),
        ("amazon.com", "Amazon"),
        ("Whole Foods Market", "WHOLE FOODS MARKET #10234"),
        ("Trader Joe's", "TRADER JOES #552"),
        ("Walmart", "WAL-MART 0021"),
        ("Steam", "PAYPAL *STEAM"),
        ("HP", "HP.COM STORE"),
        ("7-Eleven 4411", "7 ELEVEN"),
        ("H&M", "HM"),
        ("365", "365 STORE 12"),
        ("Straße", "STRASSE 9"),
        ("ΟΔΟΣ", "οδος"),
        ("***", "***"),
    ] {
        assert!(same_merchant(expected, actual), "{expected} / {actual}");
    }
    for (expected, actual) in
        [("Amazon", "A"), ("Amazon", "***"), ("", "Amazon"), ("Amazon", "Amaz0n"), ("HP", "CHPS"), ("Delta", "United")]
    {
        assert!(!same_merchant(expected, actual), "{expected} / {actual}");
    }
}

#[test]
fn the_purchase_goes_to_the_best_fit_and_among_equals_to_the_oldest() {
    let pending = |claim, at| Pending { claim, declared_at: Timestamp(at) };
    let fact = fact(1_000, "COFFEE SHOP");
    let neither = || pending(claim(9_000, "Books"), 1);
    let merchant_only = || pending(claim(9_000, "Coffee"), 2);
    let amount_only = || pending(claim(1_000, "Books"), 3);
    let both = || pending(claim(1_000, "Coffee"), 4);
    let both_earlier = || pending(claim(1_050, "Coffee"), 3);
    assert_eq!(best_fit(&[], &fact), None);
    assert_eq!(best_fit(&[neither(), merchant_only(), amount_only(), both()], &fact), Some(3));
    assert_eq!(best_fit(&[both(), both_earlier()], &fact), Some(1));
    assert_eq!(best_fit(&[neither(), merchant_only(), amount_only()], &fact), Some(2));
    assert_eq!(best_fit(&[merchant_only(), neither()], &fact), Some(1));
}

#[test]
fn the_stored_form_uses_the_documented_names() {
    let stored = serde_json::to_value(verdict(&claim(1_000, "Coffee"), &fact(1_050, "COFFEE SHOP"))).unwrap();
    assert_eq!(
        stored,
        serde_json::json!({"amountMatch": true, "merchantMatch": true, "actualAmount": 1_050,
            "actualMerchant": "COFFEE SHOP", "gap": 50, "gapPercent": 500, "toleranceApplied": 100, "ruleVersion": 1})
    );
    let timing = Timing::at(Timestamp(50), Timestamp(20), Some(Timestamp(60)));
    let timed = MatchResult { timing: Some(timing), ..verdict(&claim(None, None), &fact(1, "X")) };
    let stored = serde_json::to_value(&timed).unwrap();
    assert_eq!(stored["timing"], serde_json::json!({"declaredBefore": 30, "readBefore": 0}));
    assert_eq!(serde_json::from_value::<MatchResult>(stored).unwrap(), timed);
}

fn some_amount() -> impl Strategy<Value = Amount> {
    prop_oneof![1..500_i64, 1..=Amount::MAX.minor()].prop_map(amount)
}

fn some_claim() -> impl Strategy<Value = Claim> {
    (
        proptest::option::of(some_amount()),
        proptest::option::of("\\PC{0,12}"),
        proptest::option::of(prop_oneof![0..100_i64, any::<i64>()]),
        proptest::option::of((0..=10_000_i64).prop_map(|n| Fraction::try_from(n).unwrap())),
    )
        .prop_map(|(expected_amount, expected_merchant, intent, card)| Claim {
            expected_amount,
            expected_currency: Currency::USD,
            expected_merchant,
            tolerance: Tolerance { intent, card, ..Tolerance::default() },
        })
}

proptest! {
    #[test]
    fn the_amount_matches_exactly_within_the_tolerance(claim in some_claim(), actual in some_amount()) {
        let result = verdict(&claim, &fact(actual.minor(), "X"));
        let expected = claim.expected_amount.map(Amount::minor);
        prop_assert_eq!(result.gap, expected.map(|e| actual.minor() - e));
        let within = expected.is_none_or(|e| {
            let t = i128::from(result.tolerance_applied.unwrap());
            (i128::from(e) - t..=i128::from(e) + t).contains(&i128::from(actual.minor()))
        });
        prop_assert_eq!(result.amount_match, within);
        let stored = serde_json::to_string(&result).unwrap();
        prop_assert_eq!(serde_json::from_str::<MatchResult>(&stored).unwrap(), result);
    }

    #[test]
    fn a_merchant_is_itself_in_any_case_and_either_way(a in "\\PC{0,16}", b in "\\PC{0,16}") {
        prop_assert!(same_merchant(&a, &a));
        prop_assert_eq!(same_merchant(&a, &b), same_merchant(&b, &a));
        prop_assert_eq!(same_merchant(&a, &b.to_uppercase()), same_merchant(&a.to_uppercase(), &b.to_uppercase()));
    }

    #[test]
    fn the_best_fit_is_never_worse_than_another(
        claims in prop::collection::vec((some_claim(), 0..5_i64), 1..8),
        actual in some_amount(),
    ) {
        let pending: Vec<_> =
            claims.into_iter().map(|(claim, at)| Pending { claim, declared_at: Timestamp(at) }).collect();
        let fact = fact(actual.minor(), "COFFEE");
        let chosen = &pending[best_fit(&pending, &fact).unwrap()];
        let result = verdict(&chosen.claim, &fact);
        for other in &pending {
            let r = verdict(&other.claim, &fact);
            prop_assert!(result.matched() || !r.matched());
            prop_assert!(result.matched() || result.amount_match || !r.amount_match);
            if r.matched() == result.matched() && r.amount_match == result.amount_match {
                prop_assert!(chosen.declared_at <= other.declared_at);
            }
        }
    }
}
