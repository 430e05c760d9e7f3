//! API keys: made, used, ended.
use domain::{
    Error,
    access::{self, Caller, Origin, Role},
    audit,
    environment::Environment,
    error::Code,
    keys::{self, CreateKey, KeyStatus, RevokeKey},
    name::Name,
    page::Paging,
    testing::Fresh,
    time::HOUR,
};

fn create(name: &str) -> CreateKey {
    CreateKey { name: Name::parse(name).unwrap(), expires_at: None }
}

#[tokio::test]
async fn a_key_opens_until_it_is_revoked_or_expires() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    let expires_at = Some(fresh.db.now() + HOUR);
    let name = Name::parse("nightly").unwrap();
    let ending = fresh.db.commit(&admin, CreateKey { name, expires_at }).await.unwrap();
    let lasting = fresh.db.commit(&admin, create("backend")).await.unwrap();
    let (ending_text, lasting_text) = (ending.secret.reveal(), lasting.secret.reveal());
    for text in [ending_text.text(), lasting_text.text()] {
        let caller = access::caller(&fresh.db, text, Origin::default()).await.unwrap();
        assert!(matches!(caller, Caller::Known(grant, _) if grant.organisation() == &fresh.organisation));
    }
    fresh.clock.advance(HOUR);
    let caller = access::caller(&fresh.db, ending_text.text(), Origin::default()).await.unwrap();
    assert!(matches!(caller, Caller::Expired(bearer) if bearer.key == ending.id.as_str()));
    assert_eq!(keys::get(&fresh.db, &admin, &ending.id).await.unwrap().status, KeyStatus::Expired);

    fresh.db.commit(&admin, RevokeKey { id: lasting.id.clone() }).await.unwrap();
    let caller = access::caller(&fresh.db, lasting_text.text(), Origin::default()).await.unwrap();
    assert!(matches!(caller, Caller::Revoked(bearer) if bearer.organisation == fresh.organisation));
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
        assert!(keys::list(&fresh.db, &stranger).await.unwrap().is_empty());
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
    let all = (0..64).map(|n| {
        let (db, admin) = (fresh.db.clone(), admin.clone());
        tokio::spawn(async move { db.commit(&admin, create(&format!("key {}", n % 60))).await.map(drop) })
    });
    let done = futures::future::join_all(all).await;
    let refused = done.iter().filter(|d| matches!(d, Ok(Err(Error::Refused(_))))).count();
    assert_eq!(refused, 4, "a refused change in a group undoes itself only");
    assert_eq!(keys::list(&fresh.db, &admin).await.unwrap().len(), 60);
}
