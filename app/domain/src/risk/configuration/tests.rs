use super::*;

fn of(rule: Rule, change: RuleChange) -> Change {
    Change { dry_run: None, rules: [(rule, change)].into() }
}

fn refused<T: std::fmt::Debug>(result: Result<T>) -> Vec<String> {
    match result {
        Err(crate::Error::Refused(refused)) => refused.0.into_iter().map(|(field, _)| field).collect(),
        other => panic!("not refused: {other:?}"),
    }
}

fn off() -> RuleChange {
    RuleChange { enabled: Some(Some(false)), ..RuleChange::default() }
}

#[test]
fn an_edited_preset_is_none_and_edited_back_it_is_one_again() {
    let edited = of(Rule::VelocityLimit, off()).of_organisation(&Configuration::default()).unwrap();
    assert_eq!(edited.preset(), None);
    let on = RuleChange { enabled: Some(Some(true)), ..RuleChange::default() };
    let back = of(Rule::VelocityLimit, on).of_organisation(&edited).unwrap();
    assert_eq!(back.preset(), Some(Preset::Moderate));
    let dry = Change { dry_run: Some(Some(true)), ..Change::default() };
    assert_eq!(dry.of_organisation(&back).unwrap().preset(), Some(Preset::Moderate), "a dry run is no edit");
}

#[test]
fn the_narrower_level_counts_and_can_inherit_again() {
    let wide = Preset::Strict.configuration(true);
    let number = |value| RuleChange { numbers: [(Number::MaxPerHour, value)].into(), ..RuleChange::default() };
    let change = RuleChange { action: Some(Some(Reaction::Alert)), ..number(Some(7)) };
    let agent = Change { dry_run: Some(Some(false)), ..of(Rule::VelocityLimit, change) };
    let agent = agent.of_agent(&Own::default()).unwrap();
    let in_force = wide.with(&agent);
    let velocity = in_force.rule(Rule::VelocityLimit);
    assert_eq!((in_force.dry_run, velocity.action), (false, Reaction::Alert));
    assert_eq!((velocity.number(Number::MaxPerHour), velocity.number(Number::MaxPerDay)), (7, 50));
    assert_eq!(in_force.rule(Rule::MerchantDrift), wide.rule(Rule::MerchantDrift));
    let card = of(Rule::VelocityLimit, off()).of_card(&Own::default()).unwrap();
    let on_card = in_force.with(&card);
    assert!(!on_card.rule(Rule::VelocityLimit).enabled);
    assert_eq!(on_card.rule(Rule::VelocityLimit).number(Number::MaxPerHour), 7);
    // Some of it, and then all of it.
    let some = of(Rule::VelocityLimit, number(None)).of_agent(&agent).unwrap();
    assert_eq!(wide.with(&some).rule(Rule::VelocityLimit).number(Number::MaxPerHour), 10);
    let all = Change { dry_run: Some(None), ..of(Rule::VelocityLimit, RuleChange::inherit(Rule::VelocityLimit)) };
    assert_eq!(all.of_agent(&agent).unwrap(), Own::default());
}

#[test]
fn what_cannot_be_set_is_refused_by_name() {
    let numbers = |number, value| RuleChange { numbers: [(number, Some(value))].into(), ..RuleChange::default() };
    let before = Configuration::default();
    for (rule, number, value) in [
        (Rule::VelocityLimit, Number::MaxPerHour, 0),
        (Rule::VelocityLimit, Number::MaxPerDay, 100_001),
        (Rule::SpendSpike, Number::Multiplier, 99),
        (Rule::SpendSpike, Number::BaselineDays, 31),
        (Rule::DuplicateDetection, Number::WindowMinutes, -1),
        (Rule::MerchantDrift, Number::WindowMinutes, 5),
    ] {
        let change = of(rule, numbers(number, value));
        assert_eq!(refused(change.of_organisation(&before)), [format!("rules.{rule}.{number}")]);
        assert_eq!(refused(change.of_agent(&Own::default())), [format!("rules.{rule}.{number}")]);
    }
    let inherit = Change { dry_run: Some(None), ..of(Rule::SpendSpike, RuleChange::inherit(Rule::SpendSpike)) };
    let fields = ["enabled", "action", "dryRun", "windowMinutes", "multiplier", "baselineDays"];
    let mut all: Vec<String> = fields.iter().map(|field| format!("rules.spendSpike.{field}")).collect();
    all.insert(0, "dryRun".into());
    assert_eq!(refused(inherit.of_organisation(&before)), all);
    let more = RuleChange { action: Some(Some(Reaction::Alert)), ..numbers(Number::WindowMinutes, 5) };
    let more = Change { dry_run: Some(Some(true)), ..of(Rule::DuplicateDetection, more) };
    let fields = ["dryRun", "rules.duplicateDetection.action", "rules.duplicateDetection.windowMinutes"];
    assert_eq!(refused(more.of_card(&Own::default())), fields);
}

#[test]
fn a_multiplier_is_read_and_said_with_its_decimals() {
    for (typed, value, said) in [("3", 300, "3"), (" 2.5 ", 250, "2.5"), ("1.25", 125, "1.25"), ("1.05", 105, "1.05")] {
        assert_eq!(Number::Multiplier.parse(typed), Ok(value));
        assert_eq!(Number::Multiplier.said(value), said);
    }
    for bad in ["", "0.99", "101", "NaN", "inf", "-2", "1e400", "two"] {
        assert!(Number::Multiplier.parse(bad).is_err(), "{bad}");
    }
    assert_eq!(Number::MaxPerHour.parse("2.5"), Err("must be a whole number from 1 to 10000".into()));
    assert_eq!(hundredths(f64::NAN), None);
}

#[test]
fn what_is_stored_comes_back_and_holds_no_more_than_is_set() {
    let own = of(Rule::VelocityLimit, off()).of_agent(&Own::default()).unwrap();
    let text = serde_json::to_string(&own).unwrap();
    assert_eq!(text, r#"{"rules":{"velocityLimit":{"enabled":false}}}"#);
    assert_eq!(serde_json::from_str::<Own>(&text).unwrap(), own);
    let all = Configuration::default();
    assert_eq!(serde_json::from_str::<Configuration>(&serde_json::to_string(&all).unwrap()).unwrap(), all);
    assert_eq!(serde_json::to_string(&Own::default()).unwrap(), "{}");
}
