//! Texts that deceive, in every field that takes a text: stored to the byte or refused by the field's name, never mended
//! (security X-I4).
use super::shop::{Shop, merged};
use axum::http::Method;
use serde_json::{Value, json};

/// What makes one text look like another, or like nothing.
const HOSTILE: [&str; 24] = [
    "a\u{0}b",
    "a\u{7}b",
    "a\u{1b}[31mb",
    "a\nb",
    "a\r\nb",
    "a\u{7f}b",
    "a\u{85}b",
    "a\u{ad}b",
    "a\u{200b}b",
    "a\u{200d}b",
    "a\u{200e}b",
    "a\u{202e}gpj.exe",
    "a\u{2066}b\u{2069}",
    "a\u{2028}b",
    "\u{feff}ab",
    "a\u{e0041}b",
    "a\u{378}b",
    "a\u{fffff}b",
    "p\u{430}ypal",
    "e\u{301}\u{301}\u{301}",
    "\u{212b}ngstr\u{f6}m",
    "ﬁle",
    "日本語 😀",
    "İstanbul ŞIK",
];

/// A route, a body that it takes, the field that is filled, and where the text is read back: in the answer itself, or in
/// another one.
type Taken<'a> = (Method, &'a str, &'a Value, &'a str, (&'a str, String));

/// A body with this text at the pointer.
fn with(base: &Value, pointer: &str, text: &str) -> Value {
    let mut body = base.clone();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    body.pointer_mut(parent).and_then(Value::as_object_mut).unwrap().insert(name.to_owned(), text.into());
    body
}

#[tokio::test]
async fn a_text_is_kept_to_the_byte_or_refused_by_name() {
    let shop = Shop::new().await;
    let user = json!({ "firstName": "John", "lastName": "Doe", "email": "john@example.com" });
    let agent = json!({ "userId": shop.user, "name": "bot" });
    let card = json!({ "purpose": "Pens", "type": "multi" });
    // An agent has at most 25 cards.
    let other = shop.server.agent(&shop.key).await.0;
    let (cards, others) = (format!("/v1/agents/{}/cards", shop.agent), format!("/v1/agents/{other}/cards"));
    let one = format!("/v1/cards/{}", shop.card);
    let intent = json!({ "summary": "Pens", "intentId": "order" });
    let read = json!({ "summary": "Pens" });
    let bought = json!({ "cardId": shop.card, "amount": 100, "merchant": { "name": "A", "categoryCode": "5942" } });
    let hook = json!({ "url": "https://hooks.example/in" });
    let agents = format!("/v1/agents/{}", shop.agent);
    let (intents, details) = (format!("{one}/intents"), format!("{one}/details"));
    let here = |field: &str| ("", field.to_owned());
    let fields: Vec<Taken<'_>> = vec![
        (Method::POST, "/v1/users", &user, "/firstName", here("/firstName")),
        (Method::POST, "/v1/users", &user, "/lastName", here("/lastName")),
        (Method::POST, "/v1/agents", &agent, "/name", here("/name")),
        (Method::POST, "/v1/agents", &agent, "/description", here("/description")),
        (Method::POST, "/v1/agents", &agent, "/externalId", here("/externalId")),
        (Method::PATCH, &agents, &Value::Null, "/name", here("/name")),
        (Method::PATCH, &agents, &Value::Null, "/description", here("/description")),
        (Method::POST, &cards, &card, "/purpose", here("/purpose")),
        (Method::POST, &others, &card, "/merchantHint", here("/merchantHint")),
        (Method::POST, &intents, &intent, "/summary", here("/summary")),
        (Method::POST, &intents, &intent, "/expectedMerchant", here("/expectedMerchant")),
        (Method::POST, &intents, &intent, "/intentId", here("/intentId")),
        (Method::POST, &details, &read, "/summary", ("/v1/accesses?limit=1", "/data/0/summary".into())),
        (Method::POST, &details, &read, "/merchantText", ("/v1/accesses?limit=1", "/data/0/merchantText".into())),
        (Method::POST, "/v1/sandbox/authorizations", &bought, "/merchant/name", here("/merchant/name")),
        (Method::POST, "/v1/sandbox/authorizations", &bought, "/merchant/city", here("/merchant/city")),
        (Method::POST, "/v1/webhooks", &hook, "/description", here("/description")),
    ];
    let (mut kept, mut refused) = (0, 0);
    for (method, path, base, field, (list, place)) in fields {
        for (n, text) in HOSTILE.into_iter().enumerate() {
            // The hour's ten reads, and what may be there once only.
            shop.server.fresh.clock.advance(domain::time::HOUR);
            let base = if base.is_null() { json!({}) } else { base.clone() };
            let own = if path == intents && field != "/intentId" {
                json!({ "intentId": format!("order{field}{n}").replace('/', "-") })
            } else {
                json!({})
            };
            let body = with(&merged(&base, &own), field, text);
            let headers = [("api-key", &*shop.key), ("content-type", "application/json")];
            let reply = shop.server.call(method.clone(), path, &headers, body.to_string()).await;
            let what = format!("{method} {path} {field} {text:?}: {}", reply.text);
            if reply.status == 400 {
                let param = field.trim_start_matches('/').replace('/', ".");
                assert_eq!(reply.text_at("/error/param"), param, "{what}");
                refused += 1;
                continue;
            }
            assert!(reply.status.is_success(), "{what}");
            if path == "/v1/webhooks" {
                // An organisation has only so many of them.
                shop.server.delete(&shop.key, &format!("{path}/{}", reply.text_at("/id"))).await;
            }
            let shown = if list.is_empty() { reply } else { shop.get(list).await };
            assert_eq!(shown.text_at(&place), text, "{what}");
            kept += 1;
        }
    }
    assert!(kept > 100 && refused > 150, "{kept} kept, {refused} refused");
}
