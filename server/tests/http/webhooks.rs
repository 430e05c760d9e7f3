//! Webhook endpoints over the API.
use super::support::Server;
use domain::environment::Environment;
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
