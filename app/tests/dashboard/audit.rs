//! The audit log: whoever reads it finds every change, its author and its reason.
use super::{browser::Browser, world::World};
use domain::{access::Role, testing::Fresh};
use std::collections::BTreeSet;

/// Where, with what entries, the action that it leaves, and a text in its record.
type Act<'a> = (String, &'a [(&'a str, &'a str)], &'a str, &'a str);

#[tokio::test]
async fn every_change_of_the_dashboard_leaves_a_record() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let mut auditor = Browser::signed_in(&fresh, Role::Auditor).await;
    let (agent, card) = (format!("/live/agents/{}", world.agent), format!("/live/cards/{}", world.card));
    let endpoint = format!("/live/webhooks/{}", world.endpoint);
    let (user, version) = (world.user.to_string(), "1");
    let limit = [("limit", "5"), ("frequency", "perWeek"), ("on_exceeded", "decline"), ("version", version)];
    let new_agent = [
        ("user", &*user),
        ("name", "new-agent"),
        ("description", "Pens"),
        ("limit", "5"),
        ("frequency", "perWeek"),
        ("on_exceeded", "decline"),
    ];
    let export = [("format", "csv"), ("zone", "utc")];
    let acts: [Act; 14] = [
        ("/live/keys/new".into(), &[("name", "new-key"), ("expires", "30")], "api_key.created", "new-key"),
        (format!("/live/keys/{}/revoke", world.api_key), &[("typed", "backend")], "api_key.revoked", "backend"),
        ("/live/agents/new".into(), &new_agent, "agent.created", "new-agent"),
        (
            format!("{agent}/limit"),
            &[&limit[..], &[("reason", "why-limit")]].concat(),
            "agent.limit_changed",
            "why-limit",
        ),
        (format!("{card}/freeze"), &[("reason", "why-freeze")], "card.frozen", "why-freeze"),
        (format!("{card}/unfreeze"), &[], "card.unfrozen", "Paper"),
        (format!("{agent}/suspend"), &[("reason", "why-suspend")], "agent.suspended", "why-suspend"),
        (format!("{agent}/resume"), &[], "agent.resumed", "shopper"),
        (
            "/live/webhooks/new".into(),
            &[("url", "https://new.example/"), ("description", "x")],
            "webhook.created",
            "new.example",
        ),
        (format!("{endpoint}/disable"), &[], "webhook.changed", "hooks.example"),
        (format!("{endpoint}/enable"), &[], "webhook.changed", "hooks.example"),
        (format!("{endpoint}/delete"), &[], "webhook.deleted", "hooks.example"),
        ("/live/audit/export".into(), &export, "export.ended", "complete: true"),
        ("/live/requests/export".into(), &export, "export.ended", "complete: true"),
    ];
    // A form that is not here changes something that nobody would find in the log.
    let template = |path: &str| {
        let parts = path.split('/').skip(2).map(|part| if part.len() > 30 { "{id}" } else { part });
        format!("/{}", parts.collect::<Vec<_>>().join("/"))
    };
    let acted: BTreeSet<String> = acts.iter().map(|(path, ..)| template(path)).collect();
    let forms: BTreeSet<String> =
        app::pages().table.iter().filter(|route| route.form).map(|route| route.path.to_owned()).collect();
    assert_eq!(acted, forms, "each form of the dashboard, and the record that it leaves");
    for (path, fields, action, said) in acts {
        let list = format!("/live/audit?action={action}");
        let before = auditor.get(&list).await.rows();
        fresh.clock.advance(1_000);
        let done = admin.submit(&path, fields).await;
        assert!([200, 303].contains(&done.led().0), "{path}: {}", done.main());
        let log = auditor.get(&list).await;
        assert!(log.rows() > before, "{path} left {action}");
        let latest = log.table().split("</tr>").next().unwrap();
        assert!(latest.contains(">Ada</a>") && latest.contains(said), "{path}: {latest}");
    }
    let log = auditor.get("/live/audit?action=agent.limit_changed").await;
    assert!(log.main().contains("spendingLimit: 90000000 → 500"), "{}", log.main());
    admin.submit("/sign-out", &[]).await;
    for action in ["session.started", "session.ended"] {
        assert!(auditor.get(&format!("/live/audit?action={action}")).await.rows() > 0, "{action}");
        assert!(auditor.get(&format!("/dev/audit?action={action}")).await.rows() > 0, "{action} belongs to both");
    }
    let mut wrong = Browser::new(&fresh);
    wrong.sign_in("admin@acme.example", "not the password at all", "").await;
    assert!(auditor.get("/live/audit?action=session.started").await.table().contains("Refused"));
}

#[tokio::test]
async fn the_log_is_read_by_whom_the_matrix_names_and_filtered_by_who_and_what() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut developer = Browser::signed_in(&fresh, Role::Developer).await;
    for path in ["/live/audit", "/dev/audit"] {
        let page = developer.get(path).await;
        assert_eq!(page.led(), (403, None), "{path}");
        assert!(page.html.contains("permission to read the audit log"));
    }
    assert!(!developer.get("/live").await.html.contains("href=\"/live/audit\""), "not in the navigation either");
    for role in [Role::Support, Role::Finance, Role::Auditor] {
        let mut browser = Browser::signed_in(&fresh, role).await;
        let page = browser.get(&format!("/live/audit?subject={}", world.card)).await;
        assert_eq!(page.led(), (200, None), "{role}");
        assert!(page.table().contains("Card issued") && !page.table().contains("API key"), "{role}");
    }
    let mut auditor = Browser::signed_in_again(&fresh, Role::Auditor).await;
    let page = auditor.get("/live/audit").await;
    let by = page.links().into_iter().find(|href| href.contains("actor=")).unwrap();
    let narrowed = auditor.get(&by).await;
    assert!(narrowed.rows() > 0 && narrowed.rows() < page.rows());
    for query in ["?actor=nobody", "?subject=x%27--", "?action=card.closed&subject=nothing"] {
        assert!(auditor.get(&format!("/live/audit{query}")).await.main().contains("No records match"), "{query}");
    }
    assert!(!auditor.get("/dev/audit").await.table().contains("Card issued"), "dev has its own");
}
