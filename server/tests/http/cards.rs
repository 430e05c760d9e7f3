//! Cards over the API.
use super::{
    shop::{Shop, holds, merged},
    support::Server,
};
use axum::http::Method;
use domain::environment::Environment;
use serde_json::{Value, json};

#[tokio::test]
async fn a_card_has_what_was_asked_for_and_is_listed_where_it_belongs() {
    let asked = json!({
        "purpose": "Büro <b>&\"' 事務", "type": "multi", "maxAmount": 12_345, "merchantHint": "Amazon",
        "credentialExposure": "never", "attestationWindowMinutes": 60, "intentTolerance": 0.25, "requireIntent": true,
    });
    let shop = Shop::with(&asked).await;
    let seen = shop.get(&format!("/v1/cards/{}", shop.card)).await;
    holds(&seen, &asked);
    shop.post(&format!("/v1/agents/{}/cards", shop.agent), &json!({ "purpose": "b", "maxAmount": 1 })).await;
    shop.post(&format!("/v1/cards/{}/freeze", shop.card), &json!({})).await;
    let (other, _) = shop.server.agent(&shop.key).await;
    for (query, expected) in [
        (String::new(), 2),
        (format!("?agentId={}", shop.agent), 2),
        (format!("?agentId={other}"), 0),
        (format!("?userId={}", shop.user), 2),
        ("?status=frozen".into(), 1),
        (format!("?status=active&agentId={}", shop.agent), 1),
    ] {
        let list = shop.get(&format!("/v1/cards{query}")).await.json();
        assert_eq!(list["data"].as_array().unwrap().len(), expected, "{query}");
    }
    let of_user = shop.get(&format!("/v1/users/{}/cards?limit=1", shop.user)).await.json();
    assert_eq!((of_user["data"].as_array().unwrap().len(), &of_user["hasMore"]), (1, &json!(true)));
    for query in ["?status=melted", "?agentId=card_1", "?agent=x", "?status=active&status=frozen", "?limit=0"] {
        assert_eq!(shop.get(&format!("/v1/cards{query}")).await.refusal().0, 400, "{query}");
    }
    assert_eq!(shop.server.get(&shop.other_agent().await, "/v1/cards").await.json()["data"], json!([]));
    assert_eq!(shop.server.get(&shop.token, "/v1/cards").await.json()["data"].as_array().unwrap().len(), 2);
}

#[tokio::test]
async fn every_step_of_a_card_says_what_was_before() {
    let shop = Shop::new().await;
    for (step, status, before) in
        [("freeze", "frozen", "active"), ("unfreeze", "active", "frozen"), ("close", "closed", "active")]
    {
        let reply = shop.post(&format!("/v1/cards/{}/{step}", shop.card), &json!({})).await;
        assert_eq!(reply.status, 200, "{}", reply.text);
        holds(&reply, &json!({ "object": "card", "id": shop.card, "status": status, "previousStatus": before }));
        let again = shop.post(&format!("/v1/cards/{}/{step}", shop.card), &json!({})).await.refusal();
        let code = match step {
            "freeze" => "card_already_frozen",
            "unfreeze" => "card_not_frozen",
            _ => "card_already_closed",
        };
        assert_eq!(again, (409, code.into()));
    }
    let dead = shop.post(&format!("/v1/cards/{}/freeze", shop.card), &json!({})).await;
    assert_eq!(dead.refusal(), (409, "card_already_closed".into()));
}

