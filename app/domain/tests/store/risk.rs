//! The risk rules against a database: what they count, what they leave behind, and that they decide nothing.
use super::support::{Shop, authorize, cents, code, intent, read};
use domain::{
    Error,
    access::Role,
    agents::{self, AgentStatus, ResumeAgent, SuspendAgent},
    audit,
    cards::{self, CardStatus},
    environment::Environment,
    error::Code,
    find::{Found, find},
    ids::CardId,
    limits::{
        self, Frequency, OnLimitExceeded,
        restrictions::{Level, OnDrift, Restrictions},
    },
    name::Line,
    page::Paging,
    purchases::{Purchase, PurchaseStatus as Is, testing::Cast},
    risk::{
        self, Effect, Evidence, Filter, Finding, Preset, Reaction, Rule, SetAgentRisk, SetCardRisk, SetRisk,
        configuration::{Change, Number, RuleChange},
    },
    time::{DAY, HOUR, MINUTE, SECOND},
};

/// Only these rules look, each with this action.
async fn only(shop: &Shop, rules: &[(Rule, Reaction)]) {
    let change = |rule: &Rule| {
        let set = rules.iter().find(|(of, _)| of == rule);
        let action = set.map(|(_, action)| Some(*action));
        (*rule, RuleChange { enabled: Some(Some(set.is_some())), action, ..RuleChange::default() })
    };
    let change = Change { dry_run: None, rules: Rule::ALL.iter().map(change).collect() };
    shop.fresh.db.commit(&shop.grant, SetRisk { change, ..SetRisk::default() }).await.unwrap();
}

async fn shop(rules: &[(Rule, Reaction)]) -> Shop {
    shop_of(Cast::default(), rules).await
}

async fn shop_of(cast: Cast, rules: &[(Rule, Reaction)]) -> Shop {
    let shop = Shop::new(cast).await;
    only(&shop, rules).await;
    shop
}

/// Every finding, the first one first.
async fn found(shop: &Shop) -> Vec<Finding> {
    let page = risk::list(&shop.fresh.db, &shop.grant, &Filter::default(), &Paging::newest(100)).await.unwrap();
    page.rows.into_iter().rev().collect()
}

async fn card(shop: &Shop, id: &CardId) -> (CardStatus, Option<String>) {
    let card = cards::get(&shop.fresh.db, &shop.grant, id).await.unwrap();
    (card.status, card.status_reason)
}

async fn agent(shop: &Shop) -> (AgentStatus, Option<String>) {
    let agent = agents::get(&shop.fresh.db, &shop.grant, &shop.ids.agent).await.unwrap();
    (agent.status, agent.suspended_reason)
}

/// The bodies of the events of this type.
async fn events(shop: &Shop, kind: &str) -> Vec<String> {
    let all = shop.fresh.everything().await["events"].clone();
    all.into_iter().filter(|row| row.contains(&format!("type='{kind}'"))).collect()
}

/// A purchase that a read came before, so that no rule minds that there was none.
async fn attested(shop: &Shop, amount: i64, merchant: &str) -> Purchase {
    shop.fresh.db.commit(&shop.grant, read(&shop.ids.card)).await.unwrap();
    shop.buy_with(&shop.ids.card, amount, merchant).await
}

#[tokio::test]
async fn nobody_set_anything_and_the_moderate_preset_alerts() {
    let shop = Shop::new(Cast::default()).await;
    let set = risk::of_organisation(&shop.fresh.db, &shop.grant).await.unwrap();
    assert_eq!((set.configuration.preset(), set.version, set.updated_at), (Some(Preset::Moderate), 0, None));
    let bought = shop.buy(700).await;
    assert_eq!(bought.status, Is::Pending);
    let found = found(&shop).await;
    assert_eq!(found.len(), 1);
    let finding = &found[0];
    assert_eq!((finding.action, finding.effect), (Reaction::Alert, Effect::Alerted));
    assert_eq!(finding.evidence, Evidence::UnattestedSpend);
    assert_eq!((&finding.purchase_id, finding.amount), (&bought.id, 700));
    assert_eq!((&finding.card_id, &finding.agent_id, &finding.user_id), {
        let ids = &shop.ids;
        (&ids.card, &ids.agent, &ids.user)
    });
    assert_eq!((&*finding.merchant_name, &*finding.agent_name, &*finding.card_last4), {
        ("AMZN Mktp US*2K4", "shopper", "4242")
    });
    let told = events(&shop, "risk.anomaly").await;
    assert_eq!(told.len(), 1);
    for part in [r#""rule":"unattestedSpend""#, r#""effect":"alerted""#, r#""dryRun":false"#, bought.id.as_str()] {
        assert!(told[0].contains(part), "{part}: {told:?}");
    }
    let recorded = audit::Filter { action: Some(audit::Action::RiskFound), ..Default::default() };
    let auditor = shop.fresh.person(Environment::Live, Role::Auditor);
    let recorded = audit::list(&shop.fresh.db, &auditor, &recorded, &Paging::newest(10)).await.unwrap();
    assert_eq!(recorded.rows.len(), 1);
    assert_eq!(risk::of_purchase(&shop.fresh.db, &shop.grant, &bought.id).await.unwrap(), found);
    assert_eq!(card(&shop, &shop.ids.card).await, (CardStatus::Active, None));
}

