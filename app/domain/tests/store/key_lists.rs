//! Lists of API keys: filters, orders, counters; the notices of their ends; whose key was found.
use super::{
    common::{subscribe, told_types},
    keys::{create, edit, made},
};
use domain::{
    Error,
    access::{KeyUsed, Role},
    environment::Environment,
    ids::KeyId,
    keys::{
        self, Concern, CreateKey, EditKey, Expiry, Filter, Found, IdentifyKey, KeyStatus, Order, Overlap, RevokeKey,
        RotateKey, Sort, life::Successor,
    },
    page::Paging,
    requests::{Call, Entry, Record},
    secret::Plain,
    testing::Fresh,
    time::{DAY, HOUR, MINUTE},
};

async fn used(fresh: &Fresh, id: &KeyId) {
    let note = KeyUsed {
        organisation: fresh.organisation.clone(),
        environment: Environment::Live,
        key: id.to_string(),
        address: Some("192.0.2.1".into()),
        client: Some("curl".into()),
        scope: Some("cards:read".into()),
    };
    fresh.db.note(note).await.unwrap();
}

/// A key of every status, some with each concern.
async fn all_kinds(fresh: &Fresh) {
    let admin = fresh.person(Environment::Live, Role::Admin);
    let at = |days: i64| Expiry::At(fresh.db.now() + days * DAY);
    for n in 0..3 {
        made(fresh, create(&format!("lasting {n}"))).await;
        made(fresh, CreateKey { expiry: at(n + 1), ..create(&format!("ending {n}")) }).await;
        let list =
            CreateKey { addresses: "192.0.2.0/24".parse().unwrap(), expiry: at(200), ..create(&format!("listed {n}")) };
        let (id, _) = made(fresh, list).await;
        used(fresh, &id).await;
        let (revoked, _) = made(fresh, create(&format!("revoked {n}"))).await;
        fresh.db.commit(&admin, RevokeKey { id: revoked }).await.unwrap();
        let (paused, _) = made(fresh, create(&format!("paused {n}"))).await;
        fresh.db.commit(&admin, keys::DisableKey { id: paused }).await.unwrap();
        for (name, overlap, from_first_use) in
            [("replaced", Overlap::Now, false), ("retiring", Overlap::Week, false), ("waiting", Overlap::Hour, true)]
        {
            let (id, _) = made(fresh, create(&format!("{name} {n}"))).await;
            let rotate = RotateKey { id, overlap, from_first_use, ends: Successor::SameLife };
            fresh.db.commit(&admin, rotate).await.unwrap();
        }
        fresh.clock.advance(MINUTE);
    }
    fresh.clock.advance(DAY + HOUR);
}

#[tokio::test]
async fn a_filter_finds_what_the_rule_says_and_counts_as_many() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    all_kinds(&fresh).await;
    for wait in [0, 95 * DAY] {
        fresh.clock.advance(wait);
        let all = super::keys::all(&fresh, &admin).await;
        let listed = |filter: Filter| {
            let (db, admin) = (fresh.db.clone(), admin.clone());
            async move {
                let rows = keys::list(&db, &admin, &filter, Order::default(), &Paging::newest(100)).await.unwrap().rows;
                assert_eq!(keys::count(&db, &admin, &filter).await.unwrap(), rows.len() as u64, "{filter:?}");
                rows.into_iter().map(|key| key.id).collect::<Vec<_>>()
            }
        };
        for status in KeyStatus::ALL {
            let expected: Vec<_> = all.iter().filter(|key| key.status == *status).map(|key| key.id.clone()).collect();
            assert_eq!(listed(Filter { status: Some(*status), ..Filter::default() }).await, expected, "{status}");
            // The week of the second round ends every overlap.
            assert!(!expected.is_empty() || wait > 0, "{status}");
        }
        for concern in Concern::ALL.iter().filter(|concern| **concern != Concern::Unused) {
            let expected: Vec<_> =
                all.iter().filter(|key| concern.is_about(key, fresh.db.now())).map(|key| key.id.clone()).collect();
            assert_eq!(listed(Filter { concern: Some(*concern), ..Filter::default() }).await, expected, "{concern}");
            let late = matches!(concern, Concern::Idle | Concern::Old);
            assert!(*concern == Concern::Exposed || (late && wait == 0) == expected.is_empty(), "{concern}");
        }
        let creators = keys::creators(&fresh.db, &admin).await.unwrap();
        let mut by_creator = 0;
        for (id, _) in creators {
            by_creator += listed(Filter { creator: Some(id), ..Filter::default() }).await.len();
        }
        assert_eq!(by_creator, all.len());
    }
}

