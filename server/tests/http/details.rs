//! Card credentials over the API.
use super::{
    shop::{Shop, blank, holds},
    support::Server,
};
use axum::http::Method;
use domain::{
    environment::Environment,
    time::{HOUR, SECOND},
};
use serde_json::{Value, json};

async fn redeem(shop: &Shop, key: &str, token: &str) -> super::support::Reply {
    shop.server.post(key, "/v1/details/redeem", &json!({ "detailsToken": token })).await
}

#[tokio::test]
async fn a_token_gives_one_number_however_often_it_is_sent() {
    let shop = Shop::new().await;
    let token = shop.read().await.text_at("/detailsToken");
    let race = (0..8).map(|_| redeem(&shop, &shop.key, &token));
    let replies = futures::future::join_all(race).await;
    assert_eq!(replies.iter().filter(|r| r.text.contains("\"pan\"")).count(), 1);
    for refused in replies.iter().filter(|r| r.status != 200) {
        assert_eq!(refused.refusal(), (410, "token_spent".into()));
    }
    let late = shop.read().await.text_at("/detailsToken");
    shop.server.fresh.clock.advance(120 * SECOND);
    assert_eq!(redeem(&shop, &shop.key, &late).await.refusal(), (410, "token_expired".into()));
    let frozen = shop.read().await.text_at("/detailsToken");
    shop.post(&format!("/v1/cards/{}/freeze", shop.card), &json!({})).await;
    assert_eq!(redeem(&shop, &shop.key, &frozen).await.refusal(), (400, "card_not_active".into()));
    assert_eq!(shop.read().await.refusal(), (400, "card_not_active".into()));
}

#[tokio::test]
async fn a_token_is_nothing_to_strangers() {
    let shop = Shop::new().await;
    let token = shop.read().await.text_at("/detailsToken");
    let never = redeem(&shop, &shop.key, "tok_x").await;
    assert_eq!(never.refusal(), (404, "not_found".into()));
    let live = shop.server.key(Environment::Live).await;
    for key in [shop.stranger().await, live, shop.other_agent().await] {
        assert_eq!(blank(&redeem(&shop, &key, &token).await), blank(&never));
    }
    let new = json!({ "summary": "s" });
    shop.keeps_strangers_out(Method::POST, "/v1/cards/{id}/details", &shop.card, &new).await;
    let own = redeem(&shop, &shop.token, &token).await;
    assert_eq!(own.status, 200, "the agent's own token may: {}", own.text);
}

#[tokio::test]
async fn a_read_says_what_it_is_for_and_is_listed() {
    let shop = Shop::new().await;
    let (path, base) = (format!("/v1/cards/{}/details", shop.card), json!({ "summary": "s" }));
    shop.refuses(
        &path,
        &base,
        &[
            (json!({ "summary": null }), "parameter_missing", "summary"),
            (json!({ "summary": "a\u{7}b" }), "parameter_invalid", "summary"),
            (json!({ "expectedAmount": 0 }), "parameter_invalid", "expectedAmount"),
            (json!({ "expectedAmount": 9e18 }), "parameter_invalid", "expectedAmount"),
            (json!({ "expectedCurrency": "XYZ" }), "parameter_invalid", "expectedCurrency"),
            (json!({ "reason": "fun" }), "parameter_invalid", "reason"),
            (json!({ "clientContext": [] }), "parameter_invalid", "clientContext"),
            (json!({ "purpose": "p" }), "parameter_unknown", "purpose"),
        ],
    )
    .await;
    shop.refuses(
        "/v1/details/redeem",
        &json!({ "detailsToken": "x" }),
        &[
            (json!({ "detailsToken": null }), "parameter_missing", "detailsToken"),
            (json!({ "detailsToken": 5 }), "parameter_invalid", "detailsToken"),
            (json!({ "token": "x" }), "parameter_unknown", "token"),
        ],
    )
    .await;
    let body = json!({
        "summary": "Papier 事務 <i>", "expectedAmount": 5_000, "expectedCurrency": "EUR", "merchantText": "Amazon",
        "reason": "one-time", "clientContext": { "cart": 7 },
    });
    let read = shop.server.post(&shop.token, &path, &body).await;
    let id = read.text_at("/accessEventId");
    shop.buy(5_000).await;
    for (query, expected) in [
        (String::new(), 1),
        (format!("?cardId={}", shop.card), 1),
        (format!("?agentId={}", shop.agent), 1),
        ("?attestationStatus=attested".into(), 1),
        ("?attestationStatus=stale".into(), 0),
    ] {
        let list = shop.get(&format!("/v1/accesses{query}")).await.json();
        assert_eq!(list["data"].as_array().unwrap().len(), expected, "{query}");
    }
    let seen: Value = shop.server.get(&shop.token, "/v1/accesses").await.json()["data"][0].clone();
    for (field, value) in body.as_object().unwrap() {
        assert_eq!(&seen[field], value, "{field}");
    }
    assert_eq!((&seen["id"], &seen["exposureMode"]), (&json!(id), &json!("extensionOnly")));
    for key in [shop.stranger().await, shop.server.key(Environment::Live).await, shop.other_agent().await] {
        assert_eq!(shop.server.get(&key, "/v1/accesses").await.json()["data"], json!([]));
    }
    for query in ["?attestationStatus=maybe", "?cardId=x", "?status=a"] {
        assert_eq!(shop.get(&format!("/v1/accesses{query}")).await.refusal().0, 400, "{query}");
    }
}

