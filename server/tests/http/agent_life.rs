//! Agents registered again and again, given tokens, resumed and taken out of service, over the API.
use super::{shop::Shop, support::Server};
use axum::http::Method;
use domain::environment::Environment;
use serde_json::{Value, json};

#[tokio::test]
async fn registering_twice_gives_the_first_agent_and_no_second_token() {
    let server = Server::real(&[]).await;
    let (key, live) = (server.key(Environment::Dev).await, server.key(Environment::Live).await);
    let new = json!({
        "externalId": "bot-7", "userId": server.user(&key).await, "name": "checkout-bot",
        "spendingLimit": 50_000, "spendingLimitFrequency": "perMonth", "metadata": { "team": "shop" },
    });
    let made = server.post(&key, "/v1/agents/register", &new).await;
    assert_eq!((made.status.as_u16(), &made.json()["created"]), (201, &json!(true)), "{}", made.text);
    assert!(made.text_at("/token").starts_with("at_dev_") && made.text_at("/tokenId").starts_with("atk_"));
    assert_eq!(server.get(&made.text_at("/token"), "/v1/agents").await.status, 200);
    // Whatever else is said the second time: the id decides.
    let mut other = new.clone();
    other["name"] = json!("another name");
    for body in [&new, &other] {
        let again = server.post(&key, "/v1/agents/register", body).await;
        assert_eq!((again.status.as_u16(), &again.json()["created"]), (200, &json!(false)), "{}", again.text);
        assert_eq!((again.json()["id"].as_str(), &again.json()["name"]), (made.json()["id"].as_str(), &new["name"]));
        assert!(again.json().get("token").is_none() && again.json().get("tokenId").is_none());
    }
    assert_eq!(server.get(&key, "/v1/agents").await.json()["data"].as_array().unwrap().len(), 1);
    assert_eq!(server.post(&live, "/v1/agents/register", &new).await.refusal(), (404, "user_not_found".into()));
    let mut nameless = new.clone();
    nameless.as_object_mut().unwrap().remove("externalId");
    let refused = server.post(&key, "/v1/agents/register", &nameless).await;
    assert_eq!(
        (refused.refusal(), refused.text_at("/error/param")),
        ((400, "parameter_missing".into()), "externalId".into())
    );
    // The plain creation still says that the id is taken.
    assert_eq!(server.post(&key, "/v1/agents", &new).await.text_at("/error/param"), "externalId");
}

#[tokio::test]
async fn calls_that_register_at_once_make_one_agent() {
    let server = Server::real(&[]).await;
    let key = server.key(Environment::Dev).await;
    let new = json!({ "externalId": "bot-7", "userId": server.user(&key).await, "name": "bot" });
    let calls = (0..20).map(|_| server.post(&key, "/v1/agents/register", &new));
    let replies = futures::future::join_all(calls).await;
    let made = replies.iter().filter(|reply| reply.status == 201).count();
    assert_eq!((made, replies.iter().filter(|reply| reply.status == 200).count()), (1, 19));
    let ids: std::collections::BTreeSet<String> = replies.iter().map(|reply| reply.text_at("/id")).collect();
    assert_eq!(ids.len(), 1);
}

