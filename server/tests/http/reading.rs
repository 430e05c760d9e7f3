//! Reading changes nothing, whoever reads and however (security X-W2); and what is no file is no page either (X-W5).
use super::{browser::Browser, shop::Shop, support::Server};
use axum::{
    body::Body,
    http::{Method, header},
};
use domain::access::Role;
use serde_json::json;
use std::collections::BTreeMap;

type Dump = BTreeMap<String, Vec<String>>;

/// Without the refusals that are written down.
fn but_refusals(mut dump: Dump) -> Dump {
    dump.entry("audit".into()).or_default().retain(|row| !row.contains("access.denied"));
    dump
}

#[tokio::test]
async fn no_get_head_or_options_changes_anything() {
    let shop = Shop::new().await;
    let buy = shop.buy(1_000).await.text_at("/id");
    let declared = shop.declare("order-1", json!({})).await.text_at("/id");
    let (server, key) = (&shop.server, &shop.key);
    let mut owner = Browser::signed_in(server, Role::Owner).await;
    // The first call of a minute notes when its key was used: last-seen, which reading may move.
    server.get(key, "/v1/agents").await;
    server.get(&shop.token, "/v1/agents").await;
    server.settled().await;
    let before = but_refusals(server.fresh.dump().await);
    for route in server::api::table().routes() {
        let id = match route.path.split('/').nth(2).unwrap_or_default() {
            "agents" => &shop.agent,
            "cards" => &shop.card,
            "users" | "verification" => &shop.user,
            "intents" => &declared,
            _ => &buy,
        };
        let path = route.path.replace("{id}", id);
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            for key in [key, &shop.token] {
                for path in [path.clone(), format!("{path}?limit=1&delete=1")] {
                    let reply = server.call(method.clone(), &path, &[("api-key", key)], Body::empty()).await;
                    assert!(!reply.status.is_server_error(), "{method} {path}: {}", reply.text);
                }
            }
        }
    }
    let others = ["/health/live", "/health/ready", "/reports/csp", "/nothing", "/", app::assets::style_path()];
    let doors = app::door().table.into_iter().map(|route| route.path.replace("{token}", "x"));
    for path in others.into_iter().map(str::to_owned).chain(doors) {
        for method in [Method::GET, Method::HEAD, Method::OPTIONS] {
            let reply = server.call(method.clone(), &path, &[], Body::empty()).await;
            assert!(!reply.status.is_server_error(), "{method} {path}: {}", reply.text);
        }
        owner.get(&path).await;
    }
    let after = but_refusals(server.fresh.dump().await);
    for (table, rows) in &before {
        assert_eq!(Some(rows), after.get(table), "reading changed {table}");
    }
}

/// A cache that goes by the end of an address must never be given a page of somebody's (web cache deception).
#[tokio::test]
async fn an_address_that_ends_like_a_file_is_no_page() {
    let server = Server::real(&[]).await;
    let mut owner = Browser::signed_in(&server, Role::Owner).await;
    for path in [
        "/settings/x.css",
        "/settings/security/x.css",
        "/settings/security.css",
        "/live/settings/x.css",
        "/live/keys/x.js",
        "/live/keys.css",
        "/live/keys/;x.css",
        "/live/keys%2Fx.css",
        "/live/keys/x.png?y",
        "/account/avatar.jpg",
        "/live/x.css",
        "/x.css",
        "/assets/x.css",
        "/assets/../live/keys",
        "/favicon.ico",
        "/robots.txt",
    ] {
        let reply = owner.get(path).await;
        assert_eq!((reply.status.as_u16(), reply.header("cache-control")), (404, "no-store"), "{path}");
        assert!(!reply.text.contains("Create key") && !reply.text.contains("Approvals need"), "{path}");
    }
    // A file that is one is asked for again by those who have it: the answer is whole, and carries the same headers.
    let style = app::assets::style_path();
    let first = server.call(Method::GET, style, &[], Body::empty()).await;
    for (name, value) in [("if-none-match", "*"), ("if-modified-since", "Fri, 01 Jan 2100 00:00:00 GMT")] {
        let again = server.call(Method::GET, style, &[(name, value)], Body::empty()).await;
        assert_eq!(again.status, 200, "{name}: its name changes with its bytes, so nobody needs to ask");
        for header in [header::CACHE_CONTROL, header::CONTENT_SECURITY_POLICY, header::X_CONTENT_TYPE_OPTIONS] {
            let of =
                |reply: &super::support::Reply| reply.header(header.as_str()).split("nonce-").next().map(str::to_owned);
            assert_eq!(of(&again), of(&first), "{header}");
        }
    }
}
