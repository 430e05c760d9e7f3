//! What policies, the organisation and agents set, and how it reaches their cards.
use super::{
    common::{agent, funded, key, line, name, new_agent, owner, strangers, the_agent},
    members::member,
    support::{Shop, cents, code, intent, read, refused_field},
};
use domain::{
    Error, Result,
    access::{
        Grant, Permission, Role,
        approvals::{self, Approve, Effect, ProposalState},
        testing::{only, token},
    },
    agents::ChangeAgent,
    attestations::{ExposureMode as Mode, Redeem},
    cards::{self, CardType, IssueCard},
    environment::Environment,
    error::Code,
    ids::{AgentId, CardId, PolicyId, ProposalId},
    intents::{self, IntentStatus, matching::Fraction},
    limits::{
        DeclineReason as Why, evaluate,
        levels::{self, SetAgentRules, SetOrganisationRules},
        policies::{self, CreatePolicy, Filter, UpdatePolicy},
        restrictions::Level,
        standing::{self, Rule},
        terms::{Change, OnExpiry},
    },
    page::Paging,
    purchases::{PurchaseStatus, testing::Cast},
    testing::Fresh,
};

fn set() -> Change {
    Change::default()
}

fn update(id: &PolicyId, set: Change) -> UpdatePolicy {
    UpdatePolicy { id: id.clone(), name: None, description: None, set, reason: None, version: None }
}

fn points(points: i64) -> Option<Option<Fraction>> {
    Some(Some(Fraction::try_from(points).unwrap()))
}

async fn policy_of(shop: &Shop) -> PolicyId {
    cards::get(&shop.fresh.db, &shop.grant, &shop.ids.card).await.unwrap().policy_id.expect("a policy")
}

#[tokio::test]
async fn of_card_and_policy_the_stricter_says_how_details_are_read() {
    let cast = |exposure| Cast { require_intent: Some(false), exposure, ..Cast::default() };
    for (card, policy, counts, by) in [
        (Mode::RawPan, None, Mode::RawPan, Level::Card),
        (Mode::RawPan, Some(Mode::ExtensionOnly), Mode::ExtensionOnly, Level::Policy),
        (Mode::ExtensionOnly, Some(Mode::RawPan), Mode::ExtensionOnly, Level::Card),
        (Mode::ExtensionOnly, Some(Mode::Never), Mode::Never, Level::Policy),
        (Mode::Never, Some(Mode::RawPan), Mode::Never, Level::Card),
    ] {
        let shop = Shop::new(cast(card)).await;
        let db = &shop.fresh.db;
        let change = Change { exposure: Some(policy), ..set() };
        db.commit(&shop.grant, update(&policy_of(&shop).await, change)).await.unwrap();
        let (_, reading) = evaluate::standing(db, &shop.grant, &shop.ids.card).await.unwrap();
        assert_eq!(reading.exposure, (by, counts));
        let got = db.commit(&shop.grant, read(&shop.ids.card)).await;
        if counts == Mode::Never {
            assert_eq!(code(got), Code::ExposureForbidden, "{card} {policy:?}");
            continue;
        }
        let got = got.unwrap();
        assert_eq!((got.exposure, got.details.is_some()), (counts, counts == Mode::RawPan), "{card} {policy:?}");
        assert_eq!(got.token.is_some(), counts == Mode::ExtensionOnly);
    }
}

#[tokio::test]
async fn a_token_is_worth_nothing_once_the_policy_forbids_reading() {
    let shop = Shop::new(Cast { require_intent: Some(false), ..Cast::default() }).await;
    let (db, policy) = (&shop.fresh.db, policy_of(&shop).await);
    let token = db.commit(&shop.grant, read(&shop.ids.card)).await.unwrap().token.expect("a token").0.reveal();
    let forbid = Change { exposure: Some(Some(Mode::Never)), ..set() };
    db.commit(&shop.grant, update(&policy, forbid)).await.unwrap();
    let redeem = || Redeem { token: domain::secret::Plain::new(token.text().to_owned()) };
    assert_eq!(code(db.commit(&shop.grant, redeem()).await), Code::ExposureForbidden);
    let allow = Change { exposure: Some(None), ..set() };
    db.commit(&shop.grant, update(&policy, allow)).await.unwrap();
    assert!(db.commit(&shop.grant, redeem()).await.is_ok(), "it was not spent");
}

