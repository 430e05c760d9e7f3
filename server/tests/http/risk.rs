//! Risk settings over the API, and what comes of them.
use super::{
    shop::{Shop, holds},
    support::Reply,
};
use axum::http::Method;
use serde_json::{Value, json};

const SETTINGS: &str = "/v1/settings/risk";

impl Shop {
    async fn set(&self, path: &str, body: Value) -> Reply {
        self.server.patch(&self.key, path, &body).await
    }

    /// The data of the events of this type, the first one first.
    async fn told(&self, kind: &str) -> Vec<Value> {
        let rows = self.server.fresh.everything().await["events"].clone();
        let rows = rows.into_iter().filter(|row| row.contains(&format!("type='{kind}'")));
        rows.map(|row| {
            let body = row.split("body='").nth(1).unwrap().rsplit_once('\'').unwrap().0.to_owned();
            serde_json::Deserializer::from_str(&body).into_iter::<Value>().next().unwrap().unwrap()["data"].take()
        })
        .collect()
    }
}

#[tokio::test]
async fn the_settings_start_moderate_and_are_changed_rule_by_rule() {
    let shop = Shop::new().await;
    let start = shop.get(SETTINGS).await;
    holds(&start, &json!({ "object": "riskConfig", "preset": "moderate", "dryRun": false, "version": 0 }));
    let rules = &start.json()["rules"];
    assert_eq!(rules.as_object().unwrap().len(), 7);
    assert_eq!(rules["spendSpike"], {
        json!({ "enabled": true, "action": "alert", "dryRun": false, "multiplier": 3.0, "windowMinutes": 60,
                "baselineDays": 7 })
    });
    assert_eq!(rules["velocityLimit"]["maxPerDay"], 100);
    let set = json!({ "dryRun": true, "version": 0, "rules": {
        "velocityLimit": { "maxPerHour": 7, "action": "freeze_card" }, "spendSpike": { "multiplier": 2.25 },
        "merchantDrift": { "enabled": false, "dryRun": true } } });
    let changed = shop.set(SETTINGS, set).await;
    assert_eq!(changed.status, 200, "{}", changed.text);
    holds(&changed, &json!({ "preset": "custom", "dryRun": true, "version": 1 }));
    let rules = &changed.json()["rules"];
    assert_eq!(rules["velocityLimit"], {
        json!({ "enabled": true, "action": "freeze_card", "dryRun": false, "maxPerHour": 7, "maxPerDay": 100 })
    });
    assert_eq!(rules["spendSpike"]["multiplier"], 2.25);
    assert_eq!(rules["merchantDrift"], json!({ "enabled": false, "action": "alert", "dryRun": true }));
    assert_eq!(shop.get(SETTINGS).await.json()["rules"], *rules);
    let stale = shop.set(SETTINGS, json!({ "dryRun": false, "version": 0 })).await;
    assert_eq!(stale.refusal(), (409, "stale_edit".into()));
    // A preset replaces all of them, and keeps whether they are a dry run unless it says so.
    let strict = shop.post("/v1/settings/risk/preset", &json!({ "preset": "strict" })).await;
    assert_eq!(strict.status, 200, "{}", strict.text);
    holds(&strict, &json!({ "preset": "strict", "dryRun": true, "version": 2 }));
    let loose = shop.post("/v1/settings/risk/preset", &json!({ "preset": "permissive", "dryRun": false })).await;
    holds(&loose, &json!({ "preset": "permissive", "dryRun": false }));
    assert_eq!(loose.json()["rules"]["unattestedSpend"]["enabled"], false);
    let both = shop.set(SETTINGS, json!({ "preset": "paranoid", "rules": { "spendSpike": { "action": "alert" } } }));
    holds(&both.await, &json!({ "preset": "custom" }));
}

#[tokio::test]
async fn what_cannot_be_set_is_refused_by_name() {
    let shop = Shop::new().await;
    let rule = |name: &str, set: Value| json!({ "rules": { name: set } });
    for (body, field) in [
        (rule("velocityLimit", json!({ "maxPerHour": 0 })), "rules.velocityLimit.maxPerHour"),
        (rule("velocityLimit", json!({ "maxPerHour": "many" })), "rules.velocityLimit.maxPerHour"),
        (rule("velocityLimit", json!({ "windowMinutes": 5 })), "rules.velocityLimit.windowMinutes"),
        (rule("spendSpike", json!({ "multiplier": 0.5 })), "rules.spendSpike.multiplier"),
        (rule("spendSpike", json!({ "multiplier": 1e300 })), "rules.spendSpike.multiplier"),
        (rule("spendSpike", json!({ "baselineDays": null })), "rules.spendSpike.baselineDays"),
        (rule("merchantDrift", json!({ "action": "explode" })), "rules.merchantDrift.action"),
        (rule("merchantDrift", json!({ "colour": "red" })), "rules.merchantDrift.colour"),
        (rule("merchantDrift", Value::Null), "rules.merchantDrift.enabled"),
        (rule("gutFeeling", json!({ "enabled": true })), "rules.gutFeeling"),
        (json!({ "dryRun": null }), "dryRun"),
        (json!({ "preset": "custom" }), "preset"),
        (json!({ "preset": "reckless" }), "preset"),
        (json!({ "rules": [] }), "rules"),
        (rule("spendSpike", json!([])), "rules.spendSpike"),
        (rule("spendSpike", json!(true)), "rules.spendSpike"),
        (json!({ "colour": "red" }), "colour"),
    ] {
        let reply = shop.set(SETTINGS, body.clone()).await;
        assert_eq!(reply.status, 400, "{body}: {}", reply.text);
        assert_eq!(reply.text_at("/error/param"), field, "{body}: {}", reply.text);
    }
    for body in [json!({}), json!({ "preset": "custom" }), json!({ "preset": "strict", "dryRun": "yes" })] {
        assert_eq!(shop.post("/v1/settings/risk/preset", &body).await.status, 400, "{body}");
    }
    let card = format!("/v1/cards/{}/risk", shop.card);
    for (body, field) in [
        (json!({ "dryRun": true }), "dryRun"),
        (rule("velocityLimit", json!({ "action": "alert" })), "rules.velocityLimit.action"),
        (rule("velocityLimit", json!({ "maxPerHour": 1 })), "rules.velocityLimit.maxPerHour"),
    ] {
        let reply = shop.set(&card, body).await;
        assert_eq!((reply.status.as_u16(), reply.text_at("/error/param")), (400, field.to_owned()));
    }
    assert_eq!(shop.get(SETTINGS).await.json()["version"], 0, "nothing was kept");
}

