//! Claims: which deliveries are taken, by whom, and how many at once.
use super::{Receiver, all, counted, endpoint, tell};
use domain::{
    access::Role,
    environment::Environment,
    testing::Fresh,
    time::SECOND,
    webhooks::{
        DeleteEndpoint, DeliveryState,
        deliver::{self, LEASE_MS, Sent},
    },
};
use std::collections::HashSet;

#[tokio::test]
async fn a_claim_is_exclusive_until_its_lease_ends_and_late_news_is_counted_once() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    endpoint(&fresh, &admin, "a").await;
    tell(&fresh, &admin, 1).await;
    let first = deliver::claim(&fresh.db, 10).await.unwrap().remove(0);
    let leased = all(&fresh, &admin).await.remove(0);
    assert_eq!(leased.next_attempt_at, Some(fresh.db.now() + LEASE_MS));
    assert!(deliver::claim(&fresh.db, 10).await.unwrap().is_empty());
    fresh.clock.advance(LEASE_MS);
    let second = deliver::claim(&fresh.db, 10).await.unwrap().remove(0);
    assert_eq!(first.delivery(), second.delivery());
    // The one that was thought dead ends with a failure: written down, but the delivery is the other's.
    let failing = Receiver::answering(500);
    let late = deliver::attempt(&fresh.db, &failing, first).await.unwrap();
    assert_eq!((late.number, late.state), (1, DeliveryState::Pending));
    assert_eq!(late.next_attempt_at, Some(fresh.db.now() + LEASE_MS));
    assert!(deliver::claim(&fresh.db, 10).await.unwrap().is_empty());
    let done = deliver::attempt(&fresh.db, &Receiver::answering(200), second).await.unwrap();
    assert_eq!((done.number, done.state), (2, DeliveryState::Delivered));
    assert_eq!(counted(&fresh, &admin).await, (2, 1, 0));
}

#[tokio::test]
async fn many_claimers_share_without_overlap_four_to_an_endpoint_and_fairly() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    endpoint(&fresh, &admin, "a").await;
    endpoint(&fresh, &admin, "b").await;
    tell(&fresh, &admin, 10).await;
    // Fair: with two places, one for each.
    let two = deliver::claim(&fresh.db, 2).await.unwrap();
    let mut ids: HashSet<String> = two.iter().map(|c| c.delivery().to_string()).collect();
    let leased: HashSet<_> =
        all(&fresh, &admin).await.into_iter().filter(|d| d.claimed_at.is_some()).map(|d| d.endpoint_id).collect();
    assert_eq!((ids.len(), leased.len()), (2, 2));
    let claimers = (0..16).map(|_| {
        let db = fresh.db.clone();
        tokio::spawn(async move { deliver::claim(&db, 8).await.unwrap() })
    });
    for claimed in futures::future::join_all(claimers).await {
        for one in claimed.unwrap() {
            assert!(ids.insert(one.delivery().to_string()), "claimed twice");
        }
    }
    // A claimer that finds the other's lock takes nothing, so ask once more for what is left.
    ids.extend(deliver::claim(&fresh.db, 8).await.unwrap().iter().map(|c| c.delivery().to_string()));
    assert_eq!(ids.len(), 8, "four for each endpoint");
}

#[tokio::test]
async fn what_fails_holds_one_place_until_it_succeeds() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    endpoint(&fresh, &admin, "a").await;
    tell(&fresh, &admin, 1).await;
    let receiver = Receiver::answering(500);
    assert_eq!(deliver::run_due(&fresh.db, &receiver, 10).await.unwrap(), 1);
    tell(&fresh, &admin, 8).await;
    fresh.clock.advance(6 * SECOND);
    assert_eq!(deliver::run_due(&fresh.db, &receiver, 10).await.unwrap(), 1);
    fresh.clock.advance(1);
    receiver.answer(Sent { status: Some(200), ..Sent::default() });
    assert_eq!(deliver::run_due(&fresh.db, &receiver, 10).await.unwrap(), 1);
    fresh.clock.advance(1);
    assert_eq!(deliver::run_due(&fresh.db, &receiver, 10).await.unwrap(), 4);
}

#[tokio::test]
async fn deleting_an_endpoint_gives_up_what_waits_for_it() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    let id = endpoint(&fresh, &admin, "a").await;
    tell(&fresh, &admin, 2).await;
    let under_way = deliver::claim(&fresh.db, 1).await.unwrap().remove(0);
    assert_eq!(fresh.db.commit(&admin, DeleteEndpoint { id }).await.unwrap(), 2);
    let late = deliver::attempt(&fresh.db, &Receiver::answering(200), under_way).await.unwrap();
    assert_eq!(late.state, DeliveryState::Abandoned, "given up stays given up");
    for delivery in all(&fresh, &admin).await {
        assert_eq!(delivery.state, DeliveryState::Abandoned);
        assert_eq!(delivery.last_result.as_deref(), Some("endpoint_deleted"));
    }
    assert_eq!(deliver::run_due(&fresh.db, &Receiver::answering(200), 10).await.unwrap(), 0);
    assert_eq!(counted(&fresh, &admin).await, (1, 0, 0), "the receiver failed at nothing");
}
