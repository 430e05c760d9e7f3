//! Endpoints: made, edited, removed, and which events they hear of.
use super::{Tell, all, create, endpoint, update};
use domain::{
    Error,
    access::{self, Role},
    environment::Environment,
    error::Code,
    page::Paging,
    testing::Fresh,
    webhooks::{
        self, CreateEndpoint, DeleteEndpoint, DeliveryFilter, EndpointStatus, EventType, MOST_ENDPOINTS, SendTest,
        UpdateEndpoint, signature,
    },
};
use std::collections::HashSet;

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
async fn a_test_event_goes_to_one_endpoint_whatever_it_asks_for() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    let wants = fresh.db.commit(&admin, create("a", &[EventType::CardFrozen])).await.unwrap().id;
    endpoint(&fresh, &admin, "b").await;
    let support = fresh.person(Environment::Live, Role::Support);
    let queued = fresh.db.commit(&support, SendTest { id: wants.clone() }).await.unwrap();
    assert_eq!(all(&fresh, &admin).await, std::slice::from_ref(&queued));
    assert_eq!((queued.event_type, &queued.endpoint_id), (EventType::WebhookTest, &wants));
    let auditor = fresh.person(Environment::Live, Role::Auditor);
    let refused = fresh.db.commit(&auditor, SendTest { id: wants.clone() }).await;
    assert!(matches!(refused, Err(Error::Denied(_))));
    let off = UpdateEndpoint { status: Some(EndpointStatus::Disabled), ..update(&wants) };
    fresh.db.commit(&admin, off).await.unwrap();
    let refused = fresh.db.commit(&admin, SendTest { id: wants }).await;
    assert!(matches!(refused, Err(Error::State { code: Code::EndpointDisabled, .. })));
    assert_eq!(fresh.count("events").await, 1);
}
