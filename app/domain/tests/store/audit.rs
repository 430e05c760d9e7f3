//! The audit log: what is found in it, how far a search reads, and that nobody rewrites it.
use super::common::raw;
use domain::{
    Error,
    access::{self, Grant, Permission, Role},
    audit::{self, Action, DenyAccess, EndExport, Filter, Log, Outcome, Record, StartExport},
    environment::Environment,
    ids::AuditId,
    keys::{CreateKey, Expiry},
    name::Name,
    page::Paging,
    testing::Fresh,
    time::DAY,
};
use futures::FutureExt;
use serde_json::json;
use std::panic::AssertUnwindSafe;

async fn key(fresh: &Fresh, environment: Environment, name: &str) {
    let admin = fresh.person(environment, Role::Admin);
    let command = CreateKey::new(Name::parse(name).unwrap(), Expiry::At(fresh.db.now() + DAY));
    fresh.db.commit(&admin, command).await.map(drop).unwrap();
    fresh.clock.advance(1_000);
}

fn reader(fresh: &Fresh) -> Grant {
    fresh.person(Environment::Live, Role::Auditor)
}

async fn found(fresh: &Fresh, filter: &Filter, words: Option<&str>) -> Vec<Record> {
    let found = audit::search(&fresh.db, &reader(fresh), filter, words, &Paging::newest(100)).await.unwrap();
    assert_eq!(found.reach, None, "a short log is read whole");
    found.page.rows
}

fn names(records: &[Record]) -> Vec<&str> {
    records.iter().map(|record| record.subject_name.as_str()).collect()
}

#[tokio::test]
async fn a_record_is_found_by_everything_that_it_says() {
    let fresh = Fresh::new().await;
    fresh.clock.advance(1_000);
    key(&fresh, Environment::Live, "backend").await;
    let from = fresh.db.now();
    let origin = access::Origin {
        request: Some(domain::ids::RequestId::new(from, fresh.db.chance())),
        address: Some("203.0.113.9".parse().unwrap()),
        client: Some("Firefox".into()),
        sign_in: Some("passkey".into()),
    };
    let support = access::testing::from(&fresh.person(Environment::Live, Role::Support), origin.clone());
    let page = "/live/keys/new".to_owned();
    fresh.db.commit(&support, DenyAccess { needed: Permission::CreateKey.to_string(), page }).await.unwrap();
    let access::Actor::Person { id, .. } = support.actor() else { panic!("a person") };

    let denied = &found(&fresh, &Filter { outcome: Some(Outcome::Refused), ..Filter::default() }, None).await[0];
    assert_eq!((denied.sign_in.as_deref(), denied.person.as_deref()), (Some("passkey"), None));
    let refused = [
        Filter { action: Some(Action::AccessDenied), ..Filter::default() },
        Filter { outcome: Some(Outcome::Refused), ..Filter::default() },
        Filter { actor_id: Some(id.to_string()), ..Filter::default() },
        Filter { subject_id: Some("/live/keys/new".into()), ..Filter::default() },
        Filter { address: Some("203.0.113.9".into()), ..Filter::default() },
        Filter { request_id: origin.request.map(|id| id.to_string()), ..Filter::default() },
        Filter { from: Some(from), ..Filter::default() },
    ];
    for filter in refused {
        assert_eq!(names(&found(&fresh, &filter, None).await), ["/live/keys/new"], "{filter:?}");
    }
    let all = Filter::default();
    for words in ["KEYS/new", "test support", "create keys", "firefox", "access.denied", " /live/ "] {
        assert_eq!(names(&found(&fresh, &all, Some(words)).await), ["/live/keys/new"], "{words}");
    }
    assert_eq!(names(&found(&fresh, &all, Some("backend")).await), ["backend"]);
    for words in ["%", "_ackend", "back%end", "' or 1=1 --"] {
        assert!(found(&fresh, &all, Some(words)).await.is_empty(), "{words}");
    }
    let before = Filter { to: Some(from), ..Filter::default() };
    assert_eq!(names(&found(&fresh, &before, Some("access")).await), Vec::<&str>::new());
}

