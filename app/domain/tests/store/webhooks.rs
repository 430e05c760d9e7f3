//! Webhooks: endpoints, the outbox's fan-out, claims, attempts and the schedule.
use domain::{
    Error, Result,
    access::{self, Grant, Permission, Role},
    audit::Action,
    db::{Command, Subject, Trail, Tx},
    environment::Environment,
    error::{Code, Noun},
    ids::EndpointId,
    monitoring,
    name::Line,
    page::Paging,
    testing::Fresh,
    time::{HOUR, SECOND},
    webhooks::{
        self, AttemptFilter, CreateEndpoint, DeleteEndpoint, DeliveryFilter, DeliveryState, EndpointStatus, EventType,
        Fault, MOST_ENDPOINTS, UpdateEndpoint,
        deliver::{self, Call, LEASE_MS, Sent, Transport},
        schedule::STEPS,
        signature,
    },
};
use serde_json::json;
use std::{
    collections::{HashMap, HashSet},
    sync::Mutex,
};

/// Any change that tells of something.
struct Tell(EventType);

impl Command for Tell {
    type Output = ();
    fn permission(&self) -> Permission {
        Permission::View
    }
    async fn run(&self, _: &Grant, _: &mut Tx) -> Result<((), Trail)> {
        let trail = Trail::new(Action::AgentChanged, Subject::new(Noun::Agent, "agent_x", "x"));
        Ok(((), trail.event(self.0, json!({ "agentId": "agent_x" }))))
    }
}

/// Answers as told and keeps what it was sent.
#[derive(Default)]
struct Receiver {
    answer: Mutex<Sent>,
    calls: Mutex<Vec<Call>>,
}

impl Receiver {
    fn answering(status: u16) -> Self {
        let receiver = Self::default();
        receiver.answer(Sent { status: Some(status), response_head: "ok".into(), duration_ms: 12, ..Sent::default() });
        receiver
    }
    fn answer(&self, sent: Sent) {
        *self.answer.lock().unwrap() = sent;
    }
    fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }
}

impl Transport for Receiver {
    async fn send(&self, call: Call) -> Sent {
        self.calls.lock().unwrap().push(call);
        self.answer.lock().unwrap().clone()
    }
}

fn create(host: &str, events: &[EventType]) -> CreateEndpoint {
    CreateEndpoint {
        url: format!("https://{host}.example/hook?key=hidden"),
        description: Some(Line::parse("orders").unwrap()),
        events: events.to_vec(),
        allow: Vec::new(),
    }
}

fn update(id: &EndpointId) -> UpdateEndpoint {
    UpdateEndpoint {
        id: id.clone(),
        version: None,
        url: None,
        description: None,
        events: None,
        status: None,
        allow: Vec::new(),
    }
}

async fn endpoint(fresh: &Fresh, admin: &Grant, host: &str) -> EndpointId {
    fresh.db.commit(admin, create(host, &[])).await.unwrap().id
}

async fn tell(fresh: &Fresh, admin: &Grant, many: usize) {
    for _ in 0..many {
        fresh.db.commit(admin, Tell(EventType::AgentCreated)).await.unwrap();
    }
}

async fn all(fresh: &Fresh, admin: &Grant) -> Vec<webhooks::Delivery> {
    webhooks::deliveries(&fresh.db, admin, &DeliveryFilter::default(), &Paging::newest(100)).await.unwrap().rows
}

async fn tried(fresh: &Fresh, admin: &Grant) -> Vec<webhooks::Attempt> {
    webhooks::attempts(&fresh.db, admin, &AttemptFilter::default(), &Paging::newest(100)).await.unwrap().rows
}

/// How many attempts were counted, how many of them failed, and how many deliveries were given up, of late.
async fn counted(fresh: &Fresh, admin: &Grant) -> (u64, u64, u64) {
    let panel = monitoring::panels(&fresh.db, admin, monitoring::Range::Month).await.unwrap().webhooks;
    (panel.n, panel.k, panel.beside)
}