#[tokio::test]
async fn what_cannot_be_a_card_is_refused_by_name() {
    let shop = Shop::new().await;
    let (path, base) = (format!("/v1/agents/{}/cards", shop.agent), json!({ "purpose": "p", "maxAmount": 100 }));
    let long = "ä".repeat(501);
    shop.refuses(
        &path,
        &base,
        &[
            (json!({ "purpose": null }), "parameter_missing", "purpose"),
            (json!({ "purpose": " " }), "parameter_invalid", "purpose"),
            (json!({ "purpose": long }), "parameter_invalid", "purpose"),
            (json!({ "purpose": "a\u{202E}b" }), "parameter_invalid", "purpose"),
            (json!({ "purpose": "a\u{0000}b" }), "parameter_invalid", "purpose"),
            (json!({ "purpose": 7 }), "parameter_invalid", "purpose"),
            (json!({ "maxAmount": null }), "parameter_invalid", "maxAmount"),
            (json!({ "maxAmount": 0 }), "parameter_invalid", "maxAmount"),
            (json!({ "maxAmount": -1 }), "parameter_invalid", "maxAmount"),
            (json!({ "maxAmount": 1_000_000_000_001_i64 }), "parameter_invalid", "maxAmount"),
            (json!({ "maxAmount": u64::MAX }), "parameter_invalid", "maxAmount"),
            (json!({ "maxAmount": 1.5 }), "parameter_invalid", "maxAmount"),
            (json!({ "maxAmount": "100" }), "parameter_invalid", "maxAmount"),
            (json!({ "type": "triple" }), "parameter_invalid", "type"),
            (json!({ "credentialExposure": "rawPan" }), "parameter_invalid", "acknowledgeRawPanRisk"),
            (json!({ "autoApproveBelow": 500 }), "parameter_invalid", "autoApproveBelow"),
            (json!({ "requireApproval": true, "autoApproveBelow": 0 }), "parameter_invalid", "autoApproveBelow"),
            (json!({ "requireApproval": 1 }), "parameter_invalid", "requireApproval"),
            (json!({ "attestationWindowMinutes": 0 }), "parameter_invalid", "attestationWindowMinutes"),
            (json!({ "attestationWindowMinutes": 61 }), "parameter_invalid", "attestationWindowMinutes"),
            (json!({ "intentTolerance": 1.01 }), "parameter_invalid", "intentTolerance"),
            (json!({ "intentTolerance": -0.1 }), "parameter_invalid", "intentTolerance"),
            (json!({ "requireIntent": "yes" }), "parameter_invalid", "requireIntent"),
            (json!({ "limits": { "perDay": 5 } }), "parameter_invalid", "limitPerDay"),
            (json!({ "limits": { "perWeek": 5 } }), "parameter_unknown", "limits.perWeek"),
            (json!({ "agentId": shop.agent }), "parameter_unknown", "agentId"),
        ],
    )
    .await;
    let unknown = shop.post(&format!("/v1/cards/{}/freeze", shop.card), &json!({ "why": "x" })).await;
    assert_eq!((unknown.refusal().1.as_str(), unknown.text_at("/error/param").as_str()), ("parameter_unknown", "why"));
    assert_eq!(shop.get("/v1/cards").await.json()["data"].as_array().unwrap().len(), 1, "nothing was made");
}

#[tokio::test]
async fn a_card_needs_an_approved_user_an_active_agent_and_an_issuer() {
    let shop = Shop::new().await;
    let (server, key, body) = (&shop.server, &shop.key, json!({ "purpose": "p", "type": "multi" }));
    let new = json!({ "firstName": "Ada", "lastName": "Doe", "email": "ada@example.com" });
    let waiting = shop.post("/v1/applications/user/initiate", &new).await.text_at("/id");
    let agent = json!({ "userId": waiting, "name": "early", "maxCards": 1 });
    let early = shop.post("/v1/agents", &agent).await.text_at("/id");
    let path = format!("/v1/agents/{early}/cards");
    assert_eq!(shop.post(&path, &body).await.refusal(), (409, "user_not_approved".into()));
    shop.post(&format!("/v1/sandbox/users/{waiting}/approve"), &json!({})).await;
    assert_eq!(shop.post(&path, &body).await.status, 201);
    assert_eq!(shop.post(&path, &body).await.refusal(), (409, "card_limit_reached".into()));
    shop.post(&format!("/v1/agents/{}/suspend", shop.agent), &json!({})).await;
    let path = format!("/v1/agents/{}/cards", shop.agent);
    assert_eq!(shop.post(&path, &body).await.refusal(), (409, "agent_suspended".into()));
    let unfreeze = server.post(key, &format!("/v1/cards/{}/unfreeze", shop.card), &json!({})).await;
    assert_eq!(unfreeze.refusal(), (409, "agent_suspended".into()));

    let live = server.key(Environment::Live).await;
    let user = server.post(&live, "/v1/users", &new).await.text_at("/id");
    let agent = server.post(&live, "/v1/agents", &json!({ "userId": user, "name": "a" })).await.text_at("/id");
    let refused = server.post(&live, &format!("/v1/agents/{agent}/cards"), &body).await;
    assert_eq!(refused.refusal(), (503, "issuer_not_configured".into()));
    let demo = Server::real(&["--live-issuer", "sandbox"]).await;
    let live = demo.key(Environment::Live).await;
    let (agent, _) = demo.agent(&live).await;
    let made = demo.post(&live, &format!("/v1/agents/{agent}/cards"), &body).await;
    assert_eq!(made.status, 201, "{}", made.text);
}