#[tokio::test]
async fn every_order_pages_through_all_keys_both_ways() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    all_kinds(&fresh).await;
    let all = super::keys::all(&fresh, &admin).await;
    for by in Sort::ALL {
        for ascending in [true, false] {
            let order = Order { by: *by, ascending };
            let page = |paging: Paging<KeyId>| {
                let (db, admin) = (fresh.db.clone(), admin.clone());
                async move { keys::list(&db, &admin, &Filter::default(), order, &paging).await.unwrap() }
            };
            let (mut seen, mut paging) = (Vec::new(), Paging::newest(4));
            loop {
                let next = page(paging.clone()).await;
                assert_eq!(next.newer, !seen.is_empty());
                let pages_so_far = seen.len();
                seen.extend(next.rows);
                if pages_so_far > 0 {
                    let back = page(Paging { before: None, after: Some(seen[pages_so_far].id.clone()), size: 4 }).await;
                    let ids: Vec<_> = back.rows.iter().map(|key| &key.id).collect();
                    let before: Vec<_> = seen[pages_so_far - 4..pages_so_far].iter().map(|key| &key.id).collect();
                    assert_eq!(ids, before, "{order:?}");
                }
                if !next.older {
                    break;
                }
                paging = Paging { before: seen.last().map(|key| key.id.clone()), after: None, size: 4 };
            }
            assert_eq!(seen.len(), all.len(), "{order:?}");
            let mut sorted = all.clone();
            sorted.sort_by(|a, b| {
                let by = match by {
                    Sort::Created => a.id.cmp(&b.id),
                    Sort::Name => a.name.cmp(&b.name),
                    Sort::Used => a.last_used_at.cmp(&b.last_used_at),
                    Sort::Expires => {
                        a.expires_at.map_or(i64::MAX, |at| at.0).cmp(&b.expires_at.map_or(i64::MAX, |at| at.0))
                    }
                };
                let by = by.then(a.id.cmp(&b.id));
                if ascending { by } else { by.reverse() }
            });
            let ids = |keys: &[keys::Key]| keys.iter().map(|key| key.id.clone()).collect::<Vec<_>>();
            assert_eq!(ids(&seen), ids(&sorted), "{order:?}");
        }
    }
}

#[tokio::test]
async fn the_end_is_told_at_seven_days_at_one_and_when_it_comes_and_renewing_begins_anew() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    let (id, _) = made(&fresh, CreateKey { expiry: Expiry::At(fresh.db.now() + 30 * DAY), ..create("backend") }).await;
    subscribe(&fresh).await;
    let look = || async {
        let n = keys::announce_due(&fresh.db, 10).await.unwrap();
        assert_eq!(keys::announce_due(&fresh.db, 10).await.unwrap(), 0, "told once");
        n
    };
    assert_eq!(look().await, 0);
    fresh.clock.advance(23 * DAY);
    assert_eq!(look().await, 1, "seven days before");
    fresh.clock.advance(6 * DAY);
    assert_eq!(look().await, 1, "a day before");
    let key = keys::get(&fresh.db, &admin, &id).await.unwrap();
    let renew = EditKey { expiry: Some(Expiry::At(fresh.db.now() + 10 * DAY)), ..edit(&key) };
    fresh.db.commit(&admin, renew).await.unwrap();
    assert_eq!(look().await, 0, "renewed");
    fresh.clock.advance(9 * DAY + HOUR);
    assert_eq!(look().await, 1, "the server slept over the first: the later one is told");
    fresh.clock.advance(DAY);
    assert_eq!(look().await, 1, "ended");
    fresh.clock.advance(DAY);
    assert_eq!(look().await, 0);
    assert_eq!(
        told_types(&fresh).await,
        ["api_key.expired", "api_key.expiring", "api_key.expiring", "api_key.expiring"]
    );
    made(&fresh, create("backend")).await;

    // Whoever makes a key for a day knows; revoked and rotated ones are nobody's concern.
    made(&fresh, CreateKey { expiry: Expiry::At(fresh.db.now() + DAY), ..create("short") }).await;
    let (revoked, _) =
        made(&fresh, CreateKey { expiry: Expiry::At(fresh.db.now() + 8 * DAY), ..create("revoked") }).await;
    fresh.db.commit(&admin, RevokeKey { id: revoked }).await.unwrap();
    fresh.clock.advance(2 * DAY);
    assert_eq!(look().await, 1, "only the end of the short one");
}

