//! A card's number on a page: shown once, for a minute, to whom the matrix names.
use super::{
    browser::{Browser, PASSWORD, Page},
    world::{World, new_card},
};
use domain::{
    access::Role,
    attestations::ExposureMode,
    audit::{self, Action},
    cards::IssueCard,
    environment::Environment,
    ids::CardId,
    page::Paging,
    testing::Fresh,
    time::MINUTE,
};

/// Runs of digits that look like a card's number, spaces left out.
fn numbers(page: &Page) -> Vec<String> {
    let bare = page.html.replace(' ', "");
    let runs = bare.split(|c: char| !c.is_ascii_digit()).filter(|run| run.len() == 16 && run.starts_with("999999"));
    runs.map(str::to_owned).collect()
}

async fn reveals(world: &World) -> Vec<audit::Record> {
    let filter = audit::Filter { action: Some(Action::CardRevealed), ..Default::default() };
    audit::list(&world.db, &world.owner, &filter, &Paging::newest(100)).await.unwrap().rows
}

const WHY: (&str, &str) = ("reason", "Guarantee for the hotel");

#[tokio::test]
async fn a_number_is_shown_once_for_a_minute_and_on_no_other_page() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let card = format!("/live/cards/{}", world.card);
    let path = format!("{card}/reveal");
    assert!(admin.get(&card).await.links().contains(&path));
    let form = admin.get(&path).await;
    assert!(numbers(&form).is_empty() && form.header("refresh").is_none());
    assert!(form.main().contains("5 times in 24 hours") && form.main().contains("counts as unattested"));
    let token = form.token();
    let shown = admin.post(&path, &[("token", &token), WHY]).await;
    assert_eq!((shown.led(), &*shown.caching), ((200, None), "no-store"), "{}", shown.main());
    assert_eq!(shown.header("refresh"), Some(&*format!("60;url={card}")));
    // Once to read, in fours, and once to copy.
    let number = numbers(&shown).remove(0);
    assert!(numbers(&shown) == [number.clone(), number.clone()], "{:?}", numbers(&shown));
    let last4 = domain::cards::get(&fresh.db, &world.owner, &world.card).await.unwrap().last4;
    assert!(number.ends_with(&last4) && shown.main().contains(&format!("{} {last4}<", &number[8..12])));
    for said in ["Security code", "Expiry", "01/2028", "data-fleeting=\"60\"", "Shown for 60 seconds"] {
        assert!(shown.main().contains(said), "{said}: {}", shown.main());
    }
    assert!(shown.links().contains(&card));

    // A double click is one reveal; whoever wants to see the number again, says again why.
    let twice = admin.post(&path, &[("token", &token), WHY]).await;
    assert_eq!(numbers(&twice), numbers(&shown));
    let records = reveals(&world).await;
    assert_eq!((records.len(), records[0].reason.as_deref()), (1, Some(WHY.1)));
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    for path in
        [&card, &path, "/live/cards", "/live/audit", &format!("/live/audit/{}", records[0].id), "/live/attestations"]
    {
        let page = owner.get(path).await;
        assert!(page.led().0 == 200 && !page.html.contains(&number) && numbers(&page).is_empty(), "{path}");
    }
    assert!(owner.get(&card).await.main().contains(WHY.1), "the card's history says why");
    for (table, rows) in fresh.everything().await {
        assert!(rows.iter().all(|row| !row.contains(&number)), "{table}");
    }
}

#[tokio::test]
async fn whom_the_matrix_leaves_out_is_told_so_and_sees_nothing() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let card = format!("/live/cards/{}", world.card);
    let path = format!("{card}/reveal");
    for role in [Role::Developer, Role::Support, Role::Finance, Role::Auditor] {
        let mut browser = Browser::signed_in(&fresh, role).await;
        assert!(!browser.get(&card).await.links().contains(&path), "{role}");
        assert_eq!(browser.get(&path).await.led(), (403, None), "{role}");
        let token = browser.get("/theme").await.token();
        let denied = browser.post(&path, &[("token", &token), WHY]).await;
        assert_eq!(denied.led(), (403, None), "{role}");
        assert!(denied.main().contains("permission to reveal card numbers") && numbers(&denied).is_empty(), "{role}");
    }
    assert!(reveals(&world).await.is_empty());
    // Developers see test cards; a card of live is none of dev's.
    let other = World::written(&fresh.db, &fresh.organisation, Environment::Dev, None).await;
    let mut developer = Browser::signed_in_again(&fresh, Role::Developer).await;
    let shown = developer.submit(&format!("/dev/cards/{}/reveal", other.card), &[WHY]).await;
    assert_eq!((shown.led().0, numbers(&shown).len()), (200, 2));
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    for card in [&world.card, &CardId::new(fresh.db.now(), fresh.db.chance())] {
        let token = owner.get("/theme").await.token();
        let missing = owner.post(&format!("/dev/cards/{card}/reveal"), &[("token", &token), WHY]).await;
        assert_eq!((missing.led(), numbers(&missing).len()), ((404, None), 0));
    }
}

