//! `Idempotency-Key`: a call sent again is answered again and not done again.
use super::{
    shop::Shop,
    support::{Reply, Server},
};
use axum::http::Method;
use domain::{
    access::Role,
    audit,
    environment::Environment,
    idempotency::KEPT_MS,
    ids::RequestId,
    page::Paging,
    requests::{self, Call, Filter},
};
use futures::future::join_all;
use serde_json::{Value, json};
use server::api;

async fn send(server: &Server, api_key: &str, key: &str, path: &str, body: &Value) -> Reply {
    let headers = [("api-key", api_key), ("content-type", "application/json"), ("idempotency-key", key)];
    server.call(Method::POST, path, &headers, body.to_string()).await
}

impl Shop {
    async fn send(&self, key: &str, path: &str, body: &Value) -> Reply {
        send(&self.server, &self.key, key, path, body).await
    }

    fn purchase(&self, amount: i64) -> Value {
        json!({ "cardId": self.card, "amount": amount, "merchant": { "name": "Amazon", "categoryCode": "5942" } })
    }
}

const BUY: &str = "/v1/sandbox/authorizations";

#[tokio::test]
async fn a_call_sent_again_is_answered_again() {
    let shop = Shop::new().await;
    let first = shop.send("order-7", BUY, &shop.purchase(500)).await;
    assert_eq!((first.status.as_u16(), first.header("idempotent-replayed")), (201, ""));
    shop.server.fresh.clock.advance(KEPT_MS - 1);
    let again = shop.send("\"order-7\"", BUY, &shop.purchase(500)).await;
    assert_eq!(
        (again.status, &again.text, again.header("content-type")),
        (first.status, &first.text, "application/json")
    );
    assert_eq!(again.header("idempotent-replayed"), "true");
    // The body names the call that was done; the header this one.
    assert_eq!(again.text_at("/requestId"), first.header("x-request-id"));
    assert_ne!(again.header("x-request-id"), first.header("x-request-id"));
    assert_eq!(shop.get("/v1/transactions").await.json()["data"].as_array().unwrap().len(), 1);

    let changed = shop.send("order-7", BUY, &shop.purchase(501)).await;
    assert_eq!(changed.refusal(), (409, "idempotency_conflict".into()));
    assert_eq!(changed.header("retry-after"), "");
    // The address belongs to what a call says.
    let (one, other) = (first.text_at("/id"), shop.buy(100).await.text_at("/id"));
    let capture = |id: &str| format!("{BUY}/{id}/capture");
    assert_eq!(shop.send("c", &capture(&one), &json!({})).await.status, 200);
    let elsewhere = shop.send("c", &capture(&other), &json!({})).await;
    assert_eq!(elsewhere.refusal(), (409, "idempotency_conflict".into()));

    shop.server.fresh.clock.advance(1);
    let anew = shop.send("order-7", BUY, &shop.purchase(501)).await;
    assert_eq!((anew.status.as_u16(), anew.header("idempotent-replayed")), (201, ""));
}

#[tokio::test]
async fn what_was_refused_may_be_tried_again() {
    let shop = Shop::new().await;
    let freeze = format!("/v1/cards/{}/freeze", shop.card);
    let unfreeze = format!("/v1/cards/{}/unfreeze", shop.card);
    assert_eq!(shop.send("f", &freeze, &json!({ "reason": 7 })).await.refusal(), (400, "parameter_invalid".into()));
    assert_eq!(shop.send("u", &unfreeze, &json!({})).await.refusal(), (409, "card_not_frozen".into()));
    assert_eq!(shop.send("f", &freeze, &json!({})).await.status, 200);
    assert_eq!(shop.send("u", &unfreeze, &json!({})).await.status, 200);
    // The key stands for what was done, not for what it would do now.
    assert_eq!(shop.send("u", &unfreeze, &json!({})).await.header("idempotent-replayed"), "true");
    // A declined purchase was decided: it is an answer, and stays one.
    let declined = shop.send("d", BUY, &shop.purchase(9_000_000)).await;
    assert_eq!(declined.text_at("/status"), "declined");
    assert_eq!(shop.send("d", BUY, &shop.purchase(9_000_000)).await.text, declined.text);
}

