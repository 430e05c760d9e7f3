//! API keys: made, used, ended.
use domain::{
    Error,
    access::{self, Caller, Grant, Origin, Role, Shut},
    audit,
    environment::Environment,
    error::Code,
    ids::KeyId,
    keys::{
        self, Addresses, CreateKey, EditKey, Expiry, Filter, Key, KeyStatus, Order, Overlap, RevokeKey, RotateKey,
        Scopes, life::Successor,
    },
    name::{Line, Name},
    page::Paging,
    testing::Fresh,
    time::{DAY, HOUR},
};

pub fn create(name: &str) -> CreateKey {
    CreateKey::new(Name::parse(name).unwrap(), Expiry::Never(Some(Line::parse("A test.").unwrap())))
}

/// Why a key does not open from nowhere in particular; `None`: it opens.
pub async fn shut(fresh: &Fresh, text: &str) -> Option<Shut> {
    match access::caller(&fresh.db, text, Origin::default()).await.unwrap() {
        Caller::Known(..) => None,
        Caller::Shut(shut, _) => Some(shut),
    }
}

pub async fn all(fresh: &Fresh, grant: &Grant) -> Vec<Key> {
    keys::list(&fresh.db, grant, &Filter::default(), Order::default(), &Paging::newest(100)).await.unwrap().rows
}

/// A new key of live and its text.
pub async fn made(fresh: &Fresh, create: CreateKey) -> (KeyId, String) {
    let admin = fresh.person(Environment::Live, Role::Admin);
    let created = fresh.db.commit(&admin, create).await.unwrap();
    (created.id, created.secret.reveal().text().to_owned())
}

#[tokio::test]
async fn a_key_opens_until_it_is_revoked_or_expires() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    let ending = CreateKey { expiry: Expiry::At(fresh.db.now() + HOUR), ..create("nightly") };
    let ending = fresh.db.commit(&admin, ending).await.unwrap();
    let lasting = fresh.db.commit(&admin, create("backend")).await.unwrap();
    let (ending_text, lasting_text) = (ending.secret.reveal(), lasting.secret.reveal());
    for text in [ending_text.text(), lasting_text.text()] {
        let caller = access::caller(&fresh.db, text, Origin::default()).await.unwrap();
        assert!(matches!(caller, Caller::Known(grant, _) if grant.organisation() == &fresh.organisation));
    }
    fresh.clock.advance(HOUR);
    assert_eq!(shut(&fresh, ending_text.text()).await, Some(Shut::Expired));
    assert_eq!(keys::get(&fresh.db, &admin, &ending.id).await.unwrap().status, KeyStatus::Expired);

    fresh.db.commit(&admin, RevokeKey { id: lasting.id.clone() }).await.unwrap();
    assert_eq!(shut(&fresh, lasting_text.text()).await, Some(Shut::Revoked));
    let again = fresh.db.commit(&admin, RevokeKey { id: lasting.id }).await;
    assert!(matches!(again, Err(Error::State { code: Code::AlreadyRevoked, .. })));
}

#[tokio::test]
async fn a_name_is_free_again_once_its_key_is_revoked() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    let first = fresh.db.commit(&admin, create("backend")).await.unwrap();
    let taken = fresh.db.commit(&admin, create("backend")).await;
    assert!(matches!(taken, Err(Error::Refused(r)) if r.0[0].0 == "name"));
    // The other environment has names of its own.
    fresh.db.commit(&fresh.person(Environment::Dev, Role::Admin), create("backend")).await.unwrap();
    fresh.db.commit(&admin, RevokeKey { id: first.id }).await.unwrap();
    fresh.db.commit(&admin, create("backend")).await.unwrap();
}

#[tokio::test]
async fn another_organisation_and_the_other_environment_see_nothing() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    let key = fresh.db.commit(&admin, create("backend")).await.unwrap();
    let other = domain::testing::organisation(&fresh.db, "Other").await;
    for stranger in [
        access::testing::person(&fresh.db, &other, Environment::Live, Role::Owner),
        fresh.person(Environment::Dev, Role::Owner),
    ] {
        assert!(all(&fresh, &stranger).await.is_empty());
        assert!(matches!(keys::get(&fresh.db, &stranger, &key.id).await, Err(Error::NotFound(_))));
        let revoked = fresh.db.commit(&stranger, RevokeKey { id: key.id.clone() }).await;
        assert!(matches!(revoked, Err(Error::NotFound(_))));
    }
}