#[tokio::test]
async fn the_same_again_freezes_the_card_after_the_purchase() {
    let shop = shop(&[(Rule::DuplicateDetection, Reaction::FreezeCard)]).await;
    let other = Cast::default().another_card(&shop.fresh.db, &shop.grant, &shop.ids).await.unwrap();
    let first = shop.buy(500).await;
    shop.fresh.clock.advance(4 * MINUTE);
    assert_eq!(shop.buy(501).await.status, Is::Pending, "another amount");
    assert_eq!(shop.buy_with(&other, 500, "Staples").await.status, Is::Pending, "another merchant");
    assert_eq!(found(&shop).await, []);
    // With another card of the same agent: it repeats itself all the same.
    let again = shop.buy_with(&other, 500, "amzn mktp us 2k4").await;
    assert_eq!(again.status, Is::Pending, "the purchase at hand stands");
    let all = found(&shop).await;
    let expected = Evidence::DuplicateDetection { earlier: first.id, gap_ms: 4 * MINUTE, count: 2, window_minutes: 5 };
    assert_eq!((all.len(), &all[0].evidence, all[0].effect), (1, &expected, Effect::CardFrozen));
    let frozen = (CardStatus::Frozen, Some("risk_duplicate_detection".to_owned()));
    assert_eq!(card(&shop, &other).await, frozen);
    assert_eq!(card(&shop, &shop.ids.card).await.0, CardStatus::Active);
    assert_eq!(shop.buy_with(&other, 1, "Staples").await.status, Is::Declined, "from the next one on");
    let told = events(&shop, "card.frozen").await;
    assert!(told.len() == 1 && told[0].contains("risk_duplicate_detection"), "{told:?}");
    // What was given back is bought again for a reason.
    shop.reverse(&again.id, None).await.unwrap();
    shop.fresh.clock.advance(MINUTE);
    assert_eq!(shop.buy(500).await.status, Is::Pending);
    assert_eq!(found(&shop).await.len(), 1, "the first is five minutes old, the second was given back");
    assert_eq!(limits::recount(&shop.fresh.db).await.unwrap(), []);
}

#[tokio::test]
async fn too_many_in_an_hour_suspend_the_agent_with_its_cards_once() {
    let shop = shop(&[(Rule::VelocityLimit, Reaction::SuspendAgent)]).await;
    let other = Cast::default().another_card(&shop.fresh.db, &shop.grant, &shop.ids).await.unwrap();
    let numbers = [(Number::MaxPerHour, Some(2)), (Number::MaxPerDay, Some(3))].into();
    let rules = [(Rule::VelocityLimit, RuleChange { numbers, ..RuleChange::default() })].into();
    let change = Change { dry_run: None, rules };
    shop.fresh.db.commit(&shop.grant, SetRisk { change, ..SetRisk::default() }).await.unwrap();
    shop.buy(1).await;
    shop.fresh.clock.advance(30 * SECOND);
    shop.buy_with(&other, 2, "Staples").await;
    shop.fresh.clock.advance(HOUR - 30 * SECOND);
    // An hour after the first, which has just left the window.
    shop.buy(3).await;
    assert_eq!(found(&shop).await, []);
    shop.fresh.clock.advance(29 * SECOND);
    let fourth = shop.buy(4).await;
    assert_eq!(fourth.status, Is::Pending);
    let all = found(&shop).await;
    assert_eq!((all.len(), all[0].effect), (1, Effect::AgentSuspended));
    assert_eq!(all[0].evidence, Evidence::VelocityLimit { hours: 1, count: 3, limit: 2 });
    assert_eq!(agent(&shop).await, (AgentStatus::Suspended, Some("risk_velocity_limit".into())));
    for card_id in [&shop.ids.card, &other] {
        assert_eq!(card(&shop, card_id).await, (CardStatus::Frozen, Some("agent_suspended".into())));
    }
    assert_eq!(events(&shop, "agent.suspended").await.len(), 1);
    assert_eq!(events(&shop, "card.frozen").await.len(), 2);
    // A day on, resumed: the fifth is within the hour, and the fourth of its day.
    let owner = shop.fresh.person(Environment::Live, Role::Owner);
    shop.fresh.db.commit(&owner, ResumeAgent { id: shop.ids.agent.clone() }).await.unwrap();
    shop.fresh.clock.advance(2 * HOUR);
    shop.buy(5).await;
    let all = found(&shop).await;
    assert_eq!(all[1].evidence, Evidence::VelocityLimit { hours: 24, count: 5, limit: 3 });
}