#[tokio::test]
async fn an_endpoint_is_made_edited_and_removed_and_shows_its_secret_once() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    let made = fresh.db.commit(&admin, create("a", &[EventType::CardFrozen, EventType::CardFrozen])).await.unwrap();
    let secret = made.secret.reveal();
    assert!(signature::standard(&[secret.text()], "x", 1, b"").is_ok());
    let seen = webhooks::endpoint(&fresh.db, &admin, &made.id).await.unwrap();
    assert_eq!((seen.events.as_slice(), seen.version), ([EventType::CardFrozen].as_slice(), 1));
    assert_eq!(seen.status, EndpointStatus::Enabled);

    let change = UpdateEndpoint {
        version: Some(1),
        url: Some("https://b.example/".into()),
        description: Some(None),
        events: Some(vec![]),
        status: Some(EndpointStatus::Disabled),
        ..update(&made.id)
    };
    let changed = fresh.db.commit(&admin, change).await.unwrap();
    assert_eq!(changed, webhooks::endpoint(&fresh.db, &admin, &made.id).await.unwrap());
    assert_eq!((changed.url.as_str(), changed.description.as_str(), changed.version), ("https://b.example/", "", 2));
    let late = fresh.db.commit(&admin, UpdateEndpoint { version: Some(1), ..update(&made.id) }).await;
    assert!(matches!(late, Err(Error::State { code: Code::StaleEdit, .. })));

    let log = domain::audit::list(&fresh.db, &admin, &Default::default(), &Paging::newest(100)).await.unwrap();
    for record in log.rows {
        let text = format!("{record:?}");
        assert!(!text.contains("hidden") && !text.contains("whsec_"), "{text}");
    }
    fresh.db.commit(&admin, DeleteEndpoint { id: made.id.clone() }).await.unwrap();
    assert!(webhooks::endpoints(&fresh.db, &admin).await.unwrap().is_empty());
    assert!(matches!(webhooks::endpoint(&fresh.db, &admin, &made.id).await, Err(Error::NotFound(_))));
    assert!(matches!(fresh.db.commit(&admin, update(&made.id)).await, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn addresses_are_judged_when_entered_with_the_operators_networks() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    for bad in ["http://a.example/", "https://127.0.0.1/", "https://[::ffff:10.0.0.1]/", "https://u:p@a.example/", "x"]
    {
        let refused = fresh.db.commit(&admin, CreateEndpoint { url: bad.into(), ..create("a", &[]) }).await;
        assert!(matches!(refused, Err(Error::Refused(r)) if r.0[0].0 == "url"), "{bad}");
    }
    let id = endpoint(&fresh, &admin, "a").await;
    let moved = |allow| UpdateEndpoint { url: Some("http://127.0.0.1:9/".into()), allow, ..update(&id) };
    assert!(matches!(fresh.db.commit(&admin, moved(vec![])).await, Err(Error::Refused(_))));
    fresh.db.commit(&admin, moved(vec!["127.0.0.0/8".parse().unwrap()])).await.unwrap();
}

#[tokio::test]
async fn an_environment_has_at_most_twenty_even_when_they_are_added_at_once() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    let adding = (0..MOST_ENDPOINTS + 5).map(|n| {
        let (db, admin) = (fresh.db.clone(), admin.clone());
        tokio::spawn(async move { db.commit(&admin, create(&format!("h{n}"), &[])).await.is_ok() })
    });
    let made = futures::future::join_all(adding).await.into_iter().filter(|done| *done.as_ref().unwrap()).count();
    assert_eq!(made as i64, MOST_ENDPOINTS);
    let first = webhooks::endpoints(&fresh.db, &admin).await.unwrap().remove(0).id;
    fresh.db.commit(&admin, DeleteEndpoint { id: first }).await.unwrap();
    endpoint(&fresh, &admin, "again").await;
}

#[tokio::test]
async fn an_event_goes_to_the_enabled_endpoints_that_ask_for_its_type() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    let every = endpoint(&fresh, &admin, "every").await;
    let cards = fresh.db.commit(&admin, create("cards", &[EventType::CardFrozen])).await.unwrap().id;
    let off = endpoint(&fresh, &admin, "off").await;
    let turn = |status| UpdateEndpoint { status: Some(status), ..update(&off) };
    fresh.db.commit(&admin, turn(EndpointStatus::Disabled)).await.unwrap();
    fresh.db.commit(&admin, Tell(EventType::CardFrozen)).await.unwrap();
    fresh.db.commit(&admin, Tell(EventType::AgentCreated)).await.unwrap();

    let of = |kind| DeliveryFilter { kind: Some(kind), ..Default::default() };
    let frozen = webhooks::deliveries(&fresh.db, &admin, &of(EventType::CardFrozen), &Paging::newest(9)).await.unwrap();
    let to: HashSet<_> = frozen.rows.iter().map(|d| d.endpoint_id.clone()).collect();
    assert_eq!(to, HashSet::from([every.clone(), cards.clone()]));
    assert_eq!(frozen.rows[0].event_id, frozen.rows[1].event_id, "one event, told twice");
    let made = webhooks::deliveries(&fresh.db, &admin, &of(EventType::AgentCreated), &Paging::newest(9)).await.unwrap();
    assert_eq!(made.rows.iter().map(|d| &d.endpoint_id).collect::<Vec<_>>(), [&every]);
    let filter = DeliveryFilter {
        endpoint: Some(every.clone()),
        event: Some(made.rows[0].event_id.clone()),
        ..of(EventType::AgentCreated)
    };
    assert_eq!(webhooks::deliveries(&fresh.db, &admin, &filter, &Paging::newest(9)).await.unwrap().rows.len(), 1);
    let later = DeliveryFilter { from: Some(fresh.db.now() + 1), ..Default::default() };
    assert!(webhooks::deliveries(&fresh.db, &admin, &later, &Paging::newest(9)).await.unwrap().rows.is_empty());

    // Nobody else sees any of it.
    let other = domain::testing::organisation(&fresh.db, "Other").await;
    for stranger in [
        access::testing::person(&fresh.db, &other, Environment::Live, Role::Owner),
        fresh.person(Environment::Dev, Role::Owner),
    ] {
        assert!(webhooks::endpoints(&fresh.db, &stranger).await.unwrap().is_empty());
        assert!(all(&fresh, &stranger).await.is_empty());
        let detail = webhooks::delivery(&fresh.db, &stranger, &made.rows[0].id).await;
        assert!(matches!(detail, Err(Error::NotFound(_))));
        assert!(matches!(fresh.db.commit(&stranger, update(&every)).await, Err(Error::NotFound(_))));
        assert!(matches!(
            fresh.db.commit(&stranger, DeleteEndpoint { id: every.clone() }).await,
            Err(Error::NotFound(_))
        ));
    }
    let finance = fresh.person(Environment::Live, Role::Finance);
    assert!(matches!(webhooks::endpoints(&fresh.db, &finance).await, Err(Error::Denied(_))));
}

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
