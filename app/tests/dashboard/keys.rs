//! API keys: made, looked at, changed, rotated, revoked, found, and never shown again.
use super::{
    browser::Browser,
    world::{World, line, name, new_intent, new_read},
};
use domain::{
    access::{self, Actor, KeyUsed, Role},
    environment::Environment,
    ids::{KeyId, RequestId},
    keys::{self, CreateKey, Expiry, Filter, Key, KeyStatus, Order, Scopes},
    page::Paging,
    requests::{Call, Entry, Record},
    testing::Fresh,
    time::{DAY, HOUR, MINUTE},
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

fn create(called: &str, fresh: &Fresh) -> CreateKey {
    CreateKey::new(name(called), Expiry::At(fresh.db.now() + 90 * DAY))
}

/// A key of live.
async fn made(fresh: &Fresh, create: CreateKey) -> (KeyId, String) {
    let owner = fresh.person(Environment::Live, Role::Owner);
    let created = fresh.db.commit(&owner, create).await.unwrap();
    (created.id, created.secret.reveal().text().to_owned())
}

async fn key(fresh: &Fresh, id: &KeyId) -> Key {
    keys::get(&fresh.db, &fresh.person(Environment::Live, Role::Owner), id).await.unwrap()
}

/// The key or token called so often from an address.
async fn called(fresh: &Fresh, id: &KeyId, address: &str, times: usize) {
    let calls = (0..times).map(|_| Entry {
        organisation: fresh.organisation.clone(),
        environment: Environment::Live,
        call: Call {
            id: RequestId::new(fresh.db.now(), fresh.db.chance()),
            at: fresh.db.now(),
            method: "GET".into(),
            route: "/v1/cards".into(),
            status: 200,
            micros: 900,
            address: Some(address.into()),
            client: Some("curl/8".into()),
            key_id: id.to_string(),
            agent_id: None,
            idempotency_key: None,
            error: None,
        },
        scopes: vec!["cards:read".parse().unwrap()],
    });
    fresh.db.note(Record(calls.collect())).await.unwrap();
    let used = KeyUsed {
        organisation: fresh.organisation.clone(),
        environment: Environment::Live,
        key: id.to_string(),
        address: Some(address.into()),
        client: Some("curl/8".into()),
        scope: Some("cards:read".into()),
    };
    fresh.db.note(used).await.unwrap();
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
    let names = |page: &super::browser::Page| -> Vec<String> {
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