#[tokio::test]
async fn the_tolerance_is_the_cards_else_the_policys_else_the_organisations() {
    let shop = Shop::new(Cast::default()).await;
    let (db, card) = (&shop.fresh.db, &shop.ids.card);
    let policy = policy_of(&shop).await;
    let own = |tolerance| cards::SetCardRules {
        id: card.clone(),
        set: Change { intent_tolerance: tolerance, ..set() },
        policy_id: None,
        reason: None,
        version: None,
    };
    let mut n = 0;
    // Declared are 50.00, bought is for 53.00: 6 % more.
    for (of_policy, of_card, by, status) in [
        (Some(None), Some(None), Level::Organisation, IntentStatus::Matched),
        (points(500), Some(None), Level::Policy, IntentStatus::Mismatched),
        (points(500), points(600), Level::Card, IntentStatus::Matched),
        (points(2_000), points(599), Level::Card, IntentStatus::Mismatched),
        (points(600), Some(None), Level::Policy, IntentStatus::Matched),
    ] {
        n += 1;
        db.commit(&shop.grant, update(&policy, Change { intent_tolerance: of_policy, ..set() })).await.unwrap();
        db.commit(&shop.grant, own(of_card)).await.unwrap();
        let declared = db.commit(&shop.grant, intent(card, &format!("order-{n}"))).await.unwrap().intent;
        let held = intents::held_one(db, &shop.grant, &declared.id).await.unwrap();
        let (_, reading) = evaluate::standing(db, &shop.grant, card).await.unwrap();
        assert_eq!(reading.tolerance.0, by, "{n}");
        let most = 5_000 + 5_000 * i64::from(reading.tolerance.1) / 10_000;
        assert_eq!(held.facts.most, Some(most), "{n}: whoever approves is told the same");
        assert_eq!(shop.buy_with(card, 5_300, "Amazon").await.status, PurchaseStatus::Pending);
        assert_eq!(intents::get(db, &shop.grant, &declared.id).await.unwrap().status, status, "{n}");
        shop.fresh.clock.advance(domain::time::DAY);
    }
}

#[tokio::test]
async fn whatever_widens_a_card_needs_the_permission_to_raise_a_limit() {
    let shop = Shop::new(Cast::default()).await;
    let (db, card) = (&shop.fresh.db, &shop.ids.card);
    let policy = policy_of(&shop).await;
    let narrow = only(&shop.grant, &[Permission::LowerLimit]);
    let own = |set| cards::SetCardRules { id: card.clone(), set, policy_id: None, reason: None, version: None };
    let tolerance = |set| Change { intent_tolerance: set, ..Change::default() };
    let life = |minutes: Option<i64>| Change { ttl_minutes: Some(minutes), ..Change::default() };
    let most = |minor| Change { max_amount: Some(Some(cents(minor))), ..Change::default() };
    // Under a policy of 8 % and an hour: the card's own word comes before it.
    let of_policy = Change { intent_tolerance: points(800), ttl_minutes: Some(Some(60)), ..set() };
    db.commit(&shop.grant, update(&policy, of_policy)).await.unwrap();
    for (change, widens) in [
        (tolerance(points(801)), true),
        (tolerance(points(500)), false),
        (tolerance(points(501)), true),
        (tolerance(Some(None)), true),
        (tolerance(points(499)), false),
        (life(Some(61)), true),
        (life(Some(59)), false),
        (life(Some(58)), false),
        (life(Some(59)), true),
        (life(None), true),
        (Change { on_expiry: Some(Some(OnExpiry::Freeze)), ..set() }, true),
        (most(500), false),
        (most(501), true),
    ] {
        let said = format!("{change:?}");
        match db.commit(&narrow, own(change)).await {
            Ok(_) => assert!(!widens, "{said}"),
            Err(Error::Denied(Permission::RaiseLimit)) => assert!(widens, "{said}"),
            Err(other) => panic!("{said}: {other:?}"),
        }
    }
    let elsewhere = cards::SetCardRules { policy_id: Some(None), ..own(set()) };
    assert!(matches!(db.commit(&narrow, elsewhere).await, Err(Error::Denied(Permission::RaiseLimit))));
}

