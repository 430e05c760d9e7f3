//! The request log's pages, the jump box, and taking logs out.
use super::{browser::Browser, world::World};
use axum::http::StatusCode;
use domain::{
    access::Role,
    environment::Environment,
    ids::{AttemptId, RequestId},
    page::Paging,
    requests::{Call, Entry, Record},
    testing::Fresh,
    time::MINUTE,
    webhooks::{self, AttemptFilter},
};

fn call(fresh: &Fresh, world: &World) -> Call {
    let at = fresh.db.now();
    Call {
        id: RequestId::new(at, fresh.db.chance()),
        at,
        method: "GET".into(),
        route: "/v1/cards/{id}".into(),
        status: 200,
        micros: 2_345,
        address: Some("203.0.113.5".into()),
        client: Some("curl/8".into()),
        key_id: world.api_key.to_string(),
        agent_id: None,
        idempotency_key: None,
        error: None,
        replay_of: None,
    }
}

async fn record(fresh: &Fresh, call: &Call) {
    let (organisation, environment) = (fresh.organisation.clone(), Environment::Live);
    fresh.db.note(Record(vec![Entry { organisation, environment, call: call.clone(), scopes: vec![] }])).await.unwrap();
    fresh.clock.advance(10);
}

/// Two calls after the world's own: one that was done, one that was refused.
async fn two(fresh: &Fresh, world: &World) -> (Call, Call) {
    fresh.clock.advance(1_000);
    let done = call(fresh, world);
    record(fresh, &done).await;
    let refused = Call {
        method: "POST".into(),
        route: "/v1/agents/{id}/cards".into(),
        status: 409,
        agent_id: Some(world.agent.clone()),
        idempotency_key: Some("order-7".into()),
        error: Some("card_limit_reached".into()),
        replay_of: Some(done.id.clone()),
        client: Some("=cmd|' /C calc'!A0".into()),
        address: Some("2001:db8::7".into()),
        ..call(fresh, world)
    };
    record(fresh, &refused).await;
    (done, refused)
}

#[tokio::test]
async fn the_rates_are_shown_beside_what_was_drawn_from_them() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    two(&fresh, &world).await;
    fresh.clock.advance(10 * MINUTE);
    for status in [200, 429, 429] {
        record(&fresh, &Call { status, ..call(&fresh, &world) }).await;
    }
    let mut support = Browser::signed_in(&fresh, Role::Support).await;
    let page = support.get("/live/requests/rates").await;
    assert_eq!((page.led(), page.rows()), ((200, None), 2));
    let text = page.table();
    assert!(text.contains("100 a minute, 5 at once") && text.contains("backend"), "{text}");
    for wait in [">none<", ">6 s<"] {
        assert_eq!(text.matches(wait).count(), 1, "{wait}: {text}");
    }
    let refused = "/live/requests?error=rate%5Flimited";
    assert!(page.main().contains(refused), "{}", page.main());
    assert!(!support.get("/dev/requests/rates").await.main().contains(refused), "another environment draws on its own");
    fresh.clock.advance(61 * MINUTE);
    let page = Browser::signed_in_again(&fresh, Role::Support).await.get("/live/requests/rates").await;
    assert!(page.table().contains("nobody"), "{}", page.table());
}