#[tokio::test]
async fn others_have_the_same_key_for_themselves() {
    let shop = Shop::with_live().await;
    let new = json!({ "firstName": "John", "lastName": "Doe", "email": "john@example.com" });
    let live = shop.server.key(Environment::Live).await;
    let sibling = shop.server.key(Environment::Dev).await;
    let mine = shop.send("k", "/v1/users", &new).await;
    let theirs = send(&shop.server, &live, "k", "/v1/users", &new).await;
    assert_ne!(mine.text_at("/id"), theirs.text_at("/id"));
    // Another key of the same organisation and environment speaks for the same house.
    assert_eq!(send(&shop.server, &sibling, "k", "/v1/users", &new).await.text, mine.text);
    assert_eq!(shop.send("k", "/v1/applications/user/initiate", &new).await.header("idempotent-replayed"), "");

    let path = format!("/v1/cards/{}/intents", shop.card);
    let intent = json!({ "intentId": "order-1", "summary": "Paper" });
    let own = send(&shop.server, &shop.token, "k", &path, &intent).await;
    assert_eq!(own.status, 201, "{}", own.text);
    let other = send(&shop.server, &shop.other_agent().await, "k", &path, &intent).await;
    assert_eq!(other.refusal(), (404, "card_not_found".into()));
}

#[tokio::test]
async fn every_post_takes_a_key_and_refuses_one_that_is_none() {
    let shop = Shop::with_live().await;
    let posts = api::table().routes().iter().filter(|r| r.method == Method::POST).map(|r| r.path).collect::<Vec<_>>();
    assert!(posts.len() > 10);
    let long = "x".repeat(256);
    for (key, why) in
        [("", "must not be empty"), ("\"\"", "must not be empty"), (&long, "255"), ("a b", "visible ASCII")]
    {
        for path in &posts {
            let refused = shop.send(key, &path.replace("{id}", "x"), &json!({})).await;
            assert_eq!(refused.refusal(), (400, "parameter_invalid".into()), "{path}");
            assert_eq!(refused.text_at("/error/param"), "Idempotency-Key");
            assert!(refused.text_at("/error/message").contains(why), "{}", refused.text);
        }
    }
    let twice = [
        ("api-key", &*shop.key),
        ("content-type", "application/json"),
        ("idempotency-key", "a"),
        ("idempotency-key", "b"),
    ];
    let refused = shop.server.call(Method::POST, BUY, &twice, shop.purchase(1).to_string()).await;
    assert_eq!(refused.text_at("/error/param"), "Idempotency-Key");
    assert_eq!(shop.send(&long[1..], BUY, &shop.purchase(1)).await.status, 201);
    // Other methods are repeatable as they are: for them the header says nothing.
    let headers = [("api-key", &*shop.key), ("idempotency-key", "")];
    assert_eq!(shop.server.call(Method::GET, "/v1/cards", &headers, "").await.status, 200);
}

#[tokio::test]
async fn an_approval_that_something_stopped_is_on_record_and_stays_its_answer() {
    let shop =
        Shop::with(&json!({ "purpose": "p", "type": "multi", "requireApproval": true, "maxAmount": 6_000 })).await;
    let db = &shop.server.fresh.db;
    let id = shop.declare("dear", json!({ "expectedAmount": 6_001 })).await.text_at("/id");
    let (path, other) = (format!("/v1/intents/{id}/approve"), shop.server.key(Environment::Dev).await);
    let approve = async |key: &str| send(&shop.server, &other, key, &path, &json!({})).await;
    let first = approve("k").await;
    assert_eq!(first.refusal(), (409, "max_amount_exceeded".into()));
    assert_eq!((first.header("content-type"), first.header("idempotent-replayed")), ("application/json", ""));
    let failed = async || shop.get(&format!("/v1/intents/{id}")).await.json()["approvalFailed"].clone();
    let kept = failed().await;
    assert_eq!(kept, json!({ "at": db.now(), "obstacle": "max_amount_exceeded" }));
    let reader = shop.server.fresh.person(Environment::Dev, Role::Auditor);
    let tries = async || {
        let filter = audit::Filter { action: Some(audit::Action::IntentApproved), ..Default::default() };
        audit::list(db, &reader, &filter, &Paging::newest(9)).await.unwrap().rows.len()
    };
    assert_eq!(tries().await, 1);

    shop.server.fresh.clock.advance(1);
    let again = approve("k").await;
    assert_eq!((again.status, &again.text, again.header("idempotent-replayed")), (first.status, &first.text, "true"));
    assert_eq!((failed().await, tries().await), (kept, 1), "it was not tried again");
    // Whoever makes room asks under another key.
    let raised =
        shop.server.patch(&shop.key, &format!("/v1/cards/{}", shop.card), &json!({ "maxAmount": 6_001 })).await;
    assert_eq!(raised.status, 200, "{}", raised.text);
    assert_eq!(approve("k").await.refusal(), (409, "max_amount_exceeded".into()));
    assert_eq!(approve("l").await.text_at("/status"), "pending");

    shop.server.state.requests.flush().await;
    let filter = Filter { idempotency_key: Some("k".into()), ..Filter::default() };
    let log = requests::list(db, &reader, &filter, &Paging::newest(10)).await.unwrap().rows;
    let told: Vec<_> = log.iter().map(|call| (call.status, call.error.as_deref(), call.replay_of.is_some())).collect();
    let refused = |replay| (409, Some("max_amount_exceeded"), replay);
    assert_eq!(told.iter().filter(|call| **call == refused(true)).count(), 2, "{told:?}");
    assert_eq!(told.iter().filter(|call| **call == refused(false)).count(), 1, "{told:?}");
}

