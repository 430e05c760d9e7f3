//! Purchases over the API.
use super::shop::{Shop, holds};
use axum::http::Method;
use domain::environment::Environment;
use serde_json::json;

#[tokio::test]
async fn a_purchase_is_approved_or_declined_and_listed() {
    let shop = Shop::new().await;
    let small = shop.buy(20_000).await;
    holds(&small, &json!({ "status": "pending", "declinedReason": null, "attestationStatus": "unattested" }));
    let over = shop.buy(30_001).await;
    assert_eq!(over.status, 201, "a decline is an answer: {}", over.text);
    holds(&over, &json!({ "status": "declined", "declinedReason": "spending_limit_exceeded", "amount": 30_001 }));
    let policy = shop.get(&format!("/v1/agents/{}/policy", shop.agent)).await;
    holds(&policy, &json!({ "currentSpend": 20_000, "remaining": 30_000 }));
    let balance = shop.get(&format!("/v1/users/{}/balance", shop.user)).await;
    holds(&balance, &json!({ "pendingCharges": 20_000, "spendingPower": 980_000 }));
    for (query, expected) in [
        (String::new(), 2),
        (format!("?cardId={}", shop.card), 2),
        (format!("?agentId={}", shop.agent), 2),
        (format!("?userId={}", shop.user), 2),
        ("?status=declined".into(), 1),
        ("?status=completed".into(), 0),
    ] {
        let list = shop.get(&format!("/v1/transactions{query}")).await.json();
        assert_eq!(list["data"].as_array().unwrap().len(), expected, "{query}");
    }
    let of_card = shop.get(&format!("/v1/cards/{}/transactions?limit=1", shop.card)).await.json();
    assert_eq!((&of_card["data"][0]["id"], &of_card["hasMore"]), (&json!(over.text_at("/id")), &json!(true)));
    for query in ["?status=won", "?cardId=x", "?merchant=x", "?limit=101", "?cursor=x"] {
        assert_eq!(shop.get(&format!("/v1/transactions{query}")).await.refusal().0, 400, "{query}");
    }
    shop.post(&format!("/v1/cards/{}/freeze", shop.card), &json!({})).await;
    holds(&shop.buy(1).await, &json!({ "status": "declined", "declinedReason": "card_frozen" }));
}

#[tokio::test]
async fn a_purchase_is_settled_along_its_states() {
    let shop = Shop::new().await;
    let id = shop.buy(20_000).await.text_at("/id");
    let path = |step: &str| format!("/v1/sandbox/authorizations/{id}/{step}");
    for amount in [json!(0), json!(-1), json!(20_001), json!("1"), json!(i64::MAX)] {
        let refused = shop.post(&path("capture"), &json!({ "amount": amount })).await;
        assert_eq!(refused.refusal(), (400, "parameter_invalid".into()), "{amount}");
        assert_eq!(refused.text_at("/error/param"), "amount");
    }
    let captured = shop.post(&path("capture"), &json!({ "amount": 15_000 })).await;
    holds(&captured, &json!({ "status": "completed", "amount": 15_000, "authorizedAmount": 20_000 }));
    assert_eq!(shop.post(&path("capture"), &json!({})).await.refusal(), (409, "transaction_state".into()));
    let part = shop.post(&path("reverse"), &json!({ "amount": 5_000 })).await;
    holds(&part, &json!({ "status": "completed", "amount": 10_000, "reversedAmount": 5_000 }));
    holds(&shop.post(&path("reverse"), &json!({})).await, &json!({ "status": "reversed", "amount": 0 }));
    assert_eq!(shop.post(&path("reverse"), &json!({})).await.refusal(), (409, "transaction_state".into()));
    let balance = shop.get(&format!("/v1/users/{}/balance", shop.user)).await;
    holds(&balance, &json!({ "pendingCharges": 0, "postedCharges": 0, "spendingPower": 1_000_000 }));
    let declined = shop.buy(50_001).await.text_at("/id");
    let refused = shop.post(&format!("/v1/sandbox/authorizations/{declined}/capture"), &json!({})).await;
    assert_eq!(refused.refusal(), (409, "transaction_state".into()));
}

#[tokio::test]
async fn what_cannot_be_a_purchase_is_refused_by_name() {
    let shop = Shop::new().await;
    let base = json!({ "cardId": shop.card, "amount": 100, "merchant": { "name": "A", "categoryCode": "5942" } });
    shop.refuses(
        "/v1/sandbox/authorizations",
        &base,
        &[
            (json!({ "cardId": null }), "parameter_missing", "cardId"),
            (json!({ "cardId": "card_1" }), "parameter_invalid", "cardId"),
            (json!({ "amount": null }), "parameter_missing", "amount"),
            (json!({ "amount": 0 }), "parameter_invalid", "amount"),
            (json!({ "amount": -100 }), "parameter_invalid", "amount"),
            (json!({ "amount": u64::MAX }), "parameter_invalid", "amount"),
            (json!({ "currency": "EUR" }), "parameter_invalid", "currency"),
            (json!({ "merchant": null }), "parameter_missing", "merchant"),
            (json!({ "merchant": { "name": "A" } }), "parameter_missing", "merchant.categoryCode"),
            (json!({ "merchant": { "name": "", "categoryCode": "5942" } }), "parameter_invalid", "merchant.name"),
            (json!({ "merchant": { "name": "a\nb", "categoryCode": "5942" } }), "parameter_invalid", "merchant.name"),
            (
                json!({ "merchant": { "name": "A", "categoryCode": "5942", "mcc": 1 } }),
                "parameter_unknown",
                "merchant.mcc",
            ),
            (json!({ "status": "completed" }), "parameter_unknown", "status"),
        ],
    )
    .await;
    assert_eq!(shop.get("/v1/transactions").await.json()["data"], json!([]), "nothing was bought");
}

