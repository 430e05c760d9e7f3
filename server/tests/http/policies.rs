//! Policies, the rules of cards, and what they would say, over the API.
use super::shop::{Shop, holds};
use axum::http::Method;
use domain::{environment::Environment, time::Timestamp};
use serde_json::{Value, json};

impl Shop {
    async fn policy(&self, set: Value) -> String {
        let made = self.post("/v1/policies", &set).await;
        assert_eq!(made.status, 201, "{}", made.text);
        made.text_at("/id")
    }

    async fn patch(&self, path: &str, body: &Value) -> super::support::Reply {
        self.server.patch(&self.key, path, body).await
    }
}

#[tokio::test]
async fn a_policy_is_made_changed_and_cleared_field_by_field() {
    let shop = Shop::new().await;
    let set = json!({
        "name": "Office", "description": "Paper and pens", "maxAmount": 5_000, "limitPerDay": 20_000,
        "limitPerMonth": 90_000, "cumulativeMax": 500_000, "maxAuthCount": 50, "cooldownMinutes": 2,
        "velocity": { "maxCount": 5, "windowSeconds": 3_600 }, "ttlMinutes": 1_440, "onExpiry": "freeze",
        "activeHoursStart": 8, "activeHoursEnd": 18, "activeDays": [5, 1, 7], "allowedMccs": ["5942", "5111"],
        "blockedMerchants": ["Casino"], "merchantHint": "Amazon", "onDrift": "alert", "requireAttestation": true,
        "intentTolerance": 0.05, "credentialExposure": "extensionOnly",
    });
    let id = shop.policy(set).await;
    let path = format!("/v1/policies/{id}");
    let seen = shop.get(&path).await.json();
    assert_eq!(
        seen["timeRestrictions"],
        json!({ "ttlMinutes": 1_440, "onExpiry": "freeze", "activeHoursStart": 8, "activeHoursEnd": 18,
                "activeTimezone": "UTC", "activeDays": [0, 1, 5] })
    );
    assert_eq!(seen["spendingRestrictions"]["velocity"], json!({ "maxCount": 5, "windowSeconds": 3_600 }));
    assert_eq!(seen["merchantRestrictions"]["allowedMccs"], json!(["5111", "5942"]));
    assert_eq!(seen["attestation"]["intentTolerance"], json!(0.05));
    // null clears, what is absent stays, a stale edit changes nothing.
    let changed = shop.patch(&path, &json!({ "velocity": null, "activeHoursEnd": 20, "version": 1 })).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    assert_eq!(changed.json()["spendingRestrictions"]["velocity"], Value::Null);
    assert_eq!(changed.json()["timeRestrictions"]["activeHoursEnd"], 20);
    assert_eq!(changed.json()["spendingRestrictions"]["maxAmount"], 5_000);
    let stale = shop.patch(&path, &json!({ "maxAmount": 1, "version": 1 })).await;
    assert_eq!(stale.refusal(), (409, "stale_edit".into()));
    let twice = shop.post("/v1/policies", &json!({ "name": "Office" })).await;
    assert_eq!(twice.refusal(), (409, "name_taken".into()));
    assert_eq!(shop.get("/v1/policies").await.json()["data"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn what_cannot_be_a_policy_is_refused_by_name() {
    let shop = Shop::new().await;
    for (set, field) in [
        (json!({ "maxAmount": 0 }), "maxAmount"),
        (json!({ "limitPerDay": 10, "limitPerAuth": 11 }), "limitPerDay"),
        (json!({ "limitPerDay": 10, "limitPerMonth": 9 }), "limitPerMonth"),
        (json!({ "limitPerDay": 10, "limits": { "perDay": 10 } }), "limits.perDay"),
        (json!({ "ttlDays": 1, "ttlMinutes": 1 }), "ttlDays"),
        (json!({ "ttlDays": 9_999 }), "ttlMinutes"),
        (json!({ "ttlDays": i64::MAX }), "ttlMinutes"),
        (json!({ "activeHoursStart": 9 }), "activeHoursEnd"),
        (json!({ "activeHoursStart": 9, "activeHoursEnd": 9 }), "activeHoursEnd"),
        (json!({ "activeDays": [], }), "activeDays"),
        (json!({ "activeDays": [1], "activeTimezone": "Mars/Base" }), "activeTimezone"),
        (json!({ "allowedMccs": ["59x2"] }), "allowedMccs"),
        (json!({ "blockedMerchants": [" "] }), "blockedMerchants"),
        (json!({ "onDrift": "melt" }), "onDrift"),
        (json!({ "velocity": { "maxCount": 1 } }), "windowSeconds"),
        (json!({ "velocity": { "maxCount": 0, "windowSeconds": 1 } }), "velocity.maxCount"),
        (json!({ "maxAuthCount": -1 }), "maxAuthCount"),
        (json!({ "cooldownMinutes": 99_999_999_999_i64 }), "cooldownMinutes"),
        (json!({ "intentTolerance": 1.5 }), "intentTolerance"),
        (json!({ "colour": "red" }), "colour"),
    ] {
        let mut body = set.clone();
        body["name"] = json!("Office");
        let reply = shop.post("/v1/policies", &body).await;
        assert_eq!(reply.status, 400, "{set}: {}", reply.text);
        assert!(reply.text.contains(field), "{set} names {field}: {}", reply.text);
    }
    assert_eq!(shop.get("/v1/policies").await.json()["data"], json!([]), "nothing was kept");
}

#[tokio::test]
async fn a_changed_policy_changes_every_card_that_inherits_it() {
    let shop = Shop::new().await;
    let id = shop.policy(json!({ "name": "Small", "maxAmount": 500 })).await;
    let card = json!({ "purpose": "Paper", "type": "multi", "policyId": id, "maxAmount": 9_000 });
    let made = shop.post(&format!("/v1/agents/{}/cards", shop.agent), &card).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let shop = Shop { card: made.text_at("/id"), ..shop };
    let declined = shop.buy(501).await;
    holds(&declined, &json!({ "status": "declined", "declinedReason": "max_amount_exceeded" }));
    shop.patch(&format!("/v1/policies/{id}"), &json!({ "maxAmount": 600 })).await;
    holds(&shop.buy(501).await, &json!({ "status": "pending" }));
    let standing = shop.get(&format!("/v1/cards/{}/policy", shop.card)).await.json();
    assert_eq!(
        standing["limits"][0],
        json!({ "window": "perAuth", "amount": 600, "level": "policy", "spent": 0,
        "remaining": 600, "resetsAt": null })
    );
    assert_eq!(shop.get(&format!("/v1/policies/{id}")).await.json()["cardCount"], 1);
    let other = shop
        .post(
            &format!("/v1/agents/{}/cards", shop.agent),
            &json!({
        "purpose": "x", "type": "multi", "policyId": "pol_00000000000000000000000000000" }),
        )
        .await;
    assert_eq!(other.refusal(), (400, "parameter_invalid".into()));
}

#[tokio::test]
async fn a_cards_own_rules_are_changed_and_stand_with_what_is_left() {
    let shop = Shop::new().await;
    let path = format!("/v1/cards/{}", shop.card);
    let set = json!({ "limits": { "perDay": 2_000, "perMonth": 5_000 }, "cooldownMinutes": 1, "maxAuthCount": 3 });
    holds(
        &shop.patch(&path, &set).await,
        &json!({ "limits": { "perAuth": null, "perDay": 2_000, "perMonth": 5_000 } }),
    );
    holds(&shop.buy(1_500).await, &json!({ "status": "pending" }));
    holds(&shop.buy(1).await, &json!({ "declinedReason": "cooldown_active" }));
    shop.server.fresh.clock.advance(60_000);
    holds(&shop.buy(501).await, &json!({ "declinedReason": "card_limit_exceeded" }));
    let standing = shop.get(&format!("{path}/policy")).await.json();
    assert_eq!(standing["limits"][0]["remaining"], 500);
    assert_eq!(standing["limits"][1]["remaining"], 3_500);
    assert_eq!(standing["limits"][1]["resetsAt"], 1_738_368_000_000_i64, "the first of February");
    assert_eq!(standing["authCount"], json!({ "max": 3, "level": "card", "current": 1, "remaining": 2 }));
    assert_eq!(standing["cooldown"]["isInCooldown"], false);
    // Asking buys nothing, and says the same as buying would.
    for (amount, decision) in [(500, "approved"), (501, "declined")] {
        let asked =
            json!({ "cardId": shop.card, "amount": amount, "merchant": { "name": "A", "categoryCode": "5942" } });
        let said = shop.post("/v1/spend/evaluate", &asked).await;
        assert_eq!(said.json()["decision"], decision, "{}", said.text);
        assert_eq!(said.json()["context"]["cardSpentDay"], 1_500);
    }
    let said = shop
        .post(
            "/v1/spend/evaluate",
            &json!({
        "cardId": shop.card, "amount": 501, "currency": "EUR", "merchant": { "name": "A", "categoryCode": "5942" } }),
        )
        .await;
    assert_eq!(said.refusal().0, 400);
    // Status and rules in one edit: both or neither.
    let both = shop.patch(&path, &json!({ "status": "frozen", "limits": { "perDay": 1 }, "maxAmount": 2 })).await;
    assert_eq!(both.status, 400, "{}", both.text);
    holds(&shop.get(&path).await, &json!({ "status": "active" }));
    holds(&shop.patch(&path, &json!({ "status": "frozen", "limits": null })).await, &json!({ "status": "frozen" }));
    for (bad, field) in
        [(json!({ "status": "closed" }), "status"), (json!({ "credentialExposure": "never" }), "credentialExposure")]
    {
        let reply = shop.patch(&path, &bad).await;
        assert!(reply.status == 400 && reply.text.contains(field), "{}", reply.text);
    }
}

#[tokio::test]
async fn one_edit_sets_other_rules_and_unfreezes() {
    let shop = Shop::new().await;
    let path = format!("/v1/cards/{}", shop.card);
    let frozen = shop.patch(&path, &json!({ "status": "frozen" })).await;
    let version = frozen.json()["version"].as_i64().unwrap();
    // Of an older version nothing is made: neither the rules nor the step.
    let old = json!({ "status": "active", "maxAmount": 1, "version": version - 1 });
    assert_eq!(shop.patch(&path, &old).await.refusal(), (409, "stale_edit".into()));
    holds(&shop.get(&path).await, &json!({ "status": "frozen", "maxAmount": null, "version": version }));
    let both = json!({ "status": "active", "maxAmount": 500, "version": version });
    holds(&shop.patch(&path, &both).await, &json!({ "status": "active", "maxAmount": 500 }));
    holds(&shop.buy(501).await, &json!({ "declinedReason": "max_amount_exceeded" }));
    // What is refused of the step takes the rules along.
    let again = shop.patch(&path, &json!({ "status": "active", "maxAmount": 700 })).await;
    assert_eq!(again.refusal(), (409, "card_not_frozen".into()));
    holds(&shop.get(&path).await, &json!({ "maxAmount": 500 }));
}

#[tokio::test]
async fn one_edit_gives_a_longer_lifetime_and_revives() {
    let shop =
        Shop::with(&json!({ "purpose": "Paper", "type": "multi", "ttlMinutes": 10, "onExpiry": "freeze" })).await;
    let path = format!("/v1/cards/{}", shop.card);
    shop.server.fresh.clock.advance(10 * 60_000);
    assert_eq!(domain::cards::end_due(&shop.server.fresh.db, 10).await.unwrap(), 1);
    let short = shop.patch(&path, &json!({ "status": "active", "ttlMinutes": 9 })).await;
    assert_eq!(short.refusal(), (400, "card_not_active".into()));
    let longer = shop.patch(&path, &json!({ "status": "active", "ttlMinutes": 60 })).await;
    holds(&longer, &json!({ "status": "active", "ttlMinutes": 60 }));
    holds(&shop.buy(1).await, &json!({ "status": "pending" }));
}

#[tokio::test]
async fn a_single_use_card_never_loses_its_cap() {
    let shop = Shop::with(&json!({ "purpose": "Paper", "maxAmount": 900 })).await;
    let path = format!("/v1/cards/{}", shop.card);
    let refused = async |path: &str, body: Value, field: &str, words: &str| {
        let reply = shop.patch(path, &body).await;
        assert_eq!(reply.status, 400, "{body}: {}", reply.text);
        let error = reply.json()["error"].to_string();
        assert!(error.contains(&format!("\"{field}\"")) && error.contains(words), "{body}: {}", reply.text);
    };
    refused(&path, json!({ "maxAmount": null }), "maxAmount", "single-use").await;
    let (capped, loose) = (
        shop.policy(json!({ "name": "Capped", "maxAmount": 500 })).await,
        shop.policy(json!({ "name": "Loose", "limitPerDay": 900 })).await,
    );
    refused(&path, json!({ "maxAmount": null, "policyId": loose }), "maxAmount", "single-use").await;
    // The policy's cap will do in place of the card's, and then neither the policy nor its cap can be taken away.
    holds(
        &shop.patch(&path, &json!({ "maxAmount": null, "policyId": capped })).await,
        &json!({ "maxAmount": null, "policyId": capped }),
    );
    for none in [Value::Null, json!(loose)] {
        refused(&path, json!({ "policyId": none }), "policyId", "maxAmount").await;
    }
    let policy = format!("/v1/policies/{capped}");
    refused(&policy, json!({ "maxAmount": null }), "maxAmount", "1 open single-use card ").await;
    holds(&shop.patch(&policy, &json!({ "maxAmount": 700 })).await, &json!({ "version": 2 }));
    // What has nothing to do with the cap is changed as before.
    holds(&shop.patch(&path, &json!({ "limitPerDay": 900 })).await, &json!({ "maxAmount": null }));
    holds(&shop.patch(&path, &json!({ "maxAmount": 10, "policyId": null })).await, &json!({ "maxAmount": 10 }));
    holds(&shop.patch(&policy, &json!({ "maxAmount": null })).await, &json!({ "version": 3 }));
    // A closed card depends on nothing, and a card of many purchases never did.
    let card = json!({ "purpose": "Pens", "policyId": loose, "maxAmount": 5 });
    for (more, allowed) in [(json!({ "type": "multi", "maxAmount": null }), true), (json!({}), false)] {
        let mut body = card.clone();
        body.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        shop.patch(&format!("/v1/policies/{loose}"), &json!({ "maxAmount": 400 })).await;
        let made = shop.post(&format!("/v1/agents/{}/cards", shop.agent), &body).await;
        let card = format!("/v1/cards/{}", made.text_at("/id"));
        assert_eq!(shop.patch(&card, &json!({ "maxAmount": null })).await.status, 200);
        let path = format!("/v1/policies/{loose}");
        let clear = json!({ "maxAmount": null });
        assert_eq!(shop.patch(&path, &clear).await.status.is_success(), allowed);
        shop.post(&format!("{card}/close"), &json!({})).await;
        assert_eq!(shop.patch(&path, &clear).await.status, 200, "closed");
    }
}

#[tokio::test]
async fn a_cards_lifetime_ends_it_and_a_longer_one_revives_it() {
    let shop =
        Shop::with(&json!({ "purpose": "Paper", "type": "multi", "ttlMinutes": 10, "onExpiry": "freeze" })).await;
    let path = format!("/v1/cards/{}", shop.card);
    let db = &shop.server.fresh.db;
    shop.server.fresh.clock.advance(10 * 60_000 - 1);
    assert_eq!(domain::cards::end_due(db, 10).await.unwrap(), 0);
    shop.server.fresh.clock.advance(1);
    holds(&shop.buy(1).await, &json!({ "declinedReason": "card_expired" }));
    assert_eq!(domain::cards::end_due(db, 10).await.unwrap(), 1);
    assert_eq!(domain::cards::end_due(db, 10).await.unwrap(), 0, "once");
    holds(&shop.get(&path).await, &json!({ "status": "frozen", "statusReason": "lifetime_over" }));
    let dead = shop.post(&format!("{path}/unfreeze"), &json!({})).await;
    assert_eq!(dead.refusal(), (400, "card_not_active".into()));
    shop.patch(&path, &json!({ "ttlMinutes": 60 })).await;
    holds(&shop.post(&format!("{path}/unfreeze"), &json!({})).await, &json!({ "status": "active" }));
    holds(&shop.buy(1).await, &json!({ "status": "pending" }));
    shop.patch(&path, &json!({ "onExpiry": "close" })).await;
    shop.server.fresh.clock.advance(3_600_000);
    assert_eq!(domain::cards::end_due(db, 10).await.unwrap(), 1);
    holds(&shop.get(&path).await, &json!({ "status": "closed" }));
}

#[tokio::test]
async fn a_card_ends_with_its_printed_month_and_shows_no_lifetime_that_nobody_set() {
    let shop = Shop::new().await;
    let path = format!("/v1/cards/{}", shop.card);
    holds(&shop.get(&path).await, &json!({ "expirationMonth": "01", "expirationYear": "2028" }));
    // The first of February 2028, 00:00 UTC; a purchase is made one millisecond after the last.
    shop.server.fresh.clock.set(Timestamp(1_832_976_000_000 - 2));
    holds(&shop.buy(1).await, &json!({ "status": "pending" }));
    holds(&shop.buy(1).await, &json!({ "status": "declined", "declinedReason": "card_expired" }));
    holds(&shop.get(&path).await, &json!({ "expiresAt": null, "ttlMinutes": null, "onExpiry": null }));
    let standing = shop.get(&format!("{path}/policy")).await.json();
    assert_eq!((&standing["ttl"]["expiresAt"], &standing["ttl"]["isExpired"]), (&Value::Null, &json!(false)));
    assert_eq!(domain::cards::end_due(&shop.server.fresh.db, 10).await.unwrap(), 1);
    holds(&shop.get(&path).await, &json!({ "status": "closed", "statusReason": "expired" }));
}

#[tokio::test]
async fn a_token_neither_sees_policies_nor_loosens_its_card() {
    let shop = Shop::new().await;
    let id = shop.policy(json!({ "name": "Small", "maxAmount": 500 })).await;
    for path in ["/v1/policies".to_owned(), format!("/v1/policies/{id}")] {
        assert!(shop.server.get(&shop.token, &path).await.status.is_client_error(), "{path}");
    }
    let path = format!("/v1/cards/{}", shop.card);
    let reply = shop.server.patch(&shop.token, &path, &json!({ "maxAmount": 1_000_000 })).await;
    assert_eq!(reply.status, 403, "{}", reply.text);
    let standing = shop.server.get(&shop.token, &format!("{path}/policy")).await;
    assert_eq!(standing.status, 200, "its own card's rules are its to know");
    let other = shop.other_agent().await;
    assert_eq!(shop.server.get(&other, &format!("{path}/policy")).await.refusal().0, 404);
    let dev = shop.server.key(Environment::Live).await;
    let strange = shop.server.call(Method::GET, &format!("/v1/policies/{id}"), &[("api-key", &dev)], "").await;
    assert_eq!(strange.refusal(), (404, "not_found".into()));
}

#[tokio::test]
async fn the_organisation_and_an_agent_set_rules_for_all_cards() {
    let shop = Shop::new().await;
    let own = "/v1/settings/policy";
    holds(&shop.get(own).await, &json!({ "object": "organization_policy", "version": 0 }));
    let set = json!({ "maxAmount": 900, "velocity": { "maxCount": 3, "windowSeconds": 60 }, "version": 0 });
    let seen = shop.patch(own, &set).await;
    assert_eq!(
        (seen.status.as_u16(), &seen.json()["spendingRestrictions"]["maxAmount"]),
        (200, &json!(900)),
        "{}",
        seen.text
    );
    assert_eq!(shop.patch(own, &json!({ "maxAmount": 1, "version": 0 })).await.refusal(), (409, "stale_edit".into()));
    holds(&shop.buy(901).await, &json!({ "declinedReason": "max_amount_exceeded" }));
    let path = format!("/v1/agents/{}/policy", shop.agent);
    let seen = shop.patch(&path, &json!({ "maxAmount": 500, "blockedMccs": ["7995"] })).await;
    assert_eq!(seen.status, 200, "{}", seen.text);
    let seen = seen.json();
    assert_eq!(seen["merchantRestrictions"]["blockedMccs"], json!(["7995"]));
    assert_eq!(seen["rules"][0], json!({ "rule": "perPurchase", "most": 500, "level": "agent" }));
    holds(&shop.buy(501).await, &json!({ "declinedReason": "max_amount_exceeded" }));
    holds(&shop.buy(500).await, &json!({ "status": "pending" }));
    // A token sees what stands for its agent, and changes none of it.
    let seen = shop.server.get(&shop.token, &path).await;
    assert_eq!(seen.json()["rules"].as_array().map(Vec::len), Some(4), "{}", seen.text);
    assert_eq!(shop.server.patch(&shop.token, &path, &json!({ "maxAmount": 1 })).await.status, 403);
    assert_eq!(shop.server.patch(&shop.token, own, &json!({ "maxAmount": 1 })).await.status, 403);
    assert!(shop.server.get(&shop.token, own).await.status.is_client_error());
    for at in [own, &path] {
        for (bad, field) in [
            (json!({ "ttlMinutes": 5 }), "ttlMinutes"),
            (json!({ "credentialExposure": "never" }), "credentialExposure"),
            (json!({ "merchantHint": "x" }), "merchantHint"),
            (json!({ "limitPerDay": 10, "limitPerMonth": 5 }), "limitPerDay"),
            (json!({ "policyId": "x" }), "policyId"),
        ] {
            let reply = shop.patch(at, &bad).await;
            assert!(reply.status == 400 && reply.text.contains(field), "{at} {bad}: {}", reply.text);
        }
    }
    let cleared = shop.patch(own, &json!({ "maxAmount": null, "velocity": null })).await.json();
    assert_eq!(cleared["spendingRestrictions"]["velocity"], Value::Null);
}

#[tokio::test]
async fn a_policy_says_how_details_are_read_and_how_far_an_amount_may_be_off() {
    let shop = Shop::new().await;
    let strict = shop.policy(json!({ "name": "Strict", "credentialExposure": "never", "intentTolerance": 0.05 })).await;
    let path = format!("/v1/cards/{}", shop.card);
    let standing = async || shop.get(&format!("{path}/policy")).await.json()["attestation"].clone();
    let before = standing().await;
    assert_eq!(
        (&before["intentTolerance"], &before["intentToleranceLevel"], &before["credentialExposureLevel"]),
        (&json!(0.1), &json!("organisation"), &json!("card"))
    );
    shop.patch(&path, &json!({ "policyId": strict })).await;
    let after = standing().await;
    assert_eq!(after["intentTolerance"], 0.05);
    assert_eq!((&after["credentialExposure"], &after["credentialExposureLevel"]), (&json!("never"), &json!("policy")));
    let read = shop.post(&format!("{path}/details"), &json!({ "summary": "Paper" })).await;
    assert_eq!(read.refusal().1, "exposure_forbidden", "{}", read.text);
    assert_eq!(shop.get(&path).await.json()["credentialExposure"], "extensionOnly", "its own word is another thing");
    shop.patch(&path, &json!({ "intentTolerance": 0.2 })).await;
    assert_eq!(standing().await["intentToleranceLevel"], "card");
}

#[tokio::test]
async fn new_cards_take_the_default_policy_of_their_agent() {
    let shop = Shop::new().await;
    let id = shop.policy(json!({ "name": "Small", "maxAmount": 500 })).await;
    let path = format!("/v1/agents/{}", shop.agent);
    holds(&shop.patch(&path, &json!({ "defaultPolicyId": id })).await, &json!({ "defaultPolicyId": id }));
    let issue = json!({ "purpose": "Paper", "type": "multi" });
    holds(&shop.post(&format!("{path}/cards"), &issue).await, &json!({ "policyId": id }));
    let wrong = shop.patch(&path, &json!({ "defaultPolicyId": "pol_00000000000000000000000000000" })).await;
    assert!(wrong.status == 400 && wrong.text.contains("defaultPolicyId"), "{}", wrong.text);
    holds(&shop.patch(&path, &json!({ "defaultPolicyId": null })).await, &json!({ "defaultPolicyId": null }));
    holds(&shop.post(&format!("{path}/cards"), &issue).await, &json!({ "policyId": null }));
}

#[tokio::test]
async fn a_cards_policy_shows_every_rule_with_the_level_that_set_it() {
    let shop = Shop::new().await;
    let day = 86_400_000;
    holds(
        &shop.get(&format!("/v1/cards/{}/policy", shop.card)).await,
        &json!({
            "ttl": { "minutes": null, "level": null, "expiresAt": null, "isExpired": false, "onExpiry": null,
                     "onExpiryLevel": null },
            "activeHours": { "level": null, "start": null, "end": null, "timezone": null, "activeDays": null,
                             "isWithinActiveHours": true },
        }),
    );
    let organisation = json!({
        "blockedMccs": ["7995"], "blockedMerchants": ["Casino"], "velocity": { "maxCount": 9, "windowSeconds": 60 },
        "activeHoursStart": 0, "activeHoursEnd": 23, "activeTimezone": "UTC",
    });
    assert_eq!(shop.patch("/v1/settings/policy", &organisation).await.status, 200);
    let limit = json!({ "spendingLimit": 40_000, "spendingLimitFrequency": "allTime", "onLimitExceeded": "suspend" });
    assert_eq!(shop.patch(&format!("/v1/agents/{}", shop.agent), &limit).await.status, 200);
    let policy = json!({
        "name": "Office", "allowedMccs": ["5111", "5942"], "ttlMinutes": 2_880, "onExpiry": "freeze",
        "requireApproval": true, "autoApproveBelow": 700,
    });
    let policy = shop.policy(policy).await;
    let card = json!({
        "purpose": "Paper", "type": "multi", "policyId": policy, "allowedMerchants": ["Amazon"], "ttlDays": 1,
        "velocity": { "maxCount": 2, "windowSeconds": 600 },
    });
    let made = shop.post(&format!("/v1/agents/{}/cards", shop.agent), &card).await;
    let shop = Shop { card: made.text_at("/id"), ..shop };
    holds(&shop.buy(300).await, &json!({ "status": "pending" }));
    let path = format!("/v1/cards/{}/policy", shop.card);
    let seen = shop.get(&path).await.json();
    let made_at = shop.get(&format!("/v1/cards/{}", shop.card)).await.json()["createdAt"].as_i64().unwrap();
    assert_eq!(
        seen["ttl"],
        json!({ "minutes": 1_440, "level": "card", "expiresAt": made_at + day, "isExpired": false,
                "onExpiry": "freeze", "onExpiryLevel": "policy" })
    );
    let limit = json!({ "amount": 40_000, "frequency": "allTime", "onExceeded": "suspend" });
    let hours = json!({ "hours": [0, 23], "days": null, "zone": "UTC" });
    for rule in [
        json!({ "rule": "agentLimit", "level": "agent", "limit": limit, "spent": 300, "resetsAt": null }),
        json!({ "rule": "pace", "level": "card", "set": { "maxCount": 2, "windowSeconds": 600 }, "had": 1 }),
        json!({ "rule": "active", "level": "organisation", "time": hours, "now": true }),
        json!({ "rule": "onlyMccs", "level": "policy", "list": ["5111", "5942"] }),
        json!({ "rule": "noMccs", "level": "organisation", "list": ["7995"] }),
        json!({ "rule": "onlyMerchants", "level": "card", "list": ["Amazon"] }),
        json!({ "rule": "noMerchants", "level": "organisation", "list": ["Casino"] }),
        json!({ "rule": "approval", "level": "policy", "from": 700 }),
    ] {
        assert!(seen["rules"].as_array().unwrap().contains(&rule), "{rule} in {}", seen["rules"]);
    }
    assert_eq!(seen["rules"].as_array().map(Vec::len), Some(8), "{}", seen["rules"]);
    // Every level that says when must agree; the one that keeps the card closed is shown.
    let weekends = json!({ "activeDays": [0, 6], "activeTimezone": "Europe/Berlin" });
    assert_eq!(shop.patch(&format!("/v1/cards/{}", shop.card), &weekends).await.status, 200);
    let open = shop.get(&path).await.json()["activeHours"].clone();
    let of_card = json!({ "level": "card", "start": null, "end": null, "timezone": "Europe/Berlin",
                          "activeDays": [0, 6], "isWithinActiveHours": false });
    assert_eq!(open, of_card, "it is a Wednesday");
    shop.server.fresh.clock.advance(3 * day);
    let open = shop.get(&path).await.json()["activeHours"].clone();
    assert_eq!((&open["level"], &open["isWithinActiveHours"]), (&json!("card"), &json!(true)), "{open}");
}

#[tokio::test]
async fn an_evaluation_says_what_would_follow_and_by_which_limits() {
    let shop = Shop::new().await;
    let path = format!("/v1/cards/{}", shop.card);
    let agent = format!("/v1/agents/{}", shop.agent);
    let ask = async |amount: i64, merchant: &str| {
        let merchant = json!({ "name": merchant, "categoryCode": "5942" });
        let asked = json!({ "cardId": shop.card, "amount": amount, "merchant": merchant });
        let said = shop.post("/v1/spend/evaluate", &asked).await;
        assert_eq!(said.status, 200, "{}", said.text);
        said.json()
    };
    let limit = json!({ "spendingLimit": 10_000, "spendingLimitFrequency": "perMonth", "onLimitExceeded": "suspend" });
    assert_eq!(shop.patch(&agent, &limit).await.status, 200);
    let rules = json!({ "cumulativeMax": 8_000, "limits": { "perDay": 8_000 }, "onDrift": "freeze" });
    assert_eq!(shop.patch(&path, &rules).await.status, 200);
    holds(&shop.buy(1_000).await, &json!({ "status": "pending" }));
    let plain = ask(500, "Amazon").await;
    assert_eq!((&plain["decision"], &plain["flags"]), (&json!("approved"), &json!([])), "{plain}");
    let context = &plain["context"];
    assert_eq!(context["spendingPower"], 999_000);
    let balance = |said: &Value| {
        said["rules"].as_array().unwrap().iter().find(|rule| rule["rule"] == "balance").cloned().unwrap()
    };
    assert_eq!((&balance(&plain)["input"], &balance(&plain)["limit"]), (&json!(500), &json!(999_000)));
    // What the user has is nothing of the agent's: whether it is enough is.
    let token = shop.post(&format!("{agent}/tokens"), &json!({ "name": "worker" })).await.text_at("/token");
    let asked = json!({ "cardId": shop.card, "amount": 500, "merchant": { "name": "Amazon", "categoryCode": "5942" } });
    let own = shop.server.post(&token, "/v1/spend/evaluate", &asked).await;
    assert_eq!(own.status, 200, "{}", own.text);
    assert!(!own.text.contains("999000"), "{}", own.text);
    let own = own.json();
    assert_eq!((&own["decision"], &own["context"]["spendingPower"]), (&json!("approved"), &Value::Null));
    let verdict = json!({ "rule": "balance", "verdict": "pass", "reason": null, "input": null, "limit": null });
    assert_eq!(balance(&own), verdict);
    assert_eq!(own["context"]["agentLimit"], context["agentLimit"]);
    assert_eq!(
        context["agentLimit"],
        json!({ "amount": 10_000, "frequency": "perMonth", "onExceeded": "suspend", "spent": 1_000, "remaining": 9_000,
                "resetsAt": 1_738_368_000_000_i64 })
    );
    let day = json!({ "window": "perDay", "amount": 8_000, "level": "card", "spent": 1_000, "remaining": 7_000,
                      "resetsAt": null });
    assert_eq!(context["cardLimits"], json!([day]));
    let standing = shop.get(&format!("{path}/policy")).await.json();
    assert_eq!(context["policy"], standing["rules"], "one source");
    assert_eq!(context["policy"].as_array().map(Vec::len), Some(4), "{context}");
    assert_eq!(ask(500, "Elsewhere").await["flags"], json!(["merchantDrift", "cardFrozen"]));
    assert_eq!(ask(7_000, "Amazon").await["flags"], json!(["cardClosed"]));
    assert_eq!(ask(7_000, "Elsewhere").await["flags"], json!(["merchantDrift", "cardClosed"]), "closing is more");
    let more = json!({ "cumulativeMax": null, "limits": null });
    assert_eq!(shop.patch(&path, &more).await.status, 200);
    let beyond = ask(9_001, "Amazon").await;
    assert_eq!((&beyond["decision"], &beyond["flags"]), (&json!("declined"), &json!(["agentSuspended"])), "{beyond}");
    assert_eq!(shop.patch(&agent, &json!({ "onLimitExceeded": "notify" })).await.status, 200);
    let beyond = ask(9_001, "Amazon").await;
    assert_eq!((&beyond["decision"], &beyond["flags"]), (&json!("approved"), &json!(["limitPassed"])), "{beyond}");
    holds(&shop.get(&agent).await, &json!({ "status": "active", "currentSpend": 1_000 }));
    holds(&shop.get(&path).await, &json!({ "status": "active", "spent": 1_000 }));
}
