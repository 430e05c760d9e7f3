//! Cards: frozen by many, unfrozen by few, closed for good.
use super::{
    browser::Browser,
    world::{World, new_card, new_purchase},
};
use domain::{
    access::Role,
    audit::{self, Action},
    cards::{self, CardStatus, CardType, IssueCard},
    page::Paging,
    purchases::{Capture, Reverse},
    testing::Fresh,
};

async fn records(world: &World, action: Action) -> usize {
    let filter =
        audit::Filter { action: Some(action), subject_id: Some(world.card.to_string()), ..audit::Filter::default() };
    audit::list(&world.db, &world.owner, &filter, &Paging::newest(100)).await.unwrap().rows.len()
}

async fn status(world: &World) -> CardStatus {
    cards::get(&world.db, &world.key, &world.card).await.unwrap().status
}

#[tokio::test]
async fn a_card_is_frozen_once_and_unfrozen_by_whom_the_matrix_names() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let path = format!("/live/cards/{}", world.card);
    let (freeze, unfreeze) = (format!("{path}/freeze"), format!("{path}/unfreeze"));
    let mut support = Browser::signed_in(&fresh, Role::Support).await;
    let page = support.get(&path).await;
    assert!(page.links().contains(&freeze) && !page.links().contains(&unfreeze));
    let token = support.get(&freeze).await.token();
    let fields = [("token", &*token), ("reason", "seen elsewhere")];
    for _ in 0..2 {
        assert_eq!(support.post(&freeze, &fields).await.led(), (303, Some(&*path)));
    }
    assert_eq!((status(&world).await, records(&world, Action::CardFrozen).await), (CardStatus::Frozen, 1));
    let page = support.get(&path).await;
    assert!(page.html.contains("Card frozen. The next purchase with it is declined."));
    assert!(!page.links().contains(&freeze) && !page.links().contains(&unfreeze), "support cannot unfreeze");
    assert_eq!(support.get(&unfreeze).await.led(), (403, None));
    let token = support.get("/theme").await.token();
    let denied = support.post(&unfreeze, &[("token", &token)]).await;
    assert_eq!(denied.led(), (403, None));
    assert!(denied.html.contains("permission to unfreeze or close cards"));
    assert_eq!(status(&world).await, CardStatus::Frozen);
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let late = admin.submit(&freeze, &[("reason", "me too")]).await;
    assert_eq!(late.led(), (409, None));
    assert!(late.html.contains("This card is frozen already."));
    assert_eq!(late.entry("reason").as_deref(), Some("me too"), "what was typed is kept");
    assert!(admin.get(&path).await.links().contains(&unfreeze));
    assert_eq!(admin.submit(&unfreeze, &[]).await.led(), (303, Some(&*path)));
    assert_eq!((status(&world).await, records(&world, Action::CardUnfrozen).await), (CardStatus::Active, 1));
    let late = admin.submit(&unfreeze, &[]).await;
    assert_eq!(late.led(), (409, None));
    assert!(late.html.contains("only a frozen card can be unfrozen"));
}

#[tokio::test]
async fn a_closed_card_stays_closed() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let path = format!("/live/cards/{}", world.closed);
    let page = admin.get(&path).await;
    for (act, entries) in [("freeze", &[("reason", "")][..]), ("unfreeze", &[])] {
        assert!(!page.links().contains(&format!("{path}/{act}")), "{act} is not offered");
        let refused = admin.submit(&format!("{path}/{act}"), entries).await;
        assert_eq!(refused.led(), (409, None), "{act}");
        assert!(refused.main().contains("This card is closed, and closing is final."), "{act}");
    }
    for (query, rows) in [
        ("", 3),
        ("?status=active", 1),
        ("?status=frozen", 1),
        ("?status=closed", 1),
        ("?status=frozen&type=single", 0),
        ("?type=multi", 3),
        ("?status=nonsense", 3),
        (&*format!("?agent={}", world.agent), 3),
        (&*format!("?agent={}", world.idle), 0),
    ] {
        let page = admin.get(&format!("/live/cards{query}")).await;
        assert_eq!(page.rows(), rows, "{query}");
        assert_eq!(rows == 0, page.html.contains("No cards match"), "{query}");
    }
    assert!(admin.get("/dev/cards").await.html.contains("No cards yet"));
}

