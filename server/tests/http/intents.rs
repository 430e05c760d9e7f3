//! Intents over the API.
use super::shop::{Shop, holds};
use axum::http::Method;
use domain::{environment::Environment, intents::MOST_OPEN, time::MINUTE};
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
async fn the_hundred_and_first_open_intent_is_refused_with_the_remedy() {
    let shop = Shop::new().await;
    let first = shop.declare("0", json!({})).await.text_at("/id");
    for n in 1..MOST_OPEN {
        assert_eq!(shop.declare(&n.to_string(), json!({})).await.status, 201);
    }
    let refused = shop.declare("more", json!({})).await;
    assert_eq!(refused.refusal(), (409, "too_many_open_intents".into()));
    let says = refused.text_at("/error/message");
    assert!(says.contains("100 open intents") && says.contains("cancel one"), "{says}");
    assert_eq!(shop.declare("0", json!({})).await.status, 200, "it was declared before");
    shop.post(&format!("/v1/intents/{first}/cancel"), &json!({})).await;
    assert_eq!(shop.declare("more", json!({})).await.status, 201);
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

fn guarded() -> serde_json::Value {
    json!({ "purpose": "p", "type": "multi", "requireApproval": true, "autoApproveBelow": 5_000 })
}

#[tokio::test]
async fn a_dear_purchase_waits_for_a_key_of_somebody_else() {
    let shop = Shop::with(&guarded()).await;
    let card = shop.get(&format!("/v1/cards/{}", shop.card)).await;
    holds(&card, &json!({ "requireApproval": true, "autoApproveBelow": 5_000 }));
    let cheap = shop.declare("cheap", json!({ "expectedAmount": 4_999 })).await;
    holds(&cheap, &json!({ "status": "pending", "approvalRequired": false, "approvedAt": null }));
    shop.post(&format!("/v1/intents/{}/cancel", cheap.text_at("/id")), &json!({})).await;
    let dear = shop.declare("dear", json!({ "expectedAmount": 5_000, "expectedMerchant": "Amazon" })).await;
    holds(&dear, &json!({ "status": "pending_approval", "approvalRequired": true, "decision": null }));
    assert_eq!(shop.read().await.refusal(), (409, "intent_pending_approval".into()));
    let path = format!("/v1/intents/{}/approve", dear.text_at("/id"));
    assert_eq!(shop.post(&path, &json!({})).await.refusal(), (403, "requester_cannot_approve".into()));
    let agent = shop.server.post(&shop.token, &path, &json!({})).await;
    assert_eq!(agent.refusal(), (403, "insufficient_permissions".into()));
    let other = shop.server.key(Environment::Dev).await;
    let yes = shop.server.post(&other, &path, &json!({ "reason": "In the budget" })).await;
    assert_eq!(yes.status, 200, "{}", yes.text);
    holds(&yes, &json!({ "status": "pending", "rejectedAt": null, "approvedAt": shop.server.fresh.db.now() }));
    let by = yes.text_at("/approvedBy");
    assert!(by.starts_with("lk_dev_") && !other.contains(&by), "{by}");
    assert_eq!(yes.json()["decision"]["facts"]["amount"], 5_000);
    assert_eq!(
        (yes.text_at("/decision/by/kind"), yes.text_at("/decision/reason")),
        ("api_key".into(), "In the budget".into())
    );
    assert_eq!(shop.server.post(&other, &path, &json!({})).await.text_at("/status"), "pending", "a repeat is harmless");
    assert_eq!(shop.read().await.status, 200);
    let bought = shop.buy(5_000).await;
    let shown = shop.get(&format!("/v1/intents/{}", dear.text_at("/id"))).await;
    holds(&shown, &json!({ "status": "matched", "transactionId": bought.text_at("/id"), "reusedBy": [] }));
    assert!(shown.json()["matchResult"]["timing"]["declaredBefore"].as_i64().unwrap() > 0);
    let again = shop.buy(5_000).await.text_at("/id");
    let shown = shop.get(&format!("/v1/intents/{}", dear.text_at("/id"))).await;
    holds(&shown, &json!({ "transactionId": bought.text_at("/id"), "reusedBy": [again] }));
}

#[tokio::test]
async fn a_rejection_says_why_and_is_final() {
    let shop = Shop::with(&guarded()).await;
    let id = shop.declare("dear", json!({ "expectedAmount": 9_000 })).await.text_at("/id");
    let path = format!("/v1/intents/{id}/reject");
    shop.refuses(
        &path,
        &json!({ "reason": "No" }),
        &[
            (json!({ "reason": null }), "parameter_missing", "reason"),
            (json!({ "reason": "" }), "parameter_invalid", "reason"),
            (json!({ "reason": 5 }), "parameter_invalid", "reason"),
            (json!({ "approve": true }), "parameter_unknown", "approve"),
        ],
    )
    .await;
    let other = shop.server.key(Environment::Dev).await;
    let no = shop.server.post(&other, &path, &json!({ "reason": "Too dear" })).await;
    holds(&no, &json!({ "status": "rejected", "rejectionReason": "Too dear", "approvedBy": null }));
    assert!(no.text_at("/rejectedBy").starts_with("lk_dev_"));
    let late = shop.server.post(&other, &format!("/v1/intents/{id}/approve"), &json!({})).await;
    assert_eq!(late.refusal(), (409, "approval_not_pending".into()));
    assert!(late.text_at("/error/message").contains("was rejected by"));
    for way in ["approve", "reject"] {
        let path = format!("/v1/intents/{{id}}/{way}");
        shop.keeps_strangers_out(Method::POST, &path, &id, &json!({ "reason": "x" })).await;
    }
}

#[tokio::test]
async fn an_approval_that_a_limit_stops_says_which() {
    let shop = Shop::with(&json!({ "purpose": "p", "requireApproval": true, "maxAmount": 6_000 })).await;
    let other = shop.server.key(Environment::Dev).await;
    for (id, amount, code) in
        [("card", 6_001, "max_amount_exceeded"), ("fits", 6_000, ""), ("agent", 60_000, "max_amount_exceeded")]
    {
        let id = shop.declare(id, json!({ "expectedAmount": amount })).await.text_at("/id");
        let said = shop.server.post(&other, &format!("/v1/intents/{id}/approve"), &json!({})).await;
        if code.is_empty() {
            assert_eq!(said.status, 200, "{}", said.text);
            continue;
        }
        assert_eq!(said.refusal(), (409, code.into()));
        let kept = shop.get(&format!("/v1/intents/{id}")).await;
        assert_eq!(
            (kept.text_at("/status"), kept.text_at("/approvalFailed/obstacle")),
            ("pending_approval".into(), code.into())
        );
    }
    let shop = Shop::with(&json!({ "purpose": "p", "type": "multi", "requireApproval": true })).await;
    let other = shop.server.key(Environment::Dev).await;
    for (id, amount, code) in [("agent", 50_001, "spending_limit_exceeded"), ("all", 50_000, "")] {
        let id = shop.declare(id, json!({ "expectedAmount": amount })).await.text_at("/id");
        let said = shop.server.post(&other, &format!("/v1/intents/{id}/approve"), &json!({})).await;
        assert!(said.status == 200 || said.refusal() == (409, code.into()), "{}", said.text);
        assert_eq!(said.status == 200, code.is_empty());
    }
}