#[tokio::test]
async fn an_agent_that_goes_on_buying_too_often_is_told_of_once_an_hour_and_once_a_day() {
    let shop = shop(&[(Rule::VelocityLimit, Reaction::Alert)]).await;
    let set = async |hour: i64, day: i64, dry_run: bool| {
        let numbers = [(Number::MaxPerHour, Some(hour)), (Number::MaxPerDay, Some(day))].into();
        let rule = RuleChange { numbers, dry_run: Some(Some(dry_run)), ..RuleChange::default() };
        let change = Change { dry_run: None, rules: [(Rule::VelocityLimit, rule)].into() };
        shop.fresh.db.commit(&shop.grant, SetRisk { change, ..SetRisk::default() }).await.unwrap();
    };
    // A moment apart, so that findings have an order.
    let buy = async || {
        shop.fresh.clock.advance(1);
        shop.buy(1).await;
    };
    let told = async || {
        let hours = |evidence| {
            if let Evidence::VelocityLimit { hours, count, .. } = evidence { (hours, count) } else { (0, 0) }
        };
        found(&shop).await.into_iter().map(|finding| hours(finding.evidence)).collect::<Vec<_>>()
    };
    set(2, 100, false).await;
    for _ in 0..5 {
        buy().await;
    }
    assert_eq!(told().await, [(1, 3)]);
    assert_eq!(events(&shop, "risk.anomaly").await.len(), 1);
    // The day is another window than the hour; what only a dry run told was not told.
    set(100, 5, false).await;
    buy().await;
    assert_eq!(told().await, [(1, 3), (24, 6)]);
    set(2, 100, true).await;
    buy().await;
    set(2, 100, false).await;
    buy().await;
    assert_eq!(told().await, [(1, 3), (24, 6), (1, 7)]);
    // An hour later it is told again, if it goes on.
    shop.fresh.clock.advance(HOUR);
    for _ in 0..3 {
        buy().await;
    }
    assert_eq!(told().await, [(1, 3), (24, 6), (1, 7), (1, 3)]);
}

#[tokio::test]
async fn a_spike_is_measured_against_the_days_before() {
    let shop = shop(&[(Rule::SpendSpike, Reaction::Alert)]).await;
    let mut given_back = None;
    for day in 0..3 {
        for _ in 0..2 {
            let bought = shop.buy(1_000).await;
            given_back = (day == 0).then_some(bought.id).or(given_back);
            shop.fresh.clock.advance(HOUR);
        }
        shop.fresh.clock.advance(DAY - 2 * HOUR);
    }
    assert_eq!(found(&shop).await, [], "the first days have nothing to compare with");
    shop.buy(3_000).await;
    assert_eq!(found(&shop).await, [], "three times its average purchase");
    shop.buy(1).await;
    let expected = Evidence::SpendSpike { spent: 3_001, window_minutes: 60, usual: 1_000, limit: 3_000 };
    assert_eq!(found(&shop).await[0].evidence, expected);
    assert_eq!(limits::recount(&shop.fresh.db).await.unwrap(), []);
    // What is given back leaves the day that it was spent on.
    shop.reverse(&given_back.unwrap(), None).await.unwrap();
    assert_eq!(limits::recount(&shop.fresh.db).await.unwrap(), []);
    shop.fresh.clock.advance(HOUR);
    shop.buy(2_500).await;
    let expected = Evidence::SpendSpike { spent: 2_500, window_minutes: 60, usual: 833, limit: 2_499 };
    assert_eq!(found(&shop).await[1].evidence, expected);
}