#[tokio::test]
async fn organisation_and_agent_hold_every_card_at_once() {
    let shop = Shop::new(Cast::default()).await;
    let (db, agent) = (&shop.fresh.db, &shop.ids.agent);
    let other = Cast::default().another_card(db, &shop.grant, &shop.ids).await.unwrap();
    let before = levels::organisation(db, &shop.grant).await.unwrap().version;
    let most = |minor| Change { max_amount: Some(Some(cents(minor))), ..set() };
    let wide = SetOrganisationRules { set: most(900), reason: None, version: Some(before) };
    assert_eq!(db.commit(&shop.grant, wide).await.unwrap(), Effect::Done);
    for card in [&shop.ids.card, &other] {
        assert_eq!(shop.buy_with(card, 901, "Amazon").await.declined_reason, Some(Why::MaxAmountExceeded));
    }
    let stale = SetOrganisationRules { set: most(1), reason: None, version: Some(before) };
    assert_eq!(code(db.commit(&shop.grant, stale).await), Code::StaleEdit);
    let own = levels::agent(db, &shop.grant, agent).await.unwrap();
    let narrow = |set, version| SetAgentRules { id: agent.clone(), set, reason: None, version };
    db.commit(&shop.grant, narrow(most(500), Some(own.version))).await.unwrap();
    assert_eq!(shop.buy(501).await.declined_reason, Some(Why::MaxAmountExceeded));
    assert_eq!(code(db.commit(&shop.grant, narrow(most(1), Some(own.version))).await), Code::StaleEdit);
    let all = standing::of_agent(&levels::agent_case(db, &shop.grant, agent).await.unwrap());
    assert_eq!(all.len(), 1);
    assert_eq!((all[0].level, &all[0].rule), (Level::Agent, &Rule::PerPurchase { most: cents(500) }));
    // What only policies and cards have is refused, and nothing is kept of the rest.
    for (wrong, field) in [
        (Change { ttl_minutes: Some(Some(5)), ..most(1) }, "ttlMinutes"),
        (Change { exposure: Some(Some(Mode::Never)), ..most(1) }, "credentialExposure"),
        (Change { intent_tolerance: points(1), ..most(1) }, "intentTolerance"),
        (Change { limit_per_day: Some(Some(cents(1))), ..most(2) }, "limitPerDay"),
    ] {
        let organisation = SetOrganisationRules { set: wrong.clone(), reason: None, version: None };
        assert_eq!(refused_field(db.commit(&shop.grant, organisation).await), field);
        assert_eq!(refused_field(db.commit(&shop.grant, narrow(wrong, None)).await), field);
    }
    // Taken away, they hold nothing any more.
    db.commit(&shop.grant, narrow(Change { max_amount: Some(None), ..set() }, None)).await.unwrap();
    assert_eq!(shop.buy(900).await.status, PurchaseStatus::Pending);
}

#[tokio::test]
async fn the_pace_of_an_agent_is_counted_over_all_its_cards() {
    let pace = Change { velocity: Some(Some((3, 3_600))), ..set() };
    let shop = Shop::new(Cast::default()).await;
    let db = &shop.fresh.db;
    let other = Cast::default().another_card(db, &shop.grant, &shop.ids).await.unwrap();
    db.commit(&shop.grant, SetAgentRules { id: shop.ids.agent.clone(), set: pace, reason: None, version: None })
        .await
        .unwrap();
    for card in [&shop.ids.card, &other] {
        assert_eq!(shop.buy_with(card, 1, "Amazon").await.status, PurchaseStatus::Pending);
    }
    let case = levels::agent_case(db, &shop.grant, &shop.ids.agent).await.unwrap();
    assert!(matches!(standing::of_agent(&case)[0].rule, Rule::Pace { had: Some(2), .. }), "{case:?}");
    let (case, _) = evaluate::standing(db, &shop.grant, &other).await.unwrap();
    let of_card = standing::of_card(&case);
    assert!(of_card.iter().any(|one| matches!(one.rule, Rule::Pace { had: Some(2), .. })), "{of_card:?}");
}

