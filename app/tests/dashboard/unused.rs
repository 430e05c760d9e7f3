//! Cards that nobody uses: found, chosen and closed in one go, with a word about each.
use super::{
    browser::{Browser, Page},
    html::sheet,
    world::World,
};
use domain::{
    access::Role,
    audit::{self, Action},
    cards::{self, CardStatus, CloseCard, MOST_SWEPT},
    environment::Environment,
    ids::CardId,
    page::Paging,
    purchases::testing::Cast,
    testing::Fresh,
    time::DAY,
};

const LIST: &str = "/live/cards/unused";
const CLOSE: &str = "/live/cards/unused/close";

/// The world as it is after a month in which nobody bought anything: its card and its frozen one are unused.
async fn a_month_later(fresh: &Fresh) -> World {
    let world = World::new(fresh).await;
    fresh.clock.advance(30 * DAY);
    world
}

async fn records(world: &World, card: &CardId) -> usize {
    let filter = audit::Filter {
        action: Some(Action::CardClosed),
        subject_id: Some(card.to_string()),
        ..audit::Filter::default()
    };
    audit::list(&world.db, &world.owner, &filter, &Paging::newest(100)).await.unwrap().rows.len()
}

async fn status(world: &World, card: &CardId) -> CardStatus {
    cards::get(&world.db, &world.key, card).await.unwrap().status
}

fn boxes(page: &Page) -> (usize, usize) {
    let boxes: Vec<&str> = page.main().split("<input").filter(|tag| tag.contains("type=\"checkbox\"")).collect();
    (boxes.len(), boxes.iter().filter(|tag| tag.split('>').next().unwrap().contains(" checked")).count())
}

/// Sends the page's form as it stands there.
async fn send(browser: &mut Browser, path: &str, page: &Page) -> Page {
    let (token, entries) = (page.token(), sheet(page).expect("a form"));
    browser.post(path, &super::desk::with_token(&token, &entries)).await
}

#[tokio::test]
async fn everybody_sees_the_unused_cards_and_few_may_choose() {
    let fresh = Fresh::new().await;
    let world = a_month_later(&fresh).await;
    let mut support = Browser::signed_in(&fresh, Role::Support).await;
    assert!(support.get("/live/cards").await.links().contains(&LIST.to_owned()));
    let page = support.get(LIST).await;
    assert_eq!((page.rows(), boxes(&page).0), (2, 0), "{}", page.main());
    assert!(page.main().contains("ask an owner or admin") && !page.main().contains("Close all"));
    assert_eq!(support.get(&format!("{CLOSE}?all=true")).await.led(), (403, None));

    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let page = admin.get(LIST).await;
    assert_eq!((page.rows(), boxes(&page)), (2, (2, 0)));
    assert!(page.main().contains("Close all 2 that match"));
    let tick = page.links().into_iter().find(|href| href.contains("tick=")).expect("a link that ticks all");
    let ticked = admin.get(&tick).await;
    assert_eq!(boxes(&ticked), (2, 2));
    assert!(!ticked.links().iter().any(|href| href.contains("tick=")), "{:?}", ticked.links());
    for (days, rows) in [("1", 2), (" 30 ", 2), ("31", 0), ("3650", 0)] {
        let page = admin.get(&format!("{LIST}?{}", serde_urlencoded::to_string([("days", days)]).unwrap())).await;
        assert_eq!(page.rows(), rows, "{days}");
        assert_eq!(rows == 0, page.main().contains("No cards match"), "{days}");
    }
    for days in ["", "0", "-3", "3651", "thirty", "1e2"] {
        let page = admin.get(&format!("{LIST}?days={days}")).await;
        assert_eq!((page.led().0, page.rows()), (200, 0), "{days}");
        assert!(page.main().contains("Days must be a whole number from 1 to 3650"), "{days}: {}", page.main());
        assert_eq!(page.entry("days").as_deref(), Some(days), "what was typed is kept");
        let page = admin.get(&format!("{CLOSE}?days={days}&all=true")).await;
        assert_eq!(page.led().0, 303, "{days}");
    }
    assert!(admin.get("/dev/cards/unused").await.main().contains("No unused cards"));
    world.buy(100).await;
    assert_eq!(admin.get(LIST).await.rows(), 1, "one of them was used");
}

#[tokio::test]
async fn none_chosen_is_an_error_that_leads_to_the_first_box() {
    let fresh = Fresh::new().await;
    let world = a_month_later(&fresh).await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let page = admin.get(&format!("{CLOSE}?days=29&rows=25")).await;
    assert_eq!(page.led(), (303, Some("/live/cards/unused?days=29&rows=25&none=true")));
    let page = admin.get(page.location.as_deref().unwrap()).await;
    assert!(page.main().contains("Cards: tick at least one") && page.links().contains(&"#f-card".to_owned()));
    assert!(page.main().contains("id=\"f-card\""));
    assert!(!page.links().iter().any(|href| href.contains("none=")), "it is said once: {:?}", page.links());
    let path = format!("{CLOSE}?days=30&card={}", world.card);
    let token = admin.get(&path).await.token();
    let page = admin.post(&path, &[("token", &token), ("reason", "old")]).await;
    assert_eq!(page.led(), (422, None));
    assert!(page.main().contains("Cards: tick at least one"), "{}", page.main());
    assert_eq!(page.entry("reason").as_deref(), Some("old"));
    for odd in ["x", "card_x.1", &format!("{}", world.card), &format!("{}.x", world.card)] {
        let page = admin.submit(&path, &[("cards[]", odd)]).await;
        assert_eq!(page.led(), (422, None), "{odd}");
        assert!(page.main().contains("One of the cards is none that this form offers"), "{odd}");
    }
    assert_eq!(status(&world, &world.card).await, CardStatus::Active);
}