#[tokio::test]
async fn both_environments_see_what_concerns_both_in_order_of_time() {
    let fresh = Fresh::new().await;
    fresh.clock.advance(1_000);
    for n in 0..6 {
        let environment = if n % 2 == 0 { Environment::Live } else { Environment::Dev };
        key(&fresh, environment, &format!("key {n}")).await;
    }
    let log = found(&fresh, &Filter::default(), None).await;
    assert_eq!(log.iter().filter(|r| r.environment.is_none()).count(), 2, "the organisation and its owner");
    assert_eq!(names(&log)[..3], ["key 4", "key 2", "key 0"]);
    assert!(log.iter().map(|r| &r.id).is_sorted_by(|a, b| a > b));
    // Page by page both ways, over the seam between the two.
    let grant = reader(&fresh);
    let mut paging = Paging::<AuditId>::newest(2);
    let mut walked = Vec::new();
    loop {
        let page = audit::list(&fresh.db, &grant, &Filter::default(), &paging).await.unwrap();
        walked.extend(page.rows.clone());
        match page.rows.last().filter(|_| page.older) {
            Some(last) => paging.before = Some(last.id.clone()),
            None => break,
        }
    }
    assert_eq!(names(&walked), names(&log));
    let back = Paging { before: None, after: Some(log[3].id.clone()), size: 2 };
    let page = audit::list(&fresh.db, &grant, &Filter::default(), &back).await.unwrap();
    assert_eq!(names(&page.rows), ["key 2", "key 0"]);
    let one = audit::get(&fresh.db, &grant, &log[0].id).await.unwrap();
    assert_eq!(one.subject_name, "key 4");
    let other = fresh.person(Environment::Dev, Role::Auditor);
    assert!(matches!(audit::get(&fresh.db, &other, &log[0].id).await, Err(Error::NotFound(_))));
    let stranger = domain::testing::organisation(&fresh.db, "Other").await;
    let stranger = access::testing::person(&fresh.db, &stranger, Environment::Live, Role::Owner);
    assert!(matches!(audit::get(&fresh.db, &stranger, &log[0].id).await, Err(Error::NotFound(_))));
}

#[tokio::test]
async fn a_search_says_how_far_it_came_and_goes_on_from_there() {
    let fresh = Fresh::new().await;
    fresh.clock.advance(1_000);
    for n in 0..12 {
        key(
            &fresh,
            Environment::Live,
            if n == 1 { "needle" } else { ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "k", "l"][n] },
        )
        .await;
    }
    let grant = reader(&fresh);
    let mut paging = Paging::<AuditId>::newest(5);
    let (mut steps, mut hits) = (0, Vec::new());
    loop {
        let found =
            audit::search_within(&fresh.db, &grant, &Filter::default(), Some("needle"), &paging, 5).await.unwrap();
        steps += 1;
        hits.extend(found.page.rows);
        match found.reach {
            Some(reach) => paging.before = Some(reach.id),
            None => break,
        }
    }
    // Twelve keys, six at a time, the last passed as the edge; the organisation and its owner with the first.
    assert_eq!((steps, names(&hits)), (3, vec!["needle"]));
    // Newer from the needle on: nothing more, so the newest page is shown as it is.
    let newer = Paging { before: None, after: Some(hits[0].id.clone()), size: 5 };
    let found = audit::search_within(&fresh.db, &grant, &Filter::default(), Some("needle"), &newer, 5).await.unwrap();
    assert!(found.page.rows.is_empty() && found.reach.is_some());
}

#[tokio::test]
async fn nobody_rewrites_the_log() {
    let fresh = Fresh::new().await;
    let before = fresh.dump().await["audit"].clone();
    assert!(!before.is_empty());
    let mut tries = vec![
        "update audit set outcome = 'done'",
        "update audit set reason = null where 1 = 1",
        "delete from audit",
        "delete from audit where id like 'aud%'",
    ];
    if !fresh.url.starts_with("sqlite:") {
        tries.push("truncate audit");
        tries.push("truncate organisations cascade");
    }
    for text in tries {
        let tried = AssertUnwindSafe(raw(&fresh, text.to_owned())).catch_unwind().await;
        let why = tried.expect_err(text).downcast::<String>().unwrap();
        assert!(why.contains("append-only"), "{text}: {why}");
        assert_eq!(fresh.dump().await["audit"], before, "{text}");
    }
}

#[tokio::test]
async fn taking_a_log_out_is_recorded_and_no_secret_gets_into_a_record() {
    let fresh = Fresh::new().await;
    let finance = fresh.person(Environment::Live, Role::Finance);
    let secret = format!("lk_live_{}", "aB3d".repeat(12));
    let filter = json!({ "words": format!("who used {secret}"), "only": { "from": 1_736_942_400_000_i64 } });
    let start = StartExport { log: Log::Audit, format: "csv", zone: "UTC".into(), filter: filter.clone() };
    fresh.db.commit(&finance, start).await.unwrap();
    fresh.clock.advance(1_000);
    let end = EndExport { log: Log::Audit, filter, rows: 7, complete: true };
    fresh.db.commit(&finance, end).await.unwrap();
    let log = found(&fresh, &Filter { subject_id: Some("audit".into()), ..Filter::default() }, None).await;
    assert_eq!(log.iter().map(|r| r.action).collect::<Vec<_>>(), [Action::ExportEnded, Action::ExportStarted]);
    let after: serde_json::Value = serde_json::from_str(log[0].after.as_deref().unwrap()).unwrap();
    assert_eq!((&after["rows"], &after["complete"]), (&json!(7), &json!(true)));
    assert_eq!(after["filter"]["words"], "who used [redacted]");
    assert_eq!(after["filter"]["only"]["from"], 1_736_942_400_000_i64, "numbers are no card numbers");
    for role in [Role::Developer, Role::Support, Role::Auditor] {
        let start = StartExport { log: Log::Requests, format: "csv", zone: "UTC".into(), filter: json!({}) };
        let denied = fresh.db.commit(&fresh.person(Environment::Live, role), start).await;
        assert!(matches!(denied, Err(Error::Denied(Permission::Export))), "{role}");
    }
}
