//! Disputes over the API.
use super::shop::{Shop, holds};
use axum::http::Method;
use domain::environment::Environment;
use serde_json::json;

/// A purchase of 50.00 that was settled.
async fn settled(shop: &Shop) -> String {
    let id = shop.buy(5_000).await.text_at("/id");
    let captured = shop.post(&format!("/v1/sandbox/authorizations/{id}/capture"), &json!({})).await;
    holds(&captured, &json!({ "status": "completed" }));
    id
}

#[tokio::test]
async fn a_dispute_lives_from_its_opening_to_its_end() {
    let shop = Shop::new().await;
    let purchase = settled(&shop).await;
    let path = format!("/v1/transactions/{purchase}/disputes");
    let new = json!({
        "amount": 2_000, "reason": "product_not_received", "description": "It never came.", "textEvidence": "Order 7.",
    });
    let opened = shop.post(&path, &new).await;
    assert_eq!(opened.status, 201, "{}", opened.text);
    let expected = json!({
        "object": "dispute", "transactionId": purchase, "cardId": shop.card, "agentId": shop.agent,
        "userId": shop.user, "amount": 2_000, "currency": "USD", "reason": "product_not_received",
        "description": "It never came.", "status": "pending",
        "evidence": { "hasFile": false, "textEvidence": "Order 7." }, "resolvedAt": null,
    });
    holds(&opened, &expected);
    let id = opened.text_at("/id");
    assert_eq!(shop.post(&path, &new).await.refusal(), (409, "dispute_exists".into()));
    holds(&shop.get(&format!("/v1/disputes/{id}")).await, &expected);
    let step = |step: &str| format!("/v1/sandbox/disputes/{id}/{step}");
    for early in ["win", "lose"] {
        assert_eq!(shop.post(&step(early), &json!({})).await.refusal(), (409, "dispute_state".into()));
    }
    holds(&shop.post(&step("review"), &json!({})).await, &json!({ "status": "inReview", "resolvedAt": null }));
    let late = shop.post(&format!("/v1/disputes/{id}/cancel"), &json!({})).await;
    assert_eq!(late.refusal(), (409, "dispute_state".into()));
    let won = shop.post(&step("win"), &json!({})).await;
    holds(&won, &json!({ "status": "won" }));
    assert!(won.json()["resolvedAt"].is_i64());
    let purchase = shop.get(&format!("/v1/transactions/{purchase}")).await;
    holds(&purchase, &json!({ "status": "completed", "amount": 3_000, "reversedAmount": 2_000 }));

    let other = settled(&shop).await;
    let opened = shop.post(&format!("/v1/transactions/{other}/disputes"), &json!({ "reason": "duplicate" })).await;
    holds(&opened, &json!({ "amount": 5_000, "description": null }));
    let canceled = shop.post(&format!("/v1/disputes/{}/cancel", opened.text_at("/id")), &json!({})).await;
    holds(&canceled, &json!({ "status": "canceled" }));
    for (query, found) in [
        (String::new(), 2),
        ("?status=won".into(), 1),
        ("?status=inReview".into(), 0),
        (format!("?transactionId={other}"), 1),
        (format!("?userId={}", shop.user), 2),
    ] {
        let list = shop.get(&format!("/v1/disputes{query}")).await.json();
        assert_eq!(list["data"].as_array().unwrap().len(), found, "{query}");
    }
    for query in ["?status=open", "?userId=x", "?reason=duplicate", "?limit=0", "?cursor=x"] {
        assert_eq!(shop.get(&format!("/v1/disputes{query}")).await.refusal().0, 400, "{query}");
    }
}

#[tokio::test]
async fn a_dispute_that_makes_no_sense_is_refused_by_name() {
    let shop = Shop::new().await;
    let purchase = settled(&shop).await;
    let path = format!("/v1/transactions/{purchase}/disputes");
    let base = json!({ "reason": "duplicate" });
    let cases = [
        (json!({ "reason": null }), "parameter_missing", "reason"),
        (json!({ "reason": "dislike" }), "parameter_invalid", "reason"),
        (json!({ "reason": "other" }), "parameter_invalid", "description"),
        (json!({ "amount": 5_001 }), "parameter_invalid", "amount"),
        (json!({ "amount": 0 }), "parameter_invalid", "amount"),
        (json!({ "description": "x".repeat(2_001) }), "parameter_invalid", "description"),
        (json!({ "textEvidence": "" }), "parameter_invalid", "textEvidence"),
        (json!({ "textEvidence": "my card is 4242 4242 4242 4242" }), "parameter_invalid", "textEvidence"),
        (json!({ "status": "won" }), "parameter_unknown", "status"),
    ];
    shop.refuses(&path, &base, &cases).await;
    let pending = shop.buy(100).await.text_at("/id");
    let early = shop.post(&format!("/v1/transactions/{pending}/disputes"), &base).await;
    assert_eq!(early.refusal(), (409, "transaction_state".into()));
    assert_eq!(shop.get("/v1/disputes").await.json()["data"], json!([]));
    shop.keeps_strangers_out(Method::POST, "/v1/transactions/{id}/disputes", &purchase, &base).await;
    let id = shop.post(&path, &base).await.text_at("/id");
    shop.keeps_strangers_out(Method::GET, "/v1/disputes/{id}", &id, &json!({})).await;
    shop.keeps_strangers_out(Method::POST, "/v1/disputes/{id}/cancel", &id, &json!({})).await;
    let own = shop.server.get(&shop.token, &format!("/v1/disputes/{id}")).await;
    assert_eq!(own.status, 200, "an agent sees what is said of its purchases: {}", own.text);
    let live = shop.server.key(Environment::Live).await;
    assert_eq!(shop.server.get(&live, "/v1/disputes").await.json()["data"], json!([]));
}