#[tokio::test]
async fn a_factor_of_six_minutes_ago_is_not_enough_and_the_reason_is_kept() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let path = format!("/live/cards/{}/reveal", world.card);
    fresh.clock.advance(6 * MINUTE);
    let asked = admin.submit(&path, &[WHY]).await;
    assert_eq!(asked.led(), (403, None));
    assert!(asked.main().contains("Show that it is you") && numbers(&asked).is_empty());
    assert_eq!(asked.entry("reason").as_deref(), Some(WHY.1));
    let wrong = admin.post(&path, &[("token", &asked.token()), WHY, ("step_up_password", "wrong")]).await;
    assert!(wrong.led().0 == 403 && numbers(&wrong).is_empty() && reveals(&world).await.is_empty());
    let shown = admin.post(&path, &[("token", &wrong.token()), WHY, ("step_up_password", PASSWORD)]).await;
    assert_eq!((shown.led().0, &*shown.caching, numbers(&shown).len()), (200, "no-store", 2), "{}", shown.main());
}

#[tokio::test]
async fn a_reason_that_says_nothing_or_hides_something_is_refused_and_does_not_count() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let path = format!("/live/cards/{}/reveal", world.card);
    let long = "x".repeat(501);
    for reason in ["", "   ", &long, "a\u{202E}b", "two\nlines"] {
        let refused = admin.submit(&path, &[("reason", reason)]).await;
        assert_eq!((refused.led().0, numbers(&refused).len()), (422, 0), "{reason:?}");
        assert!(refused.header("refresh").is_none() && refused.main().contains("There is a problem"), "{reason:?}");
    }
    let token = admin.get(&path).await.token();
    for odd in [
        &[("token", &*token)][..],
        &[("token", &token), WHY, ("id", "card_x")],
        &[("token", &token), ("reason[]", "x")],
    ] {
        let refused = admin.post(&path, odd).await;
        assert_eq!((refused.led().0, numbers(&refused).len()), (422, 0), "{odd:?}");
    }
    assert!(reveals(&world).await.is_empty());
    // What is taken is text, and a number in it is masked where it is kept.
    let hostile = "<script>alert(1)</script> 4242 4242 4242 4242";
    let shown = admin.submit(&path, &[("reason", hostile)]).await;
    assert_eq!((shown.led().0, shown.html.matches("<script").count()), (200, 1));
    assert_eq!(reveals(&world).await[0].reason.as_deref(), Some("<script>alert(1)</script> [redacted]"));
}

#[tokio::test]
async fn the_sixth_time_in_a_day_says_when_there_is_a_next_one() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let path = format!("/live/cards/{}/reveal", world.card);
    for _ in 0..5 {
        assert_eq!(admin.submit(&path, &[WHY]).await.led().0, 200);
    }
    let refused = admin.submit(&path, &[WHY]).await;
    assert_eq!((refused.led(), numbers(&refused).len()), ((409, None), 0));
    assert!(refused.main().contains("It can be revealed again in 24 hours."), "{}", refused.main());
    assert_eq!(refused.entry("reason").as_deref(), Some(WHY.1), "what was typed is kept");
    assert!(refused.header("refresh").is_none());
    assert_eq!(reveals(&world).await.len(), 5);
}

#[tokio::test]
async fn a_frozen_card_is_shown_and_a_closed_one_says_why_it_is_not() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let frozen = format!("/live/cards/{}", world.frozen);
    assert!(admin.get(&frozen).await.links().contains(&format!("{frozen}/reveal")));
    assert_eq!(numbers(&admin.submit(&format!("{frozen}/reveal"), &[WHY]).await).len(), 2);

    let silent = IssueCard { exposure: ExposureMode::Never, ..new_card(&world.agent, "Ink", "Staples") };
    let silent = fresh.db.commit(&world.owner, silent).await.unwrap();
    for (card, why) in [(&world.closed, "This card is closed"), (&silent, "never show")] {
        let card = format!("/live/cards/{card}");
        let path = format!("{card}/reveal");
        assert!(!admin.get(&card).await.links().contains(&path));
        let page = admin.get(&path).await;
        assert!(page.led().0 == 200 && page.main().contains(why) && page.links().contains(&card), "{}", page.main());
        assert!(!page.main().contains("name=\"reason\""), "there is nothing to send");
        let token = admin.get("/theme").await.token();
        let refused = admin.post(&path, &[("token", &token), WHY]).await;
        assert_eq!((refused.led(), numbers(&refused).len()), ((409, None), 0), "{path}");
        assert!(refused.main().contains("There is a problem"), "{}", refused.main());
    }
    assert_eq!(reveals(&world).await.len(), 1);
}