#[tokio::test]
async fn tokens_are_made_listed_and_revoked() {
    let server = Server::real(&[]).await;
    let key = server.key(Environment::Dev).await;
    let (id, first) = server.agent(&key).await;
    let (other, _) = server.agent(&key).await;
    let path = format!("/v1/agents/{id}/tokens");
    let ends = server.fresh.db.now().0 + 60_000;
    let made = server.post(&key, &path, &json!({ "name": "worker 2", "expiresAt": ends })).await;
    assert_eq!(made.status, 201, "{}", made.text);
    let (token, token_id) = (made.text_at("/token"), made.text_at("/id"));
    let told = made.json();
    for (field, value) in [
        ("object", json!("agent_token")),
        ("agentId", json!(id)),
        ("name", json!("worker 2")),
        ("isActive", json!(true)),
        ("expiresAt", json!(ends)),
        ("lastUsedAt", Value::Null),
        ("revokedAt", Value::Null),
    ] {
        assert_eq!(told[field], value, "{field}");
    }
    assert_eq!(server.get(&token, &format!("/v1/agents/{id}")).await.status, 200);
    assert_eq!(server.get(&token, &format!("/v1/agents/{other}")).await.refusal(), (404, "agent_not_found".into()));
    assert_eq!(server.get(&token, &path).await.refusal(), (403, "insufficient_permissions".into()));
    server.settled().await;
    let list = server.get(&key, &format!("{path}?limit=1")).await;
    assert!(!list.text.contains(&token) && list.json()["hasMore"] == json!(true), "{}", list.text);
    let all = server.get(&key, &path).await.json();
    let row = all["data"].as_array().unwrap().iter().find(|row| row["id"] == *token_id).unwrap().clone();
    assert!(row["lastUsedAt"].is_i64() && row.get("token").is_none(), "{row}");

    for (body, code, param) in [
        (json!({ "expiresAt": 1 }), "parameter_invalid", "expiresAt"),
        (json!({ "expiresAt": "soon" }), "parameter_invalid", "expiresAt"),
        (json!({ "name": "" }), "parameter_invalid", "name"),
        (json!({ "agentId": other }), "parameter_unknown", "agentId"),
    ] {
        let refused = server.post(&key, &path, &body).await;
        assert_eq!((refused.refusal(), refused.text_at("/error/param")), ((400, code.into()), param.into()), "{body}");
    }
    // Through another agent's address, and for an id that was never given, it is not there.
    for wrong in [format!("/v1/agents/{other}/tokens/{token_id}"), format!("{path}/atk_x")] {
        assert_eq!(server.delete(&key, &wrong).await.refusal(), (404, "not_found".into()), "{wrong}");
    }
    let revoked = server.delete(&key, &format!("{path}/{token_id}")).await;
    assert_eq!((revoked.status.as_u16(), &revoked.json()["isActive"]), (200, &json!(false)), "{}", revoked.text);
    assert!(revoked.json()["revokedAt"].is_i64());
    assert_eq!(server.get(&token, "/v1/agents").await.refusal(), (401, "revoked_api_key".into()));
    assert_eq!(server.delete(&key, &format!("{path}/{token_id}")).await.refusal(), (409, "already_revoked".into()));
    assert_eq!(server.get(&first, "/v1/agents").await.status, 200, "the other token goes on");
    let short = server.post(&key, &path, &json!({ "expiresAt": ends })).await.text_at("/token");
    server.fresh.clock.advance(60_000);
    assert_eq!(server.get(&short, "/v1/agents").await.refusal(), (401, "expired_api_key".into()));
}