#[tokio::test]
async fn every_role_finds_a_call_by_what_it_says() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let (done, refused) = two(&fresh, &world).await;
    for role in Role::ALL {
        let mut browser = Browser::signed_in(&fresh, *role).await;
        let page = browser.get("/live/requests").await;
        assert_eq!((page.led(), page.rows()), ((200, None), 3), "{role}");
        assert!(page.main().contains(">backend</a>") && page.main().contains(">shopper</a>"), "names, not ids");
        assert!(page.main().contains("2.3\u{a0}ms") && page.main().contains("card_limit_reached"));
        let exports = page.main().contains("/live/requests/export");
        assert_eq!(exports, [Role::Owner, Role::Admin, Role::Finance].contains(role), "{role}");
    }
    let mut auditor = Browser::signed_in_again(&fresh, Role::Auditor).await;
    for (query, rows) in [
        (format!("key={}", world.api_key), 3),
        (format!("agent={}", world.agent), 2),
        ("class=4xx".into(), 2),
        ("class=5xx".into(), 0),
        ("route=/v1/cards/{id}".into(), 1),
        ("error=card_limit_reached".into(), 2),
        ("address=203.0.113.5".into(), 1),
        ("idempotency=order-7".into(), 1),
        (format!("from={}", refused.at.0), 1),
        ("error=card_limit_reached&class=2xx".into(), 0),
    ] {
        let page = auditor
            .get(&format!("/live/requests?{}", query.replace(['{', '}'], "%7B").replace("%7Bid%7B", "%7Bid%7D")))
            .await;
        assert_eq!(page.rows(), rows, "{query}");
        assert!(page.main().contains("Remove filter"), "{query}");
        assert_eq!(page.main().contains("No requests match"), rows == 0, "{query}");
    }
    // An exact id leads to its call in one step; one that is not there is said to be missing.
    let one = auditor.get(&format!("/live/requests?id={}", done.id)).await;
    assert_eq!(one.led(), (303, Some(&*format!("/live/requests/{}", done.id))));
    let none = auditor.get(&format!("/dev/requests?id={}", done.id)).await;
    assert!(none.main().contains("No requests match") && none.main().contains(done.id.as_str()));
    let page = auditor.get(&format!("/live/requests/{}", refused.id)).await;
    for said in [
        "order-7",
        "2001:db8::7",
        "card_limit_reached",
        "shopper",
        done.id.as_str(),
        &format!("/live/keys/{}", world.api_key),
    ] {
        assert!(page.main().contains(said), "{said}: {}", page.main());
    }
    assert_eq!(auditor.get(&format!("/dev/requests/{}", refused.id)).await.led(), (404, None));
}

#[tokio::test]
async fn pages_of_calls_are_walked_by_key() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    for _ in 0..60 {
        record(&fresh, &call(&fresh, &world)).await;
    }
    let mut auditor = Browser::signed_in(&fresh, Role::Auditor).await;
    let first = auditor.get("/live/requests?rows=25&class=2xx").await;
    let older = first.links().into_iter().find(|href| href.contains("before=")).unwrap();
    assert!(older.contains("class=2xx") && older.contains("rows=25"), "{older}");
    record(&fresh, &call(&fresh, &world)).await;
    let second = auditor.get(&older).await;
    assert_eq!((first.rows(), second.rows()), (25, 25));
    let place = |href: &str| href.split("before=").nth(1).map(|rest| rest.split('&').next().unwrap().to_owned());
    let oldest = |href: &String| place(href).is_some() && place(href) != place(&older);
    let third = auditor.get(&second.links().into_iter().find(oldest).unwrap()).await;
    assert_eq!(third.rows(), 10, "what came meanwhile moves nothing");
}