#[tokio::test]
async fn every_change_leaves_a_record_and_a_refused_one_none() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    let key = fresh.db.commit(&admin, create("backend")).await.unwrap();
    fresh.db.commit(&admin, create("backend")).await.map(drop).unwrap_err();
    let support = fresh.person(Environment::Live, Role::Support);
    let denied = fresh.db.commit(&support, RevokeKey { id: key.id.clone() }).await;
    assert!(matches!(denied, Err(Error::Denied(_))));
    let filter = audit::Filter { subject_id: Some(key.id.to_string()), ..Default::default() };
    let log = audit::list(&fresh.db, &admin, &filter, &Paging::newest(10)).await.unwrap();
    assert_eq!(log.rows.iter().map(|r| r.action.as_str()).collect::<Vec<_>>(), ["api_key.created"]);
    let all = audit::list(&fresh.db, &admin, &audit::Filter::default(), &Paging::newest(10)).await.unwrap();
    assert_eq!(all.rows.len(), 3, "the organisation, its owner, the key");
}

#[tokio::test]
async fn sixty_four_at_once_share_commits_and_all_are_there() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    let many = (0..64).map(|n| {
        let (db, admin) = (fresh.db.clone(), admin.clone());
        tokio::spawn(async move { db.commit(&admin, create(&format!("key {}", n % 60))).await.map(drop) })
    });
    let done = futures::future::join_all(many).await;
    let refused = done.iter().filter(|d| matches!(d, Ok(Err(Error::Refused(_))))).count();
    assert_eq!(refused, 4, "a refused change in a group undoes itself only");
    assert_eq!(all(&fresh, &admin).await.len(), 60);
}

/// The entries of an edit that changes nothing.
pub fn edit(key: &Key) -> EditKey {
    EditKey {
        id: key.id.clone(),
        version: key.version,
        name: Name::parse(&key.name).unwrap(),
        lives: None,
        expiry: None,
        scopes: key.scopes,
        addresses: key.addresses.clone(),
    }
}

#[tokio::test]
async fn an_edit_is_held_to_what_its_editor_saw_and_is_in_force_at_once() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    let (id, text) = made(&fresh, create("backend")).await;
    made(&fresh, create("other")).await;
    fresh.clock.advance(HOUR);
    let key = keys::get(&fresh.db, &admin, &id).await.unwrap();
    let change = EditKey {
        name: Name::parse("renamed").unwrap(),
        scopes: Scopes::READ,
        addresses: "192.0.2.0/24".parse().unwrap(),
        expiry: Some(Expiry::At(fresh.db.now() + DAY)),
        ..edit(&key)
    };
    fresh.db.commit(&admin, change).await.unwrap();
    let changed = keys::get(&fresh.db, &admin, &id).await.unwrap();
    assert_eq!((&*changed.name, changed.version, changed.scopes), ("renamed", 2, Scopes::READ));
    assert_eq!(changed.expires_at, Some(fresh.db.now() + DAY));
    assert_eq!(shut(&fresh, &text).await, Some(Shut::Address));
    let origin = Origin { address: "::ffff:192.0.2.9".parse().ok(), ..Origin::default() };
    let caller = access::caller(&fresh.db, &text, origin).await.unwrap();
    let Caller::Known(grant, _) = caller else { panic!("{caller:?}") };
    let scope = keys::Scope::write(keys::scopes::Resource::Cards);
    assert!(matches!(grant.require_scope(scope), Err(Error::OutOfScope(missing)) if missing == scope));
    assert!(grant.has(access::Permission::View) && !grant.has(access::Permission::IssueCard));

    let stale = fresh.db.commit(&admin, EditKey { addresses: Addresses::default(), ..edit(&key) }).await;
    assert!(matches!(stale, Err(Error::State { code: Code::StaleEdit, .. })));
    let taken = EditKey { name: Name::parse("other").unwrap(), ..edit(&changed) };
    assert!(matches!(fresh.db.commit(&admin, taken).await, Err(Error::Refused(r)) if r.0[0].0 == "name"));
    let log = audit::Filter { subject_id: Some(id.to_string()), ..Default::default() };
    let log = audit::list(&fresh.db, &admin, &log, &Paging::newest(10)).await.unwrap().rows;
    assert_eq!(log.len(), 2, "what was refused left no record");
    assert!(log[0].before.as_ref().unwrap().contains("\"scopes\":\"full\""));
    assert!(log[0].after.as_ref().unwrap().contains("192.0.2.0/24"));
}

