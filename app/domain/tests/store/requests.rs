//! The request log: what is found in it, what its counters say, what goes when its time is over.
use super::common::strangers;
use domain::{
    Error,
    access::{Grant, Role},
    environment::Environment,
    ids::{AgentId, RequestId},
    page::Paging,
    requests::{self, Call, Entry, Filter, KEPT_MS, Record, StatusClass},
    testing::{Fresh, START},
    time::{DAY, HOUR, MINUTE, Timestamp},
};

const OTHERS_KEY: &str = "key_b";

pub fn call(fresh: &Fresh, at: Timestamp) -> Call {
    Call {
        id: RequestId::new(at, fresh.db.chance()),
        at,
        method: "GET".into(),
        route: "/v1/cards/{id}".into(),
        status: 200,
        micros: 1_234,
        address: Some("203.0.113.5".into()),
        client: Some("curl/8".into()),
        key_id: "key_a".into(),
        agent_id: None,
        idempotency_key: None,
        error: None,
        replay_of: None,
    }
}

pub async fn record(fresh: &Fresh, calls: Vec<Call>) {
    let (organisation, environment) = (fresh.organisation.clone(), Environment::Live);
    let entry = |call| Entry { organisation: organisation.clone(), environment, call, scopes: vec![] };
    fresh.db.note(Record(calls.into_iter().map(entry).collect())).await.unwrap();
}

fn reader(fresh: &Fresh) -> Grant {
    fresh.person(Environment::Live, Role::Auditor)
}

async fn found(fresh: &Fresh, filter: Filter) -> Vec<RequestId> {
    let page = requests::list(&fresh.db, &reader(fresh), &filter, &Paging::newest(100)).await.unwrap();
    page.rows.into_iter().map(|call| call.id).collect()
}

#[tokio::test]
async fn a_call_is_found_by_everything_that_it_says() {
    let fresh = Fresh::new().await;
    let agent = AgentId::new(START, fresh.db.chance());
    let plain = call(&fresh, START);
    let odd = Call {
        method: "POST".into(),
        route: "/v1/cards".into(),
        status: 409,
        address: None,
        client: None,
        key_id: OTHERS_KEY.into(),
        agent_id: Some(agent.clone()),
        idempotency_key: Some("order-7".into()),
        error: Some("card_limit_reached".into()),
        ..call(&fresh, START + HOUR)
    };
    record(&fresh, vec![plain.clone(), odd.clone()]).await;

    assert_eq!(found(&fresh, Filter::default()).await, [odd.id.clone(), plain.id.clone()]);
    let only_odd = [
        Filter { key: Some(OTHERS_KEY.into()), ..Filter::default() },
        Filter { agent: Some(agent), ..Filter::default() },
        Filter { class: Some(StatusClass::Refused), ..Filter::default() },
        Filter { route: Some("/v1/cards".into()), ..Filter::default() },
        Filter { error: Some("card_limit_reached".into()), ..Filter::default() },
        Filter { idempotency_key: Some("order-7".into()), ..Filter::default() },
        Filter { from: Some(START + 1), ..Filter::default() },
    ];
    for filter in only_odd {
        let expected = std::slice::from_ref(&odd.id);
        assert_eq!(found(&fresh, filter.clone()).await, expected, "{filter:?}");
    }
    let only_plain = [
        Filter { address: Some("203.0.113.5".into()), ..Filter::default() },
        Filter { to: Some(START + HOUR), ..Filter::default() },
        Filter { class: Some(StatusClass::Done), key: Some("key_a".into()), ..Filter::default() },
    ];
    for filter in only_plain {
        let expected = std::slice::from_ref(&plain.id);
        assert_eq!(found(&fresh, filter.clone()).await, expected, "{filter:?}");
    }
    assert_eq!(requests::get(&fresh.db, &reader(&fresh), &odd.id).await.unwrap(), odd);
}

#[tokio::test]
async fn another_organisation_and_the_other_environment_see_nothing() {
    let fresh = Fresh::new().await;
    let one = call(&fresh, START);
    record(&fresh, vec![one.clone()]).await;
    for stranger in strangers(&fresh).await {
        let page = requests::list(&fresh.db, &stranger, &Filter::default(), &Paging::newest(10)).await.unwrap();
        assert!(page.rows.is_empty());
        assert!(matches!(requests::get(&fresh.db, &stranger, &one.id).await, Err(Error::NotFound(_))));
        assert_eq!(requests::calls_since(&fresh.db, &stranger, "key_a", START - DAY).await.unwrap().calls, 0);
        assert!(requests::calls_by_key(&fresh.db, &stranger, START - DAY).await.unwrap().is_empty());
        assert!(requests::sources(&fresh.db, &stranger, "key_a").await.unwrap().is_empty());
        assert!(requests::usage(&fresh.db, &stranger, "key_a", START - DAY, START + DAY).await.unwrap().is_empty());
    }
}