#[tokio::test]
async fn the_request_log_leaves_as_it_is_shown() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let (done, refused) = two(&fresh, &world).await;
    for _ in 0..300 {
        record(&fresh, &call(&fresh, &world)).await;
    }
    let mut finance = Browser::signed_in(&fresh, Role::Finance).await;
    let page = finance.submit("/live/requests/export", &[("format", "csv"), ("zone", "utc")]).await;
    assert_eq!(page.status, StatusCode::OK);
    let rows = cells(&page.html);
    assert_eq!(rows.len(), 304, "a head and every row, more than a page of the database");
    assert_eq!(rows[0][..4], ["id", "time", "time_utc", "method"]);
    assert_eq!((&*rows[302][0], &*rows[301][0]), (done.id.as_str(), refused.id.as_str()), "newest first");
    let refused_row = &rows[301];
    assert!(refused_row.contains(&"'=cmd|' /C calc'!A0".to_owned()), "{refused_row:?}");
    assert!(refused_row.contains(&"409".to_owned()) && refused_row.contains(&"2345".to_owned()));
    assert!(rows[302][1].ends_with("+00:00") && rows[302][2].ends_with('Z'), "{:?}", rows[302]);

    let path = "/live/requests/export?class=4xx";
    let form = finance.get(path).await;
    assert!(form.main().contains("Result: ") && form.main().contains("Refused (4xx)"), "{}", form.main());
    let page = finance.submit(path, &[("format", "json"), ("zone", "organisation")]).await;
    let lines: Vec<serde_json::Value> = page.html.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2);
    assert_eq!((&lines[0]["status"], &lines[0]["client"]), (&409.into(), &"=cmd|' /C calc'!A0".into()));

    let log = finance.get("/live/audit?subject=requests").await;
    assert_eq!(log.rows(), 4, "each export began and ended: {}", log.main());
    assert!(log.main().contains("rows: 303") && log.main().contains("rows: 2"), "{}", log.main());
    assert!(log.main().contains(r#""class":"4xx""#), "{}", log.main());
}

fn cells(text: &str) -> Vec<Vec<String>> {
    let mut reader = csv::ReaderBuilder::new().has_headers(false).from_reader(text.as_bytes());
    reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
}

#[tokio::test]
async fn the_audit_log_leaves_with_its_filters_and_without_itself() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    fresh.clock.advance(1_000);
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    fresh.clock.advance(1_000);
    let shown = owner.get("/live/audit?q=shopper&rows=100").await.rows();
    let page = owner.submit("/live/audit/export?q=shopper", &[("format", "csv"), ("zone", "organisation")]).await;
    let rows = cells(&page.html);
    assert_eq!(rows.len() - 1, shown);
    let place = rows[0].iter().position(|name| name == "target_name").unwrap();
    assert!(rows[1..].iter().any(|row| row[place] == "shopper"));
    let all = owner.submit("/live/audit/export", &[("format", "json"), ("zone", "utc")]).await;
    let last: serde_json::Value = serde_json::from_str(all.html.lines().next().unwrap()).unwrap();
    assert_ne!(last["action"], "export.started", "what happens meanwhile is no part of it");
    let numbers: Vec<i64> = all
        .html
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap()["sequence"].as_i64().unwrap())
        .collect();
    let (least, most) = (*numbers.iter().min().unwrap(), *numbers.iter().max().unwrap());
    assert_eq!((least, most - least + 1), (1, numbers.len() as i64), "no number is missing: {numbers:?}");
    assert!(all.html.contains(world.agent.as_str()) && all.html.contains("\"after\":{"));
    // A form with a choice that it does not offer is refused; a role without the permission is told so.
    let odd = owner.submit("/live/audit/export", &[("format", "xls"), ("zone", "utc")]).await;
    assert_eq!(odd.led(), (422, None));
    let mut auditor = Browser::signed_in(&fresh, Role::Auditor).await;
    assert_eq!(auditor.get("/live/audit/export").await.led(), (403, None));
}

#[tokio::test]
async fn a_refusal_is_recorded_once_a_minute() {
    let fresh = Fresh::new().await;
    World::new(&fresh).await;
    let mut developer = Browser::signed_in(&fresh, Role::Developer).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    for _ in 0..3 {
        assert_eq!(developer.get("/live/audit").await.led(), (403, None));
    }
    let log = owner.get("/live/audit?action=access.denied").await;
    assert_eq!(log.rows(), 1);
    assert!(log.main().contains("needed: read the audit log") && log.main().contains("Refused"), "{}", log.main());
    fresh.clock.advance(61_000);
    developer.get("/live/audit").await;
    assert_eq!(owner.get("/live/audit?outcome=refused&action=access.denied").await.rows(), 2);
}