#[tokio::test]
async fn each_card_is_closed_on_its_own_and_a_rerun_closes_nothing_twice() {
    let fresh = Fresh::new().await;
    let world = a_month_later(&fresh).await;
    let used = Cast { age: 40 * DAY, ..Cast::default() }.write(&world.db, &world.key).await.unwrap().card;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let path = format!("{CLOSE}?days=30&all=true");
    let page = admin.get(&path).await;
    assert_eq!((page.led(), page.rows()), ((200, None), 3));
    for words in ["3 cards are closed for good", "1 of them has purchases that are not settled", "1 purchase, "] {
        assert!(page.main().contains(words), "{words}: {}", page.main());
    }
    // Meanwhile one is closed and another one used.
    world.make(CloseCard { id: world.frozen.clone(), reason: None }).await;
    world.make(super::world::new_purchase(&used, 100)).await;
    let (token, mut entries) = (page.token(), sheet(&page).unwrap());
    entries.iter_mut().filter(|(name, _)| name == "reason").for_each(|(_, value)| *value = "nobody needs it".into());
    // Twice the same card is that card once.
    let again = entries.iter().find(|(name, _)| name == "cards[]").unwrap().clone();
    entries.push(again);
    let done = admin.post(&path, &super::desk::with_token(&token, &entries)).await;
    assert_eq!((done.led(), done.caching.as_str(), done.rows()), ((200, None), "no-store", 3));
    assert!(done.main().contains("1 of 3 closed."), "{}", done.main());
    let row = |card: &CardId| done.table().split("</tr>").find(|row| row.contains(card.as_str())).unwrap().to_owned();
    assert!(row(&world.card).contains("Closed") && row(&world.card).contains("1 purchase, "), "{}", row(&world.card));
    assert!(row(&world.frozen).contains("Closed before"));
    assert!(row(&used).contains("Not closed") && row(&used).contains("used meanwhile"), "{}", row(&used));
    assert_eq!(
        (status(&world, &world.card).await, status(&world, &used).await),
        (CardStatus::Closed, CardStatus::Active)
    );
    let twice = admin.post(&path, &super::desk::with_token(&token, &entries)).await;
    assert_eq!(twice.html, done.html, "a double click gets the first answer");
    // The same from a form of its own.
    let token = admin.get("/theme").await.token();
    let rerun = admin.post(&path, &super::desk::with_token(&token, &entries)).await;
    assert!(rerun.main().contains("0 of 3 closed.") && rerun.main().matches("Closed before").count() == 2);
    assert_eq!((records(&world, &world.card).await, records(&world, &world.frozen).await), (1, 1));
    let log = admin.get(&format!("/live/audit?subject={}", world.card)).await;
    assert!(log.main().contains("nobody needs it"), "each record has the reason");
    // What was chosen before is gone, and the page leads back to the list.
    let chosen = format!("{CLOSE}?days=30&card={}", world.card);
    assert_eq!(admin.get(&chosen).await.led(), (303, Some("/live/cards/unused?days=30")));
    assert!(admin.get(LIST).await.main().contains("Nothing to close"));
}

#[tokio::test]
async fn only_own_cards_are_reached_whatever_is_sent() {
    let fresh = Fresh::new().await;
    let world = a_month_later(&fresh).await;
    let dev = World::written(&fresh.db, &fresh.organisation, Environment::Dev, None).await;
    fresh.clock.advance(31 * DAY);
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let path = format!("{CLOSE}?days=30&card={}&card={}", world.card, dev.card);
    let page = admin.get(&path).await;
    assert_eq!(page.rows(), 1);
    assert!(page.main().contains("1 card that you chose is closed or in use by now, and left out."));
    let foreign = format!("{}.1", dev.card);
    let sent = admin.submit(&path, &[("cards[]", &foreign), ("cards[]", &format!("{}.1", world.card))]).await;
    assert!(
        sent.main().contains("1 of 2 closed.") && sent.main().contains("There is no such card here"),
        "{}",
        sent.main()
    );
    assert_eq!(cards::get(&dev.db, &dev.key, &dev.card).await.unwrap().status, CardStatus::Active);
}

#[tokio::test]
async fn one_go_closes_five_hundred_and_says_that_there_are_more() {
    let fresh = Fresh::new().await;
    let key = fresh.key(Environment::Live);
    let cast = Cast { age: 40 * DAY, ..Cast::default() };
    let ids = cast.write(&fresh.db, &key).await.unwrap();
    for _ in 0..MOST_SWEPT {
        cast.another_card(&fresh.db, &key, &ids).await.unwrap();
    }
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let list = admin.get(&format!("{LIST}?rows=100")).await;
    assert_eq!(list.rows(), 100);
    assert!(list.main().contains("Close the 500 unused longest") && list.main().contains("More than 500 cards match"));
    let path = format!("{CLOSE}?days=30&all=true");
    let page = admin.get(&path).await;
    assert_eq!(page.rows(), MOST_SWEPT);
    assert!(page.main().contains("These are the 500 unused longest"));
    let done = send(&mut admin, &path, &page).await;
    assert!(done.main().contains("500 of 500 closed."), "{:?} {}", done.led(), &done.main()[..600]);
    assert_eq!(admin.get(LIST).await.rows(), 1);
    let mut sent: Vec<(String, String)> = sheet(&page).unwrap();
    sent.push(("cards[]".into(), format!("{}.1", CardId::floor(fresh.db.now()))));
    let token = admin.get("/theme").await.token();
    let refused = admin.post(&path, &super::desk::with_token(&token, &sent)).await;
    assert_eq!(refused.led(), (422, None));
    assert!(refused.main().contains("Cards may be 500 at most in one go"));
}
