//! docs/audit.md: what each refusal of the API leaves, at every route (security X-L5).
use super::{audit::Kept, support::Server};
use axum::{
    body::Body,
    http::{Method, header},
};
use domain::{
    access::Role,
    alert::Alert,
    environment::Environment,
    ids::KeyId,
    keys::{CreateKey, DisableKey, Expiry, RevokeKey, Scopes},
    name::{Line, Name},
    requests,
    testing::documented,
    time::HOUR,
};
use serde_json::Value;
use server::api::{self, table::Class};
use std::{collections::BTreeSet, fmt::Write};

/// A key of dev: its id and its text.
async fn made(server: &Server, name: &str, change: impl FnOnce(&mut CreateKey)) -> (KeyId, String) {
    let mut create = CreateKey::new(Name::parse(name).unwrap(), Expiry::Never(Line::parse("A test.").ok()));
    change(&mut create);
    let owner = server.fresh.person(Environment::Dev, Role::Owner);
    let created = server.fresh.db.commit(&owner, create).await.unwrap();
    (created.id, created.secret.reveal().text().to_owned())
}

/// What a call without success leaves: its status, its security line, whether it stands in the request log.
async fn left(server: &Server, kept: &Kept, method: &Method, path: &str, key: Option<&str>) -> (u16, String, bool) {
    let before = kept.security().len();
    let mut headers = vec![(header::CONTENT_TYPE.as_str(), "application/json")];
    headers.extend(key.map(|key| ("api-key", key)));
    let body = if *method == Method::GET { Body::empty() } else { Body::from("{}") };
    let reply = server.call(method.clone(), path, &headers, body).await;
    let lines = kept.security().split_off(before);
    assert_eq!(lines.len(), 1, "{method} {path} {}: {lines:?}", reply.text);
    let said = |name: &str| lines[0][name].as_str().unwrap().to_owned();
    assert_eq!(said("code"), reply.refusal().1, "{method} {path}");
    server.state.requests.flush().await;
    let reader = server.fresh.person(Environment::Dev, Role::Auditor);
    let id = reply.header("x-request-id").parse().unwrap();
    let logged = requests::get(&server.fresh.db, &reader, &id).await.is_ok();
    (reply.status.as_u16(), format!("`{}`, `{}`", said("event"), said("code")), logged)
}

#[tokio::test]
async fn a_refusal_leaves_the_same_at_every_route() {
    let (kept, _guard) = Kept::listening();
    let server = Server::real(&[]).await;
    let db = &server.fresh.db;
    let owner = server.fresh.person(Environment::Dev, Role::Owner);
    let strange = Server::new().await.key(Environment::Dev).await;
    let (revoked, revoked_text) = made(&server, "revoked", |_| ()).await;
    let (disabled, disabled_text) = made(&server, "disabled", |_| ()).await;
    let expires = db.now() + HOUR;
    let (_, expired) = made(&server, "expired", |key| key.expiry = Expiry::At(expires)).await;
    let (_, elsewhere) = made(&server, "elsewhere", |key| key.addresses = "10.0.0.0/8".parse().unwrap()).await;
    let (_, reader) = made(&server, "reader", |key| key.scopes = Scopes::READ).await;
    let (_, writer) = made(&server, "writer", |key| key.scopes = "webhooks:write".parse().unwrap()).await;
    let (_, narrow) = made(&server, "narrow", |key| key.scopes = "users:write".parse().unwrap()).await;
    db.commit(&owner, RevokeKey { id: revoked }).await.unwrap();
    db.commit(&owner, DisableKey { id: disabled }).await.unwrap();
    server.fresh.clock.advance(2 * HOUR);
    let slow = Server::with(&["--rate-read", "1/1", "--rate-write", "1/1", "--rate-card", "1/1"]).await;
    let slow_key = slow.key(Environment::Dev).await;

    let cases = [
        ("no key", None),
        ("something that is no key", Some("nonsense")),
        ("a key that is none of ours", Some(&*strange)),
        ("a revoked key", Some(&*revoked_text)),
        ("a disabled key", Some(&*disabled_text)),
        ("an expired key", Some(&*expired)),
        ("a key from an address that its list does not have", Some(&*elsewhere)),
        ("a key without the scope", None),
    ];
    let mut text = "## Refusals of the API\n\n\
        The same at every route, whatever it does.\n\n\
        | the call has | answered | security line | in the request log |\n|---|---|---|---|\n"
        .to_owned();
    let mut row = |name: &str, (status, line, logged): &(u16, String, bool)| {
        let logged = if *logged { "yes" } else { "no: nobody's" };
        writeln!(text, "| {name} | {status} | {line} | {logged} |").unwrap();
    };
    for (name, key) in cases {
        let mut all = BTreeSet::new();
        for route in api::table().routes() {
            let key = match name {
                // Asking what the rules would say is reading, although it has a body.
                "a key without the scope" if route.path == "/v1/spend/evaluate" => Some(&*narrow),
                "a key without the scope" if route.method != Method::GET => Some(&*reader),
                "a key without the scope" if route.path.contains("webhook") => Some(&*narrow),
                "a key without the scope" => Some(&*writer),
                _ => key,
            };
            all.insert(left(&server, &kept, &route.method, &route.path.replace("{id}", "x"), key).await);
        }
        assert_eq!(all.len(), 1, "{name}: {all:?}");
        row(name, all.first().unwrap());
    }
    let mut all = BTreeSet::new();
    for (method, path) in
        [(Method::GET, "/v1/things"), (Method::POST, "/v1/things"), (Method::POST, "/v1/things/x/cards")]
    {
        let headers = [("api-key", &*slow_key), ("content-type", "application/json")];
        slow.call(method.clone(), path, &headers, "{}").await;
        all.insert(left(&slow, &kept, &method, path, Some(&slow_key)).await);
    }
    assert_eq!(all.len(), 1, "{all:?}");
    row("a key whose calls are too many", all.first().unwrap());
    assert!(api::table().routes().iter().all(|route| route.class != Class::Free || route.path.contains("/sandbox/")));
    documented("audit.md", "## Refusals of the API", &text);
}

