//! The documented quick start, call by call, and the purchase that it leads to.
use super::{
    shop::{holds, merged},
    support::Server,
};
use domain::{environment::Environment, time::SECOND};
use serde_json::json;

/// The secrets that a walk was shown.
pub struct Shown {
    pub agent_token: String,
    pub details_token: String,
    pub pan: String,
    pub cvv: String,
}

#[tokio::test]
async fn the_quick_start_works_with_a_development_key_and_nothing_else() {
    let server = Server::real(&[]).await;
    let key = server.key(Environment::Dev).await;
    walk(&server, &key).await;
}

/// The quick start, and then a purchase from its declaration to its refund.
pub async fn walk(server: &Server, key: &str) -> Shown {
    let user = a_user(server, key).await;
    let (agent, agent_token) = an_agent(server, key, &user).await;
    let card = a_card(server, key, &agent, &user).await;
    let access = details(server, key, &card).await;
    // The clock of a test stands still until it is moved.
    server.fresh.clock.advance(SECOND);
    let intent = an_intent(server, key, &card).await;
    let (details_token, pan, cvv) = redeemed(server, key, &card, &intent).await;
    a_purchase(server, key, &card, &intent, &access).await;
    Shown { agent_token, details_token, pan, cvv }
}

async fn a_user(server: &Server, key: &str) -> String {
    let new = json!({ "firstName": "John", "lastName": "Doe", "email": "john@example.com" });
    let made = server.post(key, "/v1/applications/user/initiate", &new).await;
    assert_eq!(made.status, 201, "{}", made.text);
    holds(&made, &merged(&new, &json!({ "object": "user", "applicationStatus": "pending" })));
    assert!(made.text_at("/applicationCompletionLink").starts_with("http://127.0.0.1:3000/verify/"));
    let id = made.text_at("/id");
    assert!(id.starts_with("user_"));
    let approved = server.post(key, &format!("/v1/sandbox/users/{id}/approve"), &json!({})).await;
    assert_eq!((approved.status.as_u16(), approved.text_at("/applicationStatus").as_str()), (200, "approved"));
    let funded = server.post(key, &format!("/v1/sandbox/users/{id}/deposits"), &json!({ "amount": 1_000_000 })).await;
    assert_eq!(funded.status, 201);
    holds(&funded, &json!({ "creditLimit": 1_000_000, "spendingPower": 1_000_000 }));
    id
}

async fn an_agent(server: &Server, key: &str, user: &str) -> (String, String) {
    let new = json!({
        "userId": user, "name": "checkout-bot", "description": "Handles online purchases",
        "spendingLimit": 50_000, "spendingLimitFrequency": "perMonth",
    });
    let made = server.post(key, "/v1/agents", &new).await;
    assert_eq!(made.status, 201, "{}", made.text);
    holds(&made, &merged(&new, &json!({ "object": "agent", "status": "active", "currentSpend": 0, "cardCount": 0 })));
    assert!(made.text_at("/id").starts_with("agent_") && made.text_at("/tokenId").starts_with("at"));
    (made.text_at("/id"), made.text_at("/token"))
}

