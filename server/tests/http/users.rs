//! Funding users over the API.
use super::support::Server;
use domain::environment::Environment;
use serde_json::json;

#[tokio::test]
async fn the_quick_start_begins_with_a_user() {
    let server = Server::real(&[]).await;
    let key = server.key(Environment::Dev).await;
    let new = json!({ "firstName": "John", "lastName": "Doe", "email": "John@Example.com" });
    let made = server.post(&key, "/v1/applications/user/initiate", &new).await;
    assert_eq!(made.status, 201);
    let user = made.json();
    assert_eq!(
        (&user["object"], &user["firstName"], &user["lastName"]),
        (&json!("user"), &json!("John"), &json!("Doe"))
    );
    assert_eq!((&user["email"], &user["applicationStatus"]), (&json!("john@example.com"), &json!("pending")));
    let link = made.text_at("/applicationCompletionLink");
    assert!(link.starts_with("http://127.0.0.1:3000/verify/"), "{link}");
    let id = made.text_at("/id");
    let found = server.get(&key, &format!("/v1/users/{id}")).await.json();
    assert_eq!((&found["id"], found.get("applicationCompletionLink")), (&json!(id), None));

    let later = server.post(&key, "/v1/users", &new).await.json();
    assert_eq!(later["applicationStatus"], "notStarted");
}

#[tokio::test]
async fn bad_values_are_refused_by_name() {
    let server = Server::real(&[]).await;
    let key = server.key(Environment::Dev).await;
    for (body, code, param) in [
        (json!({ "firstName": "John", "lastName": "Doe" }), "parameter_missing", "email"),
        (json!({ "firstName": "John", "lastName": "Doe", "email": "john" }), "parameter_invalid", "email"),
        (json!({ "firstName": "", "lastName": "Doe", "email": "j@x.de" }), "parameter_invalid", "firstName"),
        (json!({ "firstName": "J", "lastName": "D", "email": "j@x.de", "vip": true }), "parameter_unknown", "vip"),
        (
            json!({ "firstName": "J", "lastName": "D", "email": "j@x.de", "metadata": [] }),
            "parameter_invalid",
            "metadata",
        ),
    ] {
        let reply = server.post(&key, "/v1/users", &body).await;
        assert_eq!(reply.refusal(), (400, code.to_owned()), "{}", reply.text);
        assert_eq!(reply.text_at("/error/param"), param);
    }
}

#[tokio::test]
async fn the_other_environment_sees_no_user() {
    let server = Server::real(&[]).await;
    let (dev, live) = (server.key(Environment::Dev).await, server.key(Environment::Live).await);
    let id = server.user(&dev).await;
    for path in [format!("/v1/users/{id}"), format!("/v1/users/{id}/balance")] {
        assert_eq!(server.get(&dev, &path).await.status, 200);
        assert_eq!(server.get(&live, &path).await.refusal(), (404, "user_not_found".into()));
    }
}