#[tokio::test]
async fn a_finding_freezes_the_card_after_the_purchase_and_is_told() {
    let shop = Shop::new().await;
    shop.post("/v1/settings/risk/preset", &json!({ "preset": "strict", "dryRun": true })).await;
    holds(&shop.buy(500).await, &json!({ "status": "pending" }));
    let told = shop.told("risk.anomaly").await;
    assert_eq!(told.len(), 1);
    for (field, value) in [
        ("rule", json!("unattestedSpend")),
        ("action", json!("freeze_card")),
        ("effect", json!("dry_run")),
        ("dryRun", json!(true)),
        ("cardId", json!(shop.card)),
        ("agentId", json!(shop.agent)),
        ("userId", json!(shop.user)),
        ("amount", json!(500)),
    ] {
        assert_eq!(told[0][field], value, "{field}");
    }
    holds(&shop.get(&format!("/v1/cards/{}", shop.card)).await, &json!({ "status": "active" }));
    shop.set(SETTINGS, json!({ "dryRun": false })).await;
    holds(&shop.buy(700).await, &json!({ "status": "pending" }));
    let frozen = json!({ "status": "frozen", "statusReason": "risk_unattested_spend" });
    holds(&shop.get(&format!("/v1/cards/{}", shop.card)).await, &frozen);
    holds(&shop.buy(1).await, &json!({ "status": "declined", "declinedReason": "card_frozen" }));
    assert_eq!(shop.told("card.frozen").await[0]["reason"], "risk_unattested_spend");
    assert_eq!(shop.told("risk.anomaly").await.len(), 2);
}

#[tokio::test]
async fn an_agent_overrides_and_a_card_switches() {
    let shop = Shop::new().await;
    let (agent, card) = (format!("/v1/agents/{}/risk", shop.agent), format!("/v1/cards/{}/risk", shop.card));
    let own = json!({ "dryRun": true, "rules": { "unattestedSpend": { "action": "suspend_agent" },
                                                 "spendSpike": { "multiplier": 1.5 } } });
    let set = shop.set(&agent, own.clone()).await;
    assert_eq!(set.status, 200, "{}", set.text);
    holds(&set, &json!({ "object": "agentRiskConfig", "agentId": shop.agent, "overrides": own }));
    assert_eq!(set.json()["effective"]["rules"]["unattestedSpend"]["action"], "suspend_agent");
    assert_eq!(set.json()["effective"]["rules"]["spendSpike"]["windowMinutes"], 60);
    shop.buy(500).await;
    assert_eq!(shop.told("risk.anomaly").await[0]["effect"], "dry_run");
    let off = json!({ "rules": { "unattestedSpend": { "enabled": false } } });
    let set = shop.set(&card, off).await;
    assert_eq!(set.json()["overrides"]["rules"], json!({ "unattestedSpend": { "enabled": false } }));
    assert_eq!(set.json()["effective"]["rules"]["unattestedSpend"]["enabled"], false);
    shop.buy(700).await;
    assert_eq!(shop.told("risk.anomaly").await.len(), 1);
    // Inherited again: the card from its agent, the agent from its organisation, the whole rule at once.
    shop.set(&card, json!({ "rules": { "unattestedSpend": { "enabled": null } } })).await;
    let set = shop.set(&agent, json!({ "dryRun": null, "rules": { "unattestedSpend": null } })).await;
    assert_eq!(set.json()["overrides"], json!({ "dryRun": null, "rules": { "spendSpike": { "multiplier": 1.5 } } }));
    shop.buy(900).await;
    assert_eq!(shop.told("risk.anomaly").await[1]["effect"], "alerted");
    let stale = shop.set(&agent, json!({ "dryRun": true, "version": 1 })).await;
    assert_eq!(stale.refusal(), (409, "stale_edit".into()));
}

#[tokio::test]
async fn strangers_and_agents_learn_nothing_of_the_rules() {
    let shop = Shop::new().await;
    for (path, id) in [("/v1/agents/{id}/risk", &shop.agent), ("/v1/cards/{id}/risk", &shop.card)] {
        shop.keeps_strangers_out(Method::GET, path, id, &Value::Null).await;
        shop.keeps_strangers_out(Method::PATCH, path, id, &json!({ "rules": {} })).await;
        let own = shop.server.get(&shop.token, &path.replace("{id}", id)).await;
        assert_eq!(own.refusal(), (403, "insufficient_permissions".into()), "an agent does not read what watches it");
    }
    assert_eq!(shop.server.get(&shop.token, SETTINGS).await.refusal().0, 403);
    assert_eq!(shop.server.patch(&shop.token, SETTINGS, &json!({ "dryRun": true })).await.refusal().0, 403);
    let stranger = shop.stranger().await;
    shop.server.patch(&stranger, SETTINGS, &json!({ "dryRun": true })).await;
    holds(&shop.get(SETTINGS).await, &json!({ "dryRun": false, "version": 0 }));
}