#[tokio::test]
async fn a_rotated_token_opens_beside_its_successor_for_the_chosen_time() {
    let server = Server::real(&[]).await;
    let key = server.key(Environment::Dev).await;
    let (id, first) = server.agent(&key).await;
    let (other, _) = server.agent(&key).await;
    let path = format!("/v1/agents/{id}/tokens");
    let first_id = server.get(&key, &path).await.json()["data"][0]["id"].as_str().unwrap().to_owned();
    let made =
        server.post(&key, &path, &json!({ "name": "worker", "expiresAt": server.fresh.db.now().0 + 1_000 })).await;
    let (old, old_id) = (made.text_at("/token"), made.text_at("/id"));
    let rotate = |id: &str| format!("{path}/{id}/rotate");
    server.fresh.clock.advance(400);
    let headers = [("api-key", &*key), ("content-type", "application/json"), ("idempotency-key", "turn-1")];
    let body = json!({ "overlap": "1h" }).to_string();
    let call = async || server.call(Method::POST, &rotate(&old_id), &headers, body.clone()).await;
    let rotated = call().await;
    assert_eq!(rotated.status, 201, "{}", rotated.text);
    let (new, new_id, now) = (rotated.text_at("/token"), rotated.text_at("/id"), server.fresh.db.now().0);
    assert!(new != old && new_id != old_id);
    let told = rotated.json();
    assert_eq!((&told["name"], &told["expiresAt"]), (&json!("worker"), &json!(now + 1_000)), "as long a life");
    let before = &told["predecessor"];
    assert_eq!((&before["id"], &before["successorId"]), (&json!(old_id), &json!(new_id)));
    assert_eq!((&before["endsAt"], &before["isActive"]), (&json!(now + 3_600_000), &json!(true)));
    assert_eq!((&told["successorId"], &told["endsAt"]), (&Value::Null, &Value::Null));
    let again = call().await;
    assert_eq!((again.status.as_u16(), &again.json()["token"]), (201, &Value::Null), "shown once: {}", again.text);
    assert_eq!(again.json()["id"], *new_id, "made once");
    for text in [&old, &new] {
        assert_eq!(server.get(text, "/v1/agents").await.status, 200);
    }
    let twice = server.post(&key, &rotate(&old_id), &json!({})).await;
    assert_eq!(twice.refusal(), (409, "key_state".into()));
    // Its own end comes first, then that of the overlap; at once ends at once.
    server.fresh.clock.advance(600);
    assert_eq!(server.get(&old, "/v1/agents").await.refusal(), (401, "expired_api_key".into()));
    assert_eq!(server.get(&new, "/v1/agents").await.status, 200);
    let day = server.post(&key, &rotate(&first_id), &json!({})).await;
    assert_eq!(
        day.json()["predecessor"]["endsAt"],
        server.fresh.db.now().0 + 86_400_000,
        "a day unless said otherwise"
    );
    server.fresh.clock.advance(86_400_000 - 1);
    assert_eq!(server.get(&first, "/v1/agents").await.status, 200);
    server.fresh.clock.advance(1);
    assert_eq!(server.get(&first, "/v1/agents").await.refusal(), (401, "revoked_api_key".into()));
    let at_once = server.post(&key, &rotate(&day.text_at("/id")), &json!({ "overlap": "now" })).await;
    assert_eq!(at_once.json()["predecessor"]["isActive"], false);
    assert_eq!(server.get(&day.text_at("/token"), "/v1/agents").await.refusal(), (401, "revoked_api_key".into()));
    assert_eq!(server.get(&at_once.text_at("/token"), "/v1/agents").await.status, 200);
    let wrong = server.post(&key, &rotate(&at_once.text_at("/id")), &json!({ "overlap": "2h" })).await;
    assert_eq!((wrong.refusal(), wrong.text_at("/error/param")), ((400, "parameter_invalid".into()), "overlap".into()));
    let expired = server.post(&key, &rotate(&new_id), &json!({})).await;
    assert_eq!(expired.refusal(), (409, "key_state".into()));
    let last = at_once.text_at("/id");
    for wrong in [format!("/v1/agents/{other}/tokens/{last}/rotate"), rotate("atk_x")] {
        assert_eq!(server.post(&key, &wrong, &json!({})).await.refusal(), (404, "not_found".into()), "{wrong}");
    }
    let own = server.post(&at_once.text_at("/token"), &rotate(&last), &json!({})).await;
    assert_eq!(own.refusal(), (403, "insufficient_permissions".into()), "a token makes no token");
}

#[tokio::test]
async fn a_resumed_agent_says_what_was_before() {
    let shop = Shop::new().await;
    let path = format!("/v1/agents/{}", shop.agent);
    assert_eq!(shop.post(&format!("{path}/resume"), &json!({})).await.refusal(), (409, "agent_not_suspended".into()));
    shop.post(&format!("{path}/suspend"), &json!({})).await;
    assert_eq!(shop.get(&format!("/v1/cards/{}", shop.card)).await.json()["status"], "frozen");
    let resumed = shop.post(&format!("{path}/resume"), &json!({})).await.json();
    assert_eq!((&resumed["status"], &resumed["previousStatus"]), (&json!("active"), &json!("suspended")));
    assert_eq!(shop.get(&format!("/v1/cards/{}", shop.card)).await.json()["status"], "active");
    let closed = shop.server.patch(&shop.key, &path, &json!({ "status": "closed" })).await;
    assert_eq!(
        (closed.refusal(), closed.text_at("/error/param")),
        ((400, "parameter_invalid".into()), "status".into())
    );
}