#[tokio::test]
async fn idle_keys_are_disabled_a_week_after_that_was_announced_where_the_organisation_wants_it() {
    let fresh = Fresh::new().await;
    let owner = fresh.person(Environment::Live, Role::Owner);
    let (idle, _) = made(&fresh, create("idle")).await;
    let (used_again, _) = made(&fresh, create("used again")).await;
    let (paused, _) = made(&fresh, create("paused")).await;
    fresh.db.commit(&owner, keys::DisableKey { id: paused }).await.unwrap();
    let other = domain::testing::organisation(&fresh.db, "Other").await;
    let theirs = domain::access::testing::person(&fresh.db, &other, Environment::Live, Role::Owner);
    fresh.db.commit(&theirs, create("theirs")).await.map(drop).unwrap();
    let care = async || {
        let n = keys::care_for_idle(&fresh.db, 10).await.unwrap();
        assert_eq!(keys::care_for_idle(&fresh.db, 10).await.unwrap(), 0, "once");
        n
    };
    fresh.clock.advance(91 * DAY);
    assert_eq!(care().await, 0, "nobody asked for it");
    let policy = keys::KeyPolicy { longest_days: None, disable_idle: true };
    fresh.db.commit(&owner, keys::SetKeyPolicy { policy, version: None }).await.unwrap();
    assert_eq!(keys::policy(&fresh.db, &owner).await.unwrap(), policy);
    let boss = super::members::member(&fresh.db, &fresh.organisation, Role::Owner, "boss@acme.example").await;
    assert_eq!(care().await, 2, "announced");
    fresh.clock.advance(keys::PATIENCE_MS - 1);
    used(&fresh, &used_again).await;
    assert_eq!(care().await, 0);
    fresh.clock.advance(1);
    assert_eq!(care().await, 1);
    let status = async |id: &KeyId| keys::get(&fresh.db, &owner, id).await.unwrap().status;
    assert_eq!((status(&idle).await, status(&used_again).await), (KeyStatus::Disabled, KeyStatus::Active));
    assert_eq!(domain::access::notices::list(&fresh.db, &boss).await.unwrap().len(), 3, "two announced, one disabled");
    // Whoever resumes it has a week again; used and idle once more, it is announced anew.
    fresh.db.commit(&owner, keys::ResumeKey { id: idle.clone() }).await.unwrap();
    assert_eq!((care().await, status(&idle).await), (1, KeyStatus::Active));
    fresh.clock.advance(91 * DAY);
    assert_eq!(care().await, 2);
    assert_eq!((status(&idle).await, status(&used_again).await), (KeyStatus::Disabled, KeyStatus::Active));
}