#[tokio::test]
async fn rules_belong_to_their_organisation_environment_and_agent() {
    let fresh = Fresh::new().await;
    let id = agent(&fresh, &funded(&fresh).await).await;
    let rules = |id: &AgentId| SetAgentRules { id: id.clone(), set: set(), reason: None, version: None };
    for stranger in strangers(&fresh).await {
        assert!(matches!(levels::agent(&fresh.db, &stranger, &id).await, Err(Error::NotFound(_))));
        assert!(matches!(levels::agent_case(&fresh.db, &stranger, &id).await, Err(Error::NotFound(_))));
        assert!(matches!(fresh.db.commit(&stranger, rules(&id)).await, Err(Error::NotFound(_))));
        assert_eq!(levels::organisation(&fresh.db, &stranger).await.unwrap(), levels::LevelRules::default());
    }
    let most = Change { max_amount: Some(Some(cents(5))), ..set() };
    fresh.db.commit(&key(&fresh), SetOrganisationRules { set: most, reason: None, version: Some(0) }).await.unwrap();
    let dev = fresh.key(Environment::Dev);
    assert!(levels::organisation(&fresh.db, &dev).await.unwrap().rules.is_empty(), "dev has rules of its own");
    let own = token(&fresh.db, &fresh.organisation, Environment::Live, &id);
    assert!(levels::organisation(&fresh.db, &own).await.is_err());
    assert!(matches!(fresh.db.commit(&own, rules(&id)).await, Err(Error::Denied(_))));
    assert_eq!(standing::of_agent(&levels::agent_case(&fresh.db, &own, &id).await.unwrap()).len(), 1);
    let other = agent(&fresh, &funded(&fresh).await).await;
    assert!(matches!(levels::agent_case(&fresh.db, &own, &other).await, Err(Error::NotFound(_))));
}

async fn policy(fresh: &Fresh, grant: &Grant, called: &str, set: Change) -> PolicyId {
    fresh.db.commit(grant, CreatePolicy { name: name(called), description: None, set }).await.unwrap()
}

fn issue(agent: &AgentId, policy_id: Option<PolicyId>) -> IssueCard {
    IssueCard {
        agent_id: agent.clone(),
        purpose: line("Paper"),
        card_type: CardType::Multi,
        max_amount: None,
        exposure: Mode::ExtensionOnly,
        acknowledge_raw_pan_risk: false,
        attestation_window_minutes: None,
        merchant_hint: None,
        intent_tolerance_bp: None,
        require_intent: None,
        policy_id,
        set: set(),
        issuer_served: true,
    }
}

