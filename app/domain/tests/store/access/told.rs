//! Security X-A12: what people are told about their own sign-in.
use super::{App, PASSWORD, from, grant_of, person, sign_in};
use domain::{
    access::{
        Admission, Arrival, Grant, Opened, Origin, Password, Role,
        factors::{self, change_password},
        notices::{self, About},
        sessions::own_sessions,
    },
    testing::Fresh,
    time::{MINUTE, SECOND},
};

async fn opened(fresh: &Fresh, address: &str, arrival: Arrival) -> Opened {
    match sign_in(fresh, address, PASSWORD, arrival).await {
        Admission::In(opened) => opened,
        _ => panic!("not in"),
    }
}

/// What the person was told since `before` notices, the latest first.
async fn told(fresh: &Fresh, grant: &Grant, before: usize) -> Vec<About> {
    let mut all: Vec<About> =
        notices::list(&fresh.db, grant).await.unwrap().into_iter().map(|notice| notice.about).collect();
    all.truncate(all.len() - before);
    all
}

#[tokio::test]
async fn people_are_told_of_new_browsers_failures_and_changes_of_their_sign_in() {
    let fresh = Fresh::new().await;
    let (address, id) = person(&fresh, Role::Auditor).await;
    let home = opened(&fresh, &address, from("198.51.100.1")).await;
    let grant = grant_of(&fresh, &home.session).await.unwrap();
    assert!(told(&fresh, &grant, 0).await.is_empty(), "every browser is new at first");
    fresh.clock.advance(SECOND);
    let known = || Arrival { device: Some(home.device.clone()), ..from("198.51.100.1") };
    for _ in 0..2 {
        assert!(matches!(sign_in(&fresh, &address, "a slip of the hand", known()).await, Admission::Wrong));
    }
    opened(&fresh, &address, known()).await;
    assert!(told(&fresh, &grant, 0).await.is_empty(), "a slip is no news");
    fresh.clock.advance(SECOND);
    let origin = Origin { client: Some("curl/8".into()), ..from("203.0.113.7").origin };
    let strange = opened(&fresh, &address, Arrival { origin, ..Arrival::default() }).await;
    let new = About::NewDevice { client: Some("curl/8".into()), address: Some("203.0.113.7".into()) };
    assert_eq!(told(&fresh, &grant, 0).await, [new]);
    for _ in 0..3 {
        assert!(matches!(sign_in(&fresh, &address, "guessing on and on", known()).await, Admission::Wrong));
    }
    fresh.clock.advance(SECOND);
    let back = opened(&fresh, &address, known()).await;
    let after = About::AfterFailures { failures: 3, address: Some("198.51.100.1".into()) };
    assert_eq!(told(&fresh, &grant, 1).await, [after]);
    fresh.clock.advance(SECOND);
    let grant = grant_of(&fresh, &back.session).await.unwrap();
    let own = own_sessions(&fresh.db, &grant).await.unwrap().remove(0).id;
    let new = Password::new("nine loud mountain llamas".into()).unwrap();
    change_password(&fresh.db, &grant, PASSWORD.into(), new, &own).await.unwrap();
    assert_eq!(told(&fresh, &grant, 2).await, [About::PasswordChanged]);
    assert!(grant_of(&fresh, &strange.session).await.is_none());
    fresh.clock.advance(MINUTE);
    let place = (grant.organisation(), &id);
    let offer = factors::offer(&fresh.db, place, ("Acme", &address), "").unwrap();
    let code = App::scan(offer.secret.text()).code(&fresh, 0);
    let add = factors::check_offer(&fresh.db, place.0, place.1, &offer.sealed, &code).unwrap().unwrap();
    fresh.db.commit(&grant, add).await.map(drop).unwrap();
    assert!(
        matches!(&told(&fresh, &grant, 3).await[..], [About::FactorChanged { what }] if what.contains("was set up"))
    );
}