#[tokio::test]
async fn what_was_declared_and_the_expected_merchant_are_compared() {
    let rules = [(Rule::IntentMismatch, Reaction::Alert), (Rule::MerchantDrift, Reaction::FreezeCard)];
    let shop = shop(&rules).await;
    let declare = async |id: &str| drop(shop.fresh.db.commit(&shop.grant, intent(&shop.ids.card, id)).await.unwrap());
    declare("a").await;
    assert_eq!(attested(&shop, 6_249, "Amazon").await.status, Is::Pending);
    assert_eq!(found(&shop).await, [], "24.98 percent more than declared is not large");
    declare("b").await;
    attested(&shop, 6_250, "Amazon").await;
    let all = found(&shop).await;
    let expected = Evidence::IntentMismatch { gap: Some(1_250), gap_basis_points: Some(2_500), merchant_match: true };
    assert_eq!((all.len(), &all[0].evidence, all[0].effect), (1, &expected, Effect::Alerted));
    declare("c").await;
    let last = attested(&shop, 5_000, "Casino Royale").await;
    let all = found(&shop).await;
    assert_eq!(all.len(), 3);
    let last = risk::of_purchase(&shop.fresh.db, &shop.grant, &last.id).await.unwrap();
    let expected = Evidence::IntentMismatch { gap: Some(0), gap_basis_points: Some(0), merchant_match: false };
    assert_eq!(last[0].evidence, expected);
    assert_eq!(last[1].evidence, Evidence::MerchantDrift { expected: vec!["Amazon".into()] });
    assert_eq!(card(&shop, &shop.ids.card).await, (CardStatus::Frozen, Some("risk_merchant_drift".into())));
}

#[tokio::test]
async fn a_try_before_the_pause_is_over_is_told_and_stays_declined() {
    let layers = vec![(Level::Card, Restrictions { cooldown_minutes: Some(10), ..Restrictions::default() })];
    let cast = Cast { layers, ..Cast::default() };
    let shop = shop_of(cast, &[(Rule::CooldownViolation, Reaction::FreezeCard)]).await;
    shop.buy(1).await;
    shop.fresh.clock.advance(10 * MINUTE);
    shop.buy(2).await;
    assert_eq!(found(&shop).await, []);
    shop.fresh.clock.advance(MINUTE);
    assert_eq!(shop.buy(3).await.status, Is::Declined);
    let all = found(&shop).await;
    assert_eq!(all[0].evidence, Evidence::CooldownViolation { waited_ms: MINUTE, pause_ms: 10 * MINUTE });
    assert_eq!(card(&shop, &shop.ids.card).await, (CardStatus::Frozen, Some("risk_cooldown_violation".into())));
    shop.fresh.clock.advance(1);
    // Frozen for that, it is still too soon, and there is nothing left to freeze.
    assert_eq!(shop.buy(4).await.status, Is::Declined);
    assert_eq!(found(&shop).await[1].effect, Effect::NoChange);
}

