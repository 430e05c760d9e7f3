//! Settings: another zone counts every window anew, at once and under purchases.
use super::{
    members::{id, member},
    support::{Shop, authorize},
};
use domain::{
    Error,
    access::{
        Role,
        members::{self, ChangeRole},
        notices::{self, About, SeenAll},
        profile::ChangeProfile,
        settings::{self, ChangeSettings},
    },
    environment::Environment,
    error::Code,
    keys::{self, CreateKey, Expiry, RevokeKey},
    limits,
    name::Name,
    purchases::testing::Cast,
    testing::Fresh,
    time::{DAY, HOUR},
};

fn zone(name: &str, version: i64) -> ChangeSettings {
    ChangeSettings { name: Name::parse("Acme").unwrap(), zone: name.parse().unwrap(), version }
}

#[tokio::test]
async fn another_zone_counts_every_window_anew() {
    let shop = Shop::new(Cast::default()).await;
    let (db, clock) = (&shop.fresh.db, &shop.fresh.clock);
    let owner = member(db, &shop.fresh.organisation, Role::Owner, "ada@acme.example").await;
    // Spread over weeks, months and a turn of the year, near every edge.
    for hours in [0, 1, 11, 12, 13, 36, 40, 100, 168, 400, 800] {
        db.commit(&shop.grant, authorize(&shop.ids.card, 100 + hours, "Amazon")).await.unwrap();
        clock.advance(hours * HOUR / 2 + 7 * HOUR);
    }
    for (n, name) in ["Pacific/Kiritimati", "America/Los_Angeles", "Asia/Kathmandu", "UTC"].iter().enumerate() {
        db.commit(&owner, zone(name, n as i64 + 1)).await.unwrap();
        assert_eq!(limits::recount(db).await.unwrap(), [], "{name}");
    }
    assert_eq!(settings::get(db, &owner).await.unwrap().time_zone, "UTC");
    let stale = db.commit(&owner, zone("Europe/Berlin", 1)).await;
    assert!(matches!(stale, Err(Error::State { code: Code::StaleEdit, .. })));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn purchases_made_while_the_zone_changes_are_counted_right() {
    let shop = Shop::new(Cast::default()).await;
    let db = &shop.fresh.db;
    let owner = member(db, &shop.fresh.organisation, Role::Owner, "ada@acme.example").await;
    // An evening in UTC that is the next week in Kiritimati.
    shop.fresh.clock.set(domain::time::Timestamp(1_737_327_600_000));
    let buying = (0..4).map(|_| {
        let (db, grant, card) = (db.clone(), shop.grant.clone(), shop.ids.card.clone());
        tokio::spawn(async move {
            for _ in 0..20 {
                db.commit(&grant, authorize(&card, 1, "Amazon")).await.unwrap();
            }
        })
    });
    let buying: Vec<_> = buying.collect();
    for version in 1..=6 {
        let name = if version % 2 == 1 { "Pacific/Kiritimati" } else { "UTC" };
        db.commit(&owner, zone(name, version)).await.unwrap();
    }
    for done in futures::future::join_all(buying).await {
        done.unwrap();
    }
    assert_eq!(limits::recount(db).await.unwrap(), []);
}

#[tokio::test]
async fn a_person_sets_their_own_name_and_zone_only() {
    let fresh = Fresh::new().await;
    let dev = member(&fresh.db, &fresh.organisation, Role::Developer, "dev@acme.example").await;
    let profile = |zone: Option<&str>| ChangeProfile {
        name: Name::parse("Grace").unwrap(),
        zone: zone.map(|zone| zone.parse().unwrap()),
        version: None,
    };
    fresh.db.commit(&dev, profile(Some("Europe/Berlin"))).await.unwrap();
    let visitor =
        domain::access::visitor(&fresh.db, &fresh.organisation, &id(&dev), fresh.db.now()).await.unwrap().unwrap();
    assert_eq!((&*visitor.name, visitor.zone.name()), ("Grace", "Europe/Berlin"));
    fresh.db.commit(&dev, profile(None)).await.unwrap();
    let visitor =
        domain::access::visitor(&fresh.db, &fresh.organisation, &id(&dev), fresh.db.now()).await.unwrap().unwrap();
    assert_eq!(visitor.zone.name(), "UTC");
    assert!(matches!(fresh.db.commit(&dev, zone("UTC", 1)).await, Err(Error::Denied(_))));
    let phantom = fresh.person(Environment::Live, Role::Owner);
    assert!(matches!(fresh.db.commit(&phantom, zone("UTC", 1)).await, Err(Error::Denied(_))));
}

#[tokio::test]
async fn whoever_can_replace_a_key_and_whoever_made_it_are_told_of_its_end() {
    let fresh = Fresh::new().await;
    let admin = member(&fresh.db, &fresh.organisation, Role::Admin, "ada@acme.example").await;
    let dev = member(&fresh.db, &fresh.organisation, Role::Developer, "dev@acme.example").await;
    let maker = member(&fresh.db, &fresh.organisation, Role::Admin, "maker@acme.example").await;
    let create =
        |name: &str, days: i64| CreateKey::new(Name::parse(name).unwrap(), Expiry::At(fresh.db.now() + days * DAY));
    let key = fresh.db.commit(&maker, create("nightly", 8)).await.unwrap().id;
    let revoked = fresh.db.commit(&admin, create("gone", 8)).await.unwrap().id;
    fresh.db.commit(&admin, RevokeKey { id: revoked }).await.unwrap();
    let owner = member(&fresh.db, &fresh.organisation, Role::Owner, "owner@acme.example").await;
    fresh.db.commit(&owner, ChangeRole { id: id(&maker), role: Role::Finance, version: 1 }).await.unwrap();
    for (after, told) in [(0, 0), (DAY, 1), (5 * DAY, 0), (DAY, 1), (DAY, 1), (DAY, 0)] {
        fresh.clock.advance(after);
        assert_eq!(keys::announce_due(&fresh.db, 10).await.unwrap(), told);
        assert_eq!(keys::announce_due(&fresh.db, 10).await.unwrap(), 0, "once");
    }
    let told = notices::list(&fresh.db, &admin).await.unwrap();
    let days: Vec<i64> = told
        .iter()
        .map(|notice| match &notice.about {
            About::KeyExpires { key: about, days, .. } if *about == key => *days,
            other => panic!("{other:?}"),
        })
        .collect();
    assert_eq!(days, [0, 1, 7]);
    let made = notices::list(&fresh.db, &maker).await.unwrap();
    assert_eq!(made.len(), 4, "the role, and each of the three once");
    assert_eq!(notices::list(&fresh.db, &owner).await.unwrap().len(), 3);
    assert!(notices::list(&fresh.db, &dev).await.unwrap().is_empty(), "who cannot replace a live key is not told");
    assert!(told.iter().all(|notice| notice.seen_at.is_none()));
    fresh.db.note(SeenAll(admin.clone())).await.unwrap();
    assert!(notices::list(&fresh.db, &admin).await.unwrap().iter().all(|notice| notice.seen_at.is_some()));
}

#[tokio::test]
async fn who_gets_another_role_is_told_by_whom() {
    let fresh = Fresh::new().await;
    let owner = member(&fresh.db, &fresh.organisation, Role::Owner, "ada@acme.example").await;
    let dev = member(&fresh.db, &fresh.organisation, Role::Developer, "dev@acme.example").await;
    fresh.db.commit(&owner, ChangeRole { id: id(&dev), role: Role::Auditor, version: 1 }).await.unwrap();
    let told = notices::list(&fresh.db, &dev).await.unwrap();
    let about = About::RoleChanged { before: Role::Developer, after: Role::Auditor, by: "Member owner".into() };
    assert_eq!(told.into_iter().map(|n| n.about).collect::<Vec<_>>(), [about]);
    let other = domain::testing::organisation(&fresh.db, "Other").await;
    let stranger = member(&fresh.db, &other, Role::Owner, "eve@other.example").await;
    assert!(notices::list(&fresh.db, &stranger).await.unwrap().is_empty());
    assert_eq!(members::list(&fresh.db, &owner).await.unwrap().len(), 3);
}