#[tokio::test]
async fn whatever_is_pasted_leads_to_its_object() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let (done, _) = two(&fresh, &world).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let log = owner.get(&format!("/live/audit?action=card.frozen&subject={}", world.frozen)).await;
    let record = log.links().into_iter().find(|href| href.starts_with("/live/audit/aud_")).unwrap();
    let attempts = webhooks::attempts(&fresh.db, &world.owner, &AttemptFilter::default(), &Paging::newest(1)).await;
    let attempt: AttemptId = attempts.unwrap().rows.remove(0).id;
    let card = owner.get(&format!("/live/cards/{}", world.card)).await;
    let last4 = card.main().split("••••\u{a0}").nth(1).unwrap()[..4].to_owned();
    let w = &world;
    for (text, place) in [
        (w.api_key.to_string(), format!("/live/keys/{}", w.api_key)),
        (w.agent.to_string(), format!("/live/agents/{}", w.agent)),
        (w.user.to_string(), format!("/live/users/{}", w.user)),
        (format!("  {} ", w.card), format!("/live/cards/{}", w.card)),
        (w.intent.to_string(), format!("/live/intents/{}", w.intent)),
        (w.read.to_string(), format!("/live/attestations/{}", w.read)),
        (w.purchase.to_string(), format!("/live/purchases/{}", w.purchase)),
        (w.endpoint.to_string(), format!("/live/webhooks/{}", w.endpoint)),
        (w.delivery.to_string(), format!("/live/webhooks/deliveries/{}", w.delivery)),
        (attempt.to_string(), "/live/webhooks/deliveries/".into()),
        (w.view.to_string(), format!("/live/views/{}", w.view)),
        (done.id.to_string(), format!("/live/requests/{}", done.id)),
        (record["/live/audit/".len()..].to_owned(), record.clone()),
        (last4, "/live/cards".into()),
        ("staples*1234".into(), format!("/live/purchases/{}", w.purchase)),
    ] {
        let query = serde_urlencoded::to_string([("q", &text)]).unwrap();
        let page = owner.get(&format!("/live/jump?{query}")).await;
        let (status, location) = page.led();
        assert_eq!(status, 303, "{text}: {}", page.html);
        assert!(location.unwrap().replace("%5F", "_").starts_with(&place), "{text}: {location:?}");
        let page = owner.get(&format!("/dev/jump?{query}")).await;
        assert!(page.led().0 == 200 && page.main().contains("Nothing goes by that name"), "{text} is live's");
    }
    let both = owner.get(&format!("/dev/jump?q={}", world.proposal)).await;
    assert_eq!(both.led(), (303, Some(&*format!("/dev/approvals/{}", world.proposal))), "of both environments");
    world.buy(5_000).await;
    let several = owner.get("/live/jump?q=STAPLES*1234").await;
    let list = several.location.unwrap();
    assert!(list.starts_with("/live/purchases?merchant="), "{list}");
    assert_eq!(owner.get(&list).await.rows(), 2);
    let unknown = owner.get("/live/jump?q=%3Cb%3Enope%3C%2Fb%3E").await;
    assert!(unknown.main().contains("&lt;b&gt;nope") && unknown.main().contains("Look in dev"), "{}", unknown.main());
    let key = format!("lk_live_{}", "aB3d".repeat(12));
    let secret = owner.get(&format!("/live/jump?q={key}")).await;
    assert!(secret.main().contains("That is a secret") && !secret.html.contains(&key));
    assert_eq!(owner.get("/live/jump").await.led(), (200, None));
    assert!(owner.get("/live").await.html.contains("action=\"/live/jump\""), "the box is on every page");
    // What a role does not see it does not find.
    let mut finance = Browser::signed_in(&fresh, Role::Finance).await;
    assert_eq!(finance.get(&format!("/live/jump?q={}", world.endpoint)).await.led(), (200, None));
}

#[tokio::test]
async fn an_object_shows_its_history_to_whom_may_read_the_log() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let paths = [
        format!("/live/keys/{}", world.api_key),
        format!("/live/agents/{}", world.idle),
        format!("/live/cards/{}", world.frozen),
        format!("/live/webhooks/{}", world.endpoint),
    ];
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let mut developer = Browser::signed_in(&fresh, Role::Developer).await;
    for path in &paths {
        let page = owner.get(path).await;
        assert!(page.main().contains(">History<") && page.main().contains("/live/audit/aud_"), "{path}");
        assert!(
            page.main().contains(&format!("subject={}", path.rsplit('/').next().unwrap()).replace('_', "%5F")),
            "{path}"
        );
        assert!(!developer.get(path).await.main().contains(">History<"), "{path}");
    }
    assert!(owner.get(&paths[1]).await.main().contains("reason: for the night"));
    assert!(owner.get(&paths[2]).await.main().contains("Card frozen"));
    let one = owner.get(&format!("/live/audit?action=agent.suspended&subject={}", world.idle)).await;
    let record = one.links().into_iter().find(|href| href.contains("/audit/aud_")).unwrap();
    let page = owner.get(&record).await;
    for said in [
        "Agent suspended",
        "for the night",
        "none missing beside it",
        "Its history",
        &format!("/live/agents/{}", world.idle),
    ] {
        assert!(page.main().contains(said), "{said}: {}", page.main());
    }
}
