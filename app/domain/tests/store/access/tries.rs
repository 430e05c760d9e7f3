//! Passwords and tries: what is refused, for how long, and for whom not.
use super::{PASSWORD, from, half, person, require, sign_in};
use crate::store::common::raw;
use domain::{
    Error,
    access::{self, Admission, Arrival, Cost, Password, Role},
    db::{Db, Options},
    name::Name,
    testing::{Fresh, email},
    time::{MINUTE, SECOND},
};

#[tokio::test]
async fn the_last_character_counts_and_composed_letters_are_one() {
    let fresh = Fresh::new().await;
    let (address, _) = person(&fresh, Role::Support).await;
    for wrong in ["seven quiet harbour robotz", "Seven quiet harbour robots", "seven quiet harbour robots ", ""] {
        assert!(matches!(sign_in(&fresh, &address, wrong, Arrival::default()).await, Admission::Wrong), "{wrong:?}");
    }
    assert!(matches!(sign_in(&fresh, " SUPPORT@acme.example ", PASSWORD, Arrival::default()).await, Admission::In(_)));
    let long = "é".repeat(10) + &"lime zebra quartz ".repeat(13) + "endings";
    let password = Password::new(long.clone()).unwrap();
    let name = Name::parse("Grace").unwrap();
    let grace = email("grace@acme.example");
    access::add_person(&fresh.db, &fresh.organisation, name, grace, Role::Auditor, password).await.unwrap();
    let decomposed = long.replace('é', "e\u{301}");
    for typed in [&*long, &*decomposed] {
        assert!(matches!(sign_in(&fresh, "grace@acme.example", typed, Arrival::default()).await, Admission::In(_)));
    }
    let cut = &long[..long.len() - 1];
    assert!(matches!(sign_in(&fresh, "grace@acme.example", cut, Arrival::default()).await, Admission::Wrong));
}

#[tokio::test]
async fn a_password_that_can_be_guessed_or_was_leaked_is_refused() {
    let fresh = Fresh::new().await;
    let add = async |db: &Db, text: &str| {
        let password = Password::new(text.into()).unwrap();
        let name = Name::parse("Ada Lovelace").unwrap();
        let ada = email("ada@acme.example");
        access::add_person(db, &fresh.organisation, name, ada, Role::Auditor, password).await
    };
    let why = |result: domain::Result<_>| match result {
        Err(Error::Refused(refused)) => refused.0[0].clone(),
        other => panic!("{other:?}"),
    };
    let (field, text) = why(add(&fresh.db, "ada-lovelace-1815").await);
    assert_eq!((&*field, text.contains("your name")), ("password", true), "{text}");
    // A list with the SHA-1 of "a password for nothing else".
    let list = fresh.dir.path().join("leaked.txt");
    std::fs::write(&list, "00F1A5C8E7D6B5A4938271605F4E3D2C1B0A9988:7\nE9BC86C1AE1B3BCC6EB9D7B4E9E1E8C6F1E7F8D0:1\n")
        .unwrap();
    let with_list = |list| Options {
        breach_file: Some(list),
        key_file: Some(fresh.dir.path().join("test.key")),
        password_cost: Cost::FLOOR,
        ..Options::new(&fresh.url)
    };
    let db = Db::open(with_list(list)).await.unwrap();
    add(&db, "a password for nothing else").await.unwrap();
    let own = fresh.dir.path().join("own.txt");
    // printf 'tractor umbrella violin' | sha1sum
    let leaked = [LEAKED, "\nFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF\n"].concat();
    std::fs::write(&own, leaked).unwrap();
    let db = Db::open(with_list(own)).await.unwrap();
    let password = Password::new("tractor umbrella violin".into()).unwrap();
    let grace = email("grace@acme.example");
    let refused =
        access::add_person(&db, &fresh.organisation, Name::parse("G").unwrap(), grace, Role::Auditor, password);
    assert!(why(refused.await).1.contains("leaked passwords"));
}

/// The SHA-1 of "tractor umbrella violin".
const LEAKED: &str = "9405FAFEAB90A4239EF7C199FEFF935F4A52CDA2";

#[tokio::test]
async fn an_older_hash_is_made_anew_at_the_next_sign_in() {
    let fresh = Fresh::new().await;
    let (address, _) = person(&fresh, Role::Support).await;
    let kept = async || {
        let row = fresh.dump().await["people"].iter().find(|row| row.contains("support@")).unwrap().clone();
        row.split(' ').find(|column| column.starts_with("password_hash=")).unwrap().to_owned()
    };
    assert!(kept().await.contains("$argon2id$v=19$m=19456,t=2,p=1$"));
    let options = Options { key_file: Some(fresh.dir.path().join("test.key")), ..Options::new(&fresh.url) };
    let db = Db::open(options).await.unwrap();
    assert!(matches!(
        access::sign_in(&db, &address, "wrong".into(), Arrival::default()).await.unwrap(),
        Admission::Wrong
    ));
    assert!(kept().await.contains("m=19456,t=2,p=1"), "a wrong password upgrades nothing");
    assert!(matches!(
        access::sign_in(&db, &address, PASSWORD.into(), Arrival::default()).await.unwrap(),
        Admission::In(_)
    ));
    let upgraded = kept().await;
    assert!(upgraded.contains("$argon2id$v=19$m=65536,t=3,p=1$"), "{upgraded}");
    assert!(matches!(
        access::sign_in(&db, &address, PASSWORD.into(), Arrival::default()).await.unwrap(),
        Admission::In(_)
    ));
    assert_eq!(kept().await, upgraded, "once is enough");
}

