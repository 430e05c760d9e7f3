//! What a card sets itself, and its policy: changed beside what is in force, with a reason, and never over somebody else's change.
use super::{
    browser::Browser,
    html::{decoded, sheet},
    policies::{fill, send, with},
    world::{World, amount, new_card, new_purchase},
};
use domain::{
    access::Role,
    audit::{self, Action},
    cards::{self, Card, CardType, IssueCard, SetCardRules},
    ids::CardId,
    limits::{
        DeclineReason as Why,
        policies::UpdatePolicy,
        terms::{Change, OnExpiry},
    },
    page::Paging,
    testing::Fresh,
};

async fn card(world: &World, id: &CardId) -> Card {
    cards::get(&world.db, &world.owner, id).await.unwrap()
}

fn path_of(card: &CardId) -> String {
    format!("/live/cards/{card}")
}

#[tokio::test]
async fn a_lower_limit_is_in_force_on_the_next_purchase_and_in_the_log_with_both_values() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut finance = Browser::signed_in(&fresh, Role::Finance).await;
    let (page, form) = (path_of(&world.card), format!("{}/rules", path_of(&world.card)));
    assert!(finance.get(&page).await.links().contains(&form));
    let blank = finance.get(&form).await;
    let said = decoded(blank.main());
    assert!(said.contains("In force now") && said.contains("20,000.00 USD"), "{said}");
    assert_eq!(blank.entry("max_amount").as_deref(), Some("20000.00"), "the old value is there to be changed");
    assert_eq!(blank.entry("merchant_hint").as_deref(), Some("Staples"));
    assert!(!said.contains("Card details"), "settled when it was issued");
    // Without a reason nothing is done, and nothing that was typed is lost.
    let refused = fill(&mut finance, &form, &[("max_amount", "40"), ("tolerance", "2.5"), ("reason", " ")]).await;
    assert_eq!(refused.led(), (422, None));
    assert_eq!(decoded(&refused.html).matches("Reason must not be empty").count(), 2);
    for (name, typed) in [("max_amount", "40"), ("tolerance", "2.5")] {
        assert_eq!(refused.entry(name).as_deref(), Some(typed));
    }
    let typed = [
        ("max_amount", "40"),
        ("limit_per_day", "50"),
        ("tolerance", "2.5"),
        ("lifetime", "12"),
        ("lifetime_unit", "hours"),
        ("on_expiry", "close"),
        ("reason", "seen elsewhere"),
    ];
    let done = fill(&mut finance, &form, &typed).await;
    assert_eq!(done.led(), (303, Some(&*page)), "{}", done.html);
    let told = decoded(finance.get(&page).await.main());
    for words in [
        "Most per purchase from 20,000.00 USD to 40.00 USD",
        "Most in 24 hours from nothing to 50.00 USD",
        "It decides the next purchase with this card.",
    ] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let after = card(&world, &world.card).await;
    assert_eq!((after.ttl_minutes, after.on_expiry), (Some(720), Some(OnExpiry::Close)));
    assert_eq!(after.intent_tolerance_bp, Some(250));
    let bought = world.make(new_purchase(&world.card, 4_001)).await;
    assert_eq!(bought.declined_reason, Some(Why::MaxAmountExceeded));
    let filter = audit::Filter { action: Some(Action::CardRulesChanged), ..audit::Filter::default() };
    let log = audit::list(&world.db, &world.owner, &filter, &Paging::newest(9)).await.unwrap().rows;
    assert_eq!(log.len(), 1, "once");
    assert!(log[0].before.as_ref().unwrap().contains("2000000"), "{:?}", log[0].before);
    assert!(log[0].after.as_ref().unwrap().contains("4000"), "{:?}", log[0].after);
    assert_eq!(log[0].reason.as_deref(), Some("seen elsewhere"));
    // Sent back as it is shown, nothing is different.
    let again = fill(&mut finance, &form, &[("reason", "looked again")]).await;
    assert_eq!(again.led().0, 303, "{}", again.html);
    let same = card(&world, &world.card).await;
    assert_eq!((same.terms(), same.policy_id), (after.terms(), after.policy_id));
}

#[tokio::test]
async fn a_card_is_not_changed_over_somebody_elses_change() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let form = format!("{}/rules", path_of(&world.card));
    let policy = world.policy.to_string();
    let mine = with(
        &admin.get(&form).await,
        &[("max_amount", "50"), ("policy", &policy), ("active_days[]", "1"), ("reason", "my own reason")],
    );
    let theirs = Change {
        limit_per_day: Some(Some(amount(3_000_000))),
        blocked_merchants: Some(Some(vec!["Bar".into()])),
        ..Change::default()
    };
    let theirs = SetCardRules { id: world.card.clone(), set: theirs, policy_id: None, reason: None, version: None };
    world.make(theirs).await;
    let stale = send(&mut admin, &form, &mine).await;
    assert_eq!(stale.led(), (409, None));
    let told = decoded(stale.main());
    for words in ["Somebody changed this card meanwhile", "Changed meanwhile", "Theirs", "Yours", "Monday", "Office"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    let kept = sheet(&stale).unwrap();
    for (name, value) in [
        ("max_amount", "50"),
        ("limit_per_day", "30000.00"),
        ("blocked_merchants", "Bar"),
        ("active_days[]", "1"),
        ("policy", &*policy),
        ("reason", "my own reason"),
    ] {
        assert!(kept.contains(&(name.to_owned(), value.to_owned())), "{name}: {kept:?}");
    }
    let again = with(&stale, &[]);
    assert_eq!(send(&mut admin, &form, &again).await.led().0, 303);
    let after = card(&world, &world.card).await;
    assert_eq!(after.rules.max_amount, Some(amount(5_000)));
    assert_eq!(after.rules.limit_per_day, Some(amount(3_000_000)), "both changes stand");
    assert_eq!((after.rules.blocked_merchants, after.policy_id), (vec!["Bar".to_owned()], Some(world.policy.clone())));
}

