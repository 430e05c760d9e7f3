//! Settings of the organisation, and what is a person's own.
use super::{browser::Browser, world::World};
use domain::{
    access::{self, Role, members},
    environment::Environment,
    keys::{self, CreateKey, Expiry},
    testing::Fresh,
    time::{DAY, Timestamp},
};

#[tokio::test]
async fn owners_set_name_and_zone_and_others_are_told_who_does() {
    let fresh = Fresh::new().await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    assert!(admin.get("/live/settings").await.main().contains("Owners change these."));
    assert_eq!(admin.get("/live/settings/organisation").await.led(), (403, None));
    let path = "/live/settings/organisation";
    let entries = |name, zone, version| [("name", name), ("time_zone", zone), ("version", version)];
    for (name, zone, why) in [("", "UTC", "Name must not be empty"), ("Acme", "Mars/Base", "must be one of the list")] {
        let page = owner.submit(path, &entries(name, zone, "1")).await;
        assert!(page.led() == (422, None) && page.main().contains(why), "{why}");
    }
    let done = owner.submit(path, &entries("Acme & Sons", "Asia/Kathmandu", "1")).await;
    assert_eq!(done.led(), (303, Some("/live/settings")));
    let page = owner.get("/live/settings").await;
    assert!(page.main().contains("Acme &amp; Sons") && page.main().contains("Asia/Kathmandu"));
    let stale = owner.submit(path, &entries("Other", "UTC", "1")).await;
    assert!(stale.led() == (409, None) && stale.main().contains("Somebody changed the settings meanwhile"));
    assert_eq!(stale.entry("version").as_deref(), Some("2"));
}

#[tokio::test]
async fn the_threshold_is_changed_by_two_owners() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let path = "/live/settings/threshold";
    for (value, why) in [("much", "must be a whole number"), ("-1", "must be from 0"), ("1000000", "is that already")] {
        let page = owner.submit(path, &[("threshold", value), ("version", "1")]).await;
        assert!(page.led() == (422, None) && page.main().contains(why), "{why}: {}", page.main());
    }
    let proposal = owner.submit(path, &[("threshold", "2,000,000"), ("version", "1")]).await.location.unwrap();
    assert!(owner.get(&proposal).await.main().contains("2,000,000 minor units"));
    assert!(owner.get("/live/settings").await.main().contains("10,000.00 USD"), "nothing changed yet");
    let boss = members::list(&fresh.db, &world.owner).await.unwrap().into_iter().find(|m| m.name == "Boss").unwrap();
    let boss = access::testing::acting(&world.owner, &boss);
    let id = proposal.rsplit('/').next().unwrap().parse().unwrap();
    fresh.db.commit(&boss, access::approvals::Approve { id }).await.unwrap();
    assert!(owner.get("/live/settings").await.main().contains("20,000.00 USD"));
}

/// Half past midnight UTC on the night when Berlin's clocks went forward, and an hour later.
const NIGHT: [(i64, &str, &str); 2] = [
    (1_743_294_600_000, "30 Mar 2025, 01:30", "2025-03-30 00:30:00 UTC"),
    (1_743_298_200_000, "30 Mar 2025, 03:30", "2025-03-30 01:30:00 UTC"),
];

#[tokio::test]
async fn times_are_read_in_the_own_zone_with_utc_in_the_title() {
    let fresh = Fresh::new().await;
    for (at, _, utc) in NIGHT {
        fresh.clock.set(Timestamp(at));
        let name = super::world::name(utc);
        let owner = fresh.person(Environment::Live, Role::Owner);
        fresh.db.commit(&owner, CreateKey::new(name, Expiry::At(fresh.db.now() + 30 * DAY))).await.unwrap();
    }
    let mut auditor = Browser::signed_in(&fresh, Role::Auditor).await;
    let page = auditor.get("/live/keys").await;
    assert!(page.main().contains(">30 Mar 2025, 00:30<"), "the organisation's zone: {}", page.main());
    let bad = auditor.submit("/live/profile", &[("name", ""), ("time_zone", "Berlin")]).await;
    assert!(bad.led() == (422, None) && bad.main().contains("Time zone must be one of the list"));
    let done = auditor.submit("/live/profile", &[("name", "Ada L."), ("time_zone", "Europe/Berlin")]).await;
    assert_eq!(done.led(), (303, Some("/live/profile")));
    let page = auditor.get("/live/keys").await;
    for (_, local, utc) in NIGHT {
        assert!(page.main().contains(&format!("title=\"{utc}\">{local}<")), "{local}: {}", page.main());
    }
    assert!(page.html.contains("Ada L."));
    let back = auditor.submit("/live/profile", &[("name", "Ada L."), ("time_zone", "")]).await;
    assert_eq!(back.led().0, 303);
    assert!(auditor.get("/live/keys").await.main().contains(">30 Mar 2025, 00:30<"));
}

#[tokio::test]
async fn what_somebody_is_told_stays_new_until_they_have_read_it() {
    let fresh = Fresh::new().await;
    let owner = fresh.person(Environment::Live, Role::Owner);
    let name = super::world::name("nightly");
    fresh.db.commit(&owner, CreateKey::new(name, Expiry::At(fresh.db.now() + 8 * DAY))).await.unwrap();
    fresh.clock.advance(DAY);
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    assert_eq!(keys::announce_due(&fresh.db, 10).await.unwrap(), 1);
    assert!(admin.get("/live").await.html.contains("You (1)"));
    let page = admin.get("/live/profile/notices").await;
    assert!(page.main().contains("The live key nightly ends soon") && page.main().contains("New"));
    assert!(admin.get("/live").await.html.contains("You (1)"), "looking does not mark it");
    assert_eq!(admin.submit("/live/profile/notices", &[]).await.led(), (303, Some("/live/profile/notices")));
    assert!(!admin.get("/live").await.html.contains("You (1)"));
    assert!(admin.get("/live/profile/notices").await.main().contains("ends soon"), "it stays to be read again");
    let mut auditor = Browser::signed_in(&fresh, Role::Auditor).await;
    assert!(auditor.get("/live/profile/notices").await.main().contains("Nothing to tell"));
}

#[tokio::test]
async fn whoever_leaves_is_out() {
    let fresh = Fresh::new().await;
    let mut support = Browser::signed_in(&fresh, Role::Support).await;
    assert!(support.get("/live/profile/leave").await.main().contains("Leave Acme"));
    assert_eq!(support.submit("/live/profile/leave", &[]).await.led(), (303, Some("/sign-in")));
    assert_eq!(support.get("/live").await.led().0, 303);
    let page = support.sign_in("support@acme.example", super::browser::PASSWORD, "").await;
    assert_eq!(page.led(), (422, None));
}