#[tokio::test]
async fn a_card_tells_what_happened_with_it_in_order() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    fresh.clock.advance(60_000);
    world.buy(9_000_000).await;
    let mut auditor = Browser::signed_in(&fresh, Role::Auditor).await;
    let page = auditor.get(&format!("/live/cards/{}", world.card)).await;
    let at = |text: &str| page.main().find(text).unwrap_or_else(|| panic!("{text}"));
    assert!(at("Declined") < at("Authorized"), "the latest first");
    assert!(at("Intent declared") > 0 && at("Credentials read") > 0);
    for href in [format!("/live/intents/{}", world.intent), format!("/live/attestations/{}", world.read)] {
        assert!(page.links().contains(&href), "{href}");
    }
    assert!(page.links().contains(&format!("/live/purchases?card={}", world.card)));
}

#[tokio::test]
async fn closing_is_for_good_and_warns_of_what_is_held() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let path = format!("/live/cards/{}", world.card);
    let close = format!("{path}/close");
    let mut support = Browser::signed_in(&fresh, Role::Support).await;
    assert!(!support.get(&path).await.links().contains(&close));
    assert_eq!(support.get(&close).await.led(), (403, None));
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    assert!(admin.get(&path).await.links().contains(&close));
    let page = admin.get(&close).await;
    assert!(page.main().contains("1 purchase that is not settled holds 50.00 USD."), "{}", page.main());
    let other = admin.get(&format!("/live/cards/{}/close", world.frozen)).await;
    assert!(other.main().contains("Nothing is authorized on it"), "{}", other.main());
    let refused = admin.submit(&close, &[("reason", &"x".repeat(3_000))]).await;
    assert_eq!(refused.led(), (422, None));
    let fields = [("token", &*page.token()), ("reason", "the contract ended")];
    for _ in 0..2 {
        assert_eq!(admin.post(&close, &fields).await.led(), (303, Some(&*path)));
    }
    assert_eq!((status(&world).await, records(&world, Action::CardClosed).await), (CardStatus::Closed, 1));
    let page = admin.get(&path).await;
    assert!(page.main().contains("on request") && page.html.contains("Card closed. It can never be charged again."));
    assert!(!page.links().contains(&close));
    let late = admin.submit(&close, &[("reason", "")]).await;
    assert_eq!(late.led(), (409, None));
    assert!(late.main().contains("This card is closed, and closing is final."));
}

#[tokio::test]
async fn a_single_use_card_says_what_counted_as_its_one_use() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let single = IssueCard { card_type: CardType::Single, ..new_card(&world.agent, "Ink", "Staples") };
    let card = world.make(single).await;
    let mut auditor = Browser::signed_in(&fresh, Role::Auditor).await;
    let path = format!("/live/cards/{card}");
    assert!(!auditor.get(&format!("/live/cards/{}", world.card)).await.main().contains("The one use"), "of multi use");
    let page = auditor.get(&path).await;
    assert!(page.main().contains("none yet: the first approved purchase will count"), "{}", page.main());
    assert!(page.main().contains("A card check of at most"));
    let check = world.make(new_purchase(&card, 100)).await;
    assert!(auditor.get(&path).await.main().contains("authorized; the card closes when it is settled"));
    world.make(Reverse { id: check.id.clone(), amount: None }).await;
    let page = auditor.get(&path).await;
    assert!(page.main().contains("none yet") && page.main().contains("Let pass as a card check"), "{}", page.main());
    let about = page.main().split("Let pass as a card check").nth(1).unwrap();
    assert!(about.split("</p>").next().unwrap().contains(check.id.as_str()), "linked: {about}");
    fresh.clock.advance(1);
    let real = world.make(new_purchase(&card, 5_000)).await;
    world.make(Capture { id: real.id.clone(), amount: None }).await;
    let page = auditor.get(&path).await;
    let about = page.main().split("The one use").nth(1).unwrap().split("</dd>").next().unwrap().to_owned();
    assert!(about.contains(real.id.as_str()) && about.contains(", settled"), "{about}");
    assert!(about.contains("Let pass") && !about.contains("none yet"), "{about}");
    assert!(page.main().contains("its one purchase was settled"));
}
