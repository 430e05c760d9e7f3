//! Keys that turn up: in the list, in the open, in the wrong hands.
use super::{called, create, key, made};
use crate::dashboard::{
    browser::{Browser, Page},
    world::{World, line, new_intent, new_read},
};
use domain::{
    access::{self, Actor, Role},
    environment::Environment,
    keys::{self, CreateKey, Expiry, KeyStatus},
    testing::Fresh,
    time::{DAY, HOUR},
};

#[tokio::test]
async fn the_list_filters_sorts_and_counts_what_is_not_safe() {
    let fresh = Fresh::new().await;
    for called in ["b", "c", "a"] {
        let expiry = Expiry::Never(Some(line("A test.")));
        made(&fresh, CreateKey { expiry, ..create(called, &fresh) }).await;
        fresh.clock.advance(1_000);
    }
    let (paused, _) = made(&fresh, create("paused", &fresh)).await;
    let owner = fresh.person(Environment::Live, Role::Owner);
    fresh.db.commit(&owner, keys::DisableKey { id: paused }).await.unwrap();
    fresh.clock.advance(95 * DAY);
    let (fresh_key, _) = made(&fresh, CreateKey { addresses: "::1".parse().unwrap(), ..create("young", &fresh) }).await;
    called(&fresh, &fresh_key, "192.0.2.7", 1).await;
    let mut auditor = Browser::signed_in(&fresh, Role::Auditor).await;
    let names = |page: &Page| -> Vec<String> {
        let rows = page.table().split("<th scope=\"row\">").skip(1);
        rows.map(|row| row.split("</a>").next().unwrap().rsplit('>').next().unwrap().to_owned()).collect()
    };
    let list = auditor.get("/live/keys").await;
    assert_eq!(names(&list), ["young", "paused", "a", "c", "b"]);
    assert!(list.main().contains("95 days") && list.main().contains("Rotate</span>"));
    assert!(!list.links().contains(&"/live/keys/new".to_owned()), "an auditor only looks");
    for (concern, n) in [("no_expiry", 3), ("idle", 3), ("no_addresses", 3), ("old", 3)] {
        let href = format!("/live/keys?concern={concern}");
        assert!(list.links().contains(&href), "{:?}", list.links());
        let label = list.main().split(&format!("concern={}\"", concern.replace('_', "%5F"))).nth(1).unwrap();
        assert!(label.split("<dd").nth(1).unwrap().contains(&format!(">{n}<")), "{concern}");
        assert_eq!(auditor.get(&href).await.rows(), n, "{concern}: as many rows as it says");
    }
    for (query, order) in [
        ("sort=name", "a b c paused young"),
        ("sort=-name", "young paused c b a"),
        ("sort=-used", "young paused a c b"),
        ("sort=created", "b c a paused young"),
        ("sort=expires", "paused young b c a"),
        ("status=expired", "paused"),
        ("status=active&sort=name", "a b c young"),
        ("status=disabled", ""),
        ("sort=nonsense&status=nonsense&concern=%27", "young paused a c b"),
    ] {
        let page = auditor.get(&format!("/live/keys?{query}")).await;
        assert_eq!(page.led(), (200, None));
        assert_eq!(names(&page).join(" "), order, "{query}");
    }
}