#[tokio::test]
async fn a_single_use_card_keeps_a_cap() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let single = IssueCard { card_type: CardType::Single, ..new_card(&world.agent, "Ink", "Staples") };
    let single = world.make(single).await;
    let form = format!("{}/rules", path_of(&single));
    assert!(admin.get(&form).await.main().contains("A single-use card must be capped"));
    let policy = world.policy.to_string();
    // This policy caps no purchase.
    for chosen in ["none", &policy] {
        let page = fill(&mut admin, &form, &[("max_amount", ""), ("policy", chosen), ("reason", "why")]).await;
        assert_eq!(page.led(), (422, None), "{chosen}");
        let why = "Most per purchase is required for a single-use card, unless its policy sets it";
        assert_eq!(decoded(&page.html).matches(why).count(), 2, "{}", page.html);
        assert_eq!(page.entry("reason").as_deref(), Some("why"));
    }
    let strange = fill(&mut admin, &form, &[("policy", "pol_nothing"), ("reason", "why")]).await;
    assert_eq!(strange.led(), (422, None));
    assert_eq!(strange.html.matches("Policy must be one of the choices").count(), 2);
    let most = |most| UpdatePolicy {
        id: world.policy.clone(),
        name: None,
        description: None,
        set: Change { max_amount: Some(most), ..Change::default() },
        reason: None,
        version: None,
    };
    world.db.commit(&world.key, most(Some(amount(70_000)))).await.unwrap();
    let moved = fill(&mut admin, &form, &[("max_amount", ""), ("policy", &policy), ("reason", "why")]).await;
    assert_eq!(moved.led(), (303, Some(&*path_of(&single))), "{}", moved.html);
    let edit = format!("/live/policies/{policy}/edit");
    let page = fill(&mut admin, &edit, &[("max_amount", ""), ("reason", "why")]).await;
    assert_eq!(page.led(), (422, None));
    let why = "Most per purchase cannot be taken away: it is the cap of 1 open single-use card";
    assert_eq!(decoded(&page.html).matches(why).count(), 2, "{}", page.html);
}

#[tokio::test]
async fn a_card_that_lets_more_through_waits_for_a_second_person() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut finance = Browser::signed_in(&fresh, Role::Finance).await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let (page, form) = (path_of(&world.card), format!("{}/rules", path_of(&world.card)));
    let policy = world.policy.to_string();
    let wide = [("max_amount", "30000"), ("policy", &*policy), ("reason", "a large order")];
    let asked = fill(&mut finance, &form, &wide).await;
    let proposal = asked.location.clone().unwrap();
    assert!(asked.led().0 == 303 && proposal.starts_with("/live/approvals/prp_"), "{}", asked.html);
    assert_eq!(card(&world, &world.card).await.rules.max_amount, Some(amount(2_000_000)), "nothing changed yet");
    let shown = admin.get(&proposal).await;
    for words in ["Loosen the card Paper", "20,000.00 USD; then 30,000.00 USD", "nothing; then Office", "a large order"]
    {
        assert!(decoded(shown.main()).contains(words), "{words}: {}", shown.main());
    }
    assert!(shown.links().contains(&page));
    let decided = admin.submit(&format!("{proposal}/decide"), &[("decision", "approve")]).await;
    assert_eq!(decided.led().0, 303, "{}", decided.html);
    let after = card(&world, &world.card).await;
    assert_eq!((after.rules.max_amount, after.policy_id), (Some(amount(3_000_000)), Some(world.policy.clone())));
    assert_eq!(after.merchant_hint.as_deref(), Some("Staples"), "and nothing else");
    // Below the threshold, and tighter: at once.
    for most in ["9000", "9500", "1"] {
        let done = fill(&mut finance, &form, &[("max_amount", most), ("reason", "why")]).await;
        assert_eq!(done.led(), (303, Some(&*page)), "{most}: {}", done.html);
    }
}

#[tokio::test]
async fn cards_are_changed_by_the_roles_that_may_lower_a_limit() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    for role in Role::ALL {
        let mut browser = Browser::signed_in(&fresh, *role).await;
        let may = matches!(role, Role::Owner | Role::Admin | Role::Finance);
        let form = format!("{}/rules", path_of(&world.card));
        let links = browser.get(&path_of(&world.card)).await.links();
        assert_eq!(links.contains(&form), may, "{role}");
        assert_eq!(browser.get(&form).await.led(), (if may { 200 } else { 403 }, None), "{role}");
        // Nothing of a closed card changes any more.
        let closed = path_of(&world.closed);
        let form = format!("{closed}/rules");
        assert!(!browser.get(&closed).await.links().contains(&form), "{role}");
        if may {
            assert_eq!(browser.get(&form).await.led(), (303, Some(&*closed)), "{role}");
        }
    }
}