#[test]
fn the_document_names_every_event() {
    let document = std::fs::read_to_string(concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/audit.md")).unwrap();
    for alert in Alert::ALL {
        assert!(document.contains(&format!("| `{alert}` |")), "{alert}");
    }
}

#[tokio::test]
async fn what_nobody_sends_who_means_well_is_told_to_the_log() {
    let (kept, _guard) = Kept::listening();
    let server = Server::real(&[]).await;
    let key = server.key(Environment::Dev).await;
    for (path, headers, body, code) in [
        ("/set-up/nonsense", vec![], "", "link"),
        ("/invite/nonsense", vec![], "", "link"),
        ("/reset/nonsense", vec![], "", "link"),
        ("/verify/user_x.nonsense", vec![], "", "link"),
        ("/v1/agents", vec![("sec-fetch-site", "cross-site")], "", "access_denied"),
        ("/v1/agents", vec![("host", "evil.example")], "", "invalid_host"),
        ("/v1/agents?cursor=aGVsbG8", vec![], "", "cursor"),
        (&*format!("/v1/agents?key={key}"), vec![], "", "key_in_url"),
        ("/v1/users", vec![], &*format!("{{\"firstName\":\"{key}\"}}"), "key_in_body"),
        ("/sign-out", vec![("sec-fetch-site", "cross-site")], "x=y", "access_denied"),
        ("/sign-in", vec![("origin", "https://evil.example")], "x=y", "form_token"),
        ("/sign-in", vec![("sec-fetch-site", "same-origin")], "token=0.0", "form_token"),
    ] {
        let before = kept.security().len();
        let method = if body.is_empty() { Method::GET } else { Method::POST };
        let kind = if path.starts_with("/v1") { "application/json" } else { "application/x-www-form-urlencoded" };
        let headers = [&[("api-key", &*key), ("content-type", kind)], &headers[..]].concat();
        server.call(method, path, &headers, body.to_owned()).await;
        let lines: Vec<Value> = kept.security().split_off(before);
        let event = if code == "link" { Alert::Authentication } else { Alert::Bypass };
        let told = |line: &Value| line["event"] == event.as_str() && line["code"] == code;
        assert!(lines.iter().any(told), "{path} {code}: {lines:?}");
        assert!(lines.iter().all(|line| !line.to_string().contains(&key)), "{code}: {lines:?}");
    }
}