async fn a_card(server: &Server, key: &str, agent: &str, user: &str) -> String {
    let new = json!({ "purpose": "Purchase office supplies from Amazon", "type": "single", "maxAmount": 10_000 });
    let made = server.post(key, &format!("/v1/agents/{agent}/cards"), &new).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let (id, last4) = (made.text_at("/id"), made.text_at("/last4"));
    assert!(id.starts_with("card_") && last4.len() == 4 && last4.bytes().all(|b| b.is_ascii_digit()));
    let mut expected = json!({
        "object": "card", "id": id, "agentId": agent, "userId": user, "status": "active", "statusReason": null,
        "purpose": "Purchase office supplies from Amazon", "type": "single", "maxAmount": 10_000,
        "last4": last4, "expirationMonth": "01", "expirationYear": "2028", "currency": "USD", "spent": 0,
        "merchantHint": null, "credentialExposure": "extensionOnly", "attestationWindowMinutes": 10,
        "intentTolerance": null, "requireIntent": null, "requireApproval": false, "autoApproveBelow": null, "createdAt": server.fresh.db.now(), "lastUsedAt": null,
        "closedAt": null, "requestId": made.header("x-request-id"),
    });
    // None of these was asked for.
    let rules = json!({
        "limits": { "perAuth": null, "perDay": null, "perMonth": null }, "cumulativeMax": null, "maxAuthCount": null,
        "cooldownMinutes": null, "velocity": null, "activeHoursStart": null, "activeHoursEnd": null,
        "activeTimezone": null, "activeDays": null, "allowedMccs": null, "blockedMccs": [], "allowedMerchants": null,
        "blockedMerchants": [], "onDrift": null, "requireAttestation": null, "policyId": null, "ttlMinutes": null,
        "onExpiry": null, "expiresAt": null, "version": 1,
    });
    expected.as_object_mut().unwrap().extend(rules.as_object().unwrap().clone());
    assert_eq!(made.json(), expected);
    id
}

/// Step 5 of the quick start: no intent was declared, and the development environment asks for none.
async fn details(server: &Server, key: &str, card: &str) -> String {
    let body = json!({
        "summary": "Purchase office supplies from Amazon", "expectedAmount": 5_000, "merchantText": "Amazon",
    });
    let read = server.post(key, &format!("/v1/cards/{card}/details"), &body).await;
    assert_eq!(read.status, 200, "{}", read.text);
    let id = read.text_at("/accessEventId");
    assert!(id.starts_with("evt_") && read.text_at("/detailsToken").starts_with("tok_"));
    holds(
        &read,
        &json!({
            "object": "card_details", "cardId": card, "exposureMode": "extensionOnly", "intentId": null,
            "tokenExpiresAt": server.fresh.db.now() + 120 * SECOND,
            "last4": server.get(key, &format!("/v1/cards/{card}")).await.text_at("/last4"),
        }),
    );
    assert!(!read.text.contains("pan") && !read.text.contains("cvv"), "{}", read.text);
    id
}

async fn an_intent(server: &Server, key: &str, card: &str) -> String {
    let new = json!({
        "intentId": "order-1", "summary": "Paper and pens", "expectedAmount": 5_000, "expectedCurrency": "USD",
        "expectedMerchant": "Amazon", "tolerance": 500, "metadata": { "cart": ["paper", "pens"] },
    });
    let made = server.post(key, &format!("/v1/cards/{card}/intents"), &new).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let now = server.fresh.db.now();
    holds(&made, &new);
    holds(
        &made,
        &json!({
            "object": "intent", "cardId": card, "status": "pending", "createdAt": now,
            "expiresAt": now + 1_800 * SECOND, "transactionId": null, "matchedAt": null, "matchResult": null,
            "revealedAt": null,
        }),
    );
    made.text_at("/id")
}

async fn redeemed(server: &Server, key: &str, card: &str, intent: &str) -> (String, String, String) {
    let read = server.post(key, &format!("/v1/cards/{card}/details"), &json!({ "summary": "Paper and pens" })).await;
    assert_eq!(read.text_at("/intentId"), intent);
    let token = read.text_at("/detailsToken");
    let shown = server.post(key, "/v1/details/redeem", &json!({ "detailsToken": token })).await;
    assert_eq!((shown.status.as_u16(), shown.header("cache-control")), (200, "no-store"));
    let (pan, cvv) = (shown.text_at("/pan"), shown.text_at("/cvv"));
    assert!(pan.len() == 16 && pan.starts_with("999999") && luhn(&pan), "{pan}");
    assert!(cvv.len() == 3 && cvv.bytes().all(|b| b.is_ascii_digit()));
    let expected = json!({
        "object": "card_credentials", "cardId": card, "pan": pan, "cvv": cvv, "expirationMonth": "01",
        "expirationYear": "2028", "last4": pan[12..], "requestId": shown.header("x-request-id"),
    });
    assert_eq!(shown.json(), expected);
    (token, pan, cvv)
}