#[tokio::test]
async fn a_paused_key_is_shut_until_it_is_resumed() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    let (id, text) = made(&fresh, create("backend")).await;
    for _ in 0..2 {
        fresh.db.commit(&admin, keys::DisableKey { id: id.clone() }).await.unwrap();
        assert_eq!(shut(&fresh, &text).await, Some(Shut::Disabled));
        let twice = fresh.db.commit(&admin, keys::DisableKey { id: id.clone() }).await;
        assert!(matches!(twice, Err(Error::State { code: Code::KeyState, .. })));
        fresh.db.commit(&admin, keys::ResumeKey { id: id.clone() }).await.unwrap();
        assert_eq!(shut(&fresh, &text).await, None);
    }
    let twice = fresh.db.commit(&admin, keys::ResumeKey { id: id.clone() }).await;
    assert!(matches!(twice, Err(Error::State { code: Code::KeyState, .. })));
    fresh.db.commit(&admin, RevokeKey { id: id.clone() }).await.unwrap();
    for refused in [
        fresh.db.commit(&admin, keys::DisableKey { id: id.clone() }).await,
        fresh.db.commit(&admin, keys::ResumeKey { id: id.clone() }).await,
        fresh.db.commit(&admin, edit(&keys::get(&fresh.db, &admin, &id).await.unwrap())).await,
    ] {
        assert!(matches!(refused, Err(Error::State { code: Code::KeyState, .. })));
    }
    // Finance and support may look at keys and change none; a developer of live may only revoke.
    for role in [Role::Finance, Role::Support, Role::Auditor, Role::Developer] {
        let person = fresh.person(Environment::Live, role);
        let refused = fresh.db.commit(&person, keys::DisableKey { id: id.clone() }).await;
        assert!(matches!(refused, Err(Error::Denied(_))), "{role}");
    }
}

#[tokio::test]
async fn the_end_of_a_key_is_bounded_by_the_organisation() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    let now = fresh.db.now();
    let refused = |expiry: Expiry| {
        let (db, admin) = (fresh.db.clone(), admin.clone());
        async move {
            match db.commit(&admin, CreateKey { expiry, ..create("backend") }).await {
                Err(Error::Refused(refused)) => Some(refused.0[0].0.clone()),
                _ => None,
            }
        }
    };
    assert_eq!(refused(Expiry::At(now)).await.as_deref(), Some("expires"));
    assert_eq!(refused(Expiry::Never(None)).await.as_deref(), Some("reason"), "live says why");
    let dev = fresh.person(Environment::Dev, Role::Developer);
    fresh.db.commit(&dev, CreateKey { expiry: Expiry::Never(None), ..create("dev") }).await.unwrap();

    let owner = fresh.person(Environment::Live, Role::Owner);
    let set = |longest_days| keys::SetKeyPolicy {
        policy: keys::KeyPolicy { longest_days, disable_idle: false },
        version: None,
    };
    assert!(matches!(fresh.db.commit(&admin, set(Some(30))).await, Err(Error::Denied(_))), "an owner's setting");
    for days in [0, -1, keys::MOST_DAYS + 1] {
        assert!(matches!(fresh.db.commit(&owner, set(Some(days))).await, Err(Error::Refused(_))), "{days}");
    }
    let (id, _) = made(&fresh, create("before")).await;
    fresh.db.commit(&owner, set(Some(30))).await.unwrap();
    assert_eq!(keys::policy(&fresh.db, &admin).await.unwrap().longest_days, Some(30));
    let reason = Some(Line::parse("A reason.").unwrap());
    assert_eq!(refused(Expiry::Never(reason)).await.as_deref(), Some("expires"));
    assert_eq!(refused(Expiry::At(now + 30 * DAY + 1)).await.as_deref(), Some("expires"));
    assert_eq!(refused(Expiry::At(now + 30 * DAY)).await, None);
    fresh.clock.advance(10 * DAY);
    let key = keys::get(&fresh.db, &admin, &id).await.unwrap();
    let later = EditKey { expiry: Some(Expiry::At(now + 31 * DAY)), ..edit(&key) };
    assert!(matches!(fresh.db.commit(&admin, later).await, Err(Error::Refused(r)) if r.0[0].0 == "expires"));
    fresh.db.commit(&admin, edit(&key)).await.expect("a key that is there keeps its end");
    let rotate = RotateKey { id, overlap: Overlap::Day, from_first_use: false, ends: Successor::SameLife };
    let successor = fresh.db.commit(&admin, rotate).await.expect("a rotation is never in the way").id;
    let id = successor.clone();
    let successor = keys::get(&fresh.db, &admin, &successor).await.unwrap();
    assert_eq!(successor.expires_at, Some(fresh.db.now() + 30 * DAY), "and gives what is allowed");
    fresh.db.commit(&owner, set(None)).await.unwrap();
    let key = keys::get(&fresh.db, &admin, &id).await.unwrap();
    fresh.db.commit(&admin, EditKey { expiry: Some(Expiry::At(now + 400 * DAY)), ..edit(&key) }).await.unwrap();
}

