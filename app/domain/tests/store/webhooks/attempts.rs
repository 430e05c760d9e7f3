//! Attempts: signed, on schedule, and what the answer of the receiver means for the next.
use super::{Receiver, all, counted, create, endpoint, tell, tried, update};
use domain::{
    access::Role,
    audit::Action,
    environment::Environment,
    page::Paging,
    testing::Fresh,
    time::{HOUR, SECOND},
    webhooks::{
        self, AttemptFilter, DeliveryState, EndpointStatus, Fault, UpdateEndpoint,
        deliver::{self, Sent},
        schedule::STEPS,
        signature,
    },
};
use serde_json::json;
use std::collections::{HashMap, HashSet};

#[tokio::test]
async fn a_delivery_is_sent_once_signed_in_both_forms() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    let made = fresh.db.commit(&admin, create("a", &[])).await.unwrap();
    let secret = made.secret.reveal();
    tell(&fresh, &admin, 1).await;
    let receiver = Receiver::answering(204);
    assert_eq!(deliver::run_due(&fresh.db, &receiver, 10).await.unwrap(), 1);
    assert_eq!(deliver::run_due(&fresh.db, &receiver, 10).await.unwrap(), 0);
    let call = receiver.calls().remove(0);
    let header: HashMap<_, _> = call.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let now = fresh.db.now().0 / 1_000;
    let ours = signature::verify_ledger(secret.text(), header["x-ledger-signature"], call.body.as_bytes(), now, 0);
    assert_eq!(ours, Ok(()));
    let three = (header["webhook-id"], header["webhook-timestamp"], header["webhook-signature"]);
    assert_eq!(signature::verify_standard(secret.text(), three, call.body.as_bytes(), now, 0), Ok(()));
    let body: serde_json::Value = serde_json::from_str(&call.body).unwrap();
    assert_eq!(body["id"], header["webhook-id"]);
    assert_eq!(body["id"], header["x-ledger-event-id"]);
    assert_eq!((&body["type"], header["x-ledger-event-type"]), (&json!("agent.created"), "agent.created"));
    assert_eq!(body["organizationId"], fresh.organisation.as_str());

    let delivery = all(&fresh, &admin).await.remove(0);
    assert_eq!((delivery.state, delivery.attempts), (DeliveryState::Delivered, 1));
    assert_eq!((delivery.last_result.as_deref(), delivery.next_attempt_at), (Some("204"), None));
    let detail = webhooks::delivery(&fresh.db, &admin, &delivery.id).await.unwrap();
    assert_eq!((detail.body, detail.delivery), (call.body, delivery));
    assert_eq!(detail.attempts.len(), 1);
    assert_eq!((detail.attempts[0].status_code, detail.attempts[0].fault), (Some(204), None));
}

#[tokio::test]
async fn ten_tries_on_schedule_then_it_is_given_up_and_every_counter_equals_its_rows() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    endpoint(&fresh, &admin, "a").await;
    tell(&fresh, &admin, 1).await;
    let receiver = Receiver::default();
    receiver.answer(Sent { fault: Some(Fault::Timeout), duration_ms: 30_000, ..Sent::default() });
    for tries in 1..=10 {
        assert_eq!(deliver::run_due(&fresh.db, &receiver, 10).await.unwrap(), 1, "try {tries}");
        let delivery = all(&fresh, &admin).await.remove(0);
        assert_eq!(delivery.attempts, tries);
        assert_eq!(delivery.last_result.as_deref(), Some("timeout"));
        let Some(next) = delivery.next_attempt_at else { break };
        let (wait, step) = (next.since(fresh.db.now()), STEPS[tries as usize]);
        assert!((step - step / 10..=step + step / 10).contains(&wait), "{wait} after try {tries}");
        fresh.clock.set(next - 1);
        assert_eq!(deliver::run_due(&fresh.db, &receiver, 10).await.unwrap(), 0, "early");
        fresh.clock.set(next);
    }
    let delivery = all(&fresh, &admin).await.remove(0);
    assert_eq!((delivery.state, delivery.attempts, delivery.next_attempt_at), (DeliveryState::Abandoned, 10, None));
    assert_eq!(delivery.finished_at, Some(fresh.db.now()));
    let ids: HashSet<_> = receiver.calls().iter().map(|call| call.headers[4].1.clone()).collect();
    assert_eq!(ids.len(), 1, "the same event id on every try");

    // One that succeeds beside it; ids made in one millisecond have no order.
    fresh.clock.advance(1);
    receiver.answer(Sent { status: Some(200), ..Sent::default() });
    tell(&fresh, &admin, 1).await;
    assert_eq!(deliver::run_due(&fresh.db, &receiver, 10).await.unwrap(), 1);
    let rows = tried(&fresh, &admin).await;
    let failed = rows.iter().filter(|a| !a.succeeded).count() as u64;
    assert_eq!(counted(&fresh, &admin).await, (rows.len() as u64, failed, 1));
    assert_eq!((rows.len(), failed), (11, 10));
    assert_eq!(rows.iter().map(|a| a.number).collect::<Vec<_>>(), [1, 10, 9, 8, 7, 6, 5, 4, 3, 2, 1]);
    for (succeeded, many) in [(true, 1), (false, 10)] {
        let filter = AttemptFilter { succeeded: Some(succeeded), ..Default::default() };
        let page = webhooks::attempts(&fresh.db, &admin, &filter, &Paging::newest(100)).await.unwrap();
        assert_eq!(page.rows.len(), many);
    }
    let last =
        AttemptFilter { from: Some(fresh.db.now() - 1), endpoint: Some(delivery.endpoint_id), ..Default::default() };
    let page = webhooks::attempts(&fresh.db, &admin, &last, &Paging::newest(100)).await.unwrap();
    assert_eq!(page.rows.len(), 2, "the last try and the success");
}