#[tokio::test]
async fn strangers_find_no_purchase() {
    let shop = Shop::with_live().await;
    let id = shop.buy(100).await.text_at("/id");
    shop.keeps_strangers_out(Method::GET, "/v1/transactions/{id}", &id, &json!({})).await;
    shop.keeps_strangers_out(Method::GET, "/v1/cards/{id}/transactions", &shop.card, &json!({})).await;
    let merchant = json!({ "name": "A", "categoryCode": "5942" });
    for step in ["capture", "reverse"] {
        let path = format!("/v1/sandbox/authorizations/{{id}}/{step}");
        shop.keeps_strangers_out(Method::POST, &path, &id, &json!({})).await;
    }
    let body = json!({ "cardId": shop.card, "amount": 100, "merchant": merchant });
    for key in [shop.stranger().await, shop.server.key(Environment::Live).await] {
        let charged = shop.server.post(&key, "/v1/sandbox/authorizations", &body).await;
        assert_eq!(charged.refusal(), (404, "card_not_found".into()));
    }
    let token = shop.server.post(&shop.token, "/v1/sandbox/authorizations", &body).await;
    assert_eq!(token.refusal(), (403, "insufficient_permissions".into()));
    let seen = shop.server.get(&shop.token, "/v1/transactions").await.json();
    assert_eq!((seen["data"].as_array().unwrap().len(), &seen["data"][0]["status"]), (1, &json!("pending")));
    assert_eq!(shop.server.get(&shop.other_agent().await, "/v1/transactions").await.json()["data"], json!([]));
}

#[tokio::test]
async fn a_purchase_carries_what_is_noted_on_it() {
    let shop = Shop::new().await;
    let id = shop.buy(1_000).await.text_at("/id");
    let path = format!("/v1/transactions/{id}");
    holds(&shop.get(&path).await, &json!({ "notes": null, "tags": [], "category": null }));
    shop.server.fresh.clock.advance(5);
    let noted =
        json!({ "notes": "For the fair.\nAsk Ada.", "tags": [" travel ", "Q3", "Q3"], "category": "Marketing" });
    let changed = shop.server.patch(&shop.key, &path, &noted).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    let expected = json!({ "notes": "For the fair.\nAsk Ada.", "tags": ["travel", "Q3"], "category": "Marketing" });
    holds(&changed, &expected);
    holds(&shop.get(&path).await, &expected);
    // What is absent stays; null clears.
    let part = shop.server.patch(&shop.key, &path, &json!({ "category": null })).await;
    holds(&part, &json!({ "notes": "For the fair.\nAsk Ada.", "tags": ["travel", "Q3"], "category": null }));
    let cleared = shop.server.patch(&shop.key, &path, &json!({ "notes": null, "tags": null })).await;
    holds(&cleared, &json!({ "notes": null, "tags": [] }));
    for (body, param) in [
        (json!({ "notes": "x".repeat(2_001) }), "notes"),
        (json!({ "notes": "" }), "notes"),
        (json!({ "notes": 7 }), "notes"),
        (json!({ "tags": ["x".repeat(41)] }), "tags"),
        (json!({ "tags": (0..21).map(|n| n.to_string()).collect::<Vec<_>>() }), "tags"),
        (json!({ "tags": "travel" }), "tags"),
        (json!({ "tags": ["4242 4242 4242 4242"] }), "tags"),
        (json!({ "category": "x".repeat(65) }), "category"),
        (json!({ "category": "4242 4242 4242 4242" }), "category"),
    ] {
        let refused = shop.server.patch(&shop.key, &path, &body).await;
        assert_eq!(refused.refusal(), (400, "parameter_invalid".into()), "{body}");
        assert_eq!(refused.text_at("/error/param"), param, "{body}");
    }
    let unknown = shop.server.patch(&shop.key, &path, &json!({ "amount": 1 })).await;
    assert_eq!(unknown.refusal(), (400, "parameter_unknown".into()));
    let agents = shop.server.patch(&shop.token, &path, &json!({ "notes": "mine" })).await;
    assert_eq!(agents.refusal(), (403, "insufficient_permissions".into()));
    holds(&shop.get(&path).await, &json!({ "notes": null, "tags": [], "category": null, "amount": 1_000 }));
    shop.keeps_strangers_out(Method::PATCH, "/v1/transactions/{id}", &id, &json!({ "notes": "x" })).await;
}
