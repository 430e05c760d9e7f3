//! Purchases that nobody said anything before, what is at stake, and an intent that was used twice.
use super::{
    browser::Browser,
    world::{World, new_card, new_intent, new_purchase, new_read},
};
use domain::{
    access::Role,
    testing::Fresh,
    time::{DAY, HOUR},
};

#[tokio::test]
async fn freezing_a_card_takes_its_purchases_off_the_queue() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let card = world.make(new_card(&world.agent, "Quiet", "Staples")).await;
    for minor in [12_300, 45_600] {
        world.make(new_purchase(&card, minor)).await;
    }
    world.make(new_purchase(&card, 99_000_000)).await;
    let mut support = Browser::signed_in(&fresh, Role::Support).await;
    let page = support.get("/live/purchases/unattested").await;
    assert_eq!(page.rows(), 2, "the declined one took nothing, the attested one has its reading");
    for text in ["123.00", "456.00", "579.00", "At stake, USD", "Freeze card"] {
        assert!(page.main().contains(text), "{text} in {}", page.main());
    }
    let freeze = format!("/live/cards/{card}/freeze");
    assert!(page.links().contains(&freeze));
    let mut auditor = Browser::signed_in(&fresh, Role::Auditor).await;
    assert!(!auditor.get("/live/purchases/unattested").await.links().contains(&freeze));
    assert_eq!(support.submit(&freeze, &[("reason", "nobody knows")]).await.led().0, 303);
    let page = support.get("/live/purchases/unattested").await;
    assert!(page.rows() == 0 && page.main().contains("Nothing unattested"));
    let all = support.get("/live/purchases/unattested?cards=all").await;
    assert!(all.rows() == 2 && !all.links().contains(&freeze) && all.main().contains("Frozen"));
    assert!(support.get("/dev/purchases/unattested").await.main().contains("Nothing unattested"));
    fresh.clock.advance(91 * DAY);
    let mut support = Browser::signed_in_again(&fresh, Role::Support).await;
    assert_eq!(support.get("/live/purchases/unattested?cards=all").await.rows(), 0);
}

#[tokio::test]
async fn two_purchases_on_one_intent_are_named_on_every_page() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let card = world.make(new_card(&world.agent, "Twice", "Staples")).await;
    let declared = world.make(new_intent(&card, "once", "Pens, one box", "Staples")).await.intent.id;
    world.make(new_read(&card, "Pens", "Staples")).await;
    let first = world.make(new_purchase(&card, 5_000)).await.id;
    fresh.clock.advance(HOUR);
    let second = world.make(new_purchase(&card, 700)).await.id;
    let mut support = Browser::signed_in(&fresh, Role::Support).await;
    let pages = [
        (format!("/live/intents/{declared}"), "Used more than once"),
        (format!("/live/purchases/{first}"), "Later purchases had no intent of their own"),
        (format!("/live/purchases/{second}"), "used one that another purchase had ended"),
    ];
    for (path, text) in pages {
        let page = support.get(&path).await;
        assert!(page.main().contains(text), "{path}: {}", page.main());
        for named in [&first, &second] {
            assert!(page.links().contains(&format!("/live/purchases/{named}")), "{path} names {named}");
        }
    }
    let other = world.make(new_card(&world.agent, "Once", "Staples")).await;
    let lone = world.make(new_purchase(&other, 100)).await.id;
    let plain = support.get(&format!("/live/purchases/{lone}")).await;
    assert!(!plain.main().contains("more than one purchase"));
}