#[tokio::test]
async fn strangers_wait_and_are_locked_out_and_the_owner_is_not() {
    let fresh = Fresh::new().await;
    let (address, _) = person(&fresh, Role::Owner).await;
    let Admission::In(home) = sign_in(&fresh, &address, PASSWORD, from("198.51.100.1")).await else { panic!("not in") };
    let known = || Arrival { device: Some(home.device.clone()), ..from("198.51.100.1") };
    let mut stranger = 0;
    for wait in [0, 0, 0, 0, 5, 10, 20, 40, 80, 30 * 60] {
        stranger += 1;
        // Each from somewhere else: whom they aim at is what counts.
        let arrival = from(&format!("203.0.{stranger}.7"));
        assert!(
            matches!(sign_in(&fresh, &address, "not this one", arrival.clone()).await, Admission::Wrong),
            "{stranger}"
        );
        if wait > 0 {
            let until = fresh.db.now() + wait * SECOND;
            fresh.clock.set(until - SECOND);
            let early = sign_in(&fresh, &address, PASSWORD, arrival).await;
            assert!(matches!(early, Admission::Wait(told) if told == until), "the right password does not help");
            assert!(
                matches!(sign_in(&fresh, &address, PASSWORD, known()).await, Admission::In(_)),
                "the owner is at home"
            );
            fresh.clock.set(until);
        }
    }
    // After the lock the right password opens, and the failures are forgotten.
    assert!(matches!(sign_in(&fresh, &address, PASSWORD, from("198.51.100.9")).await, Admission::In(_)));
    for _ in 0..4 {
        assert!(matches!(sign_in(&fresh, &address, "no", from("198.51.100.9")).await, Admission::Wrong));
    }
    assert!(matches!(sign_in(&fresh, &address, PASSWORD, from("198.51.100.9")).await, Admission::In(_)));
    // A known browser is no licence to guess either.
    for _ in 0..5 {
        assert!(matches!(sign_in(&fresh, &address, "no", known()).await, Admission::Wrong));
    }
    assert!(matches!(sign_in(&fresh, &address, PASSWORD, known()).await, Admission::Wait(_)));
}

#[tokio::test]
async fn unknown_people_wait_as_known_ones_do() {
    let fresh = Fresh::new().await;
    person(&fresh, Role::Owner).await;
    for address in ["owner@acme.example", "nobody@acme.example"] {
        for n in 0..5 {
            assert!(
                matches!(sign_in(&fresh, address, "no", from("198.51.100.1")).await, Admission::Wrong),
                "{address} {n}"
            );
        }
        let until = fresh.db.now() + 5 * SECOND;
        let waits = sign_in(&fresh, address, "no", from("198.51.100.1")).await;
        assert!(matches!(waits, Admission::Wait(told) if told == until), "{address}");
    }
}

#[tokio::test]
async fn a_source_is_slowed_whoever_it_aims_at() {
    let fresh = Fresh::new().await;
    let (address, _) = person(&fresh, Role::Owner).await;
    for n in 0..20 {
        let arrival = from(&format!("203.0.113.{n}"));
        assert!(matches!(sign_in(&fresh, &format!("p{n}@acme.example"), "no", arrival).await, Admission::Wrong));
    }
    let until = fresh.db.now() + MINUTE;
    assert!(
        matches!(sign_in(&fresh, &address, PASSWORD, from("203.0.113.99")).await, Admission::Wait(t) if t == until)
    );
    assert!(matches!(sign_in(&fresh, &address, PASSWORD, from("203.0.112.99")).await, Admission::In(_)), "a neighbour");
    fresh.clock.advance(MINUTE);
    assert!(matches!(sign_in(&fresh, &address, PASSWORD, from("203.0.113.99")).await, Admission::In(_)));
    // Successes do not count: an office of thirty signs in within a minute.
    for _ in 0..30 {
        assert!(matches!(sign_in(&fresh, &address, PASSWORD, from("203.0.113.99")).await, Admission::In(_)));
    }
}

#[tokio::test]
async fn guessing_in_parallel_gains_nothing() {
    let fresh = Fresh::new().await;
    let (address, _) = person(&fresh, Role::Owner).await;
    let tries = (0..30).map(|n| sign_in(&fresh, &address, "no", from(&format!("203.0.{n}.1"))).boxed_local());
    let done = futures::future::join_all(tries).await;
    let judged = done.iter().filter(|one| matches!(one, Admission::Wrong)).count();
    assert_eq!(judged, 5, "the sixth waits, however quickly it comes");
}

use futures::FutureExt;

#[tokio::test]
async fn a_disabled_person_is_as_good_as_unknown() {
    let fresh = Fresh::new().await;
    let (address, id) = person(&fresh, Role::Owner).await;
    require(&fresh, &[Role::Owner]).await;
    let (cookie, _) = half(&fresh, sign_in(&fresh, &address, PASSWORD, Arrival::default()).await).await;
    raw(&fresh, format!("update people set disabled_at = 1 where id = '{id}'")).await;
    assert!(matches!(sign_in(&fresh, &address, PASSWORD, Arrival::default()).await, Admission::Wrong));
    assert!(super::pending(&fresh, &cookie).await.is_none(), "not even half-way");
}