#[tokio::test]
async fn a_card_shows_its_details_as_it_was_told_to() {
    let never = json!({ "purpose": "p", "type": "multi", "credentialExposure": "never" });
    assert_eq!(Shop::with(&never).await.read().await.refusal(), (403, "exposure_forbidden".into()));
    let shop = Shop::with(&json!({ "purpose": "p", "type": "multi", "requireIntent": true })).await;
    assert_eq!(shop.read().await.refusal(), (409, "intent_required".into()));
    let intent = shop.declare("a", json!({})).await.text_at("/id");
    holds(&shop.read().await, &json!({ "intentId": intent, "exposureMode": "extensionOnly" }));
    for _ in 1..10 {
        assert_eq!(shop.read().await.status, 200);
    }
    let eleventh = shop.read().await;
    assert_eq!(eleventh.refusal(), (429, "credential_read_limit".into()));
    assert_eq!(eleventh.header("retry-after"), (HOUR / SECOND).to_string());
    let live = Server::real(&["--live-issuer", "sandbox"]).await;
    let key = live.key(Environment::Live).await;
    let (agent, _) = live.agent(&key).await;
    let new = json!({ "purpose": "p", "type": "multi" });
    let card = live.post(&key, &format!("/v1/agents/{agent}/cards"), &new).await.text_at("/id");
    let refused = live.post(&key, &format!("/v1/cards/{card}/details"), &json!({ "summary": "s" })).await;
    assert_eq!(refused.refusal(), (409, "intent_required".into()), "live asks for an intent by itself");
}

#[tokio::test]
async fn a_raw_card_is_issued_to_whoever_knows_the_risk_and_its_number_is_kept_nowhere() {
    let shop = Shop::new().await;
    let new = json!({ "purpose": "p", "type": "multi", "credentialExposure": "rawPan" });
    let path = format!("/v1/agents/{}/cards", shop.agent);
    let unknowing = shop.post(&path, &new).await;
    assert_eq!(unknowing.refusal(), (400, "parameter_invalid".into()));
    assert_eq!(unknowing.text_at("/error/param"), "acknowledgeRawPanRisk");
    for no in [json!({ "acknowledgeRawPanRisk": false }), json!({ "acknowledgeRawPanRisk": "true" })] {
        let refused = shop.post(&path, &super::shop::merged(&new, &no)).await;
        assert_eq!(refused.text_at("/error/param"), "acknowledgeRawPanRisk", "{no}");
    }
    let card = shop.post(&path, &super::shop::merged(&new, &json!({ "acknowledgeRawPanRisk": true }))).await;
    assert_eq!(card.status, 201, "{}", card.text);
    let read = shop.post(&format!("/v1/cards/{}/details", card.text_at("/id")), &json!({ "summary": "Paper" })).await;
    assert_eq!(read.status, 200, "{}", read.text);
    holds(&read, &json!({ "exposureMode": "rawPan", "last4": card.text_at("/last4") }));
    assert!(read.json().get("detailsToken").is_none(), "{}", read.text);
    let (pan, cvv) = (read.text_at("/pan"), read.text_at("/cvv"));
    assert!(pan.starts_with("999999") && pan.ends_with(&card.text_at("/last4")) && pan.len() == 16, "{pan}");
    assert_eq!((cvv.len(), read.text_at("/expirationYear").len()), (3, 4));
    assert_eq!(read.header("cache-control"), "no-store");
    for (table, rows) in shop.server.fresh.dump().await {
        assert!(rows.iter().all(|row| !row.contains(&pan)), "the number is in {table}");
    }
}
