//! Webhook endpoints over the API.
use super::support::Server;
use domain::{
    environment::Environment,
    webhooks::deliver::{self, Call, Sent, Transport},
};
use serde_json::json;

#[tokio::test]
async fn an_endpoint_lives_from_its_creation_to_its_removal() {
    let server = Server::real(&[]).await;
    let (key, live) = (server.key(Environment::Dev).await, server.key(Environment::Live).await);
    let new = json!({ "url": "https://hooks.example.com/in", "events": ["card.created"] });
    let made = server.post(&key, "/v1/webhooks", &new).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let (id, secret) = (made.text_at("/id"), made.text_at("/secret"));
    assert!(secret.starts_with("whsec_"));
    let path = format!("/v1/webhooks/{id}");
    for reply in [server.get(&key, &path).await, server.get(&key, "/v1/webhooks").await] {
        assert!(reply.text.contains(&id) && !reply.text.contains("whsec_"), "{}", reply.text);
    }
    let changed = server.patch(&key, &path, &json!({ "status": "disabled", "events": ["*"] })).await.json();
    assert_eq!((&changed["status"], &changed["events"]), (&json!("disabled"), &json!([])));
    assert_eq!(server.get(&live, &path).await.refusal().0, 404);
    assert_eq!(server.delete(&live, &path).await.refusal().0, 404);
    assert_eq!(server.delete(&key, &path).await.json()["deleted"], true);
    assert_eq!(server.get(&key, &path).await.refusal(), (404, "not_found".into()));
    assert_eq!(server.get(&key, "/v1/webhooks").await.json()["data"], json!([]));
}

#[tokio::test]
async fn only_public_https_addresses_and_known_events_are_taken() {
    let server = Server::real(&[]).await;
    let key = server.key(Environment::Dev).await;
    for (body, param) in [
        (json!({ "url": "http://hooks.example.com/in" }), "url"),
        (json!({ "url": "https://10.0.0.7/in" }), "url"),
        (json!({ "url": "nonsense" }), "url"),
        (json!({ "url": "https://hooks.example.com", "events": ["card.eaten"] }), "events"),
    ] {
        let refused = server.post(&key, "/v1/webhooks", &body).await;
        assert_eq!(refused.refusal(), (400, "parameter_invalid".into()), "{body}");
        assert_eq!(refused.text_at("/error/param"), param);
    }
    let own = json!({ "url": "http://127.0.0.1:9000/in" });
    assert_eq!(server.post(&key, "/v1/webhooks", &own).await.refusal().0, 400);
    let server = Server::real(&["--webhook-allow", "127.0.0.0/8"]).await;
    let key = server.key(Environment::Dev).await;
    assert_eq!(server.post(&key, "/v1/webhooks", &own).await.status, 201);
}

#[tokio::test]
async fn a_test_event_goes_to_its_endpoint_alone_and_stands_in_its_log() {
    let server = Server::real(&[]).await;
    let (key, live) = (server.key(Environment::Dev).await, server.key(Environment::Live).await);
    // Neither asks for the type of test events.
    let new = |host: &str| json!({ "url": format!("https://{host}.example.com/in"), "events": ["card.created"] });
    let id = server.post(&key, "/v1/webhooks", &new("a")).await.text_at("/id");
    let other = server.post(&key, "/v1/webhooks", &new("b")).await.text_at("/id");
    let sent = server.post(&key, &format!("/v1/webhooks/{id}/test"), &json!({})).await;
    assert_eq!(sent.status, 201, "{}", sent.text);
    let log = |id: &str, query: &str| format!("/v1/webhooks/{id}/deliveries{query}");
    let list = server.get(&key, &log(&id, "")).await.json();
    let row = &list["data"][0];
    assert_eq!(list["data"].as_array().unwrap().len(), 1);
    for (field, value) in [
        ("object", json!("webhook_delivery")),
        ("webhookId", json!(id)),
        ("event", json!("webhook.test")),
        ("status", json!("pending")),
        ("success", json!(false)),
        ("httpStatus", json!(null)),
        ("attemptNumber", json!(0)),
        ("createdAt", json!(server.fresh.db.now())),
    ] {
        assert_eq!(row[field], value, "{field} in {row}");
    }
    assert_eq!(row["id"], sent.text_at("/id"));
    assert_eq!(server.get(&key, &log(&other, "")).await.json()["data"], json!([]));

    deliver::run_due(&server.fresh.db, &Answering(200), 10).await.unwrap();
    let list = server.get(&key, &log(&id, "?status=delivered&event=webhook.test")).await.json();
    let row = &list["data"][0];
    assert_eq!((&row["success"], &row["httpStatus"], &row["attemptNumber"]), (&json!(true), &json!(200), &json!(1)));
    assert_eq!(server.get(&key, &log(&id, "?status=pending")).await.json()["data"], json!([]));
    assert_eq!(server.get(&key, &log(&id, "?event=card.eaten")).await.refusal().0, 400);

    server.patch(&key, &format!("/v1/webhooks/{id}"), &json!({ "status": "disabled" })).await;
    let off = server.post(&key, &format!("/v1/webhooks/{id}/test"), &json!({})).await;
    assert_eq!(off.refusal(), (409, "endpoint_disabled".into()));
    assert_eq!(server.get(&live, &log(&id, "")).await.refusal(), (404, "not_found".into()));
    assert_eq!(server.post(&live, &format!("/v1/webhooks/{id}/test"), &json!({})).await.refusal().0, 404);
}

/// A receiver that answers every call with this status.
struct Answering(u16);

impl Transport for Answering {
    async fn send(&self, _: Call) -> Sent {
        Sent { status: Some(self.0), duration_ms: 7, ..Sent::default() }
    }
}