#[tokio::test]
async fn new_cards_of_an_agent_take_its_policy_unless_they_name_one() {
    let fresh = Fresh::new().await;
    let (db, grant) = (&fresh.db, key(&fresh));
    let most = Change { max_amount: Some(Some(cents(90_000))), ..set() };
    let (small, large) = (policy(&fresh, &grant, "Small", set()).await, policy(&fresh, &grant, "Large", most).await);
    let user = funded(&fresh).await;
    let id = db
        .commit(&grant, domain::agents::CreateAgent { default_policy_id: Some(small.clone()), ..new_agent(&user) })
        .await
        .unwrap()
        .id;
    assert_eq!(the_agent(&fresh, &id).await.default_policy_id, Some(small.clone()));
    let inherits = async |card: CardId| cards::get(db, &grant, &card).await.unwrap().policy_id;
    let first = db.commit(&grant, issue(&id, None)).await.unwrap();
    assert_eq!(inherits(first.clone()).await, Some(small.clone()));
    assert_eq!(inherits(db.commit(&grant, issue(&id, Some(large.clone()))).await.unwrap()).await, Some(large.clone()));
    let change = |policy: Option<PolicyId>| ChangeAgent {
        id: id.clone(),
        name: None,
        description: None,
        metadata: None,
        default_policy_id: Some(policy),
        version: None,
    };
    db.commit(&grant, change(Some(large.clone()))).await.unwrap();
    assert_eq!(inherits(db.commit(&grant, issue(&id, None)).await.unwrap()).await, Some(large));
    assert_eq!(inherits(first).await, Some(small.clone()), "cards that are there keep theirs");
    // New cards without a policy are charged for more: that is loosening a limit.
    let narrow = only(&grant, &[Permission::CreateAgent]);
    assert!(matches!(db.commit(&narrow, change(None)).await, Err(Error::Denied(Permission::RaiseLimit))));
    db.commit(&grant, change(None)).await.unwrap();
    assert_eq!(inherits(db.commit(&grant, issue(&id, None)).await.unwrap()).await, None);
    db.commit(&narrow, change(Some(small.clone()))).await.unwrap();
    let dev = policy(&fresh, &fresh.key(Environment::Dev), "Dev", set()).await;
    assert_eq!(refused_field(db.commit(&grant, change(Some(dev))).await), "defaultPolicyId");
    let of_policy = cards::Filter { policy_id: Some(small), ..cards::Filter::default() };
    assert_eq!(cards::list(db, &grant, &of_policy, &Paging::newest(10)).await.unwrap().rows.len(), 1);
}

#[tokio::test]
async fn policies_are_found_by_a_part_of_their_name() {
    let fresh = Fresh::new().await;
    let grant = key(&fresh);
    for called in ["Office", "Home office", "Travel", "100%_sure!"] {
        policy(&fresh, &grant, called, set()).await;
    }
    for (part, found) in [
        ("office", vec!["Home office", "Office"]),
        ("%_", vec!["100%_sure!"]),
        ("!", vec!["100%_sure!"]),
        ("_o", vec![]),
    ] {
        let filter = Filter { name: Some(part.to_owned()) };
        let page = policies::list(&fresh.db, &grant, &filter, &Paging::newest(10)).await.unwrap();
        let mut names: Vec<&str> = page.rows.iter().map(|policy| &*policy.name).collect();
        names.sort_unstable();
        assert_eq!(names, found, "{part}");
    }
    let named: Vec<String> =
        policies::all(&fresh.db, &grant).await.unwrap().into_iter().map(|(_, name)| name).collect();
    assert_eq!(named.len(), 4);
}

fn waits(effect: Result<Effect>) -> ProposalId {
    match effect.unwrap() {
        Effect::Proposed(id) => id,
        Effect::Done => panic!("nobody was asked"),
    }
}

