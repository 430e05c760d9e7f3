//! All spending of an environment stopped: what the API says meanwhile.
use super::shop::Shop;
use domain::{
    access::Role,
    environment::Environment,
    limits::stop::{AllowSpending, StopSpending},
    name::Line,
};
use serde_json::json;

#[tokio::test]
async fn every_call_that_spends_says_that_it_is_stopped() {
    let shop = Shop::new().await;
    let fresh = &shop.server.fresh;
    let owner = fresh.person(Environment::Dev, Role::Owner);
    let reason = || Line::parse("odd purchases").unwrap();
    let token = shop.read().await.text_at("/detailsToken");
    fresh.db.commit(&owner, StopSpending { reason: reason() }).await.unwrap();

    let declined = shop.buy(1).await;
    assert_eq!(declined.status, 201, "{}", declined.text);
    assert_eq!(declined.text_at("/declinedReason"), "organization_suspended");
    let question = json!({
        "cardId": shop.card, "amount": 1, "merchant": { "name": "Amazon", "categoryCode": "5942" },
    });
    let said = shop.post("/v1/spend/evaluate", &question).await.json();
    assert_eq!((&said["decision"], &said["rulesVersion"]), (&json!("declined"), &json!(3)));
    assert_eq!(said["rules"][0]["rule"], "organisationActive");
    assert_eq!(said["reasons"].as_array().unwrap().len(), 1, "{said}");
    assert_eq!(said["reasons"][0]["code"], "organization_suspended");
    let refused = (409, "organization_suspended".to_owned());
    assert_eq!(shop.read().await.refusal(), refused);
    let redeem = json!({ "detailsToken": token });
    assert_eq!(shop.post("/v1/details/redeem", &redeem).await.refusal(), refused);
    let declared = shop.declare("meanwhile", json!({})).await;
    assert_eq!(declared.status, 201, "{}", declared.text);

    fresh.db.commit(&owner, AllowSpending { reason: reason() }).await.unwrap();
    assert_eq!(shop.post("/v1/details/redeem", &redeem).await.status, 200);
    assert_eq!(shop.buy(1).await.text_at("/status"), "pending");
}
