//! A server where a card is ready to be charged, and what every route owes to those who may not use it.
use super::support::{Reply, Server};
use axum::http::Method;
use domain::{
    access::{self, Role},
    environment::Environment,
    keys::{CreateKey, Expiry},
    name::{Line, Name},
    testing,
};
use serde_json::{Value, json};

/// A server with a funded user, an agent with its token, and a card of many purchases.
pub struct Shop {
    pub server: Server,
    pub key: String,
    pub user: String,
    pub agent: String,
    pub token: String,
    pub card: String,
}

impl Shop {
    pub async fn new() -> Self {
        Self::with(&json!({ "purpose": "Office supplies", "type": "multi" })).await
    }

    /// The same with another card.
    pub async fn with(card: &Value) -> Self {
        Self::on(Server::real(&[]).await, card).await
    }

    /// The same where an issuer serves the live environment too, so that nothing but the walls keeps live keys out.
    pub async fn with_live() -> Self {
        let server = Server::real(&["--live-issuer", "sandbox"]).await;
        Self::on(server, &json!({ "purpose": "Office supplies", "type": "multi" })).await
    }

    async fn on(server: Server, card: &Value) -> Self {
        let key = server.key(Environment::Dev).await;
        let (agent, token) = server.agent(&key).await;
        let user = server.get(&key, &format!("/v1/agents/{agent}")).await.text_at("/userId");
        server.post(&key, &format!("/v1/sandbox/users/{user}/deposits"), &json!({ "amount": 1_000_000 })).await;
        let made = server.post(&key, &format!("/v1/agents/{agent}/cards"), card).await;
        assert_eq!(made.status, 201, "{}", made.text);
        Self { card: made.text_at("/id"), server, key, user, agent, token }
    }

    /// The token of another agent.
    pub async fn other_agent(&self) -> String {
        self.server.agent(&self.key).await.1
    }

    /// A purchase with the card.
    pub async fn buy(&self, amount: i64) -> Reply {
        let body = json!({
            "cardId": self.card, "amount": amount,
            "merchant": { "name": "Amazon", "categoryCode": "5942", "city": "Seattle", "country": "US" },
        });
        self.post("/v1/sandbox/authorizations", &body).await
    }

    /// A change, one millisecond after the last.
    pub async fn post(&self, path: &str, body: &Value) -> Reply {
        self.server.fresh.clock.advance(1);
        self.server.post(&self.key, path, body).await
    }

    pub async fn get(&self, path: &str) -> Reply {
        self.server.get(&self.key, path).await
    }

    /// A statement of what the card's details are for.
    pub async fn read(&self) -> Reply {
        self.post(&format!("/v1/cards/{}/details", self.card), &json!({ "summary": "Paper" })).await
    }

    /// What is declared with `extra`, under this id.
    pub async fn declare(&self, id: &str, extra: Value) -> Reply {
        let body = merged(&json!({ "intentId": id, "summary": "Paper" }), &extra);
        self.post(&format!("/v1/cards/{}/intents", self.card), &body).await
    }

    /// Everything that a route about one thing owes to strangers: without a key 401, and to another organisation, to
    /// the other environment and to another agent's token (where tokens may call it at all) the very 404 that an
    /// id gets which was never given.
    pub async fn keeps_strangers_out(&self, method: Method, path: &str, id: &str, body: &Value) {
        let call = async |key: &str, id: &str| {
            let headers = [("api-key", key), ("content-type", "application/json")];
            let body = if method == Method::GET { String::new() } else { body.to_string() };
            let path = path.replace("{id}", id);
            self.server.call(method.clone(), &path, &headers, body).await
        };
        let prefix = id.split_once('_').unwrap().0;
        let nobodys = format!("{prefix}_{}", "0".repeat(id.len() - prefix.len() - 1));
        let never = call(&self.key, &nobodys).await;
        assert_eq!(never.refusal().0, 404, "{method} {path}: {}", never.text);
        for stranger in [self.stranger().await, self.server.key(Environment::Live).await] {
            assert_eq!(blank(&call(&stranger, id).await), blank(&never), "{method} {path}");
        }
        let agent = call(&self.other_agent().await, id).await;
        if agent.status != 403 {
            assert_eq!(blank(&agent), blank(&never), "{method} {path} with another agent's token");
        }
        let anonymous = self.server.call(method.clone(), &path.replace("{id}", id), &[], body.to_string()).await;
        assert_eq!(anonymous.refusal(), (401, "missing_api_key".into()), "{method} {path}");
    }

    /// Sends `base` with each change in turn and wants it refused with this code and this parameter.
    pub async fn refuses(&self, path: &str, base: &Value, cases: &[(Value, &str, &str)]) {
        for (extra, code, param) in cases {
            let reply = self.post(path, &merged(base, extra)).await;
            assert_eq!(reply.refusal(), (400, (*code).to_owned()), "{path} {extra}: {}", reply.text);
            assert_eq!(reply.text_at("/error/param"), *param, "{path} {extra}: {}", reply.text);
        }
    }

    /// A development key of another organisation.
    pub async fn stranger(&self) -> String {
        let db = &self.server.fresh.db;
        let other = testing::organisation(db, "Globex").await;
        let owner = access::testing::person(db, &other, Environment::Dev, Role::Owner);
        let command = CreateKey::new(Name::parse("theirs").unwrap(), Expiry::Never(Line::parse("A test.").ok()));
        db.commit(&owner, command).await.unwrap().secret.reveal().text().to_owned()
    }
}

/// `base` with the fields of `extra`; `null` takes a field away.
pub fn merged(base: &Value, extra: &Value) -> Value {
    let mut body = base.clone();
    let fields = body.as_object_mut().unwrap();
    for (name, value) in extra.as_object().unwrap() {
        if value.is_null() {
            fields.remove(name);
        } else {
            fields.insert(name.clone(), value.clone());
        }
    }
    body
}

/// A reply without its request id.
pub fn blank(reply: &Reply) -> (u16, String) {
    (reply.status.as_u16(), reply.text.replace(reply.header("x-request-id"), "-"))
}

/// Wants these fields, and leaves the others alone.
pub fn holds(reply: &Reply, expected: &Value) {
    let body = reply.json();
    for (field, value) in expected.as_object().unwrap() {
        assert_eq!(&body[field], value, "{field} in {body}");
    }
}
