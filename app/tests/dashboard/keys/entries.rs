//! What is typed about a key: taken, tried, refused, and kept.
use super::{called, create, key, made};
use crate::dashboard::{browser::Browser, world::World};
use domain::{
    access::Role,
    environment::Environment,
    keys::{self, Filter, Order, Scopes},
    page::Paging,
    testing::Fresh,
};

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
        ("other", "keep", "Expires must be one of the choices"),
        ("other", "never", "Reason must say why a live key never ends"),
        ("other", "date", "Until must be a day such as"),
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

#[tokio::test]
async fn the_form_says_what_a_key_may_do_until_when_and_from_where() {
    let fresh = Fresh::new().await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let fields = [
        ("name", "reports"),
        ("lives", "laptop"),
        ("expires", "date"),
        ("until", "2025-02-01"),
        ("access", "chosen"),
        ("scopes[]", "cards:write"),
        ("scopes[]", "cards:read"),
        ("scopes[]", "agents:read"),
        ("addresses", "192.0.2.9/24\r\n2001:db8::1"),
    ];
    let shown = admin.submit("/live/keys/new", &fields).await;
    assert_eq!((shown.led(), &*shown.caching), ((200, None), "no-store"));
    assert!(shown.html.contains("lk_live_"));
    let owner = fresh.person(Environment::Live, Role::Owner);
    let all = keys::list(&fresh.db, &owner, &Filter::default(), Order::default(), &Paging::newest(9)).await.unwrap();
    let made = &all.rows[0];
    assert_eq!(made.expires_at.unwrap().to_string(), "2025-02-02T00:00:00.000Z", "the day counts whole");
    assert_eq!(made.scopes.to_string(), "agents:read cards:write");
    assert_eq!(made.addresses.to_string(), "192.0.2.0/24 2001:db8::1/128");
    let page = admin.get(&format!("/live/keys/{}", made.id)).await;
    for text in
        ["laptop", "agents: read, cards: write", "192.0.2.0/24, 2001:db8::1/128", "Never used", "Within 30 days"]
    {
        assert!(page.main().contains(text), "{text}: {}", page.main());
    }
    let record = page.links().into_iter().find(|href| href.contains("/audit/aud_")).expect("its history");
    let record = admin.get(&record).await;
    assert!(record.main().contains("Signed in with") && record.main().contains(">password<"), "{}", record.main());
    // What is refused keeps every entry.
    let bad = [
        ("name", "more"),
        ("lives", "here"),
        ("expires", "date"),
        ("until", "2025-01-14"),
        ("access", "chosen"),
        ("addresses", "10.0.0.300"),
    ];
    let page = admin.submit("/live/keys/new", &bad).await;
    assert_eq!(page.led(), (422, None));
    for why in ["must be today or later", "choose read or write", "\"10.0.0.300\", which is no address"] {
        assert!(page.main().contains(why), "{why}: {}", page.main());
    }
    assert_eq!((page.entry("lives").unwrap(), page.entry("until").unwrap()), ("here".into(), "2025-01-14".into()));
    assert!(page.main().contains("10.0.0.300</textarea>"));
    let chosen = page.main().split('<').find(|tag| tag.contains("value=\"chosen\"")).unwrap();
    assert!(chosen.contains("checked"), "{chosen}");
}

#[tokio::test]
async fn an_address_list_is_tried_on_the_calls_of_the_log_before_it_is_saved() {
    let fresh = Fresh::new().await;
    let (id, _) = made(&fresh, create("backend", &fresh)).await;
    called(&fresh, &id, "192.0.2.7", 3).await;
    called(&fresh, &id, "198.51.100.4", 4).await;
    called(&fresh, &id, "2001:db8::5", 1).await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let before = fresh.dump().await;
    let entries = [("name", "backend"), ("expires", "keep"), ("access", "full"), ("act", "check")];
    let edit = [&entries[..], &[("version", "1")]].concat();
    for (path, entries) in [(format!("/live/keys/{id}/edit"), &edit[..]), ("/live/keys/new".to_owned(), &entries)] {
        for (list, said, rows) in [
            ("192.0.2.0/24", "would have refused 5 calls since", 2),
            ("192.0.2.0/24 198.51.100.4 2001:db8::/32", "would have refused none of the calls", 0),
            ("", "nothing would have been refused", 0),
        ] {
            let page = admin.submit(&path, &[entries, &[("addresses", list)]].concat()).await;
            assert_eq!(page.led(), (200, None), "{path}");
            assert!(page.main().contains(said), "{path} {list}: {}", page.main());
            assert_eq!(page.rows(), rows, "{path} {list}");
            assert_eq!(page.entry("name").unwrap(), "backend", "what was typed is there");
        }
        let page = admin.submit(&path, &[entries, &[("addresses", "0.0.0.0/0")]].concat()).await;
        assert_eq!(page.led(), (422, None));
        assert!(page.main().contains("which is every address"));
    }
    let after = fresh.dump().await;
    for table in ["api_keys", "audit"] {
        assert_eq!(before[table], after[table], "nothing was saved");
    }
}

#[tokio::test]
async fn a_stale_edit_shows_what_is_in_force_and_keeps_what_was_typed() {
    let fresh = Fresh::new().await;
    let (id, _) = made(&fresh, create("backend", &fresh)).await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let path = format!("/live/keys/{id}/edit");
    let entries = |called: &'static str, version: &'static str| {
        [("name", called), ("version", version), ("expires", "keep"), ("access", "read"), ("lives", "here")]
    };
    assert_eq!(admin.submit(&path, &entries("first", "1")).await.led(), (303, Some(&*format!("/live/keys/{id}"))));
    let stale = admin.submit(&path, &entries("second", "1")).await;
    assert_eq!(stale.led(), (409, None));
    assert!(stale.main().contains("Changed meanwhile") && stale.main().contains("Somebody changed this key"));
    assert_eq!((stale.entry("name").unwrap(), stale.entry("version").unwrap()), ("second".into(), "2".into()));
    assert_eq!(admin.submit(&path, &entries("second", "2")).await.led().0, 303);
    let now = key(&fresh, &id).await;
    assert_eq!((&*now.name, now.scopes), ("second", Scopes::READ));
}
