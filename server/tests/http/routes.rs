//! Every route of the API and of the dashboard, whatever it does: nobody passes without a key or a session, a role
//! passes where its permissions reach, an environment is a wall.
use super::{
    browser::Browser,
    support::{Server, multipart},
};
use app::{guard::Access, screen::RouteInfo};
use axum::{body::Body, http::Method};
use domain::{
    access::{Permission, Role},
    environment::Environment,
};
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
        let (kind, body) = match route.method {
            Method::PUT => multipart(&[("documentType", "passport")], Some(b"%PDF-1.7")),
            _ => ("application/json".to_owned(), b"{}".to_vec()),
        };
        let headers = [("api-key", key.as_str()), ("content-type", kind.as_str())];
        let reply = server.call(route.method.clone(), &path, &headers, body).await;
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

/// The addresses of the API that anybody may read. Whoever adds one says so here.
const PUBLIC_API: [&str; 1] = ["/v1/openapi.json"];

#[test]
fn the_public_routes_of_the_api_are_the_listed_ones() {
    assert_eq!(api::table().open_to_all(), PUBLIC_API);
}

/// The pages that anybody may open. Whoever adds one says so here.
const PUBLIC: [&str; 11] = [
    "/sign-in",
    "/sign-in/factor",
    "/sign-in/enrol",
    "/sign-in/passkey",
    "/set-up/{token}",
    "/invite/{token}",
    "/forgot",
    "/reset/{token}",
    "/verify/{token}",
    "/theme",
    "/density",
];

/// An address that the route answers.
fn address(path: &str) -> String {
    let parts = path.split('/').map(|part| if part.starts_with('{') { "x" } else { part });
    parts.collect::<Vec<_>>().join("/")
}

/// Every page of both environments and of the door: its address, its environment, its route.
fn pages() -> Vec<(String, Environment, RouteInfo)> {
    let mut all = Vec::new();
    for environment in Environment::ALL.iter().copied() {
        for route in app::pages().table {
            let path = if route.path == "/" { String::new() } else { address(route.path) };
            all.push((format!("/{environment}{path}"), environment, route));
        }
    }
    all.extend(app::door().table.into_iter().map(|route| (address(route.path), Environment::Live, route)));
    all
}

#[test]
fn the_public_pages_are_the_listed_ones() {
    let open: HashSet<&str> =
        pages().into_iter().filter(|(_, _, r)| r.access == Access::Public).map(|(_, _, r)| r.path).collect();
    assert_eq!(open, HashSet::from(PUBLIC));
}

#[tokio::test]
async fn no_page_opens_without_a_session() {
    let server = Server::real(&[]).await;
    let key = server.key(Environment::Live).await;
    for (address, _, route) in pages().into_iter().filter(|(_, _, route)| !PUBLIC.contains(&route.path)) {
        let mut requests = vec![
            (Method::GET, vec![]),
            (Method::GET, vec![("cookie", "__Host-ledgeros_session=1")]),
            (Method::GET, vec![("api-key", &*key)]),
        ];
        if route.form {
            let ours = ("sec-fetch-site", "same-origin");
            requests.push((Method::POST, vec![ours, ("content-type", "application/x-www-form-urlencoded")]));
        }
        for (method, headers) in requests {
            let reply = server.call(method.clone(), &address, &headers, Body::empty()).await;
            assert_eq!(reply.status, 303, "{method} {address}: {}", reply.text);
            assert!(reply.header("location").starts_with("/sign-in"), "{method} {address}");
            assert!(reply.text.is_empty(), "{method} {address}");
        }
    }
}

#[tokio::test]
async fn a_role_opens_the_pages_of_its_permissions_and_no_others() {
    let server = Server::real(&[]).await;
    for role in Role::ALL.iter().copied() {
        let mut browser = Browser::signed_in(&server, role).await;
        for (address, environment, route) in pages() {
            let Access::Needs(permission) = route.access else { continue };
            let denied = !role.permissions(environment).has(permission);
            let shown = browser.get(&address).await;
            assert_eq!(shown.status == 403, denied, "{role} {address}: {}", shown.status);
            assert_ne!(shown.status.as_u16() / 100, 5, "{role} {address}");
            if denied && route.form {
                assert_eq!(browser.post(&address, &[]).await.status, 403, "{role} posts to {address}");
            }
        }
    }
}
