//! The security headers, on whatever is answered; `Host`; sizes; compression.
use super::support::{Reply, Server};
use axum::{
    body::Body,
    http::{Method, Request},
};
use domain::environment::Environment;
use serde_json::json;
use std::collections::HashSet;

async fn answers(server: &Server) -> Vec<(&'static str, Reply)> {
    let key = server.key(Environment::Dev).await;
    let host = server.state.config.url.as_ref().map_or("localhost", |url| url.host());
    let mut all = Vec::new();
    for (name, path, body) in [
        ("page of a list", "/v1/things", None),
        ("refusal", "/v1/things?limt=1", None),
        ("panic", "/v1/fail", Some(json!({ "how": "panic" }))),
        ("absent", "/nothing", None),
        ("file", app::assets::style_path(), None),
        ("probe", "/health/live", None),
    ] {
        let method = if body.is_some() { Method::POST } else { Method::GET };
        let request = Request::builder().method(method).uri(path).header("host", host).header("api-key", &key);
        let request = request.header("content-type", "application/json");
        let body = body.map_or_else(Body::empty, |body| body.to_string().into());
        all.push((name, Reply::read(server.send(request.body(body).unwrap()).await).await));
    }
    all
}

#[tokio::test]
async fn every_answer_carries_them() {
    let server = Server::with(&["--url", "https://pay.example.com"]).await;
    let mut nonces = HashSet::new();
    for (name, reply) in answers(&server).await {
        for (header, value) in [
            ("x-content-type-options", "nosniff"),
            ("referrer-policy", "same-origin"),
            ("cross-origin-opener-policy", "same-origin"),
            ("cross-origin-resource-policy", "same-origin"),
            ("cross-origin-embedder-policy", "require-corp"),
            ("strict-transport-security", "max-age=63072000; includeSubDomains"),
        ] {
            assert_eq!(reply.header(header), value, "{name}");
        }
        assert!(reply.header("x-request-id").starts_with("req_"), "{name}");
        assert!(reply.header("permissions-policy").contains("camera=()"), "{name}");
        let policy = reply.header("content-security-policy");
        for part in ["default-src 'none'", "frame-ancestors 'none'", "base-uri 'none'", "trusted-types 'none'"] {
            assert!(policy.contains(part), "{name}: {policy}");
        }
        assert!(!policy.contains("unsafe"), "{name}: {policy}");
        let nonce = policy.split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
        assert!(nonce.len() >= 22 && nonces.insert(nonce.to_owned()), "{name}");
        let kept = if name == "file" { "public, max-age=31536000, immutable" } else { "no-store" };
        assert_eq!(reply.header("cache-control"), kept, "{name}");
        assert!(reply.header("access-control-allow-origin").is_empty() && reply.header("server").is_empty());
    }
    let plain = Server::new().await;
    for (name, reply) in answers(&plain).await {
        assert_eq!(reply.header("strict-transport-security"), "", "{name} over http");
    }
}

#[tokio::test]
async fn only_our_own_name_is_answered() {
    let named = Server::with(&["--url", "https://pay.example.com"]).await;
    let local = Server::new().await;
    let odd = Server::with(&["--url", "https://pay.example.com:8443"]).await;
    for (server, hosts, status) in [
        (&named, vec!["pay.example.com"], 404),
        (&named, vec!["PAY.example.com:443"], 404),
        (&named, vec!["pay.example.com:8443"], 400),
        (&named, vec!["pay.example.com."], 400),
        (&named, vec!["evil.example"], 400),
        (&named, vec!["x@pay.example.com"], 400),
        (&named, vec!["localhost"], 400),
        (&named, vec![], 400),
        (&named, vec!["pay.example.com", "pay.example.com"], 400),
        (&odd, vec!["pay.example.com:8443"], 404),
        (&odd, vec!["pay.example.com"], 400),
        (&local, vec!["localhost:3000"], 404),
        (&local, vec!["127.0.0.1:8080"], 404),
        (&local, vec!["[::1]:3000"], 404),
        (&local, vec!["localhost.evil.example"], 400),
    ] {
        let mut request = Request::builder().uri("/nothing").header("x-forwarded-host", "pay.example.com");
        for host in &hosts {
            request = request.header("host", *host);
        }
        let reply = Reply::read(server.send(request.body(Body::empty()).unwrap()).await).await;
        assert_eq!(reply.status, status, "{hosts:?}");
    }
    let request = Request::builder().uri("http://evil.example/nothing").header("host", "localhost");
    assert_eq!(local.send(request.body(Body::empty()).unwrap()).await.status(), 400);
}

#[tokio::test]
async fn a_head_that_is_too_large_is_refused() {
    let server = Server::new().await;
    let status = async |path: &str, headers: &[(&str, &str)]| {
        server.call(Method::GET, path, headers, Body::empty()).await.status.as_u16()
    };
    let path = |length: usize| format!("/{}", "x".repeat(length - 1));
    assert_eq!(status(&path(8 * 1024), &[]).await, 404);
    assert_eq!(status(&path(8 * 1024 + 1), &[]).await, 414);
    let large = "x".repeat(8 * 1024 - 100);
    assert_eq!(status("/nothing", &[("x-a", &large), ("x-b", &large)]).await, 404);
    assert_eq!(status("/nothing", &[("x-a", &large), ("x-b", &large), ("x-c", &large[..300])]).await, 431);
    assert_eq!(status("/nothing", &[("x-a", "1"); 99]).await, 404);
    assert_eq!(status("/nothing", &[("x-a", "1"); 100]).await, 431);
}

#[tokio::test]
async fn files_come_compressed() {
    let server = Server::new().await;
    for (asked, given) in [("br, gzip", "br"), ("gzip", "gzip"), ("identity", "")] {
        let headers = [("accept-encoding", asked)];
        let reply = server.call(Method::GET, app::assets::style_path(), &headers, Body::empty()).await;
        assert_eq!((reply.header("content-encoding"), reply.header("vary")), (given, "accept-encoding"));
    }
}

#[tokio::test]
async fn reports_of_browsers_are_taken() {
    let server = Server::new().await;
    let report = json!([{ "type": "csp-violation", "body": { "effectiveDirective": "script-src-elem" } }]).to_string();
    for (body, status) in [(report, 204), ("nonsense".into(), 400), (" ".repeat(9 * 1024), 413)] {
        let headers = [("content-type", "application/reports+json")];
        assert_eq!(server.call(Method::POST, "/reports/csp", &headers, body).await.status, status);
    }
}
