//! The sandbox's verification and bank over the API.
use super::support::Server;
use domain::environment::Environment;
use serde_json::json;

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
