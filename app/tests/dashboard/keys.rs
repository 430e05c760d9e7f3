//! API keys: looked at, revoked, and never shown again.
use super::{
    browser::Browser,
    world::{World, name},
};
use domain::{
    access::Role,
    environment::Environment,
    keys::{CreateKey, Expiry},
    testing::Fresh,
    time::DAY,
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
async fn a_key_that_cannot_be_made_is_refused_by_its_field() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    for (called, expires, why) in [
        ("backend", "30", "Name is used by another key"),
        ("", "30", "Name must not be empty"),
        ("other", "31", "Expires must be one of the choices"),
        ("other", "-1", "Expires must be one of the choices"),
    ] {
        let page = admin.submit("/live/keys/new", &[("name", called), ("expires", expires)]).await;
        assert!([409, 422].contains(&page.led().0), "{called} {expires}");
        assert!(page.main().contains(why), "{called} {expires}: {}", page.main());
        assert_eq!(page.entry("name").unwrap_or_default(), called);
    }
    let page = admin.submit("/live/keys/new", &[("expires", "30")]).await;
    assert_eq!(page.led(), (422, None));
    assert!(page.html.contains("the field name is missing"));
    assert_eq!(admin.get("/live/keys").await.rows(), 1);
    assert!(admin.get(&format!("/live/keys/{}", world.api_key)).await.html.contains("backend"));
}