#[tokio::test]
async fn a_malformed_key_never_reaches_the_database() {
    let fresh = Fresh::new().await;
    let (_, text) = made(&fresh, create("backend")).await;
    fresh.db.close().await;
    assert!(access::caller(&fresh.db, &text, Origin::default()).await.is_err(), "a well formed one asks it");
    for malformed in ["", "nonsense", &text[..text.len() - 1], &text.replace("lk_live", "lk_dev")] {
        let caller = access::caller(&fresh.db, malformed, Origin::default()).await.unwrap();
        assert!(matches!(caller, Caller::Shut(Shut::Malformed, None)), "{malformed}");
    }
}

#[tokio::test]
async fn a_whole_key_in_the_open_is_noted_once_an_hour_by_its_whole_text_only() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    let (id, text) = made(&fresh, create("backend")).await;
    let (_, other) = made(&fresh, create("other")).await;
    let place = keys::ExposedIn::Address;
    let began = fresh.db.now();
    for (after, noted) in [(0, began), (HOUR - 1, began), (1, began + HOUR)] {
        fresh.clock.advance(after);
        access::note_exposed(&fresh.db, &text, place, Origin::default()).await.unwrap();
        assert_eq!(keys::get(&fresh.db, &admin, &id).await.unwrap().exposed, Some((noted, place)));
    }
    access::note_exposed(&fresh.db, "lk_live_nonsense", place, Origin::default()).await.unwrap();
    let log = audit::Filter { action: Some(audit::Action::KeyExposed), ..Default::default() };
    let log = audit::list(&fresh.db, &admin, &log, &Paging::newest(10)).await.unwrap().rows;
    assert_eq!(log.len(), 2);
    assert!(log.iter().all(|record| !format!("{record:?}").contains(&text[8..])));
    assert_eq!(shut(&fresh, &other).await, None);
}

/// The middle of the times that the check takes for each of several texts, in turns.
async fn middles(fresh: &Fresh, texts: [&str; 2], rounds: usize) -> [std::time::Duration; 2] {
    let mut times = [Vec::new(), Vec::new()];
    for _ in 0..rounds {
        for (text, times) in texts.iter().zip(&mut times) {
            let began = std::time::Instant::now();
            let caller = access::caller(&fresh.db, text, Origin::default()).await.unwrap();
            times.push(began.elapsed());
            assert!(matches!(caller, Caller::Shut(Shut::Unknown, None)));
        }
    }
    times.map(|mut times| {
        times.sort_unstable();
        times[rounds / 2]
    })
}

#[tokio::test]
#[ignore = "thousands of checks, timed: make prove"]
async fn a_known_public_part_with_a_wrong_secret_takes_as_long_as_an_unknown_one() {
    let fresh = Fresh::new().await;
    let (_, known) = made(&fresh, create("backend")).await;
    // A secret part that is nobody's, under a public part that is somebody's and under one that is not.
    let secret = "z".repeat(32);
    let wrong = with_checksum(&format!("{}{secret}", &known[..16]));
    let unknown = with_checksum(&format!("lk_live_zzzzzzzz{secret}"));
    let [wrong, unknown] = middles(&fresh, [&wrong, &unknown], 5_000).await;
    let (less, more) = (wrong.min(unknown), wrong.max(unknown));
    assert!(more < less * 5 / 4, "wrong secret {wrong:?}, unknown {unknown:?}");
}

/// The text with its checksum.
fn with_checksum(signed: &str) -> String {
    let mut crc = u64::from(crc32(signed.as_bytes()));
    let mut digits = Vec::new();
    for _ in 0..6 {
        digits.push(b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"[(crc % 62) as usize]);
        crc /= 62;
    }
    digits.reverse();
    format!("{signed}{}", String::from_utf8(digits).unwrap())
}

fn crc32(bytes: &[u8]) -> u32 {
    !bytes.iter().fold(!0_u32, |crc, byte| {
        (0..8).fold(crc ^ u32::from(*byte), |crc, _| if crc & 1 == 1 { (crc >> 1) ^ 0xEDB8_8320 } else { crc >> 1 })
    })
}
