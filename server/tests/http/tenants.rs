//! Two organisations, two environments and two agents on one server (security X-Z2, X-Z3, X-Z8): whatever route or field
//! an id of one comes in by, it says as much to the others as an id that was never given.
use super::{
    shop::{Shop, blank, merged},
    support::Reply,
};
use axum::http::Method;
use domain::environment::Environment;
use serde_json::{Value, json};
use server::api;
use std::collections::BTreeSet;

/// Fields and filters by which somebody may hope to name a thing.
const NAMES: [&str; 13] = [
    "userId",
    "agentId",
    "cardId",
    "intentId",
    "transactionId",
    "accessEventId",
    "webhookId",
    "policyId",
    "defaultPolicyId",
    "tokenId",
    "keyId",
    "organizationId",
    "id",
];

/// A shop with one of everything.
struct World {
    shop: Shop,
    intent: String,
    purchase: String,
    endpoint: String,
    dispute: String,
    disputed: String,
    policy: String,
    token: String,
}

impl World {
    async fn new() -> Self {
        let shop = Shop::with_live().await;
        let intent = shop.declare("order-1", json!({})).await.text_at("/id");
        let purchase = shop.buy(100).await.text_at("/id");
        let new = json!({ "url": "https://hooks.example.com/in" });
        let endpoint = shop.post("/v1/webhooks", &new).await.text_at("/id");
        let settled = shop.buy(100).await.text_at("/id");
        shop.post(&format!("/v1/sandbox/authorizations/{settled}/capture"), &json!({})).await;
        let dispute = json!({ "reason": "duplicate" });
        let dispute = shop.post(&format!("/v1/transactions/{settled}/disputes"), &dispute).await.text_at("/id");
        let policy = shop.post("/v1/policies", &json!({ "name": "Small" })).await.text_at("/id");
        let token = shop.post(&format!("/v1/agents/{}/tokens", shop.agent), &json!({})).await.text_at("/id");
        Self { shop, intent, purchase, endpoint, dispute, disputed: settled, policy, token }
    }

    /// The thing that a route or a field is about.
    fn id(&self, about: &str) -> &str {
        match about {
            "users" | "user" | "userId" => &self.shop.user,
            "agents" | "agentId" => &self.shop.agent,
            "cards" | "cardId" => &self.shop.card,
            "intents" => &self.intent,
            "transactions" | "authorizations" => &self.purchase,
            "transactionId" => &self.disputed,
            "webhooks" => &self.endpoint,
            "disputes" => &self.dispute,
            "policies" | "policyId" | "defaultPolicyId" => &self.policy,
            other => panic!("{other}: the test must learn what this is"),
        }
    }

    /// A body that the route takes.
    fn body(&self, method: &Method, path: &str) -> Value {
        match (method.as_str(), path) {
            ("POST", "/v1/agents") => json!({ "userId": self.shop.user, "name": "bot" }),
            ("POST", "/v1/agents/register") => {
                json!({ "externalId": "bot-7", "userId": self.shop.user, "name": "bot" })
            }
            ("POST", "/v1/verification/user") => json!({ "userId": self.shop.user }),
            ("POST", "/v1/sandbox/users/{id}/status") => json!({ "applicationStatus": "approved" }),
            ("POST", "/v1/agents/{id}/cards") => json!({ "purpose": "Paper", "type": "multi" }),
            ("POST", "/v1/cards/{id}/details") => json!({ "summary": "Paper" }),
            ("POST", "/v1/cards/{id}/intents") => json!({ "intentId": "order-2", "summary": "Paper" }),
            ("POST", "/v1/sandbox/users/{id}/deposits") => json!({ "amount": 1 }),
            ("POST", "/v1/sandbox/authorizations") => json!({
                "cardId": self.shop.card, "amount": 1, "merchant": { "name": "Amazon", "categoryCode": "5942" },
            }),
            ("POST", "/v1/transactions/{id}/disputes") => json!({ "reason": "duplicate" }),
            ("PATCH", "/v1/transactions/{id}") => json!({ "notes": "noted" }),
            ("POST", "/v1/policies") => json!({ "name": "Other" }),
            ("PATCH", "/v1/policies/{id}" | "/v1/agents/{id}/policy") => json!({ "maxAmount": 5 }),
            ("PATCH", "/v1/cards/{id}") => json!({ "maxAmount": 5 }),
            ("POST", "/v1/spend/evaluate") => json!({
                "cardId": self.shop.card, "amount": 1, "merchant": { "name": "Amazon", "categoryCode": "5942" },
            }),
            ("POST", "/v1/intents/{id}/reject") => json!({ "reason": "no" }),
            ("PATCH", "/v1/agents/{id}") => json!({ "name": "renamed" }),
            ("PATCH", "/v1/webhooks/{id}") => json!({ "status": "disabled" }),
            _ => json!({}),
        }
    }

