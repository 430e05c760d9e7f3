//! The request log: every call of a known key or token is in it, once, whatever became of it.
use super::support::{Reply, Server};
use axum::{
    body::Body,
    http::{Method, Request, header},
};
use domain::{
    access::Role,
    environment::Environment,
    ids::RequestId,
    keys::RevokeKey,
    page::Paging,
    requests::{self, Call, Filter},
    time::HOUR,
};
use serde_json::json;

/// The log of dev, newest first, after everything handed in has been written.
async fn log(server: &Server) -> Vec<Call> {
    server.state.requests.flush().await;
    let reader = server.fresh.person(Environment::Dev, Role::Auditor);
    requests::list(&server.fresh.db, &reader, &Filter::default(), &Paging::newest(100)).await.unwrap().rows
}

async fn the_call(server: &Server, reply: &Reply) -> Call {
    server.state.requests.flush().await;
    let id: RequestId = reply.header("x-request-id").parse().unwrap();
    let reader = server.fresh.person(Environment::Dev, Role::Auditor);
    requests::get(&server.fresh.db, &reader, &id).await.unwrap_or_else(|e| panic!("{e}: {}", reply.text))
}

#[tokio::test]
async fn a_call_says_what_it_was_and_never_what_it_held() {
    let server = Server::with(&["--rate-write", "1/1"]).await;
    let (id, key) = server.make_key(Environment::Dev, None).await;
    let headers = [
        ("api-key", &*key),
        ("content-type", "application/json"),
        ("user-agent", "shop/1.0"),
        ("idempotency-key", "\"order-7\""),
    ];
    let made = server.call(Method::POST, "/v1/things", &headers, r#"{"name":"SECRET-NAME"}"#).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let call = the_call(&server, &made).await;
    assert_eq!((&*call.method, &*call.route, call.status), ("POST", "/v1/things", 201));
    assert_eq!((call.key_id, call.error, call.agent_id), (id.to_string(), None, None));
    assert_eq!((call.client.as_deref(), call.idempotency_key.as_deref()), (Some("shop/1.0"), Some("order-7")));
    assert!(call.micros > 0 && call.at == server.fresh.db.now());
    let text = format!("{:?}", server.fresh.everything().await["requests"]);
    assert!(!text.contains("SECRET-NAME") && text.contains("order-7"), "{text}");

    let slowed = server.post(&key, "/v1/things", &json!({ "name": "x" })).await;
    let call = the_call(&server, &slowed).await;
    assert_eq!((call.status, call.error.as_deref()), (429, Some("rate_limited")));
    let missing = server.get(&key, "/v1/things/key_none").await;
    let call = the_call(&server, &missing).await;
    assert_eq!((&*call.route, call.status, call.error.is_some()), ("/v1/things/{id}", 404, true));
    let denied = server.delete(&key, "/v1/things/x").await;
    assert_eq!(the_call(&server, &denied).await.status, 429);
    server.fresh.clock.advance(HOUR);
    let denied = server.delete(&key, "/v1/things/x").await;
    let call = the_call(&server, &denied).await;
    assert_eq!((call.status, call.error.as_deref()), (403, Some("insufficient_permissions")));
    server.fresh.clock.advance(HOUR);
    let failed = server.post(&key, "/v1/fail", &json!({ "how": "panic" })).await;
    let call = the_call(&server, &failed).await;
    assert_eq!((failed.status.as_u16(), call.status, call.error.as_deref()), (500, 500, Some("internal_error")));
}

#[tokio::test]
async fn a_key_that_was_proved_is_logged_after_its_end_and_a_stranger_is_not() {
    let server = Server::new().await;
    let (id, key) = server.make_key(Environment::Dev, Some(HOUR)).await;
    let (revoked, lost) = server.make_key(Environment::Dev, None).await;
    let owner = server.fresh.person(Environment::Dev, Role::Owner);
    server.fresh.db.commit(&owner, RevokeKey { id: revoked.clone() }).await.unwrap();
    server.fresh.clock.advance(HOUR);
    for (key, id, code) in [(&key, &id, "expired_api_key"), (&lost, &revoked, "revoked_api_key")] {
        let reply = server.get(key, "/v1/things").await;
        let call = the_call(&server, &reply).await;
        assert_eq!((call.status, &*call.key_id, call.error.as_deref()), (401, id.as_str(), Some(code)));
    }
    // Unknown, malformed, missing, in the address; a key whose secret part is another's.
    let guessed = format!("{}{}", &key[..15], &lost[15..]);
    for headers in [vec![("api-key", &*guessed)], vec![("api-key", "nonsense")], vec![]] {
        assert_eq!(server.call(Method::GET, "/v1/things", &headers, Body::empty()).await.status, 401);
    }
    server.get(&key, &format!("/v1/things?key={key}")).await;
    assert_eq!(log(&server).await.len(), 2);
}

#[tokio::test]
async fn secrets_in_headers_are_masked() {
    let server = Server::new().await;
    let key = server.key(Environment::Dev).await;
    let agent = format!("x {key}");
    let headers = [("api-key", &*key), ("user-agent", &agent), ("idempotency-key", "4242424242424242")];
    let reply = server.call(Method::GET, "/v1/things", &headers, Body::empty()).await;
    let call = the_call(&server, &reply).await;
    assert_eq!(call.client.as_deref(), Some("x [redacted]"));
    assert_eq!(call.idempotency_key.as_deref(), Some("[redacted]"));
}

#[tokio::test]
async fn stopping_loses_no_call() {
    const CALLS: usize = 700;
    let server = Server::real(&[]).await;
    let key = server.key(Environment::Dev).await;
    for _ in 0..CALLS / 100 {
        let calls = (0..100).map(|_| server.get(&key, "/v1/cards"));
        assert!(futures::future::join_all(calls).await.iter().all(|reply| reply.status == 200));
    }
    server.state.requests.close().await;
    let rows = &server.fresh.everything().await["requests"];
    assert_eq!(rows.len(), CALLS);
    let reader = server.fresh.person(Environment::Dev, Role::Auditor);
    let counted = requests::calls_by_key(&server.fresh.db, &reader, server.fresh.db.now()).await.unwrap();
    assert_eq!(counted.iter().map(|(_, counts)| counts.calls).collect::<Vec<_>>(), [CALLS as i64]);
    // Whoever comes later is answered all the same.
    assert_eq!(server.get(&key, "/v1/cards").await.status, 200);
}

#[tokio::test]
async fn a_caller_that_goes_away_is_logged_too() {
    let server = Server::new().await;
    let key = server.key(Environment::Dev).await;
    let never = Body::from_stream(futures::stream::pending::<Result<&'static str, std::io::Error>>());
    let request = Request::post("/v1/things")
        .header(header::HOST, "localhost:3000")
        .header("api-key", &key)
        .header("content-type", "application/json")
        .body(never)
        .unwrap();
    let gone = tokio::time::timeout(std::time::Duration::from_millis(300), server.send(request)).await;
    assert!(gone.is_err(), "the body never ends");
    let log = log(&server).await;
    assert_eq!(log.iter().map(|call| (call.status, call.error.clone())).collect::<Vec<_>>(), [(499, None)]);
}

#[tokio::test]
async fn a_token_stands_for_its_agent_and_an_address_for_its_own() {
    let server = Server::real(&[]).await;
    let key = server.key(Environment::Dev).await;
    let (agent, token) = server.agent(&key).await;
    for reply in [server.get(&token, "/v1/cards").await, server.get(&key, &format!("/v1/agents/{agent}")).await] {
        assert_eq!(the_call(&server, &reply).await.agent_id.map(|id| id.to_string()), Some(agent.clone()));
    }
}
