//! Intents over the API.
use super::shop::{Shop, holds};
use axum::http::Method;
use domain::time::MINUTE;
use serde_json::json;

#[tokio::test]
async fn a_declaration_made_twice_is_one() {
    let shop = Shop::new().await;
    let content = json!({ "expectedAmount": 5_000, "expectedMerchant": "Amazon", "ttlMinutes": 60 });
    let first = shop.declare("order-1", content.clone()).await;
    assert_eq!(first.status, 201, "{}", first.text);
    assert_eq!(first.json()["expiresAt"], json!(shop.server.fresh.db.now() + 60 * MINUTE));
    let again = shop.declare("order-1", content).await;
    assert_eq!((again.status.as_u16(), again.text_at("/id")), (200, first.text_at("/id")));
    let other = shop.declare("order-1", json!({ "expectedAmount": 5_001 })).await;
    assert_eq!(other.refusal(), (409, "intent_conflict".into()));
    shop.declare("order-2", json!({})).await;
    let path = format!("/v1/cards/{}/intents", shop.card);
    let list = shop.get(&format!("{path}?limit=1")).await.json();
    assert_eq!((&list["cardId"], &list["hasMore"]), (&json!(shop.card), &json!(true)));
    assert_eq!((list["intents"].as_array().unwrap().len(), &list["intents"][0]["intentId"]), (1, &json!("order-2")));
    let next = shop.get(&format!("{path}?limit=1&cursor={}", list["cursor"].as_str().unwrap())).await.json();
    assert_eq!((&next["intents"][0]["id"], &next["cursor"]), (&json!(first.text_at("/id")), &json!(null)));
}

#[tokio::test]
async fn an_intent_is_taken_back_once() {
    let shop = Shop::new().await;
    let id = shop.declare("order-1", json!({})).await.text_at("/id");
    let path = format!("/v1/intents/{id}/cancel");
    let canceled = shop.server.post(&shop.token, &path, &json!({})).await;
    assert_eq!(canceled.status, 200, "{}", canceled.text);
    holds(&canceled, &json!({ "object": "intent", "id": id, "status": "canceled", "matchedAt": null }));
    assert_eq!(shop.post(&path, &json!({})).await.refusal(), (409, "intent_not_pending".into()));
    assert_eq!(shop.get(&format!("/v1/intents/{id}")).await.json()["status"], "canceled");
    let shut = shop.post(&format!("/v1/cards/{}/close", shop.card), &json!({})).await;
    assert_eq!(shut.status, 200);
    assert_eq!(shop.declare("order-2", json!({})).await.refusal(), (400, "card_not_active".into()));
}

#[tokio::test]
async fn what_cannot_be_an_intent_is_refused_by_name() {
    let shop = Shop::new().await;
    let deep = (0..40).fold(json!(1), |inner, _| json!([inner]));
    let (path, base) = (format!("/v1/cards/{}/intents", shop.card), json!({ "intentId": "a", "summary": "s" }));
    shop.refuses(
        &path,
        &base,
        &[
            (json!({ "intentId": null }), "parameter_missing", "intentId"),
            (json!({ "intentId": "" }), "parameter_invalid", "intentId"),
            (json!({ "intentId": "a b" }), "parameter_invalid", "intentId"),
            (json!({ "intentId": "é" }), "parameter_invalid", "intentId"),
            (json!({ "intentId": "a".repeat(129) }), "parameter_invalid", "intentId"),
            (json!({ "summary": null }), "parameter_missing", "summary"),
            (json!({ "summary": "\u{200B}" }), "parameter_invalid", "summary"),
            (json!({ "expectedAmount": -5 }), "parameter_invalid", "expectedAmount"),
            (json!({ "expectedAmount": i64::MAX }), "parameter_invalid", "expectedAmount"),
            (json!({ "expectedCurrency": "usd" }), "parameter_invalid", "expectedCurrency"),
            (json!({ "expectedMerchant": ["a"] }), "parameter_invalid", "expectedMerchant"),
            (json!({ "tolerance": -1 }), "parameter_invalid", "tolerance"),
            (json!({ "ttlMinutes": 0 }), "parameter_invalid", "ttlMinutes"),
            (json!({ "ttlMinutes": 1_441 }), "parameter_invalid", "ttlMinutes"),
            (json!({ "ttlMinutes": i64::MAX }), "parameter_invalid", "ttlMinutes"),
            (json!({ "metadata": "text" }), "parameter_invalid", "metadata"),
            (json!({ "metadata": { "a": "x".repeat(8_192) } }), "parameter_invalid", "metadata"),
            (json!({ "status": "matched" }), "parameter_unknown", "status"),
        ],
    )
    .await;
    let nested = shop.post(&path, &json!({ "intentId": "a", "summary": "s", "metadata": { "a": deep } })).await;
    assert_eq!(nested.refusal(), (400, "body_parse_error".into()));
    let list = shop.get(&path).await.json();
    assert_eq!(list["intents"], json!([]), "nothing was made");
}

#[tokio::test]
async fn strangers_find_no_intent() {
    let shop = Shop::new().await;
    let id = shop.declare("order-1", json!({})).await.text_at("/id");
    let new = json!({ "intentId": "b", "summary": "s" });
    shop.keeps_strangers_out(Method::POST, "/v1/cards/{id}/intents", &shop.card, &new).await;
    shop.keeps_strangers_out(Method::GET, "/v1/cards/{id}/intents", &shop.card, &json!({})).await;
    shop.keeps_strangers_out(Method::GET, "/v1/intents/{id}", &id, &json!({})).await;
    shop.keeps_strangers_out(Method::POST, "/v1/intents/{id}/cancel", &id, &json!({})).await;
    assert_eq!(shop.server.get(&shop.token, &format!("/v1/intents/{id}")).await.json()["status"], "pending");
}