#[tokio::test]
async fn cards_draw_on_a_rate_of_their_own() {
    let server = Server::real(&["--rate-card", "1/2"]).await;
    let key = server.key(Environment::Dev).await;
    let (agent, _) = server.agent(&key).await;
    let (path, body) = (format!("/v1/agents/{agent}/cards"), json!({ "purpose": "p", "type": "multi" }));
    for _ in 0..2 {
        assert_eq!(server.post(&key, &path, &body).await.status, 201);
    }
    let refused = server.post(&key, &path, &body).await;
    assert_eq!((refused.refusal(), refused.header("retry-after")), ((429, "rate_limited".into()), "60"));
    assert_eq!(server.get(&key, "/v1/cards").await.status, 200);
}

#[tokio::test]
async fn strangers_find_no_card() {
    let shop = Shop::with_live().await;
    for (method, path, id, body) in [
        (Method::POST, "/v1/agents/{id}/cards", &shop.agent, json!({ "purpose": "p", "type": "multi" })),
        (Method::GET, "/v1/users/{id}/cards", &shop.user, json!({})),
        (Method::GET, "/v1/cards/{id}", &shop.card, json!({})),
        (Method::POST, "/v1/cards/{id}/freeze", &shop.card, json!({})),
        (Method::POST, "/v1/cards/{id}/unfreeze", &shop.card, json!({})),
        (Method::POST, "/v1/cards/{id}/close", &shop.card, json!({})),
    ] {
        shop.keeps_strangers_out(method, path, id, &body).await;
    }
    assert_eq!(shop.get(&format!("/v1/cards/{}", shop.card)).await.json()["status"], "active");
    for step in ["freeze", "unfreeze", "close"] {
        let own = shop.server.post(&shop.token, &format!("/v1/cards/{}/{step}", shop.card), &json!({})).await;
        assert_eq!(own.refusal(), (403, "insufficient_permissions".into()), "a token may not {step} its own card");
    }
}

#[tokio::test]
async fn limits_are_taken_under_the_names_of_the_quick_start() {
    let shop = Shop::new().await;
    let path = format!("/v1/agents/{}/cards", shop.agent);
    let policy = json!({ "maxAmount": 5_000, "dailyLimit": 20_000, "monthlyLimit": 90_000 });
    let made = shop.post(&path, &json!({ "purpose": "Paper", "policy": policy })).await;
    assert_eq!(made.status, 201, "a single-use card has its most for one purchase: {}", made.text);
    let limits = json!({ "perAuth": null, "perDay": 20_000, "perMonth": 90_000 });
    holds(&made, &json!({ "maxAmount": 5_000, "limits": limits, "policyId": null }));
    let card = format!("/v1/cards/{}", made.text_at("/id"));
    let lower = json!({ "policy": { "dailyLimit": 10_000, "monthlyLimit": null } });
    let limits = json!({ "perAuth": null, "perDay": 10_000, "perMonth": null });
    holds(&shop.server.patch(&shop.key, &card, &lower).await, &json!({ "maxAmount": 5_000, "limits": limits }));
    let none = json!({ "perAuth": null, "perDay": null, "perMonth": null });
    let uncapped = shop.server.patch(&shop.key, &card, &json!({ "policy": null })).await;
    assert_eq!(uncapped.text_at("/error/param"), "maxAmount", "a single-use card keeps its cap");
    let multi = shop.post(&path, &json!({ "purpose": "Paper", "type": "multi", "policy": policy })).await;
    let multi = format!("/v1/cards/{}", multi.text_at("/id"));
    let cleared = shop.server.patch(&shop.key, &multi, &json!({ "policy": null })).await;
    holds(&cleared, &json!({ "maxAmount": null, "limits": none }));
    shop.refuses(
        &path,
        &json!({ "purpose": "Paper", "type": "multi", "policy": policy }),
        &[
            (json!({ "maxAmount": 5_000 }), "parameter_invalid", "policy.maxAmount"),
            (json!({ "limits": { "perDay": 20_000 } }), "parameter_invalid", "policy.dailyLimit"),
            (json!({ "limitPerMonth": 90_000 }), "parameter_invalid", "policy.monthlyLimit"),
            (json!({ "policy": { "weeklyLimit": 1 } }), "parameter_unknown", "policy.weeklyLimit"),
            (json!({ "policy": { "dailyLimit": 0 } }), "parameter_invalid", "policy.dailyLimit"),
        ],
    )
    .await;
}

