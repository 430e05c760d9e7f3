//! Agents over the API.
use super::support::Server;
use domain::environment::Environment;
use serde_json::{Value, json};

#[tokio::test]
async fn an_agent_is_made_with_a_token_that_reaches_it_alone() {
    let server = Server::real(&[]).await;
    let key = server.key(Environment::Dev).await;
    let user = server.user(&key).await;
    let new = json!({
        "userId": user, "name": "checkout-bot", "description": "Handles online purchases",
        "spendingLimit": 50_000, "spendingLimitFrequency": "perMonth", "metadata": { "team": "shop" },
    });
    let made = server.post(&key, "/v1/agents", &new).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let agent = made.json();
    for (field, value) in new.as_object().unwrap() {
        assert_eq!(&agent[field], value, "{field}");
    }
    assert_eq!((&agent["status"], &agent["currentSpend"]), (&json!("active"), &json!(0)));
    let (id, token) = (made.text_at("/id"), made.text_at("/token"));
    assert!(token.starts_with("at_dev_"));
    let (other, _) = server.agent(&key).await;

    let found = server.get(&token, &format!("/v1/agents/{id}")).await;
    assert_eq!(found.status, 200);
    assert!(!found.text.contains(&token), "the token is shown once");
    assert_eq!(server.get(&token, &format!("/v1/agents/{other}")).await.refusal(), (404, "agent_not_found".into()));
    let seen = server.get(&token, "/v1/agents").await.json();
    assert_eq!((seen["data"].as_array().unwrap().len(), &seen["data"][0]["id"]), (1, &json!(id)));
    assert_eq!(server.get(&key, "/v1/agents").await.json()["data"].as_array().unwrap().len(), 2);
    assert_eq!(
        server.get(&key, &format!("/v1/agents?userId={user}")).await.json()["data"].as_array().unwrap().len(),
        1
    );
    let tokens = server.get(&key, &format!("/v1/agents/{id}/tokens")).await.json();
    assert_eq!((&tokens["data"][0]["isActive"], &tokens["data"][0]["object"]), (&json!(true), &json!("agent_token")));
}

#[tokio::test]
async fn what_cannot_be_an_agent_is_refused_by_name() {
    let server = Server::real(&[]).await;
    let (dev, live) = (server.key(Environment::Dev).await, server.key(Environment::Live).await);
    let user = server.user(&dev).await;
    for (extra, code, param) in [
        (json!({ "spendingLimit": 5 }), "parameter_missing", "spendingLimitFrequency"),
        (json!({ "spendingLimitFrequency": "perWeek" }), "parameter_missing", "spendingLimit"),
        (json!({ "spendingLimit": 0, "spendingLimitFrequency": "perWeek" }), "parameter_invalid", "spendingLimit"),
        (
            json!({ "spendingLimit": 5, "spendingLimitFrequency": "weekly" }),
            "parameter_invalid",
            "spendingLimitFrequency",
        ),
        (json!({ "onLimitExceeded": "cry" }), "parameter_invalid", "onLimitExceeded"),
        (json!({ "maxCards": 0 }), "parameter_invalid", "maxCards"),
        (json!({ "limit": 5 }), "parameter_unknown", "limit"),
        (json!({ "userId": "user_1" }), "parameter_invalid", "userId"),
    ] {
        let mut body = json!({ "userId": user, "name": "a" });
        body.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        let reply = server.post(&dev, "/v1/agents", &body).await;
        assert_eq!(reply.refusal(), (400, code.to_owned()), "{}", reply.text);
        assert_eq!(reply.text_at("/error/param"), param, "{}", reply.text);
    }
    let elsewhere = server.post(&live, "/v1/agents", &json!({ "userId": user, "name": "a" })).await;
    assert_eq!(elsewhere.refusal(), (404, "user_not_found".into()));
}

#[tokio::test]
async fn an_edit_is_done_as_a_whole_or_not_at_all() {
    let server = Server::real(&[]).await;
    let key = server.key(Environment::Dev).await;
    let (id, token) = server.agent(&key).await;
    let path = format!("/v1/agents/{id}");
    let edit = json!({ "name": "new", "spendingLimit": 70_000, "onLimitExceeded": "suspend", "status": "suspended" });
    let edited = server.patch(&key, &path, &edit).await;
    assert_eq!(edited.status, 200, "{}", edited.text);
    let is = |agent: &Value, expected: &Value| {
        for (field, value) in expected.as_object().unwrap() {
            assert_eq!(&agent[field], value, "{field}");
        }
    };
    is(&edited.json(), &edit);
    is(&edited.json(), &json!({ "spendingLimitFrequency": "perMonth" }));

    // A token may look and not touch, whichever part it tries.
    for edit in [json!({ "name": "x" }), json!({ "spendingLimit": 1 }), json!({ "status": "active" })] {
        let refused = server.patch(&token, &path, &edit).await;
        assert_eq!(refused.refusal(), (403, "insufficient_permissions".into()), "{edit}");
    }
    let half = server.patch(&key, &path, &json!({ "name": "half", "spendingLimitFrequency": null })).await;
    assert_eq!(half.refusal(), (400, "parameter_missing".into()));
    is(&server.get(&key, &path).await.json(), &edit);

    let lift = json!({ "spendingLimit": null, "status": "active", "description": null });
    let lifted = server.patch(&key, &path, &lift).await.json();
    is(&lifted, &json!({ "spendingLimit": null, "spendingLimitFrequency": null, "status": "active", "name": "new" }));
    let untouched = server.patch(&key, &path, &json!({})).await;
    assert_eq!(untouched.json()["name"], "new");
}

#[tokio::test]
async fn a_suspension_says_what_was_before() {
    let server = Server::real(&[]).await;
    let key = server.key(Environment::Dev).await;
    let (id, _) = server.agent(&key).await;
    let path = format!("/v1/agents/{id}/suspend");
    let suspended = server.post(&key, &path, &json!({ "reason": "odd purchases" })).await.json();
    assert_eq!((&suspended["status"], &suspended["previousStatus"]), (&json!("suspended"), &json!("active")));
    assert_eq!(server.post(&key, &path, &json!({})).await.refusal(), (409, "agent_suspended".into()));
    let policy = server.get(&key, &format!("/v1/agents/{id}/policy")).await.json();
    assert_eq!((&policy["spendingLimit"], &policy["remaining"]), (&json!(50_000), &json!(50_000)));
}