#[tokio::test]
async fn a_dry_run_finds_and_does_nothing() {
    let shop = shop(&[(Rule::UnattestedSpend, Reaction::SuspendAgent)]).await;
    let dry = |dry| SetRisk { change: Change { dry_run: Some(Some(dry)), ..Change::default() }, ..SetRisk::default() };
    shop.fresh.db.commit(&shop.grant, dry(true)).await.unwrap();
    shop.buy(1).await;
    let all = found(&shop).await;
    assert_eq!((all[0].action, all[0].effect), (Reaction::SuspendAgent, Effect::DryRun));
    assert_eq!(agent(&shop).await, (AgentStatus::Active, None));
    assert_eq!(card(&shop, &shop.ids.card).await.0, CardStatus::Active);
    assert!(events(&shop, "risk.anomaly").await[0].contains(r#""dryRun":true"#));
    shop.fresh.db.commit(&shop.grant, dry(false)).await.unwrap();
    shop.buy(2).await;
    assert_eq!(agent(&shop).await.0, AgentStatus::Suspended);
}

#[tokio::test]
async fn agent_and_card_set_something_else_for_themselves() {
    let shop = shop(&[(Rule::UnattestedSpend, Reaction::FreezeCard)]).await;
    let of = |change: RuleChange| Change { dry_run: None, rules: [(Rule::UnattestedSpend, change)].into() };
    let tell = of(RuleChange { action: Some(Some(Reaction::Alert)), ..RuleChange::default() });
    let id = shop.ids.agent.clone();
    shop.fresh.db.commit(&shop.grant, SetAgentRisk { id, change: tell, version: Some(1) }).await.unwrap();
    shop.buy(1).await;
    assert_eq!(found(&shop).await[0].effect, Effect::Alerted);
    let off = || of(RuleChange { enabled: Some(Some(false)), ..RuleChange::default() });
    let id = shop.ids.card.clone();
    shop.fresh.db.commit(&shop.grant, SetCardRisk { id, change: off(), version: None }).await.unwrap();
    shop.buy(2).await;
    assert_eq!(found(&shop).await.len(), 1, "switched off for this card");
    let other = Cast::default().another_card(&shop.fresh.db, &shop.grant, &shop.ids).await.unwrap();
    shop.buy_with(&other, 3, "Staples").await;
    assert_eq!(found(&shop).await.len(), 2);
    let set = risk::of_card(&shop.fresh.db, &shop.grant, &shop.ids.card).await.unwrap();
    assert!(set.inherited.rule(Rule::UnattestedSpend).enabled && !set.in_force.rule(Rule::UnattestedSpend).enabled);
    // Somebody was quicker.
    let id = shop.ids.agent.clone();
    let late = shop.fresh.db.commit(&shop.grant, SetAgentRisk { id, change: off(), version: Some(1) }).await;
    assert_eq!(code(late), Code::StaleEdit);
    let late = SetRisk { change: off(), version: Some(0), preset: None };
    assert_eq!(code(shop.fresh.db.commit(&shop.grant, late).await), Code::StaleEdit);
}

#[tokio::test]
async fn what_the_decision_stopped_is_not_stopped_again() {
    // The decision freezes for drifting, so that the rule has nothing left to freeze; the reason is the decision's.
    let layers = vec![(Level::Card, Restrictions { on_drift: Some(OnDrift::Freeze), ..Restrictions::default() })];
    let shop = shop_of(Cast { layers, ..Cast::default() }, &[(Rule::MerchantDrift, Reaction::FreezeCard)]).await;
    shop.buy_with(&shop.ids.card, 1, "Amazon").await;
    shop.buy_with(&shop.ids.card, 2, "Casino Royale").await;
    assert_eq!(card(&shop, &shop.ids.card).await, (CardStatus::Frozen, Some("merchant_drift".into())));
    assert_eq!(found(&shop).await[0].effect, Effect::NoChange);
    assert_eq!(events(&shop, "card.frozen").await.len(), 1);
    // A limit suspends the agent with a purchase that is too soon as well.
    let layers = vec![(Level::Card, Restrictions { cooldown_minutes: Some(10), ..Restrictions::default() })];
    let cast = Cast {
        limit: Some((5, Frequency::AllTime)),
        on_exceeded: Some(OnLimitExceeded::Suspend),
        layers,
        ..Cast::default()
    };
    let shop = shop_of(cast, &[(Rule::CooldownViolation, Reaction::SuspendAgent)]).await;
    shop.buy(5).await;
    shop.buy(1).await;
    assert_eq!(agent(&shop).await.0, AgentStatus::Suspended);
    assert_eq!(events(&shop, "agent.suspended").await.len(), 1);
}

#[tokio::test]
async fn a_card_that_is_frozen_for_itself_stays_frozen_when_its_agent_is_resumed() {
    let rules = [(Rule::UnattestedSpend, Reaction::SuspendAgent), (Rule::DuplicateDetection, Reaction::FreezeCard)];
    let shop = shop_of(Cast { require_intent: Some(false), ..Cast::default() }, &rules).await;
    attested(&shop, 7, "Amazon").await;
    let other = Cast::default().another_card(&shop.fresh.db, &shop.grant, &shop.ids).await.unwrap();
    shop.buy_with(&other, 7, "Amazon").await;
    let effects: Vec<Effect> = found(&shop).await.iter().map(|finding| finding.effect).collect();
    assert_eq!(effects.len(), 2);
    assert!(effects.contains(&Effect::CardFrozen) && effects.contains(&Effect::AgentSuspended), "{effects:?}");
    let owner = shop.fresh.person(Environment::Live, Role::Owner);
    shop.fresh.db.commit(&owner, ResumeAgent { id: shop.ids.agent.clone() }).await.unwrap();
    assert_eq!(card(&shop, &shop.ids.card).await.0, CardStatus::Active);
    assert_eq!(card(&shop, &other).await, (CardStatus::Frozen, Some("risk_duplicate_detection".into())));
}

#[tokio::test]
async fn findings_leave_decisions_as_they_were() {
    let shop = Shop::new(Cast::default()).await;
    shop.fresh.db.commit(&shop.grant, SetRisk { preset: Some(Preset::Paranoid), ..SetRisk::default() }).await.unwrap();
    for _ in 0..3 {
        shop.buy(100).await;
    }
    assert!(!found(&shop).await.is_empty());
    let replayed = limits::replay(&shop.fresh.db).await.unwrap();
    assert!(replayed.differences.is_empty() && replayed.decisions == 3, "{replayed:?}");
}

#[tokio::test]
async fn findings_are_filtered_paged_and_kept_within_their_walls() {
    let shop =
        shop(&[(Rule::UnattestedSpend, Reaction::Alert), (Rule::DuplicateDetection, Reaction::FreezeCard)]).await;
    let start = shop.fresh.db.now();
    let first = shop.buy(1).await;
    shop.fresh.clock.advance(MINUTE);
    let second = shop.buy(1).await;
    let list = async |filter: Filter| {
        let page = risk::list(&shop.fresh.db, &shop.grant, &filter, &Paging::newest(100)).await.unwrap();
        page.rows.len()
    };
    assert_eq!(list(Filter::default()).await, 3);
    assert_eq!(list(Filter { rule: Some(Rule::UnattestedSpend), ..Filter::default() }).await, 2);
    assert_eq!(list(Filter { effect: Some(Effect::CardFrozen), ..Filter::default() }).await, 1);
    assert_eq!(list(Filter { agent_id: Some(shop.ids.agent.clone()), ..Filter::default() }).await, 3);
    assert_eq!(list(Filter { card_id: Some(shop.ids.card.clone()), ..Filter::default() }).await, 3);
    assert_eq!(list(Filter { from: Some(start + MINUTE), ..Filter::default() }).await, 2);
    assert_eq!(list(Filter { to: Some(start + MINUTE), ..Filter::default() }).await, 1);
    let id = found(&shop).await[0].id.to_string();
    assert_eq!(find(&shop.fresh.db, &shop.grant, &id).await.unwrap(), Some(Found::Purchase(first.id)));
    assert_eq!(find(&shop.fresh.db, &shop.fresh.key(Environment::Dev), &id).await.unwrap(), None);
    let page = risk::list(&shop.fresh.db, &shop.grant, &Filter::default(), &Paging::newest(2)).await.unwrap();
    assert!(page.rows.len() == 2 && page.older && page.rows.iter().all(|finding| finding.purchase_id == second.id));
    // Another environment, and the token of another agent, see nothing of it.
    let dev = shop.fresh.key(Environment::Dev);
    assert_eq!(risk::list(&shop.fresh.db, &dev, &Filter::default(), &Paging::newest(9)).await.unwrap().rows, []);
    assert_eq!(risk::of_purchase(&shop.fresh.db, &dev, &second.id).await.unwrap(), []);
    assert!(matches!(risk::of_agent(&shop.fresh.db, &dev, &shop.ids.agent).await, Err(Error::NotFound(_))));
    assert!(matches!(risk::of_card(&shop.fresh.db, &dev, &shop.ids.card).await, Err(Error::NotFound(_))));
    assert_eq!(risk::of_organisation(&shop.fresh.db, &dev).await.unwrap().version, 0);
}

#[tokio::test]
async fn who_may_raise_limits_may_set_the_rules_and_nobody_else() {
    let shop = Shop::new(Cast::default()).await;
    let db = &shop.fresh.db;
    for role in Role::ALL {
        let grant = shop.fresh.person(Environment::Live, *role);
        assert!(risk::of_organisation(db, &grant).await.is_ok(), "{role}");
        let may = matches!(role, Role::Owner | Role::Admin | Role::Finance);
        let id = shop.ids.agent.clone();
        for result in [
            db.commit(&grant, SetRisk::default()).await,
            db.commit(&grant, SetAgentRisk { id, change: Change::default(), version: None }).await,
            db.commit(&grant, SetCardRisk { id: shop.ids.card.clone(), change: Change::default(), version: None })
                .await,
        ] {
            assert_eq!(result.is_ok(), may, "{role}");
        }
    }
    let suspended = SuspendAgent { id: shop.ids.agent.clone(), reason: Line::parse("looked odd").unwrap() };
    db.commit(&shop.grant, suspended).await.unwrap();
    let unread = db.commit(&shop.grant, authorize(&shop.ids.card, cents(1).minor(), "Amazon")).await.unwrap();
    assert_eq!(unread.status, Is::Declined);
    assert_eq!(found(&shop).await, [], "a declined purchase bought nothing");
}