/// The check of ISO/IEC 7812-1, written here once more so that the product's own is not its judge.
fn luhn(digits: &str) -> bool {
    let sum: u32 = digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(place, digit)| {
            let digit = u32::from(digit - b'0') * if place % 2 == 1 { 2 } else { 1 };
            if digit > 9 { digit - 9 } else { digit }
        })
        .sum();
    sum.is_multiple_of(10)
}

async fn a_purchase(server: &Server, key: &str, card: &str, intent: &str, first_read: &str) {
    let now = server.fresh.db.now();
    let merchant = json!({ "name": "AMAZON MKTPL", "categoryCode": "5942", "city": "Seattle", "country": "US" });
    let body = json!({ "cardId": card, "amount": 5_200, "currency": "USD", "merchant": merchant });
    let made = server.post(key, "/v1/sandbox/authorizations", &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let id = made.text_at("/id");
    assert!(id.starts_with("txn_"));
    let the_card = server.get(key, &format!("/v1/cards/{card}")).await.json();
    let expected = json!({
        "object": "transaction", "id": id, "cardId": card, "agentId": the_card["agentId"],
        "userId": the_card["userId"], "amount": 5_200, "authorizedAmount": 5_200, "reversedAmount": 0,
        "currency": "USD", "localAmount": 5_200, "localCurrency": "USD", "status": "pending", "declinedReason": null, "attestationStatus": "attested",
        "accessEventId": made.text_at("/accessEventId"), "intentId": intent, "merchant": merchant,
        "authorizedAt": now, "postedAt": null, "reversedAt": null, "createdAt": now, "updatedAt": now,
        "notes": null, "tags": [], "category": null,
        "receipt": { "hasReceipt": false, "mimeType": null, "uploadedAt": null }, "requestId": made.header("x-request-id"),
    });
    assert_eq!(made.json(), expected);
    assert_ne!(made.text_at("/accessEventId"), first_read, "the last read counts");
    let again = server.post(key, "/v1/sandbox/authorizations", &body).await;
    holds(&again, &json!({ "status": "declined", "declinedReason": "card_used", "intentId": null }));

    let captured = server.post(key, &format!("/v1/sandbox/authorizations/{id}/capture"), &json!({})).await;
    assert_eq!(captured.status, 200, "{}", captured.text);
    holds(&captured, &json!({ "id": id, "status": "completed", "amount": 5_200, "postedAt": now }));
    let closed = server.get(key, &format!("/v1/cards/{card}")).await;
    holds(&closed, &json!({ "status": "closed", "spent": 5_200, "lastUsedAt": now, "closedAt": now }));
    let reversed = server.post(key, &format!("/v1/sandbox/authorizations/{id}/reverse"), &json!({})).await;
    holds(&reversed, &json!({ "status": "reversed", "amount": 0, "reversedAmount": 5_200, "reversedAt": now }));

    let ended = server.get(key, &format!("/v1/intents/{intent}")).await;
    holds(&ended, &json!({ "status": "matched", "transactionId": id, "matchedAt": now, "revealedAt": now }));
    let result = &ended.json()["matchResult"];
    assert_eq!((&result["amountMatch"], &result["merchantMatch"]), (&json!(true), &json!(true)));
    assert_eq!((&result["actualAmount"], &result["actualMerchant"]), (&json!(5_200), &json!("AMAZON MKTPL")));
    let reads = server.get(key, &format!("/v1/accesses?cardId={card}&attestationStatus=attested")).await.json();
    assert_eq!(reads["data"].as_array().unwrap().len(), 1);
    assert_eq!((&reads["data"][0]["transactionId"], &reads["data"][0]["intentId"]), (&json!(id), &json!(intent)));
}
