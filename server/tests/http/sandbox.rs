//! The sandbox's verification, bank and card network over the API.
use super::{
    shop::{Shop, blank, holds},
    support::Server,
};
use axum::http::Method;
use domain::environment::Environment;
use serde_json::{Value, json};

#[tokio::test]
async fn an_application_is_decided_once_and_only_the_approved_deposit() {
    let server = Server::real(&[]).await;
    let key = server.key(Environment::Dev).await;
    let new = json!({ "firstName": "John", "lastName": "Doe", "email": "john@example.com" });
    let id = server.post(&key, "/v1/applications/user/initiate", &new).await.text_at("/id");
    let path = |end: &str| format!("/v1/sandbox/users/{id}/{end}");
    let early = server.post(&key, &path("deposits"), &json!({ "amount": 100 })).await;
    assert_eq!(early.refusal(), (409, "user_not_approved".into()));
    assert_eq!(server.post(&key, &path("approve"), &json!({})).await.json()["applicationStatus"], "approved");
    assert_eq!(server.post(&key, &path("deny"), &json!({})).await.refusal(), (409, "application_state".into()));
    let balance = server.post(&key, &path("deposits"), &json!({ "amount": 100_000 })).await;
    assert_eq!(balance.status, 201);
    let expected = json!({
        "object": "balance", "userId": id, "currency": "USD", "creditLimit": 100_000, "pendingCharges": 0,
        "postedCharges": 0, "balanceDue": 0, "spendingPower": 100_000, "requestId": balance.header("x-request-id"),
    });
    assert_eq!(balance.json(), expected);
    for amount in [json!(0), json!(-1), json!(1.5), json!("100"), json!(1_000_000_000_001_i64)] {
        let refused = server.post(&key, &path("deposits"), &json!({ "amount": amount })).await;
        assert_eq!(
            (refused.refusal().1.as_str(), refused.text_at("/error/param").as_str()),
            ("parameter_invalid", "amount")
        );
    }
}

#[tokio::test]
async fn a_card_that_is_not_there_cannot_be_charged() {
    let server = Server::real(&[]).await;
    let key = server.key(Environment::Dev).await;
    let card = format!("card_{}", "0".repeat(29));
    let body = json!({ "cardId": card, "amount": 100, "merchant": { "name": "Amazon", "categoryCode": "5942" } });
    assert_eq!(server.post(&key, "/v1/sandbox/authorizations", &body).await.refusal(), (404, "card_not_found".into()));
    let body = json!({ "cardId": card, "amount": 100, "merchant": { "name": "Amazon", "categoryCode": "59" } });
    let refused = server.post(&key, "/v1/sandbox/authorizations", &body).await;
    assert_eq!(refused.text_at("/error/param"), "merchant.categoryCode");
    let nothing = server.get(&key, "/v1/transactions?status=pending").await.json();
    assert_eq!((&nothing["data"], &nothing["hasMore"]), (&json!([]), &json!(false)));
}

const PURCHASES: &str = "/v1/sandbox/authorizations";

fn with_number(number: &str) -> Value {
    json!({ "pan": number, "amount": 700, "merchant": { "name": "Amazon", "categoryCode": "5942" } })
}

async fn number(shop: &Shop) -> String {
    let token = shop.read().await.text_at("/detailsToken");
    shop.post("/v1/details/redeem", &json!({ "detailsToken": token })).await.text_at("/pan")
}

/// The same number with another last digit before the check digit, made valid again.
fn another(number: &str) -> String {
    let valid = |text: &String| domain::redact::redact(text) == domain::redact::MASK;
    let ends = (0..100).map(|end| format!("{}{end:02}", &number[..14]));
    ends.filter(valid).find(|other| other != number).unwrap()
}

#[tokio::test]
async fn a_card_is_charged_by_its_number_as_by_its_id() {
    let shop = Shop::with_live().await;
    let pan = number(&shop).await;
    let bought = shop.post(PURCHASES, &with_number(&pan)).await;
    assert_eq!(bought.status, 201, "{}", bought.text);
    holds(&bought, &json!({ "status": "pending", "cardId": shop.card, "amount": 700 }));
    assert!(!bought.text.contains(&pan), "{}", bought.text);
    // A number of nobody's card and another's card look alike.
    let nobody = shop.post(PURCHASES, &with_number(&another(&pan))).await;
    assert_eq!(nobody.refusal(), (404, "card_not_found".into()));
    let foreign = shop.post(PURCHASES, &with_number("4242424242424242")).await;
    assert_eq!(blank(&foreign), blank(&nobody));
    for key in [shop.stranger().await, shop.server.key(Environment::Live).await] {
        assert_eq!(blank(&shop.server.post(&key, PURCHASES, &with_number(&pan)).await), blank(&nobody));
    }
    assert_eq!(shop.server.post(&shop.token, PURCHASES, &with_number(&pan)).await.status, 403);
    let mut both = with_number(&pan);
    both["cardId"] = json!(shop.card);
    let mut neither = both.clone();
    neither.as_object_mut().unwrap().retain(|name, _| name != "pan" && name != "cardId");
    for (body, code) in [(both, "parameter_invalid"), (neither, "parameter_missing")] {
        let refused = shop.post(PURCHASES, &body).await;
        assert_eq!(refused.refusal(), (400, code.into()));
        assert!(refused.text.contains("cardId") && refused.text.contains("pan"), "{}", refused.text);
        assert!(!refused.text.contains(&pan), "{}", refused.text);
    }
    let spaced = format!("{} {}", &pan[..8], &pan[8..]);
    for wrong in [json!(spaced), json!(format!("{pan}0")), json!(pan.parse::<u64>().unwrap()), json!([pan]), json!("")]
    {
        let mut body = with_number(&pan);
        body["pan"] = wrong.clone();
        let refused = shop.post(PURCHASES, &body).await;
        assert_eq!(refused.refusal(), (400, "parameter_invalid".into()), "{wrong}");
        assert_eq!(refused.text_at("/error/param").split('[').next(), Some("pan"), "{wrong}: {}", refused.text);
        assert!(!refused.text.contains(&pan) && !refused.text.contains(&spaced), "{wrong}: {}", refused.text);
    }
    assert_eq!(shop.get("/v1/transactions").await.json()["data"].as_array().map(Vec::len), Some(1));
}

#[tokio::test]
async fn a_number_in_a_call_is_not_kept_and_its_repeat_charges_once() {
    let shop = Shop::new().await;
    let pan = number(&shop).await;
    let call = async |body: &Value, key: &str| {
        let headers = [
            ("api-key", &*shop.key),
            ("content-type", "application/json"),
            ("idempotency-key", key),
            ("user-agent", &*pan),
        ];
        shop.server.call(Method::POST, PURCHASES, &headers, body.to_string()).await
    };
    let body = with_number(&pan);
    let first = call(&body, "order-1").await;
    assert_eq!(first.status, 201, "{}", first.text);
    let again = call(&body, "order-1").await;
    assert_eq!((&again.text, again.header("idempotent-replayed")), (&first.text, "true"));
    let changed = call(&with_number(&another(&pan)), "order-1").await;
    assert_eq!(changed.refusal(), (409, "idempotency_conflict".into()));
    assert_eq!(call(&body, &pan).await.status, 201, "another key is another purchase");
    shop.server.state.requests.flush().await;
    let everything = shop.server.fresh.everything().await;
    assert!(everything["requests"].iter().any(|row| row.contains("[redacted]")), "{:?}", everything["requests"]);
    for (table, rows) in everything {
        assert!(rows.iter().all(|row| !row.contains(&pan)), "the number in {table}: {rows:?}");
    }
}
