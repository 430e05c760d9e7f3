//! Trying a purchase: what the rules would say, and the same made in the sandbox.
use super::{
    browser::{Browser, Page},
    html::decoded,
    world::{World, amount},
};
use domain::{
    access::Role,
    environment::Environment,
    limits::{levels::SetAgentRules, terms::Change},
    testing::Fresh,
};

const BUY: [(&str, &str); 5] =
    [("amount", "50.00"), ("merchant", "STAPLES*77"), ("category_code", "5943"), ("city", "Boston"), ("country", "us")];

/// [`BUY`] with one entry changed.
fn but(name: &str, value: &'static str) -> Vec<(&'static str, &'static str)> {
    BUY.into_iter().map(|(own, was)| (own, if own == name { value } else { was })).collect()
}

/// The rules that the page's table has, in order.
fn rules(page: &Page) -> Vec<String> {
    let heads = page.table().split("<th scope=\"row\">").skip(1);
    heads.map(|head| decoded(head.split('<').next().unwrap())).collect()
}

async fn worlds(fresh: &Fresh) -> (World, World) {
    let live = World::new(fresh).await;
    (live, World::written(&fresh.db, &fresh.organisation, Environment::Dev, None).await)
}

#[tokio::test]
async fn evaluating_shows_every_rule_in_order_and_changes_nothing() {
    let fresh = Fresh::new().await;
    let (live, _) = worlds(&fresh).await;
    let set = Change { limit_per_day: Some(Some(amount(20_000))), ..Change::default() };
    live.make(SetAgentRules { id: live.agent.clone(), set, reason: None, version: None }).await;
    let mut auditor = Browser::signed_in(&fresh, Role::Auditor).await;
    let path = format!("/live/cards/{}/try", live.card);
    assert!(auditor.get(&format!("/live/cards/{}", live.card)).await.links().contains(&path));
    let blank = auditor.get(&path).await;
    assert_eq!(blank.entry("merchant").as_deref(), Some("Staples"), "what the card is for");
    assert!(blank.main().contains("Evaluate only") && !blank.main().contains("Post it"), "{}", blank.main());
    let before = fresh.dump().await;
    let good = auditor.submit(&path, &BUY).await;
    assert_eq!((good.led(), &*good.caching), ((200, None), "no-store"));
    assert!(good.main().contains("Would be approved") && good.main().contains("No rule stands against it now."));
    let order = ["User is approved", "Within the most for one purchase", "Within the card's 24-hour limit"];
    let shown = rules(&good);
    let at = |rule: &&str| shown.iter().position(|own| own == rule).unwrap_or_else(|| panic!("{rule}: {shown:?}"));
    let places: Vec<usize> = order.iter().map(at).collect();
    assert!(places.is_sorted(), "{shown:?}");
    assert_eq!(shown.last().map(String::as_str), Some("Covered by the balance"));
    // 50.00, 1.50 and 0.50 were spent today.
    for text in ["102.00", "200.00", "Agent"] {
        assert!(good.table().contains(text), "{text}: {}", good.table());
    }
    for (name, value) in BUY {
        assert_eq!(good.entry(name).as_deref(), Some(value), "kept");
    }
    let bad = auditor.submit(&path, &but("amount", "148.01")).await;
    assert!(bad.main().contains("Would be declined: Card limit exceeded"), "{}", bad.main());
    assert!(bad.table().contains("200.01") && bad.table().contains("Failed") && bad.table().contains("decided"));
    let dear = auditor.submit(&path, &but("amount", "10,000,000,000")).await;
    assert!(dear.main().contains("Would be declined: Max amount exceeded"), "{}", dear.main());
    let frozen = auditor.submit(&format!("/live/cards/{}/try", live.frozen), &BUY).await;
    assert!(frozen.main().contains("Would be declined: Card frozen"), "{}", frozen.main());
    let after = fresh.dump().await;
    for (table, rows) in before {
        assert_eq!(after.get(&table), Some(&rows), "{table}");
    }
}

