//! How a key ends: revoked, tried before, or rotated.
use super::{called, create, key, made};
use crate::dashboard::{browser::Browser, world::name};
use domain::{
    access::Role,
    environment::Environment,
    keys::{CreateKey, Expiry, KeyStatus},
    testing::Fresh,
    time::{DAY, MINUTE},
};

#[tokio::test]
async fn a_key_is_revoked_once_and_stays_listed() {
    let fresh = Fresh::new().await;
    let owner = fresh.person(Environment::Live, Role::Owner);
    let created = CreateKey::new(name("backend"), Expiry::At(fresh.db.now() + 30 * DAY));
    let created = fresh.db.commit(&owner, created).await.unwrap();
    let secret = created.secret.reveal();
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let path = format!("/live/keys/{}", created.id);
    let page = admin.get(&path).await;
    assert!(page.html.contains("Never used") && page.html.contains("Test owner"));
    assert!(page.links().contains(&format!("{path}/revoke")));
    let asked = admin.get(&format!("{path}/revoke")).await;
    assert!(asked.html.contains("This cannot be undone") && asked.html.contains("It was never used."));
    let token = asked.token();
    for _ in 0..2 {
        assert_eq!(
            admin.post(&format!("{path}/revoke"), &[("token", &token)]).await.led(),
            (303, Some(&*path)),
            "a double click"
        );
    }
    let page = admin.get(&path).await;
    assert!(page.html.contains("Key revoked.") && page.html.contains("</svg>Revoked</span>"));
    assert!(!admin.get(&path).await.html.contains("Key revoked."), "said once");
    assert!(!page.links().contains(&format!("{path}/revoke")));
    let late = admin.submit(&format!("{path}/revoke"), &[]).await;
    assert_eq!(late.led(), (409, None), "another form for what is done");
    assert!(late.html.contains("This key was revoked before."));
    let list = admin.get("/live/keys").await;
    assert_eq!(list.rows(), 1);
    for page in [&list, &page] {
        assert!(!page.html.contains(secret.text()));
    }
    fresh.clock.advance(31 * DAY);
    let again = CreateKey::new(name("backend"), Expiry::At(fresh.db.now() + 30 * DAY));
    assert!(fresh.db.commit(&owner, again).await.is_ok(), "its name is free again");
}

#[tokio::test]
async fn a_key_that_was_used_today_is_revoked_by_its_name() {
    let fresh = Fresh::new().await;
    let (id, _) = made(&fresh, create("backend", &fresh)).await;
    called(&fresh, &id, "192.0.2.7", 12).await;
    let mut developer = Browser::signed_in(&fresh, Role::Developer).await;
    let path = format!("/live/keys/{id}/revoke");
    let page = developer.get(&path).await;
    assert!(page.main().contains("Calls with it in the last 24 hours: 12."), "{}", page.main());
    let own = developer.get(&format!("/live/keys/{id}")).await;
    assert_eq!(own.main().matches("GET /v1/cards").count(), 10, "the latest of its calls");
    assert!(own.links().contains(&format!("/live/requests?key={id}")), "{:?}", own.links());
    for typed in ["", "Backend", "backend2"] {
        let refused = developer.submit(&path, &[("typed", typed)]).await;
        assert_eq!(refused.led(), (422, None), "{typed}");
        assert_eq!(refused.entry("typed").unwrap_or_default(), typed);
    }
    assert_eq!(key(&fresh, &id).await.status, KeyStatus::Active);
    assert_eq!(developer.submit(&path, &[("typed", "backend")]).await.led().0, 303);
    assert_eq!(key(&fresh, &id).await.status, KeyStatus::Revoked);
}