#[tokio::test]
async fn a_found_key_is_identified_and_never_shown_again() {
    let fresh = Fresh::new().await;
    let (id, text) = made(&fresh, create("backend", &fresh)).await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let page = admin.submit("/live/keys/identify", &[("found", &format!(" {text}\n"))]).await;
    assert_eq!((page.led(), &*page.caching), ((200, None), "no-store"));
    assert!(page.main().contains("A key of this environment") && page.links().contains(&format!("/live/keys/{id}")));
    let dev = admin.submit("/dev/keys/identify", &[("found", &text)]).await;
    assert!(dev.main().contains("of the live environment") && dev.links().contains(&"/live/keys/identify".to_owned()));
    let nothing = admin.submit("/live/keys/identify", &[("found", &text[..text.len() - 1])]).await;
    assert!(nothing.main().contains("Not a key of yours"));
    let empty = admin.submit("/live/keys/identify", &[("found", " ")]).await;
    assert_eq!(empty.led(), (422, None));
    for page in [page, dev, nothing, empty] {
        assert!(!page.html.contains(&text[8..30]), "the input is not shown");
    }
    let dump = format!("{:?}", fresh.dump().await);
    assert!(dump.contains("api_key.identified") && !dump.contains(&text[16..48]));
    for _ in 0..7 {
        admin.submit("/live/keys/identify", &[("found", "x")]).await;
    }
    let slow = admin.submit("/live/keys/identify", &[("found", &text)]).await;
    assert_eq!(slow.led(), (422, None));
    assert!(slow.main().contains("wait a minute") && !slow.html.contains(&text[8..30]));
    let mut auditor = Browser::signed_in(&fresh, Role::Auditor).await;
    assert_eq!(auditor.get("/live/keys/identify").await.led().0, 403);
}

#[tokio::test]
async fn a_compromised_key_is_revoked_first_and_every_card_it_read_frozen_in_one_step() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    // The key of the world reads and pays; the report is about that key.
    let Actor::Key { id: reader, .. } = world.key.actor() else { panic!("a key") };
    let (id, _) = made(&fresh, create("leaked", &fresh)).await;
    let grant = access::testing::key_of(&world.key, &id);
    fresh.clock.advance(HOUR);
    called(&fresh, &id, "203.0.113.9", 2).await;
    let declare = new_intent(&world.card, "order-2", "Paper", "Staples");
    fresh.db.commit(&grant, declare).await.unwrap();
    fresh.db.commit(&grant, new_read(&world.card, "Paper", "Staples")).await.unwrap();
    world.buy(4_000).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let path = format!("/live/keys/{id}");
    let asked = owner.get(&format!("{path}/compromised")).await;
    assert!(asked.main().contains("revoked first"));
    let revoked = owner.submit(&format!("{path}/compromised"), &[("since", "created")]).await;
    assert_eq!(revoked.led().0, 303);
    let report = revoked.location.unwrap();
    assert!(report.starts_with(&format!("{path}/exposure?since=")), "{report}");
    assert_eq!(key(&fresh, &id).await.status, KeyStatus::Revoked);
    let page = owner.get(&report).await;
    for text in [
        "The key is revoked",
        "Create a replacement",
        "203.0.113.9",
        "New</span>",
        "40.00",
        "shopper",
        "Freeze 1 active",
    ] {
        assert!(page.main().contains(text), "{text}: {}", page.main());
    }
    let new = owner.get(&format!("/live/keys/new?like={id}")).await;
    assert_eq!(new.entry("name").unwrap(), "leaked");
    let freeze = page.links().into_iter().find(|href| href.contains("/freeze?")).unwrap();
    let since = owner.get(&freeze).await.entry("since").unwrap();
    assert_eq!(owner.submit(&freeze, &[("since", &since)]).await.led().0, 303);
    let page = owner.get(&report).await;
    assert!(page.main().contains("</svg>Frozen</span>") && !page.main().contains("Freeze 1 active"));
    assert!(page.html.contains("Cards frozen: 1."));
    assert_eq!(owner.submit(&freeze, &[("since", &since)]).await.led(), (409, None), "nothing is left to freeze");
    // From a minute on that somebody chose, in the organisation's zone.
    for (since, said) in [
        ("2025-01-15T12:30", "12:30"),
        ("2025-01-15T11:00", "12:00"),
        ("2025-01-15T13:15", "13:00"),
        ("nonsense", "12:00"),
    ] {
        let page = owner.get(&format!("{path}/exposure?since={since}")).await;
        assert!(page.main().contains(&format!("Since 15 Jan 2025, {said} (UTC).")), "{since}, within the key's life");
    }
    // Another key's report has none of it.
    let other = owner.get(&format!("/live/keys/{}/exposure", world.api_key)).await;
    assert!(other.main().contains("No card details were read"));
    assert_ne!(reader, &id);
}