#[tokio::test]
async fn what_cannot_be_taken_is_named_and_kept() {
    let fresh = Fresh::new().await;
    let (live, dev) = worlds(&fresh).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let before = fresh.dump().await;
    for (field, value, why) in [
        ("amount", "", "Amount must be an amount such as 1250.00"),
        ("amount", "-5", "Amount must be an amount"),
        ("amount", "0", "Amount must be more than nothing"),
        ("amount", "1e9", "Amount must be an amount"),
        ("amount", "10,000,000,000.01", "Amount must be more than nothing and at most"),
        ("amount", "99999999999999999999999999", "Amount must be an amount"),
        ("merchant", "   ", "Merchant must not be empty"),
        ("merchant", "a\0b", "Merchant must not contain control characters"),
        ("category_code", "59x3", "Category code must be a merchant category code of four digits"),
        ("category_code", "\u{0665}943", "Category code must be"),
        ("city", "Bos\u{202e}ton", "City must not contain invisible"),
        ("country", "USA", "Country must be a country code of two capital letters"),
        ("country", "\u{df}", "Country must be"),
    ] {
        for path in [format!("/live/cards/{}/try", live.card), format!("/dev/cards/{}/try/post", dev.card)] {
            let page = owner.submit(&path, &but(field, value)).await;
            assert_eq!(page.led(), (422, None), "{path} {field} {value:?}");
            assert_eq!(page.html.matches(why).count(), 2, "{field} {value:?}: in the summary and by the field");
            for (name, typed) in but(field, value).into_iter().filter(|(_, typed)| !typed.contains('\0')) {
                assert_eq!(page.entry(name).as_deref(), Some(typed), "{name} is kept");
            }
        }
    }
    let page = owner.submit(&format!("/live/cards/{}/try", live.card), &but("merchant", "   ")).await;
    assert_eq!(page.main().matches("Error: ").count(), 1);
    let long: &str = &"x".repeat(501);
    let mut fields: [(&str, &str); 5] = BUY;
    fields[1].1 = long;
    let page = owner.submit(&format!("/live/cards/{}/try", live.card), &fields).await;
    assert!(page.led() == (422, None) && page.main().contains("must have at most 500 characters"));
    // The card of the other environment is not there, whatever is sent with it.
    for path in [format!("/live/cards/{}/try", dev.card), format!("/dev/cards/{}/try/post", live.card)] {
        assert_eq!(owner.get(&path).await.led(), (404, None), "{path}");
        let token = owner.get("/theme").await.token();
        let sent = owner.post(&path, &[&[("token", &*token)], &BUY[..]].concat()).await;
        assert_eq!(sent.led(), (404, None), "{path}");
    }
    let after = fresh.dump().await;
    for (table, rows) in before {
        assert_eq!(after.get(&table), Some(&rows), "{table}");
    }
}

#[tokio::test]
async fn posting_makes_one_purchase_in_dev_alone() {
    let fresh = Fresh::new().await;
    let (live, dev) = worlds(&fresh).await;
    let mut developer = Browser::signed_in(&fresh, Role::Developer).await;
    let (evaluate, post) = (format!("/dev/cards/{}/try", dev.card), format!("/dev/cards/{}/try/post", dev.card));
    let page = developer.get(&evaluate).await;
    for (to, word) in [(&evaluate, "Evaluate only"), (&post, "Post it")] {
        assert!(page.main().contains(&format!("formaction=\"{to}\"")) && page.main().contains(word), "{word}");
    }
    let asked = developer.submit(&evaluate, &BUY).await;
    assert!(asked.main().contains("Would be approved"), "{}", asked.main());
    let before = fresh.count("purchases").await;
    let token = asked.token();
    let fields = [&[("token", &*token)], &BUY[..]].concat();
    let (first, second) = (developer.post(&post, &fields).await, developer.post(&post, &fields).await);
    assert_eq!(first.led().0, 303, "{}", first.html);
    assert_eq!(first.led(), second.led(), "a double click");
    assert_eq!(fresh.count("purchases").await, before + 1);
    let made = first.location.clone().unwrap();
    let page = developer.get(&made).await;
    assert!(page.html.contains("Posted to the sandbox: the purchase was approved."), "{}", page.html);
    assert!(page.main().contains("STAPLES*77") && page.main().contains("Boston, US"), "{}", page.main());
    for rule in rules(&asked) {
        assert!(
            decoded(page.main()).contains(&format!("<th scope=\"row\">{rule}</th>")),
            "{rule}, as was shown before"
        );
    }
    let declined = developer.submit(&post, &but("amount", "1,000,000.00")).await;
    let page = developer.get(&declined.location.unwrap()).await;
    assert!(page.html.contains("the purchase was declined.") && page.main().contains("Declined: "), "{}", page.main());

    // A live purchase is the card network's, whoever asks.
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let before = fresh.count("purchases").await;
    let post = format!("/live/cards/{}/try/post", live.card);
    let page = owner.get(&format!("/live/cards/{}/try", live.card)).await;
    assert!(!page.main().contains("Post it") && page.main().contains("Live purchases come from the card network"));
    let token = page.token();
    let denied = owner.post(&post, &[&[("token", &*token)], &BUY[..]].concat()).await;
    assert_eq!(denied.led(), (403, None));
    // And who may only look is told what is missing.
    let mut finance = Browser::signed_in(&fresh, Role::Finance).await;
    let page = finance.get(&evaluate).await;
    assert!(!page.main().contains("Post it") && page.main().contains("permission to settle purchases"));
    let token = page.token();
    let sent = [&[("token", &*token)], &BUY[..]].concat();
    let denied = finance.post(&format!("/dev/cards/{}/try/post", dev.card), &sent).await;
    assert_eq!(denied.led(), (403, None));
    assert_eq!(fresh.count("purchases").await, before);
}

#[tokio::test]
async fn a_card_that_is_closed_is_not_offered_and_says_so_when_asked() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut auditor = Browser::signed_in(&fresh, Role::Auditor).await;
    let path = format!("/live/cards/{}", world.closed);
    assert!(!auditor.get(&path).await.links().contains(&format!("{path}/try")));
    let page = auditor.submit(&format!("{path}/try"), &BUY).await;
    assert!(page.main().contains("Would be declined: Card closed"), "{}", page.main());
}
