//! Bodies and queries, taken strictly.
use super::support::Server;
use axum::http::Method;
use domain::environment::Environment;
use serde_json::json;

#[tokio::test]
async fn a_change_answers_201_with_its_object() {
    let server = Server::new().await;
    let key = server.key(Environment::Dev).await;
    let made = server.post(&key, "/v1/things", &json!({ "name": "Büro" })).await;
    assert_eq!(made.status, 201);
    assert_eq!(made.header("content-type"), "application/json");
    assert_eq!(made.json()["name"], "Büro");
    // An empty body and `{}` are the same.
    let headers = [("api-key", key.as_str())];
    assert_eq!(server.call(Method::POST, "/v1/sandbox/things", &headers, "").await.status, 201);
    assert_eq!(server.post(&key, "/v1/sandbox/things", &json!({})).await.status, 201);
}

#[tokio::test]
async fn a_body_that_cannot_be_taken_is_refused_by_name() {
    let server = Server::with(&["--rate-write", "1000/1000"]).await;
    let key = server.key(Environment::Dev).await;
    let big = format!(r#"{{"name":"{}"}}"#, "x".repeat(64 * 1024 - 11));
    assert_eq!(big.len(), 64 * 1024);
    let deep = format!(r#"{{"name":{}1{}}}"#, "[".repeat(40), "]".repeat(40));
    let json = "application/json";
    for (kind, body, status, code, param) in [
        (json, r#"{"name":"a"}"#.to_owned(), 201, "", None),
        ("Application/JSON; charset=UTF-8", r#"{"name":"a"}"#.into(), 201, "", None),
        (json, "{}".into(), 400, "parameter_missing", Some("name")),
        (json, r#"{"name":"a","nmae":"b"}"#.into(), 400, "parameter_unknown", Some("nmae")),
        (json, r#"{"name":1}"#.into(), 400, "parameter_invalid", Some("name")),
        (json, r#"{"name":" "}"#.into(), 400, "parameter_invalid", Some("name")),
        (json, r#"{"name":"a","name":"b"}"#.into(), 400, "body_parse_error", None),
        (json, deep, 400, "body_parse_error", None),
        (json, "nonsense".into(), 400, "body_parse_error", None),
        (json, big.clone(), 400, "parameter_invalid", Some("name")),
        (json, big + " ", 413, "body_too_large", None),
        ("text/plain", r#"{"name":"a"}"#.into(), 415, "unsupported_media_type", None),
        ("application/x-www-form-urlencoded", "name=a".into(), 415, "unsupported_media_type", None),
    ] {
        let headers = [("api-key", key.as_str()), ("content-type", kind)];
        let reply = server.call(Method::POST, "/v1/things", &headers, body).await;
        if status == 201 {
            assert_eq!(reply.status, 201, "{kind} {}", reply.text);
        } else {
            assert_eq!(reply.refusal(), (status, code.to_owned()), "{}", reply.text);
            assert_eq!(reply.json()["error"]["param"].as_str(), param);
        }
    }
}

#[tokio::test]
async fn a_query_that_cannot_be_taken_is_refused_by_name() {
    let server = Server::new().await;
    let key = server.key(Environment::Dev).await;
    for (query, code, param) in [
        ("limt=5", "parameter_unknown", "limt"),
        ("limit=5&limit=6", "parameter_invalid", "limit"),
        ("limit=0", "parameter_invalid", "limit"),
        ("limit=101", "parameter_invalid", "limit"),
        ("limit=ten", "parameter_invalid", "limit"),
        ("olderThan=soon", "parameter_invalid", "olderThan"),
        ("name=%ff", "parameter_invalid", "name"),
        ("cursor=nonsense", "parameter_invalid", "cursor"),
    ] {
        let reply = server.get(&key, &format!("/v1/things?{query}")).await;
        assert_eq!(reply.refusal(), (400, code.to_owned()), "{query}");
        assert_eq!(reply.json()["error"]["param"], param, "{query}");
    }
    assert_eq!(server.post(&key, "/v1/things?name=a", &json!({ "name": "a" })).await.refusal().1, "parameter_unknown");
    let fine = server.get(&key, "/v1/things?name=a%20b&olderThan=17&limit=100").await;
    assert_eq!(fine.status, 200, "{}", fine.text);
}