#[tokio::test]
async fn a_secret_is_shown_by_the_first_answer_only() {
    let shop = Shop::new().await;
    let new = json!({ "userId": shop.user, "name": "bot" });
    let first = shop.send("k", "/v1/agents", &new).await;
    let token = first.text_at("/token");
    assert!(token.starts_with("at_dev_") && first.json().get("withheld").is_none(), "{}", first.text);
    let again = shop.send("k", "/v1/agents", &new).await;
    assert_eq!((again.status, again.text_at("/id")), (first.status, first.text_at("/id")));
    assert!(again.json()["token"].is_null() && !again.text.contains(&token), "{}", again.text);
    assert!(again.text_at("/withheld").contains("revoke"), "{}", again.text);
    assert_eq!(shop.send("k", "/v1/agents", &new).await.text, again.text);

    let hook = json!({ "url": "https://hooks.example.com/in" });
    assert!(shop.send("k", "/v1/webhooks", &hook).await.text_at("/secret").starts_with("whsec_"));
    assert!(shop.send("k", "/v1/webhooks", &hook).await.json()["secret"].is_null());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_at_once_one_is_done() {
    let shop = Shop::new().await;
    let purchase = shop.purchase(700);
    let replies = join_all((0..100).map(|_| shop.send("k", BUY, &purchase))).await;
    let (done, busy): (Vec<_>, Vec<_>) = replies.into_iter().partition(|reply| reply.status == 201);
    assert!(!done.is_empty() && done.iter().all(|reply| reply.text == done[0].text));
    assert_eq!(done.iter().filter(|reply| reply.header("idempotent-replayed").is_empty()).count(), 1);
    for reply in busy {
        assert_eq!(reply.refusal(), (409, "idempotency_in_progress".into()));
        assert_eq!(reply.header("retry-after"), "1");
    }
    assert_eq!(shop.get("/v1/transactions").await.json()["data"].as_array().unwrap().len(), 1);
    let balance = shop.get(&format!("/v1/users/{}/balance", shop.user)).await;
    assert_eq!(balance.json()["pendingCharges"], 700);
}

#[tokio::test]
async fn the_request_log_tells_the_first_call_from_its_repeats() {
    let shop = Shop::new().await;
    let first = shop.send("order-7", BUY, &shop.purchase(500)).await;
    shop.server.fresh.clock.advance(1);
    shop.send("order-7", BUY, &shop.purchase(500)).await;
    shop.server.fresh.clock.advance(1);
    shop.send("order-7", BUY, &shop.purchase(501)).await;
    shop.server.state.requests.flush().await;
    let reader = shop.server.fresh.person(Environment::Dev, Role::Auditor);
    let filter = Filter { idempotency_key: Some("order-7".into()), ..Filter::default() };
    let log = requests::list(&shop.server.fresh.db, &reader, &filter, &Paging::newest(10)).await.unwrap().rows;
    let told = |call: &Call| (call.status, call.error.clone(), call.replay_of.clone());
    let id: RequestId = first.header("x-request-id").parse().unwrap();
    let expected = [(409, Some("idempotency_conflict".into()), None), (201, None, Some(id.clone())), (201, None, None)];
    assert_eq!(log.iter().map(told).collect::<Vec<_>>(), expected);
    assert_eq!(log[2].id, id);
}