    async fn call(&self, key: &str, method: &Method, path: &str, body: &Value) -> Reply {
        let path = &path.replace("{tokenId}", &self.token);
        if *method == Method::PUT {
            let passport = [("documentType", "passport")];
            return self.shop.server.put_file(key, path, &passport, Some(b"%PDF-1.7")).await;
        }
        let text = if *method == Method::POST || *method == Method::PATCH { body.to_string() } else { String::new() };
        let headers = [("api-key", key), ("content-type", "application/json")];
        self.shop.server.call(method.clone(), path, &headers, text).await
    }

    /// Another organisation, the own organisation's other environment, another agent of the own one.
    async fn strangers(&self) -> [(&'static str, String); 3] {
        [
            ("another organisation", self.shop.stranger().await),
            ("the other environment", self.shop.server.key(Environment::Live).await),
            ("another agent", self.shop.other_agent().await),
        ]
    }
}

/// An id of the same kind that was never given.
fn never(id: &str) -> String {
    let (prefix, rest) = id.split_once('_').unwrap();
    format!("{prefix}_{}", "0".repeat(rest.len()))
}

/// The noun of the thing that a path names.
fn noun(path: &str) -> &str {
    let parts: Vec<&str> = path.split('/').collect();
    let at = parts.iter().position(|part| *part == "{id}").unwrap();
    parts[at - 1]
}

#[tokio::test]
async fn an_id_of_others_is_answered_as_one_that_was_never_given() {
    let world = World::new().await;
    let strangers = world.strangers().await;
    let before = world.shop.server.fresh.dump().await;
    let table = api::table();
    let about_one = || table.routes().iter().filter(|route| route.path.contains("{id}"));
    for route in about_one() {
        let (id, body) = (world.id(noun(route.path)), world.body(&route.method, route.path));
        for (who, key) in &strangers {
            let theirs = world.call(key, &route.method, &route.path.replace("{id}", id), &body).await;
            let nobodys = world.call(key, &route.method, &route.path.replace("{id}", &never(id)), &body).await;
            assert_eq!(blank(&theirs), blank(&nobodys), "{} {} by {who}", route.method, route.path);
            let told = theirs.refusal().0;
            assert!(
                told == 404 || told == 403 && *who == "another agent",
                "{} {} by {who}: {told}",
                route.method,
                route.path
            );
            assert!(!theirs.text.contains(&id[id.len() - 10..]), "{}: {}", route.path, theirs.text);
        }
    }
    let mut after = world.shop.server.fresh.dump().await;
    for (name, rows) in
        before.into_iter().filter(|(name, _)| !["key_uses", "requests", "request_counts"].contains(&&**name))
    {
        assert_eq!(after.remove(&name), Some(rows), "strangers changed {name}");
    }
    // A control: every one of these calls reaches the thing with a key of its own; what ends it comes last.
    let ends = |path: &str| path.ends_with("/close") || path.ends_with("/suspend") || path.ends_with("/cancel");
    let (last, first): (Vec<_>, Vec<_>) =
        about_one().partition(|route| ends(route.path) || route.method == Method::DELETE);
    for route in first.into_iter().chain(last) {
        let (id, body) = (world.id(noun(route.path)), world.body(&route.method, route.path));
        let own = world.call(&world.shop.key, &route.method, &route.path.replace("{id}", id), &body).await;
        assert!(own.status != 404 && own.status != 400, "{} {}: {}", route.method, route.path, own.text);
    }
}

/// The routes that take each of [`NAMES`], found by asking.
async fn taken(world: &World) -> BTreeSet<(String, &'static str, &'static str)> {
    let mut found = BTreeSet::new();
    // The form of a file has no field for an id.
    for route in api::table().routes().iter().filter(|route| route.method != Method::PUT) {
        let path = if route.path.contains("{id}") {
            route.path.replace("{id}", world.id(noun(route.path)))
        } else {
            route.path.into()
        };
        for name in NAMES {
            let reply = match route.method {
                Method::POST | Method::PATCH => {
                    // Nothing else is in it, so that nothing is done.
                    world.call(&world.shop.key, &route.method, &path, &json!({ name: false })).await
                }
                _ => world.call(&world.shop.key, &Method::GET, &format!("{path}?{name}=x"), &Value::Null).await,
            };
            let unknown = reply.status == 400 && reply.text_at("/error/code") == "parameter_unknown";
            if !unknown && route.method != Method::DELETE {
                assert_eq!(reply.status, 400, "{} {path} {name}: {}", route.method, reply.text);
                found.insert((route.method.to_string(), route.path, name));
            }
        }
    }
    found
}

#[tokio::test]
async fn a_field_with_an_id_of_others_is_answered_as_one_that_was_never_given() {
    let world = World::new().await;
    let strangers = world.strangers().await;
    let taken = taken(&world).await;
    assert!(taken.len() >= 10, "{taken:?}");
    for (method, path, name) in taken {
        if (&*method, path, name) == ("POST", "/v1/cards/{id}/intents", "intentId") {
            // The caller's own word for it, not an id of ours.
            continue;
        }
        let (method, id) = (method.parse::<Method>().unwrap(), world.id(name));
        let (put, filter) = (method != Method::GET, |id: &str| format!("{path}?{name}={id}"));
        let about = if path.contains("{id}") { path.replace("{id}", world.id(noun(path))) } else { path.to_owned() };
        let ask = async |key: &str, id: &str| {
            let body = merged(&world.body(&method, path), &if put { json!({ name: id }) } else { json!({}) });
            world.call(key, &method, &if put { about.clone() } else { filter(id) }, &body).await
        };
        for (who, key) in &strangers {
            let (theirs, nobodys) = (ask(key, id).await, ask(key, &never(id)).await);
            assert_eq!(blank(&theirs), blank(&nobodys), "{method} {path} {name} by {who}");
            if put {
                assert!([403, 404].contains(&theirs.refusal().0), "{method} {path} {name} by {who}: {}", theirs.text);
            } else {
                let rows = theirs.json()["data"].as_array().map(Vec::len);
                assert!(rows == Some(0) || theirs.status == 404, "{path} {name} by {who}: {}", theirs.text);
            }
        }
        let own = ask(&world.shop.key, id).await;
        // An application that is decided cannot begin: that, too, is said of one's own alone.
        let decided = own.status == 409 && own.refusal().1 == "application_state";
        assert!(own.status.is_success() || decided, "{method} {path} {name}: {}", own.text);
        if !put && path != "/v1/accesses" {
            assert_ne!(own.json()["data"], json!([]), "{path} {name}: a control that finds something");
        }
    }
}

/// Every row of every list that a token can read, and every id it can ask for, is its own agent's (security X-Z3).
#[tokio::test]
async fn a_token_reads_what_is_its_own_agents_and_nothing_of_the_agent_beside_it() {
    let world = World::new().await;
    let shop = &world.shop;
    shop.read().await;
    // The agent beside it, of the same user, with one of everything too.
    let new = json!({ "userId": shop.user, "name": "beside" });
    let beside = shop.post("/v1/agents", &new).await;
    let (other, other_token) = (beside.text_at("/id"), beside.text_at("/token"));
    let issue = json!({ "purpose": "Pens", "type": "multi" });
    let card = shop.post(&format!("/v1/agents/{other}/cards"), &issue).await.text_at("/id");
    let declare = json!({ "intentId": "pens", "summary": "Pens" });
    let intent = shop.post(&format!("/v1/cards/{card}/intents"), &declare).await.text_at("/id");
    shop.post(&format!("/v1/cards/{card}/details"), &json!({ "summary": "Pens" })).await;
    let merchant = json!({ "name": "Pens", "categoryCode": "5942" });
    let buy = json!({ "cardId": card, "amount": 100, "merchant": merchant });
    let purchase = shop.post("/v1/sandbox/authorizations", &buy).await.text_at("/id");
    shop.post(&format!("/v1/sandbox/authorizations/{purchase}/capture"), &json!({})).await;
    shop.post(&format!("/v1/transactions/{purchase}/disputes"), &json!({ "reason": "duplicate" })).await;
    let theirs = [&other, &card, &intent, &purchase];
    let own = [&shop.agent, &shop.card, &world.intent, &world.purchase];
    let mut lists = 0;
    for route in api::table().routes().iter().filter(|route| route.method == Method::GET) {
        for (token, mine, others) in [(&shop.token, own, theirs), (&other_token, theirs, own)] {
            if route.path.contains("{id}") {
                let id = match noun(route.path) {
                    "agents" => 0,
                    "cards" => 1,
                    "intents" => 2,
                    "transactions" => 3,
                    _ => continue,
                };
                let found = shop.server.get(token, &route.path.replace("{id}", mine[id])).await;
                assert!(found.status == 200 || found.status == 403, "{}: {}", route.path, found.text);
                let strange = shop.server.get(token, &route.path.replace("{id}", others[id])).await;
                assert!(strange.status == 404 || found.status == 403, "{}: {}", route.path, strange.text);
                continue;
            }
            let found = shop.server.get(token, route.path).await;
            // What is the organisation's own an agent may not see, or does not find.
            if found.status == 403 || found.status == 404 {
                continue;
            }
            let rows = found.json()["data"].as_array().cloned().unwrap_or_default();
            assert!(!rows.is_empty(), "{}: {}", route.path, found.text);
            assert!(others.iter().all(|id| !found.text.contains(id.as_str())), "{}: {}", route.path, found.text);
            lists += 1;
        }
    }
    assert!(lists >= 6, "{lists}");
}
