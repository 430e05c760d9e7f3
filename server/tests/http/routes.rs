//! Every route of the API, whatever it does: nobody passes without a key, an environment is a wall.
use super::support::Server;
use axum::{body::Body, http::Method};
use domain::{access::Permission, environment::Environment};
use server::api::{self, table::Class};
use std::collections::HashSet;

/// What agent tokens hold.
const TOKEN: [Permission; 3] = [Permission::View, Permission::DeclareIntent, Permission::ReadCredentials];

#[tokio::test]
async fn no_route_opens_without_a_key() {
    let server = Server::real(&[]).await;
    for route in api::table().routes() {
        let path = route.path.replace("{id}", "x");
        for headers in [&[][..], &[("api-key", "nonsense")], &[("cookie", "__Host-ledgeros=1; ledgeros=1")]] {
            let reply = server.call(route.method.clone(), &path, headers, Body::empty()).await;
            assert_eq!(reply.status, 401, "{} {path} {headers:?}", route.method);
        }
    }
}

#[tokio::test]
async fn an_agent_token_passes_only_where_its_permissions_reach() {
    let server = Server::real(&[]).await;
    let (_, token) = server.agent(&server.key(Environment::Dev).await).await;
    for route in api::table().routes() {
        let path = route.path.replace("{id}", "x");
        let headers = [("api-key", token.as_str()), ("content-type", "application/json")];
        let reply = server.call(route.method.clone(), &path, &headers, "{}").await;
        let denied = !TOKEN.contains(&route.permission);
        assert_eq!(reply.status == 403, denied, "{} {path}: {}", route.method, reply.text);
    }
}

#[tokio::test]
async fn an_id_that_is_none_is_not_found_on_every_route() {
    let server = Server::real(&[]).await;
    let key = server.key(Environment::Dev).await;
    for route in api::table().routes().iter().filter(|r| r.path.contains("{id}") && r.method != Method::POST) {
        // A list of nothing's children is empty or not found; the id itself is never taken.
        let path = route.path.replace("{id}", "x");
        let headers = [("api-key", key.as_str()), ("content-type", "application/json")];
        let reply = server.call(route.method.clone(), &path, &headers, "{}").await;
        assert_eq!(reply.refusal().0, 404, "{} {path}", route.method);
    }
}

#[tokio::test]
async fn the_sandbox_is_not_there_for_live_keys() {
    let server = Server::real(&[]).await;
    let live = server.key(Environment::Live).await;
    let demo = Server::real(&["--live-issuer", "sandbox"]).await;
    let shown = demo.key(Environment::Live).await;
    for route in api::table().routes().iter().filter(|route| route.class == Class::Free) {
        assert!(route.path.starts_with("/v1/sandbox/"));
        let path = route.path.replace("{id}", "x");
        let reply = server.post(&live, &path, &serde_json::json!({})).await;
        assert_eq!((reply.status.as_u16(), reply.text.contains("nothing at this address")), (404, true), "{path}");
        let reply = demo.post(&shown, &path, &serde_json::json!({})).await;
        assert!(!reply.text.contains("nothing at this address"), "{path}");
    }
}

#[test]
fn every_route_is_declared_once_and_reads_by_get() {
    let mut seen = HashSet::new();
    for route in api::table().routes() {
        assert!(seen.insert((route.method.clone(), route.path)), "{} {}", route.method, route.path);
        assert_eq!(route.method == Method::GET, route.class == Class::Read, "{}", route.path);
        assert!(route.path.starts_with("/v1/"), "{}", route.path);
    }
}
