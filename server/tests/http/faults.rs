//! Faults of ours, made one after the other: callers get the documented envelope, visitors a page in words, and neither
//! a word of what is inside (security X-I7).
use super::{browser::Browser, shop::Shop, support::Reply};
use domain::{access::Role, testing::Fresh};
use serde_json::json;

/// What stands in messages of databases, of our code and of the machine.
const INSIDE: [&str; 11] = [
    "no such table",
    "relation \"",
    "insert into",
    " from organisations",
    "sqlx::",
    "sqlite",
    "postgres",
    "domain::",
    "/src/",
    "panicked",
    "hidden_",
];

/// The tables of the house: those of the database itself cannot be taken away.
async fn tables(fresh: &Fresh) -> Vec<String> {
    fresh.dump().await.into_keys().filter(|table| !table.starts_with("sqlite_")).collect()
}

fn tells_nothing(reply: &Reply, what: &str) {
    let text = reply.text.to_lowercase();
    for inside in INSIDE {
        assert!(!text.contains(inside), "{what}: {inside} in {}", reply.text);
    }
}

#[tokio::test]
async fn no_caller_is_told_what_broke() {
    let shop = Shop::new().await;
    let buy = shop.buy(1_000).await.text_at("/id");
    let declared = shop.declare("order-1", json!({})).await.text_at("/id");
    let (server, key) = (&shop.server, &shop.key);
    let settled = shop.buy(100).await.text_at("/id");
    shop.post(&format!("/v1/sandbox/authorizations/{settled}/capture"), &json!({})).await;
    let dispute = json!({ "reason": "duplicate" });
    let dispute = shop.post(&format!("/v1/transactions/{settled}/disputes"), &dispute).await.text_at("/id");
    let endpoint = json!({ "url": "https://hooks.example/in", "events": ["*"] });
    let endpoint = server.post(key, "/v1/webhooks", &endpoint).await.text_at("/id");
    let policy = server.post(key, "/v1/policies", &json!({ "name": "Small" })).await.text_at("/id");
    let of = |path: &str| {
        let id = match path.split('/').nth(2).unwrap_or_default() {
            "users" | "verification" => &shop.user,
            "agents" => &shop.agent,
            "cards" => &shop.card,
            "intents" => &declared,
            "transactions" => &buy,
            "webhooks" => &endpoint,
            "disputes" => &dispute,
            "policies" => &policy,
            _ => "x",
        };
        path.replace("{id}", id)
    };
    let reads: Vec<String> = server::api::table()
        .routes()
        .iter()
        .filter(|route| route.method == axum::http::Method::GET)
        .map(|route| of(route.path))
        .collect();
    for path in &reads {
        assert_eq!(server.get(key, path).await.status, 200, "{path}");
    }
    let mut broken = 0;
    for table in tables(&server.fresh).await {
        server.fresh.hide(&table).await;
        for path in &reads {
            let reply = server.get(key, path).await;
            tells_nothing(&reply, &format!("{path} without {table}"));
            if reply.status.is_server_error() {
                assert_eq!(reply.refusal(), (500, "internal_error".to_owned()), "{path} without {table}");
                assert!(reply.json()["requestId"].is_string() || reply.text.contains("req_"), "{}", reply.text);
                broken += 1;
            }
        }
        server.fresh.show(&table).await;
    }
    assert!(broken >= 2 * reads.len(), "{broken}");
    for path in &reads {
        assert_eq!(server.get(key, path).await.status, 200, "{path} again");
    }
}

#[tokio::test]
async fn no_visitor_is_told_what_broke() {
    let shop = Shop::new().await;
    let mut owner = Browser::signed_in(&shop.server, Role::Owner).await;
    let pages: Vec<String> =
        app::pages().table.iter().filter(|r| !r.path.contains('{')).map(|r| r.path.into()).collect();
    let mut broken = 0;
    for table in tables(&shop.server.fresh).await {
        shop.server.fresh.hide(&table).await;
        for path in &pages {
            let path = format!("/dev{}", if path == "/" { "" } else { path });
            let reply = owner.get(&path).await;
            tells_nothing(&reply, &format!("{path} without {table}"));
            assert!(
                [200, 303, 409, 500, 503].contains(&reply.status.as_u16()),
                "{path} without {table}: {}",
                reply.status
            );
            if reply.status.is_server_error() {
                let id = reply.header("x-request-id");
                let said = ["Something went wrong on our side", "The server is busy"];
                assert!(said.iter().any(|said| reply.text.contains(said)) && reply.text.contains(id), "{path}");
                broken += 1;
            }
        }
        shop.server.fresh.show(&table).await;
    }
    assert!(broken >= pages.len(), "{broken}");
    assert_eq!(owner.get("/dev/keys").await.status, 200);
}
