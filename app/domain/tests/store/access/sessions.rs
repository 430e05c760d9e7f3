//! Sessions: how they begin, are seen and end.
use super::{PASSWORD, from, grant_of, person, sign_in};
use crate::store::common::raw;
use domain::{
    Error,
    access::{
        Admission, Arrival, LONGEST_MS, Opened, Password, Role,
        factors::change_password,
        sessions::{EndOtherSessions, EndSession, MOST, own_sessions},
    },
    audit,
    environment::Environment,
    page::Paging,
    testing::Fresh,
    time::{MINUTE, SECOND},
};

async fn opened(fresh: &Fresh, address: &str, arrival: Arrival) -> Opened {
    match sign_in(fresh, address, PASSWORD, arrival).await {
        Admission::In(opened) => opened,
        _ => panic!("not in"),
    }
}

#[tokio::test]
async fn the_oldest_of_eleven_sessions_gives_way() {
    let fresh = Fresh::new().await;
    let (address, _) = person(&fresh, Role::Auditor).await;
    let mut all = Vec::new();
    for _ in 0..=MOST {
        all.push(opened(&fresh, &address, Arrival::default()).await.session);
        fresh.clock.advance(SECOND);
    }
    assert!(grant_of(&fresh, &all[0]).await.is_none(), "the one seen longest ago");
    for kept in &all[1..] {
        assert!(grant_of(&fresh, kept).await.is_some());
    }
    let owner = fresh.person(Environment::Live, Role::Owner);
    let log = audit::list(&fresh.db, &owner, &audit::Filter::default(), &Paging::newest(100)).await.unwrap();
    let told = log.rows.iter().filter(|row| row.reason.as_deref().is_some_and(|why| why.contains("the most at once")));
    assert_eq!(told.count(), 1);
}

#[tokio::test]
async fn a_session_ends_when_quiet_and_at_its_longest() {
    let fresh = Fresh::new().await;
    let (address, _) = person(&fresh, Role::Auditor).await;
    for minutes in [15, 5, 60] {
        raw(&fresh, format!("update organisations set idle_minutes = {minutes}")).await;
        let cookie = opened(&fresh, &address, Arrival::default()).await.session;
        fresh.clock.advance(minutes * MINUTE - SECOND);
        assert!(grant_of(&fresh, &cookie).await.is_some(), "{minutes}");
        fresh.clock.advance(minutes * MINUTE + SECOND);
        assert!(grant_of(&fresh, &cookie).await.is_none(), "{minutes}");
    }
    let cookie = opened(&fresh, &address, Arrival::default()).await.session;
    let end = fresh.db.now() + LONGEST_MS;
    while fresh.db.now() + 30 * MINUTE < end {
        fresh.clock.advance(30 * MINUTE);
        assert!(grant_of(&fresh, &cookie).await.is_some());
    }
    fresh.clock.set(end - SECOND);
    assert!(grant_of(&fresh, &cookie).await.is_some());
    fresh.clock.set(end + SECOND);
    assert!(grant_of(&fresh, &cookie).await.is_none());
}

#[tokio::test]
async fn people_see_and_end_their_own_sessions_and_nobody_elses() {
    let fresh = Fresh::new().await;
    let (address, _) = person(&fresh, Role::Auditor).await;
    let (other, _) = person(&fresh, Role::Support).await;
    let here = opened(&fresh, &address, from("198.51.100.1")).await.session;
    fresh.clock.advance(SECOND);
    let there = opened(&fresh, &address, from("198.51.100.2")).await.session;
    let third = opened(&fresh, &address, from("198.51.100.3")).await.session;
    let theirs = opened(&fresh, &other, from("198.51.100.4")).await.session;
    let (grant, their_grant) = (grant_of(&fresh, &here).await.unwrap(), grant_of(&fresh, &theirs).await.unwrap());
    let all = own_sessions(&fresh.db, &grant).await.unwrap();
    assert_eq!(all.len(), 3);
    let at = |address: &str| all.iter().find(|one| one.address.as_deref() == Some(address)).unwrap().id.clone();
    let foreign = fresh.db.commit(&their_grant, EndSession { id: at("198.51.100.2") }).await;
    assert!(matches!(foreign, Err(Error::NotFound(_))), "not theirs to end");
    fresh.db.commit(&grant, EndSession { id: at("198.51.100.2") }).await.unwrap();
    assert!(grant_of(&fresh, &there).await.is_none());
    assert!(matches!(fresh.db.commit(&grant, EndSession { id: at("198.51.100.2") }).await, Err(Error::NotFound(_))));
    assert_eq!(fresh.db.commit(&grant, EndOtherSessions { but: at("198.51.100.1") }).await.unwrap(), 1);
    assert!(grant_of(&fresh, &third).await.is_none());
    assert!(grant_of(&fresh, &here).await.is_some() && grant_of(&fresh, &theirs).await.is_some());
}

#[tokio::test]
async fn signing_in_again_ends_the_session_of_before_and_knows_the_browser() {
    let fresh = Fresh::new().await;
    let (address, _) = person(&fresh, Role::Auditor).await;
    let first = opened(&fresh, &address, Arrival::default()).await;
    assert!(first.new_device);
    fresh.clock.advance(SECOND);
    let (device, session) = (Some(first.device.clone()), Some(first.session.clone()));
    let second = opened(&fresh, &address, Arrival { device, session, ..Arrival::default() }).await;
    assert!(!second.new_device && second.device == first.device);
    assert!(grant_of(&fresh, &first.session).await.is_none());
    let dump = fresh.dump().await;
    for secret in [&second.session, &second.device] {
        assert!(!dump.values().flatten().any(|row| row.contains(secret.as_str())), "a cookie stands in the database");
    }
}

#[tokio::test]
async fn a_new_password_ends_every_other_session() {
    let fresh = Fresh::new().await;
    let (address, _) = person(&fresh, Role::Auditor).await;
    let here = opened(&fresh, &address, Arrival::default()).await.session;
    let there = opened(&fresh, &address, Arrival::default()).await.session;
    let grant = grant_of(&fresh, &here).await.unwrap();
    fresh.clock.advance(SECOND);
    let own = own_sessions(&fresh.db, &grant).await.unwrap();
    let new = || Password::new("nine loud mountain llamas".into()).unwrap();
    let own = own.iter().map(|one| one.id.clone()).collect::<Vec<_>>();
    let wrong = change_password(&fresh.db, &grant, "no".into(), new(), &own[0]).await;
    assert!(wrong.is_err_and(|e| e.to_string().contains("is not right")));
    change_password(&fresh.db, &grant, PASSWORD.into(), new(), &own[0]).await.unwrap();
    let left = [grant_of(&fresh, &here).await.is_some(), grant_of(&fresh, &there).await.is_some()];
    assert_eq!(left.iter().filter(|open| **open).count(), 1, "one stays: {left:?}");
    assert!(matches!(sign_in(&fresh, &address, PASSWORD, Arrival::default()).await, Admission::Wrong));
    let guessed = Password::new("ada-lovelace-acme".into()).unwrap();
    let left = if left[0] { here } else { there };
    let grant = grant_of(&fresh, &left).await.unwrap();
    let refused = change_password(&fresh.db, &grant, "nine loud mountain llamas".into(), guessed, &own[0]).await;
    assert!(refused.is_err_and(|e| e.to_string().contains("your name")));
}
