//! Rotation of API keys: the overlap, its clock, and what the successor inherits.
use super::keys::{create, made, shut};
use domain::{
    Error,
    access::{self, KeyUsed, Role, Shut},
    environment::Environment,
    error::Code,
    ids::KeyId,
    keys::{self, CreateKey, CutOverlap, Expiry, KeyStatus, Overlap, RevokeKey, RotateKey, Scopes, life::Successor},
    testing::Fresh,
    time::{DAY, HOUR, MINUTE},
};

fn rotate(id: &KeyId, overlap: Overlap) -> RotateKey {
    RotateKey { id: id.clone(), overlap, from_first_use: false, ends: Successor::SameLife }
}

async fn used(fresh: &Fresh, id: &KeyId) {
    let note = KeyUsed {
        organisation: fresh.organisation.clone(),
        environment: Environment::Live,
        key: id.to_string(),
        address: None,
        client: None,
        scope: None,
    };
    fresh.db.note(note).await.unwrap();
}

#[tokio::test]
async fn both_work_until_the_shown_instant_and_the_successor_inherits() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    let key = CreateKey {
        scopes: Scopes::READ,
        addresses: "::/8 192.0.2.1".parse().unwrap(),
        expiry: Expiry::At(fresh.db.now() + 90 * DAY),
        ..create("backend")
    };
    let (id, old) = made(&fresh, CreateKey { addresses: Default::default(), ..key }).await;
    fresh.clock.advance(80 * DAY);
    let rotated = fresh.db.commit(&admin, rotate(&id, Overlap::Day)).await.unwrap();
    let new = rotated.secret.reveal();
    let end = fresh.db.now() + DAY;
    assert_eq!(rotated.old_ends_at, Some(end));
    assert_eq!((shut(&fresh, &old).await, shut(&fresh, new.text()).await), (None, None));
    let (before, after) =
        (keys::get(&fresh.db, &admin, &id).await.unwrap(), keys::get(&fresh.db, &admin, &rotated.id).await.unwrap());
    assert_eq!((before.status, before.successor.as_ref()), (KeyStatus::Retiring, Some(&rotated.id)));
    assert_eq!((after.status, after.predecessor.as_ref()), (KeyStatus::Active, Some(&id)));
    assert_eq!((&*after.name, after.scopes), ("backend", Scopes::READ));
    assert_eq!(after.expires_at, Some(fresh.db.now() + 90 * DAY), "a life as long as its predecessor's");

    let again = fresh.db.commit(&admin, rotate(&id, Overlap::Now)).await;
    assert!(matches!(again, Err(Error::State { code: Code::KeyState, .. })), "rotated before");
    fresh.clock.advance(DAY - 1);
    assert_eq!(shut(&fresh, &old).await, None);
    fresh.clock.advance(1);
    assert_eq!((shut(&fresh, &old).await, shut(&fresh, new.text()).await), (Some(Shut::Replaced), None));
    assert_eq!(keys::get(&fresh.db, &admin, &id).await.unwrap().status, KeyStatus::Replaced);
    fresh.db.commit(&admin, RevokeKey { id: id.clone() }).await.unwrap();
    assert_eq!(shut(&fresh, &old).await, Some(Shut::Revoked));
}

#[tokio::test]
async fn every_overlap_lasts_as_long_as_it_says() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    for (overlap, ms) in [
        (Overlap::Now, 0),
        (Overlap::Hour, HOUR),
        (Overlap::Day, DAY),
        (Overlap::ThreeDays, 3 * DAY),
        (Overlap::Week, 7 * DAY),
    ] {
        let (id, old) = made(&fresh, create(overlap.as_str())).await;
        fresh.db.commit(&admin, rotate(&id, overlap)).await.unwrap();
        if ms > 0 {
            fresh.clock.advance(ms - 1);
            assert_eq!(shut(&fresh, &old).await, None, "{overlap}");
            fresh.clock.advance(1);
        }
        assert_eq!(shut(&fresh, &old).await, Some(Shut::Replaced), "{overlap}");
    }
}

#[tokio::test]
async fn the_clock_may_start_at_the_first_use_of_the_new_secret() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    let (id, old) = made(&fresh, create("backend")).await;
    let command = RotateKey { from_first_use: true, ..rotate(&id, Overlap::Hour) };
    let rotated = fresh.db.commit(&admin, command).await.unwrap();
    assert_eq!(rotated.old_ends_at, None);
    fresh.clock.advance(30 * DAY);
    assert_eq!(shut(&fresh, &old).await, None, "nothing has used the new one");
    used(&fresh, &rotated.id).await;
    let end = fresh.db.now() + HOUR;
    assert_eq!(keys::get(&fresh.db, &admin, &id).await.unwrap().ends_at, Some(end));
    fresh.clock.advance(50 * MINUTE);
    used(&fresh, &rotated.id).await;
    used(&fresh, &id).await;
    assert_eq!(shut(&fresh, &old).await, None);
    fresh.clock.advance(10 * MINUTE);
    assert_eq!(shut(&fresh, &old).await, Some(Shut::Replaced), "its first use, not its last");
    assert!(keys::get(&fresh.db, &admin, &id).await.unwrap().used_to_the_end(), "within 15 minutes of its end");
}

#[tokio::test]
async fn an_overlap_can_be_cut_short_once() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    for from_first_use in [false, true] {
        let (id, old) = made(&fresh, create(&format!("backend {from_first_use}"))).await;
        let early = fresh.db.commit(&admin, CutOverlap { id: id.clone() }).await;
        assert!(matches!(early, Err(Error::State { code: Code::KeyState, .. })), "nothing to cut");
        fresh.db.commit(&admin, RotateKey { from_first_use, ..rotate(&id, Overlap::Week) }).await.unwrap();
        fresh.db.commit(&admin, CutOverlap { id: id.clone() }).await.unwrap();
        assert_eq!(shut(&fresh, &old).await, Some(Shut::Replaced));
        let twice = fresh.db.commit(&admin, CutOverlap { id }).await;
        assert!(matches!(twice, Err(Error::State { code: Code::KeyState, .. })));
    }
}

#[tokio::test]
async fn what_does_not_open_cannot_be_rotated() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    let (expired, _) = made(&fresh, CreateKey { expiry: Expiry::At(fresh.db.now() + HOUR), ..create("expired") }).await;
    let (revoked, _) = made(&fresh, create("revoked")).await;
    let (paused, _) = made(&fresh, create("paused")).await;
    fresh.db.commit(&admin, RevokeKey { id: revoked.clone() }).await.unwrap();
    fresh.db.commit(&admin, keys::DisableKey { id: paused.clone() }).await.unwrap();
    fresh.clock.advance(HOUR);
    let before = fresh.dump().await;
    for id in [expired, revoked, paused] {
        let refused = fresh.db.commit(&admin, rotate(&id, Overlap::Day)).await;
        assert!(matches!(refused, Err(Error::State { code: Code::KeyState, .. })), "{id}");
    }
    let stranger = domain::testing::organisation(&fresh.db, "Other").await;
    let stranger = access::testing::person(&fresh.db, &stranger, Environment::Live, Role::Owner);
    let (id, _) = made(&fresh, create("theirs")).await;
    let foreign = fresh.db.commit(&stranger, rotate(&id, Overlap::Now)).await;
    assert!(matches!(foreign, Err(Error::NotFound(_))));
    assert_eq!(before["key_uses"], fresh.dump().await["key_uses"]);
}