#[tokio::test]
async fn a_revocation_is_tried_first_and_its_tally_stands_above_the_final_button() {
    let fresh = Fresh::new().await;
    let (id, _) = made(&fresh, create("backend", &fresh)).await;
    called(&fresh, &id, "192.0.2.1", 2).await;
    let mut developer = Browser::signed_in(&fresh, Role::Developer).await;
    let path = format!("/live/keys/{id}");
    assert!(!developer.get(&format!("{path}/revoke")).await.main().contains("would have broken"));
    fresh.clock.advance(MINUTE);
    let odd = developer.submit(&format!("{path}/trial"), &[("span", "2h")]).await;
    assert_eq!(odd.led(), (422, None));
    assert_eq!(developer.submit(&format!("{path}/trial"), &[("span", "1h")]).await.led(), (303, Some(&*path)));
    assert!(developer.get(&path).await.main().contains("would have broken 0 calls"));
    called(&fresh, &id, "192.0.2.7", 3).await;
    let page = developer.get(&format!("{path}/revoke")).await;
    assert!(page.main().contains("would have broken 3 calls") && page.table().contains("192.0.2.7"));
    assert!(!page.table().contains("192.0.2.1"), "it called before the trial");
    assert!(page.main().find("192.0.2.7").unwrap() < page.main().find("Revoke key</button>").unwrap_or(usize::MAX));
    assert_eq!(key(&fresh, &id).await.status, KeyStatus::Active);
}

#[tokio::test]
async fn a_key_is_rotated_and_both_pages_tell_how_far_it_is() {
    let fresh = Fresh::new().await;
    let (id, text) = made(&fresh, create("backend", &fresh)).await;
    called(&fresh, &id, "192.0.2.7", 1).await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let path = format!("/live/keys/{id}");
    let form = admin.get(&format!("{path}/rotate")).await;
    let token = form.token();
    let shown = admin.post(&format!("{path}/rotate"), &[("token", &token), ("overlap", "1h")]).await;
    assert_eq!((shown.led(), &*shown.caching), ((200, None), "no-store"));
    assert!(shown.html.contains("lk_live_") && !shown.html.contains(&text));
    assert!(shown.main().contains("The old secret works until 15 Jan 2025, 13:00"));
    let twice = admin.post(&format!("{path}/rotate"), &[("token", &token), ("overlap", "1h")]).await;
    assert_eq!(twice.html, shown.html, "a double click");
    assert_eq!(admin.get(&format!("{path}/rotate")).await.led(), (303, Some(&*path)), "once");
    let successor = key(&fresh, &id).await.successor.unwrap();
    let new = format!("/live/keys/{successor}");
    let facts = ["New secret issued", "New secret first seen", "Old secret last seen", "Old secret ended"];
    for path in [&path, &new] {
        let page = admin.get(path).await;
        for fact in facts {
            assert!(page.main().contains(fact), "{fact}");
        }
        assert!(page.main().contains("nothing has used the new secret") && page.main().contains("Works until"));
        assert!(!page.html.contains(&text));
    }
    called(&fresh, &successor, "192.0.2.8", 1).await;
    fresh.clock.advance(50 * MINUTE);
    let mut admin = Browser::signed_in_again(&fresh, Role::Admin).await;
    called(&fresh, &id, "192.0.2.7", 1).await;
    assert!(
        admin.get(&path).await.main().contains("It is still used from 192.0.2.7, although the new secret is in use.")
    );
    fresh.clock.advance(10 * MINUTE);
    let mut admin = Browser::signed_in_again(&fresh, Role::Admin).await;
    let page = admin.get(&path).await;
    assert!(page.main().contains("within 15 minutes of its end from 192.0.2.7: something may still depend on it"));
    assert!(page.html.contains("</svg>Replaced</span>"));
    let links = page.links().join(" ");
    assert!(!links.contains("/rotate") && !links.contains("/edit") && !links.contains("/overlap"), "{links}");

    let rotated = admin.submit(&format!("{new}/rotate"), &[("overlap", "7d"), ("starts", "first_use")]).await;
    assert!(rotated.main().contains("7 days after the first use of the new one"), "{}", rotated.main());
    assert_eq!(admin.submit(&format!("{new}/overlap"), &[]).await.led(), (303, Some(&*new)));
    assert_eq!(key(&fresh, &successor).await.status, KeyStatus::Replaced);
    let bad = made(&fresh, create("other", &fresh)).await.0;
    let page = admin.submit(&format!("/live/keys/{bad}/rotate"), &[("overlap", "2h"), ("ends", "x")]).await;
    assert_eq!(page.led(), (422, None));
    assert_eq!(key(&fresh, &bad).await.successor, None);
}
