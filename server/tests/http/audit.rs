//! Nothing changes without a record: every mutating route of the API leaves one that names its request.
use super::{shop::Shop, support::multipart};
use axum::http::Method;
use domain::{access::Role, audit, environment::Environment, page::Paging, testing::documented};
use serde_json::{Value, json};
use server::api;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write as _,
    io::Write,
    sync::{Arc, Mutex},
};
use tracing_subscriber::prelude::*;

/// A call of a route: its method, its template, what stands for `{id}` and, after a space, for `{tokenId}`, its body.
type Step = (Method, &'static str, String, Value);

#[tokio::test]
async fn every_route_that_changes_something_leaves_a_record() {
    let shop = Shop::new().await;
    let user = json!({ "firstName": "John", "lastName": "Doe", "email": "john@example.com" });
    let (made, denied) = (shop.post("/v1/users", &user).await, shop.post("/v1/users", &user).await);
    let (made, denied) = (made.text_at("/id"), denied.text_at("/id"));
    let purchase = shop.buy(5_000).await.text_at("/id");
    let other = shop.buy(5_000).await.text_at("/id");
    let mut settled = Vec::new();
    for _ in 0..5 {
        let id = shop.buy(100).await.text_at("/id");
        shop.post(&format!("/v1/sandbox/authorizations/{id}/capture"), &json!({})).await;
        settled.push(id);
    }
    let said = json!({ "reason": "duplicate" });
    let mut disputes = Vec::new();
    for id in &settled[1..] {
        disputes.push(shop.post(&format!("/v1/transactions/{id}/disputes"), &said).await.text_at("/id"));
    }
    for id in &disputes[2..] {
        shop.post(&format!("/v1/sandbox/disputes/{id}/review"), &json!({})).await;
    }
    let intent = shop.declare("to-cancel", json!({})).await.text_at("/id");
    let token = shop.read().await.text_at("/detailsToken");
    let hook = shop.post("/v1/webhooks", &json!({ "url": "https://hooks.example/in" })).await.text_at("/id");
    let policy = shop.post("/v1/policies", &json!({ "name": "Small" })).await.text_at("/id");
    let started = shop.post("/v1/users", &user).await.text_at("/id");
    let (idle, _) = shop.server.agent(&shop.key).await;
    let spare = shop.post(&format!("/v1/agents/{}/tokens", shop.agent), &json!({})).await.text_at("/id");
    let register = json!({ "externalId": "bot-7", "userId": shop.user, "name": "bot" });
    let guarded = json!({ "purpose": "Ink", "maxAmount": 500, "requireApproval": true });
    let guarded = shop.post(&format!("/v1/agents/{}/cards", shop.agent), &guarded).await.text_at("/id");
    let held = async |id: &str| {
        let new = json!({ "intentId": id, "summary": "Ink", "expectedAmount": 500 });
        shop.server.post(&shop.token, &format!("/v1/cards/{guarded}/intents"), &new).await.text_at("/id")
    };
    let (approved, rejected) = (held("yes").await, held("no").await);
    let none = String::new;
    let name = json!({ "name": "renamed" });
    let steps: Vec<Step> = vec![
        (Method::POST, "/v1/users", none(), user.clone()),
        (Method::POST, "/v1/applications/user/initiate", none(), user),
        (Method::POST, "/v1/sandbox/users/{id}/approve", made, json!({})),
        (Method::POST, "/v1/sandbox/users/{id}/deny", denied, json!({})),
        (Method::POST, "/v1/sandbox/users/{id}/deposits", shop.user.clone(), json!({ "amount": 100 })),
        (Method::POST, "/v1/verification/user", none(), json!({ "userId": started })),
        (Method::PUT, "/v1/verification/user/{id}/document", started.clone(), Value::Null),
        (Method::POST, "/v1/sandbox/users/{id}/status", started, json!({ "applicationStatus": "needsInformation" })),
        (Method::POST, "/v1/agents/register", none(), register),
        (Method::POST, "/v1/agents/{id}/tokens", shop.agent.clone(), json!({ "name": "worker" })),
        (Method::POST, "/v1/agents/{id}/tokens/{tokenId}/rotate", format!("{} {spare}", shop.agent), json!({})),
        (Method::DELETE, "/v1/agents/{id}/tokens/{tokenId}", format!("{} {spare}", shop.agent), Value::Null),
        (Method::DELETE, "/v1/agents/{id}", idle, Value::Null),
        (Method::POST, "/v1/agents", none(), json!({ "userId": shop.user, "name": "another" })),
        (Method::PATCH, "/v1/agents/{id}", shop.agent.clone(), name),
        (Method::POST, "/v1/agents/{id}/cards", shop.agent.clone(), json!({ "purpose": "Pens", "maxAmount": 500 })),
        (Method::POST, "/v1/cards/{id}/intents", shop.card.clone(), json!({ "intentId": "new", "summary": "Pens" })),
        (Method::POST, "/v1/intents/{id}/cancel", intent, json!({})),
        (Method::POST, "/v1/intents/{id}/approve", approved, json!({})),
        (Method::POST, "/v1/intents/{id}/reject", rejected, json!({ "reason": "audit" })),
        (Method::POST, "/v1/cards/{id}/details", shop.card.clone(), json!({ "summary": "Pens" })),
        (Method::POST, "/v1/details/redeem", none(), json!({ "detailsToken": token })),
        (
            Method::POST,
            "/v1/sandbox/authorizations",
            none(),
            json!({ "cardId": shop.card, "amount": 100, "merchant": { "name": "Amazon", "categoryCode": "5942" } }),
        ),
        (Method::POST, "/v1/sandbox/authorizations/{id}/capture", purchase, json!({})),
        (Method::POST, "/v1/sandbox/authorizations/{id}/reverse", other, json!({})),
        (Method::PATCH, "/v1/transactions/{id}", settled[0].clone(), json!({ "notes": "noted" })),
        (Method::POST, "/v1/transactions/{id}/disputes", settled[0].clone(), said),
        (Method::POST, "/v1/disputes/{id}/cancel", disputes[0].clone(), json!({})),
        (Method::POST, "/v1/sandbox/disputes/{id}/review", disputes[1].clone(), json!({})),
        (Method::POST, "/v1/sandbox/disputes/{id}/win", disputes[2].clone(), json!({})),
        (Method::POST, "/v1/sandbox/disputes/{id}/lose", disputes[3].clone(), json!({})),
        (Method::POST, "/v1/policies", none(), json!({ "name": "Another" })),
        (Method::PATCH, "/v1/policies/{id}", policy, json!({ "maxAmount": 5 })),
        (Method::PATCH, "/v1/settings/policy", none(), json!({ "limitPerMonth": 90_000_000 })),
        (Method::PATCH, "/v1/agents/{id}/policy", shop.agent.clone(), json!({ "blockedMccs": ["7995"] })),
        (Method::PATCH, "/v1/settings/risk", none(), json!({ "dryRun": true })),
        (Method::POST, "/v1/settings/risk/preset", none(), json!({ "preset": "strict" })),
        (Method::PATCH, "/v1/agents/{id}/risk", shop.agent.clone(), json!({ "dryRun": false })),
        (
            Method::PATCH,
            "/v1/cards/{id}/risk",
            shop.card.clone(),
            json!({ "rules": { "merchantDrift": { "enabled": false } } }),
        ),
        (Method::PATCH, "/v1/cards/{id}", shop.card.clone(), json!({ "maxAmount": 5_000 })),
        (Method::POST, "/v1/cards/{id}/freeze", shop.card.clone(), json!({})),
        (Method::POST, "/v1/cards/{id}/unfreeze", shop.card.clone(), json!({})),
        (Method::POST, "/v1/cards/{id}/close", shop.card.clone(), json!({})),
        (Method::POST, "/v1/agents/{id}/suspend", shop.agent.clone(), json!({ "reason": "audit" })),
        (Method::POST, "/v1/agents/{id}/resume", shop.agent.clone(), json!({})),
        (Method::POST, "/v1/webhooks", none(), json!({ "url": "https://hooks.example/other" })),
        (Method::PATCH, "/v1/webhooks/{id}", hook.clone(), json!({ "description": "changed" })),
        (Method::POST, "/v1/webhooks/{id}/test", hook.clone(), json!({})),
        (Method::DELETE, "/v1/webhooks/{id}", hook, Value::Null),
    ];
    let auditor = shop.server.fresh.person(Environment::Dev, Role::Auditor);
    let mut leaves = BTreeMap::new();
    for (method, route, id, body) in steps {
        shop.server.fresh.clock.advance(1_000);
        let (id, token) = id.split_once(' ').unwrap_or((&id, ""));
        let path = route.replace("{id}", id).replace("{tokenId}", token);
        let (kind, body) = match (&method, body) {
            (&Method::PUT, _) => multipart(&[("documentType", "passport")], Some(b"%PDF-1.7")),
            (_, Value::Null) => ("application/json".to_owned(), Vec::new()),
            (_, body) => ("application/json".to_owned(), body.to_string().into_bytes()),
        };
        let headers = [("api-key", &*shop.key), ("content-type", &*kind), ("user-agent", "shop/1.0")];
        let reply = shop.server.call(method.clone(), &path, &headers, body).await;
        assert!(reply.status.is_success(), "{method} {route}: {}", reply.text);
        let request_id = Some(reply.header("x-request-id").to_owned());
        let by_it = audit::Filter { request_id, ..audit::Filter::default() };
        let log = audit::list(&shop.server.fresh.db, &auditor, &by_it, &Paging::newest(10)).await.unwrap();
        assert!(!log.rows.is_empty(), "{method} {route} left no record");
        let left: BTreeSet<String> = log.rows.iter().map(|record| format!("`{}`", record.action)).collect();
        let left: Vec<&str> = left.iter().map(String::as_str).collect();
        leaves.insert((method.to_string(), route), left.join(", "));
        for record in log.rows {
            assert_eq!((&*record.actor_kind, record.client.as_deref()), ("api_key", Some("shop/1.0")), "{route}");
        }
    }
    let changing =
        // Asking what the rules would say changes nothing.
        api::table()
            .routes()
            .iter()
            .filter(|route| route.method != Method::GET && route.path != "/v1/spend/evaluate")
            .cloned()
            .collect::<Vec<_>>();
    let mut text = "## Calls of the API\n\n\
        Those that change or reveal something. A card's number leaves by `POST /v1/details/redeem`, and by \
        `POST /v1/cards/{id}/details` of a card that was issued with `rawPan`; people see it by the form \
        `/cards/{id}/reveal` above.\n\n\
        | call | taken, it leaves |\n|---|---|\n"
        .to_owned();
    for route in changing {
        let left = leaves.get(&(route.method.to_string(), route.path));
        let left = left.unwrap_or_else(|| panic!("{} {}: how is it called?", route.method, route.path));
        writeln!(text, "| `{} {}` | {left} |", route.method, route.path).unwrap();
    }
    text.push('\n');
    documented("audit.md", "## Calls of the API", &text);
}

/// What was logged.
#[derive(Clone, Default)]
pub struct Kept(Arc<Mutex<Vec<u8>>>);

impl Kept {
    /// Keeps what this thread logs until the guard is dropped.
    pub fn listening() -> (Self, tracing::subscriber::DefaultGuard) {
        let kept = Self::default();
        let to = {
            let kept = kept.clone();
            move || kept.clone()
        };
        let lines = tracing_subscriber::fmt::layer().json().flatten_event(true).with_span_list(false).with_writer(to);
        let guard = tracing::subscriber::set_default(tracing_subscriber::registry().with(lines));
        (kept, guard)
    }

    fn of(&self, target: &str) -> Vec<Value> {
        let log = self.text();
        let lines = log.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
        lines.filter(|line| line["target"] == target).collect()
    }

    /// All of it.
    pub fn text(&self) -> String {
        String::from_utf8(self.0.lock().unwrap().clone()).unwrap()
    }

    /// The security lines.
    pub fn security(&self) -> Vec<Value> {
        self.of("security")
    }
}

impl Write for Kept {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(line)
    }
    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn each_record_is_one_line_of_the_log_too() {
    let (kept, _guard) = Kept::listening();
    let shop = Shop::new().await;
    shop.buy(5_000).await;
    let frozen = shop.post(&format!("/v1/cards/{}/freeze", shop.card), &json!({})).await;
    let lines = kept.of("audit");
    assert_eq!(lines.len(), shop.server.fresh.everything().await["audit"].len());
    for line in &lines {
        let at = line["timestamp"].as_str().unwrap();
        assert!(at.ends_with('Z') && at.len() > 20, "UTC: {line}");
        for name in ["organisation", "environment", "actor", "action", "object", "object_id", "outcome"] {
            assert!(!line[name].as_str().unwrap_or_default().is_empty(), "{name}: {line}");
        }
    }
    let freeze = lines.iter().find(|line| line["action"] == "card.frozen").unwrap();
    let key = freeze["actor_id"].as_str().unwrap();
    assert!(key.starts_with("key_") && freeze["object_id"] == *shop.card, "{freeze}");
    assert_eq!((&freeze["actor"], &freeze["outcome"]), (&"api_key".into(), &"done".into()));
    assert_eq!(freeze["request"], frozen.header("x-request-id"));
}