#[tokio::test]
async fn new_cards_take_the_card_limit_of_their_agent_unless_they_say_themselves() {
    let shop = Shop::new().await;
    let register = json!({ "userId": shop.user, "externalId": "bot", "name": "bot" });
    for (n, (window, field)) in [
        ("perTransaction", "/maxAmount"),
        ("per24HourPeriod", "/limits/perDay"),
        ("perMonth", "/limits/perMonth"),
        ("allTime", "/cumulativeMax"),
    ]
    .into_iter()
    .enumerate()
    {
        let limit = json!({ "defaultCardLimit": 4_000, "defaultCardLimitFrequency": window });
        let mut agent = merged(&register, &limit);
        agent["externalId"] = json!(format!("bot-{n}"));
        let agent = shop.post("/v1/agents/register", &agent).await;
        assert_eq!(agent.status, 201, "{}", agent.text);
        holds(&agent, &limit);
        let path = format!("/v1/agents/{}", agent.text_at("/id"));
        holds(&shop.get(&path).await, &limit);
        let card = async |extra: Value| {
            let body = merged(&json!({ "purpose": "Paper", "type": "multi" }), &extra);
            let made = shop.post(&format!("{path}/cards"), &body).await;
            assert_eq!(made.status, 201, "{window}: {}", made.text);
            made.json().pointer(field).cloned()
        };
        assert_eq!(card(json!({})).await, Some(json!(4_000)), "{window}");
        let own = match window {
            "perTransaction" => json!({ "maxAmount": 9_000 }),
            "allTime" => json!({ "cumulativeMax": 9_000 }),
            "perMonth" => json!({ "limitPerMonth": 9_000 }),
            _ => json!({ "policy": { "dailyLimit": 9_000 } }),
        };
        assert_eq!(card(own).await, Some(json!(9_000)), "{window}");
    }
    // What the agent gives is enough for a single-use card.
    let agent = json!({ "userId": shop.user, "name": "once", "defaultCardLimit": 4_000,
                        "defaultCardLimitFrequency": "perTransaction" });
    let agent = shop.post("/v1/agents", &agent).await.text_at("/id");
    let single = shop.post(&format!("/v1/agents/{agent}/cards"), &json!({ "purpose": "Paper" })).await;
    assert_eq!((single.status.as_u16(), single.json()["maxAmount"].clone()), (201, json!(4_000)), "{}", single.text);
    shop.refuses(
        "/v1/agents/register",
        &register,
        &[
            (json!({ "defaultCardLimit": 1 }), "parameter_missing", "defaultCardLimitFrequency"),
            (json!({ "defaultCardLimitFrequency": "perMonth" }), "parameter_missing", "defaultCardLimit"),
            (
                json!({ "defaultCardLimit": 1, "defaultCardLimitFrequency": "perWeek" }),
                "parameter_invalid",
                "defaultCardLimitFrequency",
            ),
        ],
    )
    .await;
}