#[tokio::test]
async fn an_agent_is_deregistered_step_by_step() {
    let shop = Shop::new().await;
    let path = format!("/v1/agents/{}", shop.agent);
    let purchase = shop.buy(700).await.text_at("/id");
    let delete = || shop.server.delete(&shop.key, &path);
    let open = delete().await;
    assert_eq!(open.refusal(), (409, "open_cards".into()));
    assert_eq!(open.json()["error"]["openCards"][0]["id"], *shop.card, "{}", open.text);
    assert_eq!(open.json()["error"]["openTransactions"][0]["id"], *purchase);
    assert_eq!(shop.server.get(&shop.token, "/v1/agents").await.status, 200, "nothing was done");
    shop.post(&format!("/v1/cards/{}/close", shop.card), &json!({})).await;
    let held = delete().await;
    assert_eq!(held.refusal(), (409, "open_transactions".into()));
    assert_eq!(held.json()["error"]["openCards"], json!([]));
    assert_eq!(held.json()["error"]["openTransactions"][0]["amount"], 700);
    shop.post(&format!("/v1/sandbox/authorizations/{purchase}/capture"), &json!({})).await;

    let closed = delete().await;
    assert_eq!(closed.status, 200, "{}", closed.text);
    let told = closed.json();
    assert_eq!((&told["status"], &told["previousStatus"]), (&json!("closed"), &json!("active")));
    assert_eq!(told["endedTokens"].as_array().unwrap().len(), 1);
    assert!(told["closedAt"].is_i64());
    let again = delete().await;
    assert_eq!((again.status.as_u16(), &again.json()["endedTokens"]), (200, &json!([])), "{}", again.text);
    assert_eq!(shop.server.get(&shop.token, "/v1/agents").await.refusal(), (401, "revoked_api_key".into()));
    // It stays visible, and nothing of it changes.
    assert_eq!(shop.get(&path).await.json()["status"], "closed");
    assert_eq!(shop.get("/v1/agents?status=closed").await.json()["data"].as_array().unwrap().len(), 1);
    assert_eq!(shop.get("/v1/agents?status=suspended").await.json()["data"], json!([]));
    assert_eq!(shop.get(&format!("/v1/transactions/{purchase}")).await.json()["agentId"], *shop.agent);
    let issue = json!({ "purpose": "Pens", "type": "multi" });
    for (to, body) in [("cards", issue), ("tokens", json!({})), ("suspend", json!({})), ("resume", json!({}))] {
        let refused = shop.post(&format!("{path}/{to}"), &body).await;
        assert_eq!(refused.refusal(), (409, "agent_closed".into()), "{to}");
    }
    for edit in [json!({ "name": "x" }), json!({ "spendingLimit": 1 }), json!({ "status": "active" })] {
        let refused = shop.server.patch(&shop.key, &path, &edit).await;
        assert_eq!(refused.refusal(), (409, "agent_closed".into()), "{edit}");
    }
}

#[tokio::test]
async fn the_id_of_an_agent_that_is_gone_is_not_given_again() {
    let server = Server::real(&[]).await;
    let key = server.key(Environment::Dev).await;
    let new = json!({ "externalId": "bot-7", "userId": server.user(&key).await, "name": "bot" });
    let id = server.post(&key, "/v1/agents/register", &new).await.text_at("/id");
    assert_eq!(server.delete(&key, &format!("/v1/agents/{id}")).await.status, 200);
    assert_eq!(server.post(&key, "/v1/agents/register", &new).await.refusal(), (409, "agent_closed".into()));
}
