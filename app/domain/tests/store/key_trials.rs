//! Trying a revocation: the key works on, and whoever called with it is told.
use super::{
    keys::{create, made, shut},
    requests::{call, record},
};
use domain::{
    Error,
    access::Role,
    environment::Environment,
    error::Code,
    keys::{
        self, RevokeKey, TryRevoking,
        life::{Trial, TrialSpan},
    },
    requests::Call,
    testing::Fresh,
    time::{DAY, HOUR, MINUTE},
};

#[tokio::test]
async fn a_tried_revocation_breaks_nothing_and_tells_what_it_would_have_broken() {
    let fresh = Fresh::new().await;
    let developer = fresh.person(Environment::Live, Role::Developer);
    let (id, text) = made(&fresh, create("backend")).await;
    let from = |address: &str, client: Option<&str>| Call {
        key_id: id.to_string(),
        address: Some(address.into()),
        client: client.map(str::to_owned),
        ..call(&fresh, fresh.db.now())
    };
    record(&fresh, vec![from("192.0.2.1", Some("before"))]).await;
    fresh.clock.advance(MINUTE);
    assert_eq!(keys::get(&fresh.db, &developer, &id).await.unwrap().trial, None);
    let begin = |span| TryRevoking { id: id.clone(), span };
    fresh.db.commit(&developer, begin(TrialSpan::FourHours)).await.unwrap();
    let trial = Trial { from: fresh.db.now(), to: fresh.db.now() + 4 * HOUR };
    assert_eq!(keys::get(&fresh.db, &developer, &id).await.unwrap().trial, Some(trial));
    let calls = vec![
        from("192.0.2.1", Some("cron")),
        from("192.0.2.2", None),
        from("192.0.2.1", Some("cron")),
        from("192.0.2.1", Some("shop")),
        Call { key_id: "key_other".into(), ..from("192.0.2.9", None) },
    ];
    record(&fresh, calls).await;
    assert_eq!(shut(&fresh, &text).await, None, "it works on");
    fresh.clock.advance(4 * HOUR);
    record(&fresh, vec![from("192.0.2.3", Some("after"))]).await;
    let told = keys::tally(&fresh.db, &developer, &id, trial).await.unwrap();
    let told: Vec<_> =
        told.iter().map(|line| (line.address.as_deref().unwrap(), line.client.as_deref(), line.calls)).collect();
    assert_eq!(told, [("192.0.2.1", Some("cron"), 2), ("192.0.2.1", Some("shop"), 1), ("192.0.2.2", None, 1)]);

    // Begun anew it counts anew; what does not open is not tried.
    fresh.clock.advance(MINUTE);
    fresh.db.commit(&developer, begin(TrialSpan::Day)).await.unwrap();
    let trial = keys::get(&fresh.db, &developer, &id).await.unwrap().trial.unwrap();
    assert_eq!(trial.to.since(trial.from), DAY);
    assert!(keys::tally(&fresh.db, &developer, &id, trial).await.unwrap().is_empty());
    let auditor = fresh.person(Environment::Live, Role::Auditor);
    assert!(matches!(fresh.db.commit(&auditor, begin(TrialSpan::Hour)).await, Err(Error::Denied(_))));
    let dev = fresh.person(Environment::Dev, Role::Owner);
    assert!(matches!(fresh.db.commit(&dev, begin(TrialSpan::Hour)).await, Err(Error::NotFound(_))));
    fresh.db.commit(&developer, RevokeKey { id: id.clone() }).await.unwrap();
    let late = fresh.db.commit(&developer, begin(TrialSpan::Hour)).await;
    assert!(matches!(late, Err(Error::State { code: Code::KeyState, .. })));
}