#[tokio::test]
async fn what_a_key_may_do_and_did_not_in_thirty_days_is_told_and_counted() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    let scoped = |name: &str, scopes: &str| CreateKey { scopes: scopes.parse().unwrap(), ..create(name) };
    let (narrow, _) = made(&fresh, scoped("narrow", "agents:read cards:write")).await;
    let (reader, _) = made(&fresh, scoped("reader", "cards:read")).await;
    let (full, _) = made(&fresh, create("full")).await;
    let call = async |id: &KeyId, scopes: &[&str]| {
        let call = Call { key_id: id.to_string(), ..super::requests::call(&fresh, fresh.db.now()) };
        let scopes = scopes.iter().map(|scope| scope.parse().unwrap()).collect();
        let entry = Entry { organisation: fresh.organisation.clone(), environment: Environment::Live, call, scopes };
        fresh.db.note(Record(vec![entry])).await.unwrap();
    };
    let told = async || {
        let (mut ids, mut all) = (Vec::new(), Vec::new());
        for id in [&narrow, &reader, &full] {
            let key = keys::get(&fresh.db, &admin, id).await.unwrap();
            let unused = keys::unused(&fresh.db, &admin, &key).await.unwrap();
            ids.extend((!unused.is_empty()).then(|| id.clone()));
            all.push(unused.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "));
        }
        let filter = Filter { concern: Some(Concern::Unused), ..Filter::default() };
        let listed = keys::list(&fresh.db, &admin, &filter, Order::default(), &Paging::newest(9)).await.unwrap();
        let mut listed: Vec<_> = listed.rows.into_iter().map(|key| key.id).collect();
        listed.sort();
        ids.sort();
        assert_eq!((&listed, keys::count(&fresh.db, &admin, &filter).await.unwrap()), (&ids, ids.len() as u64));
        all
    };
    assert_eq!(told().await, ["", "", ""], "they are young");
    fresh.clock.advance(40 * DAY);
    call(&narrow, &["cards:read"]).await;
    call(&reader, &["cards:read"]).await;
    call(&full, &["cards:write", "users:read"]).await;
    let most = "users:write agents:write intents:write approvals:write credentials:write transactions:write sandbox:write webhooks:write";
    assert_eq!(told().await, ["agents:read cards:write", "", most], "reading is not what it may write for");
    call(&narrow, &["cards:write"]).await;
    call(&narrow, &["agents:read"]).await;
    call(&full, &most.split(' ').collect::<Vec<_>>()).await;
    assert_eq!(told().await, ["", "", ""]);
    fresh.clock.advance(30 * DAY);
    assert_eq!(told().await[..2], ["agents:read cards:write", "cards:read"], "it is long ago");
}

#[tokio::test]
async fn a_found_key_is_identified_by_all_of_its_text_ten_times_a_minute() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    let (id, text) = made(&fresh, create("backend")).await;
    let ask = |text: String| {
        let (db, admin) = (fresh.db.clone(), admin.clone());
        async move { db.commit(&admin, IdentifyKey { text: Plain::new(text) }).await }
    };
    let found = ask(text.clone()).await.unwrap();
    assert!(matches!(found, Found::Key(key) if key.id == id && key.status == KeyStatus::Active));
    // A secret that differs with a checksum that fits is another key's text.
    let other = domain::testing::organisation(&fresh.db, "Other").await;
    let theirs = domain::access::testing::person(&fresh.db, &other, Environment::Live, Role::Owner);
    let theirs = fresh.db.commit(&theirs, create("theirs")).await.unwrap().secret.reveal().text().to_owned();
    let dev = fresh.person(Environment::Dev, Role::Owner);
    let dev = fresh.db.commit(&dev, create("dev")).await.unwrap().secret.reveal().text().to_owned();
    for nothing in [theirs.clone(), text[..40].to_owned(), "password123".to_owned()] {
        assert!(matches!(ask(nothing).await.unwrap(), Found::Nothing));
    }
    assert!(matches!(ask(dev.clone()).await.unwrap(), Found::Elsewhere(Environment::Dev)));
    for _ in 5..keys::PER_MINUTE {
        ask("x".into()).await.unwrap();
    }
    assert!(matches!(ask(text.clone()).await, Err(Error::Refused(r)) if r.0[0].0 == "found"));
    fresh.clock.advance(MINUTE + 1);
    assert!(matches!(ask(text.clone()).await.unwrap(), Found::Key(_)));
    let dump = format!("{:?}", fresh.dump().await);
    for secret in [&text[16..48], &theirs[16..48], &dev[15..47], "password123"] {
        assert!(!dump.contains(secret));
    }
    let support = fresh.person(Environment::Live, Role::Support);
    let denied = fresh.db.commit(&support, IdentifyKey { text: Plain::new(text) }).await;
    assert!(matches!(denied, Err(Error::Denied(_))));
}
