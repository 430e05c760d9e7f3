//! The key at the door of the API.
use super::support::Server;
use axum::{body::Body, http::Method};
use domain::{access::Role, environment::Environment, keys, keys::RevokeKey, time::MINUTE};

#[tokio::test]
async fn a_key_opens_its_own_environment() {
    let server = Server::new().await;
    let (id, live) = server.make_key(Environment::Live, None).await;
    let dev = server.key(Environment::Dev).await;
    let path = format!("/v1/things/{id}");
    let found = server.get(&live, &path).await;
    assert_eq!(found.status, 200);
    assert_eq!(found.json()["id"], id.as_str());
    assert_eq!(found.json()["requestId"], found.header("x-request-id"));
    // The other environment, another organisation's, absent, malformed: one answer.
    let absent = server.get(&dev, &path).await;
    assert_eq!(absent.refusal(), (404, "not_found".into()));
    let malformed = server.get(&live, "/v1/things/nonsense").await;
    assert_eq!(malformed.refusal(), (404, "card_not_found".into()));
}

#[tokio::test]
async fn without_a_good_key_nothing_opens() {
    let server = Server::new().await;
    let key = server.key(Environment::Live).await;
    let (ending, ending_text) = server.make_key(Environment::Live, Some(MINUTE)).await;
    let (revoked, revoked_text) = server.make_key(Environment::Live, None).await;
    let owner = server.fresh.person(Environment::Live, Role::Owner);
    server.fresh.db.commit(&owner, RevokeKey { id: revoked }).await.unwrap();
    assert_eq!(server.get(&ending_text, &format!("/v1/things/{ending}")).await.status, 200);
    server.fresh.clock.advance(MINUTE);
    let unknown = key[..key.len() - 7].to_owned() + "0000000";
    let bearer = format!("Bearer {key}");
    for (headers, status, code) in [
        (vec![], 401, "missing_api_key"),
        (vec![("authorization", bearer.as_str())], 401, "missing_api_key"),
        (vec![("api-key", "nonsense")], 401, "invalid_api_key"),
        (vec![("api-key", unknown.as_str())], 401, "invalid_api_key"),
        (vec![("api-key", key.as_str()), ("api-key", key.as_str())], 401, "invalid_api_key"),
        (vec![("api-key", revoked_text.as_str())], 401, "revoked_api_key"),
        (vec![("api-key", ending_text.as_str())], 401, "expired_api_key"),
        (vec![("api-key", key.as_str()), ("sec-fetch-mode", "navigate")], 403, "access_denied"),
        (vec![("api-key", key.as_str()), ("sec-fetch-site", "cross-site")], 403, "access_denied"),
    ] {
        let reply = server.call(Method::GET, "/v1/things", &headers, Body::empty()).await;
        assert_eq!(reply.refusal(), (status, code.to_owned()), "{headers:?}");
    }
}

#[tokio::test]
async fn a_key_in_an_address_is_refused_even_beside_a_good_one() {
    let server = Server::new().await;
    let key = server.key(Environment::Live).await;
    for path in [format!("/v1/things?api_key={key}"), format!("/v1/things/{key}")] {
        let reply = server.get(&key, &path).await;
        assert_eq!(reply.refusal(), (400, "key_in_url".into()));
        assert!(!reply.text.contains(&key));
    }
}

#[tokio::test]
async fn what_a_key_may_not_do_is_refused_before_its_body_is_read() {
    let server = Server::new().await;
    let key = server.key(Environment::Live).await;
    let headers = [("api-key", key.as_str()), ("content-type", "application/json")];
    let reply = server.call(Method::DELETE, "/v1/things/key_1", &headers, "{nonsense").await;
    assert_eq!(reply.refusal(), (403, "insufficient_permissions".into()));
    assert_eq!(reply.json()["error"]["type"], "authorization_error");
}

#[tokio::test]
async fn the_use_of_a_key_is_noted_once_a_minute() {
    let server = Server::new().await;
    let (id, key) = server.make_key(Environment::Live, None).await;
    let owner = server.fresh.person(Environment::Live, Role::Owner);
    let (db, began) = (&server.fresh.db, server.fresh.db.now());
    for (after, noted) in [(0, began), (MINUTE - 1, began), (1, began + MINUTE)] {
        server.fresh.clock.advance(after);
        server.call(Method::GET, "/v1/things", &[("api-key", &key), ("user-agent", "curl")], Body::empty()).await;
        server.settled().await;
        let used = keys::get(db, &owner, &id).await.unwrap();
        assert_eq!(used.last_used_at, Some(noted));
        assert_eq!(used.last_used_by.as_deref(), Some("curl"));
    }
}