#[tokio::test]
async fn what_the_receiver_asks_for_delays_within_the_step() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    endpoint(&fresh, &admin, "a").await;
    tell(&fresh, &admin, 1).await;
    let receiver = Receiver::default();
    receiver.answer(Sent { status: Some(503), retry_after_ms: Some(9 * SECOND), ..Sent::default() });
    deliver::run_due(&fresh.db, &receiver, 10).await.unwrap();
    let delivery = all(&fresh, &admin).await.remove(0);
    assert_eq!(delivery.next_attempt_at, Some(fresh.db.now() + 9 * SECOND));
    assert_eq!(delivery.last_result.as_deref(), Some("503"));
    assert_eq!(tried(&fresh, &admin).await[0].fault, Some(Fault::Http));
}

#[tokio::test]
async fn a_redirect_is_a_failure() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    endpoint(&fresh, &admin, "a").await;
    tell(&fresh, &admin, 1).await;
    deliver::run_due(&fresh.db, &Receiver::answering(302), 10).await.unwrap();
    let tried = tried(&fresh, &admin).await.remove(0);
    assert_eq!((tried.succeeded, tried.status_code, tried.fault), (false, Some(302), Some(Fault::Http)));
}

#[tokio::test]
async fn gone_turns_the_endpoint_off_and_turning_it_on_again_resumes() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    let id = endpoint(&fresh, &admin, "a").await;
    tell(&fresh, &admin, 2).await;
    fresh.clock.advance(1);
    let receiver = Receiver::answering(410);
    assert_eq!(deliver::run_due(&fresh.db, &receiver, 10).await.unwrap(), 2, "both were under way");
    let off = webhooks::endpoint(&fresh.db, &admin, &id).await.unwrap();
    assert_eq!(off.status, EndpointStatus::Disabled);
    assert!(off.disabled_reason.unwrap().contains("410"));
    let filter = domain::audit::Filter { subject_id: Some(id.to_string()), ..Default::default() };
    let log = domain::audit::list(&fresh.db, &admin, &filter, &Paging::newest(10)).await.unwrap().rows;
    assert_eq!(
        log.iter().map(|r| (r.actor_kind.as_str(), r.action)).collect::<Vec<_>>(),
        [("job", Action::EndpointChanged), ("person", Action::EndpointCreated),]
    );
    fresh.clock.advance(HOUR);
    assert_eq!(deliver::run_due(&fresh.db, &receiver, 10).await.unwrap(), 0, "it is not called while off");
    let on = UpdateEndpoint { status: Some(EndpointStatus::Enabled), ..update(&id) };
    assert_eq!(fresh.db.commit(&admin, on).await.unwrap().disabled_reason, None);
    receiver.answer(Sent { status: Some(200), ..Sent::default() });
    while deliver::run_due(&fresh.db, &receiver, 10).await.unwrap() > 0 {}
    assert!(all(&fresh, &admin).await.iter().all(|d| d.state == DeliveryState::Delivered));
}