#[tokio::test]
async fn an_agent_token_sees_its_own_calls_and_no_counters() {
    let fresh = Fresh::new().await;
    let agent = AgentId::new(START, fresh.db.chance());
    let own = Call { agent_id: Some(agent.clone()), ..call(&fresh, START) };
    let other = call(&fresh, START);
    record(&fresh, vec![own.clone(), other.clone()]).await;
    let token = domain::access::testing::token(&fresh.db, &fresh.organisation, Environment::Live, &agent);
    let page = requests::list(&fresh.db, &token, &Filter::default(), &Paging::newest(10)).await.unwrap();
    assert_eq!(page.rows, [own]);
    assert!(matches!(requests::get(&fresh.db, &token, &other.id).await, Err(Error::NotFound(_))));
    let counts = requests::calls_since(&fresh.db, &token, "key_a", START).await;
    assert!(matches!(counts, Err(Error::Denied(_))));
}

#[tokio::test]
async fn counters_say_what_the_rows_say() {
    let fresh = Fresh::new().await;
    let refused = |at| Call { status: 429, ..call(&fresh, at) };
    let other = Call { key_id: OTHERS_KEY.into(), ..call(&fresh, START) };
    let elsewhere = |at| Call { address: Some("2001:db8::1".into()), client: None, ..call(&fresh, at) };
    record(&fresh, vec![call(&fresh, START), refused(START + MINUTE), other]).await;
    record(&fresh, vec![elsewhere(START + 40 * MINUTE), call(&fresh, START + 20 * MINUTE)]).await;

    let grant = reader(&fresh);
    let counts = |since| requests::calls_since(&fresh.db, &grant, "key_a", since);
    assert_eq!(counts(START).await.map(|c| (c.calls, c.failed)).unwrap(), (4, 1));
    assert_eq!(counts(START + 16 * MINUTE).await.map(|c| (c.calls, c.failed)).unwrap(), (2, 0));
    let all = requests::calls_by_key(&fresh.db, &grant, START).await.unwrap();
    assert_eq!(all.iter().map(|(key, c)| (&**key, c.calls)).collect::<Vec<_>>(), [("key_a", 4), (OTHERS_KEY, 1)]);
    let usage = requests::usage(&fresh.db, &grant, "key_a", START, START + HOUR).await.unwrap();
    let usage: Vec<_> = usage.iter().map(|u| (u.at.since(START) / MINUTE, u.calls, u.failed)).collect();
    assert_eq!(usage, [(0, 2, 1), (15, 1, 0), (30, 1, 0)]);
    let sources = requests::sources(&fresh.db, &grant, "key_a").await.unwrap();
    let sources: Vec<_> = sources
        .iter()
        .map(|s| (&*s.address, s.client.as_deref(), s.first_at.since(START), s.last_at.since(START), s.calls, s.failed))
        .collect();
    let (first, last) = (40 * MINUTE, 20 * MINUTE);
    assert_eq!(sources, [("2001:db8::1", None, first, first, 1, 0), ("203.0.113.5", Some("curl/8"), 0, last, 3, 1)]);
}

#[tokio::test]
async fn calls_go_after_thirty_days_in_bites() {
    let fresh = Fresh::new().await;
    let old: Vec<Call> = (0..7).map(|n| call(&fresh, START + n)).collect();
    let young = call(&fresh, START + HOUR);
    record(&fresh, old.into_iter().chain([young.clone()]).collect()).await;
    assert_eq!(requests::prune(&fresh.db, 5).await.unwrap(), 0);
    fresh.clock.set(START + KEPT_MS + MINUTE);
    assert_eq!(requests::prune(&fresh.db, 5).await.unwrap(), 5);
    assert_eq!(requests::prune(&fresh.db, 5).await.unwrap(), 2);
    assert_eq!(requests::prune(&fresh.db, 5).await.unwrap(), 0);
    assert_eq!(found(&fresh, Filter::default()).await, [young.id]);
    let grant = reader(&fresh);
    assert_eq!(requests::calls_since(&fresh.db, &grant, "key_a", START).await.unwrap().calls, 8);
    fresh.clock.set(START + 91 * DAY);
    requests::prune(&fresh.db, 5).await.unwrap();
    assert_eq!(requests::calls_since(&fresh.db, &grant, "key_a", START).await.unwrap().calls, 0);
    assert!(requests::sources(&fresh.db, &grant, "key_a").await.unwrap().is_empty());
}
