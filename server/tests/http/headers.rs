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

/// What every answer carries, whoever made it.
fn is_secured(reply: &Reply, what: &str) {
    for (header, value) in [
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cross-origin-embedder-policy", "require-corp"),
        ("strict-transport-security", "max-age=63072000; includeSubDomains"),
    ] {
        assert_eq!(reply.header(header), value, "{what}: {} {header}", reply.status);
    }
    let policy = reply.header("content-security-policy");
    assert!(policy.contains("default-src 'none'") && !policy.contains("unsafe"), "{what}: {policy}");
    assert!(reply.header("permissions-policy").contains("camera=()"), "{what}");
    assert!(reply.header("x-request-id").starts_with("req_"), "{what}");
    assert!(
        ["no-store", "private, no-cache", "public, max-age=31536000, immutable"]
            .contains(&reply.header("cache-control"))
    );
    for header in ["server", "x-powered-by", "access-control-allow-origin", "access-control-allow-credentials"] {
        assert_eq!(reply.header(header), "", "{what}: {header}");
    }
}

/// Every route with every method, with and without a key, as a page and as data; then each status that is left.
#[tokio::test]
async fn no_route_and_no_status_is_left_out() {
    let server = Server::real(&["--url", "https://pay.example.com", "--rate-card", "1/1"]).await;
    let key = server.key(Environment::Dev).await;
    let mut seen = HashSet::new();
    let mut ask = async |method: &str, path: &str, headers: &[(&str, &str)], body: String| {
        let mut request = Request::builder().method(method).uri(path).header("host", "pay.example.com");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let reply = Reply::read(server.send(request.body(body.into()).unwrap()).await).await;
        is_secured(&reply, &format!("{method} {path} {headers:?}"));
        seen.insert(reply.status.as_u16());
        reply
    };
    let json = ("content-type", "application/json");
    let api = server::api::table();
    for route in api.routes() {
        let path = route.path.replace("{id}", "x");
        let methods: Vec<&str> =
            api.routes().iter().filter(|other| other.path == route.path).map(|other| other.method.as_str()).collect();
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "PROPFIND"] {
            ask(method, &path, &[json], "{}".into()).await;
            let reply = ask(method, &path, &[json, ("api-key", &key)], "{}".into()).await;
            assert_eq!(reply.status == 405, !methods.contains(&method), "{method} {path}");
            assert_eq!(reply.status == 405, !reply.header("allow").is_empty(), "{method} {path}");
            if methods.contains(&method) && method != "GET" && method != "DELETE" {
                let wrong = [("api-key", key.as_str()), ("content-type", "text/plain")];
                let status = ask(method, &path, &wrong, "{}".into()).await.status;
                assert!(status == 415 || status == 429, "{method} {path} {status}");
            }
        }
        let elsewhere =
            [("sec-fetch-site", "cross-site"), ("sec-fetch-mode", "cors"), ("origin", "https://evil.example")];
        assert_eq!(ask("GET", &path, &elsewhere, String::new()).await.status, 403, "{path}");
    }
    let pages = app::pages()
        .table
        .into_iter()
        .map(|route| format!("/live{}", route.path.replace("{id}", "x").replace("{rule}", "spendSpike")));
    let doors = app::door().table.into_iter().map(|route| route.path.replace("{token}", "x"));
    for path in
        pages.chain(doors).chain(["/health/ready".into(), "/reports/csp".into(), app::assets::style_path().into()])
    {
        for method in ["GET", "HEAD", "POST", "PUT", "OPTIONS", "TRACE"] {
            ask(method, &path, &[("accept", "text/html"), ("sec-fetch-site", "same-origin")], String::new()).await;
        }
    }
    let html = ("accept", "text/html");
    let large = " ".repeat(70 * 1024);
    for (method, path, headers, body, status) in [
        ("GET", "/assets/nothing.css", vec![html], String::new(), 404),
        ("POST", "/v1/users", vec![("api-key", key.as_str()), json], large, 413),
        ("GET", "/v1/agents", vec![("host", "evil.example")], String::new(), 400),
        ("GET", "/live", vec![html, ("host", "evil.example")], String::new(), 400),
    ] {
        assert_eq!(ask(method, path, &headers, body).await.status, status, "{method} {path}");
    }
    server.fresh.db.close().await;
    assert_eq!(ask("GET", "/health/ready", &[], String::new()).await.status, 503);
    for status in [200, 303, 400, 401, 403, 404, 405, 413, 415, 503] {
        assert!(seen.contains(&status), "{status} is missing from {seen:?}");
    }
}

#[tokio::test]
async fn a_browser_is_told_in_a_page_and_a_program_in_a_line() {
    let server = Server::new().await;
    let html = ("accept", "text/html,application/xhtml+xml,*/*;q=0.8");
    let odd = ("sec-fetch-site", "cross-site");
    for (path, headers, page) in
        [("/assets/nothing.css", vec![html], true), ("/live", vec![html, odd], true), ("/live", vec![odd], false)]
    {
        let reply = server.call(Method::GET, path, &headers, Body::empty()).await;
        let id = reply.header("x-request-id");
        assert_eq!(reply.text.contains("<h1>") && reply.text.contains(id), page, "{}", reply.text);
        assert_eq!(reply.header("content-type").starts_with("text/html"), page);
        let nonce =
            reply.header("content-security-policy").split("'nonce-").nth(1).unwrap().split('\'').next().unwrap();
        assert_eq!(reply.text.contains(nonce), page, "its script may run");
    }
}

#[tokio::test]
async fn nothing_is_served_in_the_open_where_the_address_is_https() {
    let server = Server::with(&["--url", "https://pay.example.com", "--proxies", "10.0.0.7"]).await;
    let ask = async |peer: &str, proto: &str, path: &str| {
        let peer: std::net::SocketAddr = peer.parse().unwrap();
        let request = Request::builder()
            .uri(path)
            .header("host", "pay.example.com")
            .header("accept", "text/html")
            .header("x-forwarded-proto", proto)
            .extension(axum::extract::ConnectInfo(peer));
        Reply::read(server.send(request.body(Body::empty()).unwrap()).await).await
    };
    assert_eq!(ask("10.0.0.7:1", "https", "/sign-in").await.status, 200);
    assert_eq!(ask("127.0.0.1:1", "http", "/sign-in").await.status, 200);
    let led = ask("10.0.0.7:1", "http", "/sign-in?next=%2Flive").await;
    assert_eq!((led.status.as_u16(), led.header("location")), (308, "https://pay.example.com/sign-in?next=%2Flive"));
    for (path, code) in [("/v1/things", "https_required"), ("/v1/nothing", "https_required")] {
        let refused = ask("203.0.113.9:1", "https", path).await;
        assert_eq!(refused.refusal(), (403, code.to_owned()), "a header that anybody can write");
        assert_eq!(refused.header("location"), "");
    }
    assert_eq!(ask("203.0.113.9:1", "http", "/health/live").await.status, 200);
}
