//! Mass assignment: what a body has no business to set is refused by its name, on every route that takes a body.
use super::support::Server;
use axum::http::Method;
use domain::environment::Environment;
use server::api;

/// Columns and powers that somebody may hope to set.
const FIELDS: [&str; 9] =
    ["id", "organizationId", "environment", "createdAt", "role", "permissions", "spent", "version_", "__proto__"];

#[tokio::test]
async fn a_body_sets_what_is_documented_and_nothing_else() {
    let server = Server::real(&["--rate-write", "1000000/1000000", "--rate-card", "1000000/1000000"]).await;
    let key = server.key(Environment::Dev).await;
    let before = server.fresh.dump().await;
    let mut swept = 0;
    for route in api::table().routes().iter().filter(|r| [Method::POST, Method::PATCH].contains(&r.method)) {
        let path = route.path.replace("{id}", "x");
        for field in FIELDS {
            let headers = [("api-key", key.as_str()), ("content-type", "application/json")];
            let body = format!(r#"{{"{field}":"x"}}"#);
            let reply = server.call(route.method.clone(), &path, &headers, body).await;
            let (status, code) = reply.refusal();
            assert_eq!((status, &*code), (400, "parameter_unknown"), "{} {path} {field}: {}", route.method, reply.text);
            assert_eq!(reply.json()["error"]["param"].as_str(), Some(field), "{} {path}", route.method);
            swept += 1;
        }
    }
    assert!(swept >= 100, "{swept}");
    let mut after = server.fresh.dump().await;
    for (table, rows) in before.into_iter().filter(|(table, _)| !["key_uses", "requests"].contains(&&**table)) {
        assert_eq!(after.remove(&table), Some(rows), "{table}");
    }
}