#[tokio::test]
async fn letting_more_through_above_the_threshold_takes_two_people() {
    let fresh = Fresh::new().await;
    let (db, org) = (&fresh.db, &fresh.organisation);
    let ada = member(db, org, Role::Admin, "ada@acme.example").await;
    let fin = member(db, org, Role::Finance, "fin@acme.example").await;
    let most = |minor| Change { max_amount: Some(Some(cents(minor))), ..set() };
    let id = policy(&fresh, &ada, "Small", most(5_000)).await;
    let now = async || policies::get(db, &owner(&fresh), &id).await.unwrap();
    // Tighter, looser below the threshold of 10,000.00: at once.
    for minor in [4_000, 1_000_000] {
        assert_eq!(db.commit(&ada, update(&id, most(minor))).await.unwrap(), Effect::Done);
    }
    let change = UpdatePolicy { name: Some(name("Large")), ..update(&id, most(1_000_001)) };
    let proposal = waits(db.commit(&ada, change).await);
    assert_eq!(now().await.name, "Small", "nothing changed yet");
    assert!(db.commit(&ada, Approve { id: proposal.clone() }).await.is_err(), "not by whoever proposed it");
    db.commit(&fin, Approve { id: proposal.clone() }).await.unwrap();
    assert_eq!((now().await.name, now().await.terms.rules.max_amount), ("Large".to_owned(), Some(cents(1_000_001))));
    let proposal = approvals::get(db, &owner(&fresh), &proposal).await.unwrap();
    assert_eq!(proposal.state, ProposalState::Approved);
    // Whatever lets more through counts, and what is proposed of an older version is not made.
    let lists = Change {
        allowed_mccs: Some(Some(vec!["5111".into()])),
        active_hours_start: Some(Some(9)),
        active_hours_end: Some(Some(17)),
        ..set()
    };
    db.commit(&ada, update(&id, lists)).await.unwrap();
    let wide = Change { allowed_mccs: Some(None), ..set() };
    let stale = waits(db.commit(&ada, update(&id, wide.clone())).await);
    db.commit(&ada, update(&id, most(1_000_000))).await.unwrap();
    assert_eq!(code(db.commit(&fin, Approve { id: stale }).await), Code::StaleEdit);
    assert_eq!(db.commit(&ada, update(&id, wide)).await.unwrap(), Effect::Done, "below the threshold now");
    // A backend has nobody to ask, and dev asks nobody.
    assert_eq!(
        db.commit(&key(&fresh), update(&id, Change { max_amount: Some(None), ..set() })).await.unwrap(),
        Effect::Done
    );
    let dev = fresh.person(Environment::Dev, Role::Owner);
    let test = policy(&fresh, &dev, "Test", most(1)).await;
    assert_eq!(db.commit(&dev, update(&test, Change { max_amount: Some(None), ..set() })).await.unwrap(), Effect::Done);
}

#[tokio::test]
async fn so_do_the_rules_of_organisation_and_agent() {
    let fresh = Fresh::new().await;
    let (db, org) = (&fresh.db, &fresh.organisation);
    let ada = member(db, org, Role::Admin, "ada@acme.example").await;
    let fin = member(db, org, Role::Finance, "fin@acme.example").await;
    let agent = agent(&fresh, &funded(&fresh).await).await;
    let most = |most| Change { max_amount: Some(most), active_days: Some(Some(vec![1])), ..set() };
    let organisation = |set| SetOrganisationRules { set, reason: None, version: None };
    let of_agent = |set| SetAgentRules { id: agent.clone(), set, reason: None, version: None };
    assert_eq!(db.commit(&ada, organisation(most(Some(cents(5))))).await.unwrap(), Effect::Done);
    assert_eq!(db.commit(&ada, of_agent(most(Some(cents(5))))).await.unwrap(), Effect::Done);
    let both =
        [waits(db.commit(&ada, organisation(most(None))).await), waits(db.commit(&ada, of_agent(most(None))).await)];
    assert_eq!(code(db.commit(&ada, of_agent(most(None))).await), Code::ProposalState, "once at a time");
    for id in both {
        db.commit(&fin, Approve { id }).await.unwrap();
    }
    for rules in
        [levels::organisation(db, &ada).await.unwrap().rules, levels::agent(db, &ada, &agent).await.unwrap().rules]
    {
        assert_eq!((rules.max_amount, rules.active_time.unwrap().days), (None, Some(vec![1])));
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_policies_made_at_once_under_one_name_one_is_kept() {
    let shop = Shop::new(Cast::default()).await;
    let db = &shop.fresh.db;
    for round in 0..5 {
        let same = name(&format!("Small {round}"));
        let made = (0..4).map(|_| {
            let (db, grant, name) = (db.clone(), shop.grant.clone(), same.clone());
            tokio::spawn(async move { db.commit(&grant, CreatePolicy { name, description: None, set: set() }).await })
        });
        let (made, refused): (Vec<_>, Vec<_>) =
            futures::future::join_all(made).await.into_iter().map(|made| made.unwrap()).partition(Result::is_ok);
        assert_eq!((made.len(), refused.len()), (1, 3), "{refused:?}");
        refused.into_iter().for_each(|one| assert_eq!(code(one), Code::NameTaken));
    }
}
