//! The error envelope: every refusal has it, and none tells what is inside.
use super::support::Server;
use axum::{body::Body, http::Method};
use domain::{environment::Environment, error::Code};
use serde_json::json;

#[tokio::test]
async fn every_code_has_its_status_and_kind() {
    let server = Server::with(&["--rate-write", "1000/1000"]).await;
    let key = server.key(Environment::Dev).await;
    for code in Code::ALL {
        let reply = server.post(&key, "/v1/fail", &json!({ "how": code })).await;
        let (status, given) = reply.refusal();
        assert_eq!(given, code.as_str());
        let kind = reply.json()["error"]["type"].as_str().unwrap().to_owned();
        let expected = match status {
            400 => "invalid_request_error",
            403 => "authorization_error",
            409 | 410 => "conflict_error",
            429 => "rate_limit_error",
            503 => "service_error",
            other => panic!("{code} answers {other}"),
        };
        assert_eq!(kind, expected, "{code}");
        assert_eq!(status == 429, !reply.header("retry-after").is_empty(), "{code}");
    }
    for (code, status) in [
        (Code::CardNotActive, 400),
        (Code::ExposureForbidden, 403),
        (Code::IntentRequired, 409),
        (Code::TokenSpent, 410),
        (Code::TokenExpired, 410),
        (Code::CredentialReadLimit, 429),
        (Code::IssuerNotConfigured, 503),
    ] {
        assert_eq!(server.post(&key, "/v1/fail", &json!({ "how": code })).await.status, status, "{code}");
    }
}

#[tokio::test]
async fn a_fault_of_ours_tells_nothing_of_its_inside() {
    let server = Server::new().await;
    let key = server.key(Environment::Dev).await;
    for (how, status, code) in
        [("broken", 500, "internal_error"), ("panic", 500, "internal_error"), ("busy", 503, "service_unavailable")]
    {
        let reply = server.post(&key, "/v1/fail", &json!({ "how": how })).await;
        assert_eq!(reply.refusal(), (status, code.to_owned()));
        for inside in ["select", "/var", "on purpose", ".rs"] {
            assert!(!reply.text.contains(inside), "{}", reply.text);
        }
        assert_eq!(reply.header("retry-after") == "1", how == "busy");
    }
}

#[tokio::test]
async fn what_no_route_takes_is_refused_in_the_form_of_its_place() {
    let server = Server::new().await;
    let get = async |path: &str| server.call(Method::GET, path, &[], Body::empty()).await;
    assert_eq!(get("/v1/nothing").await.refusal(), (404, "not_found".into()));
    assert_eq!(get("/v1").await.refusal(), (404, "not_found".into()));
    for (path, kind) in [
        ("/nothing", "text/html"),
        ("/v1x", "text/html"),
        ("/assets/app.css", "text/plain"),
        ("/assets/../Cargo.toml", "text/plain"),
    ] {
        let reply = get(path).await;
        assert_eq!(reply.status, 404, "{path}");
        assert!(reply.header("content-type").starts_with(kind), "{path}: {}", reply.header("content-type"));
    }
    for method in [Method::PUT, Method::TRACE, Method::from_bytes(b"PURGE").unwrap()] {
        let reply = server.call(method, "/v1/things", &[], Body::empty()).await;
        assert_eq!(reply.refusal(), (405, "method_not_allowed".into()));
        assert_eq!(reply.header("allow"), "GET,HEAD,POST");
    }
}
