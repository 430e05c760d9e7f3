//! The audit log: whoever reads it finds every change, its author and its reason.
use super::{
    browser::Browser,
    coverage::{Watch, pages_documented},
    world::World,
};
use domain::{
    access::{
        self, Role,
        factors::{self, totp},
        members,
    },
    environment::Environment,
    keys::{CreateKey, Expiry},
    name::Line,
    purchases::testing::Cast,
    testing::Fresh,
    time::DAY,
};
use std::collections::{BTreeMap, BTreeSet};

/// A form's route, what it is about, with what entries, the action that it leaves, and a text in its record. The entry
/// `version` is the page's own.
type Act<'a> = (&'static str, String, &'a [(&'a str, &'a str)], &'a str, &'a str);

/// Reading what one was told is noted, and changes nothing that anybody answers for; asking what would be decided is not
/// even noted.
const UNRECORDED: [&str; 2] = ["/profile/notices", "/cards/{id}/try"];

/// The developer of the world has an authenticator app, which may be lost.
async fn with_an_app(world: &World) {
    let (db, organisation, id) = (&world.db, world.owner.organisation(), &world.member);
    let member = members::get(db, &world.owner, id).await.unwrap();
    let offer = factors::offer(db, (organisation, id), ("Acme", "Dev"), "").unwrap();
    let code = totp::code(&super::browser::seed(offer.secret.text()), totp::step(db.now()));
    let add = factors::check_offer(db, organisation, id, &offer.sealed, &code).unwrap().unwrap();
    db.commit(&access::testing::acting(&world.owner, &member), add).await.map(drop).unwrap();
}

#[tokio::test]
async fn every_change_of_the_dashboard_leaves_a_record() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let mut auditor = Browser::signed_in(&fresh, Role::Auditor).await;
    let key = async |name: &str| {
        let name = super::world::name(name);
        let never = Expiry::Never(Some(Line::parse("A test.").unwrap()));
        fresh.db.commit(&world.owner, CreateKey::new(name, never)).await.unwrap().id
    };
    let (spare, leaked) = (key("spare").await, key("leaked").await);
    fresh.db.commit(&world.key, super::world::new_intent(&world.card, "order-2", "Pens", "Staples")).await.unwrap();
    let read = super::world::new_read(&world.card, "Printer paper", "Staples");
    fresh.db.commit(&access::testing::key_of(&world.key, &leaked), read).await.unwrap();
    with_an_app(&world).await;
    let unused = Cast { age: 40 * DAY, ..Cast::default() }.write(&world.db, &world.key).await.unwrap().card;
    let unused = format!("{unused}.1");
    let dev = fresh.key(Environment::Dev);
    let tried = Cast::default().write(&world.db, &dev).await.unwrap();
    let (tried, spends) = (tried.card.to_string(), tried.agent.to_string());
    let attempt = [("amount", "1"), ("merchant", "why-try"), ("category_code", "5943"), ("city", ""), ("country", "")];
    let new_card = [("agent", &*spends), ("purpose", "new-card"), ("card_type", "multi")];
    let card_rules = [("policy", "none"), ("max_amount", "900"), ("version", ""), ("reason", "why-rules")];
    let sweep = [("cards[]", &*unused), ("reason", "why-unused")];
    let none = String::new;
    let (agent, card, endpoint) = (world.agent.to_string(), world.card.to_string(), world.endpoint.to_string());
    let user = world.user.to_string();
    let (member, invite) = (world.member.to_string(), world.invite.to_string());
    let (backend, leaked) = (world.api_key.to_string(), leaked.to_string());
    let limit = [
        ("limit", "5"),
        ("frequency", "perWeek"),
        ("on_exceeded", "decline"),
        ("version", ""),
        ("reason", "why-limit"),
    ];
    let new_agent = [
        ("user", &*user),
        ("name", "new-agent"),
        ("description", "Pens"),
        ("limit", "5"),
        ("frequency", "perWeek"),
        ("on_exceeded", "decline"),
    ];
    let export = [("format", "csv"), ("zone", "utc")];
    let edit = [("name", "renamed"), ("expires", "keep"), ("access", "full"), ("version", "")];
    let house = [("name", "Acme"), ("time_zone", "Europe/Berlin"), ("version", "")];
    let rule = [
        ("enabled", "on"),
        ("action", "alert"),
        ("dry_run", "off"),
        ("max_per_hour", "7"),
        ("max_per_day", "70"),
        ("version", ""),
    ];
    let switches = [
        ("duplicate_detection", "inherit"),
        ("velocity_limit", "inherit"),
        ("spend_spike", "off"),
        ("unattested_spend", "inherit"),
        ("intent_mismatch", "inherit"),
        ("cooldown_violation", "inherit"),
        ("merchant_drift", "inherit"),
        ("version", ""),
    ];
    let new_view = [("name", "new-view"), ("screen", "keys"), ("query", "sort=name"), ("audience", "me")];
    let view = world.view.to_string();
    let policy = world.policy.to_string();
    // As tight as before, so that nobody else is asked.
    let other_policy = [
        ("name", "other-policy"),
        ("limit_per_day", "30000"),
        ("blocked_merchants", "Casino"),
        ("reason", "why-policy"),
        ("version", ""),
    ];
    let default_policy = [("policy", &*policy), ("version", "")];
    let most = [("max_amount", "900"), ("reason", "why-rules"), ("version", "")];
    let acts: Vec<Act> = vec![
        ("/keys/new", none(), &[("name", "new-key"), ("expires", "30")], "api_key.created", "new-key"),
        (
            "/intents/{id}/decide",
            world.held.to_string(),
            &[("decision", "reject"), ("reason", "why-reject")],
            "intent.rejected",
            "why-reject",
        ),
        ("/keys/identify", none(), &[("found", "nothing")], "api_key.identified", "Refused"),
        ("/keys/policy", none(), &[("days", "365")], "api_key.policy_changed", "365"),
        ("/keys/{id}/trial", backend.clone(), &[("span", "1h")], "api_key.revocation_tried", "backend"),
        ("/keys/{id}/disable", backend.clone(), &[], "api_key.disabled", "backend"),
        ("/keys/{id}/resume", backend.clone(), &[], "api_key.resumed", "backend"),
        ("/keys/{id}/edit", backend.clone(), &edit, "api_key.changed", "renamed"),
        ("/keys/{id}/rotate", backend.clone(), &[("overlap", "24h")], "api_key.rotated", "renamed"),
        ("/keys/{id}/overlap", backend, &[], "api_key.overlap_cut", "renamed"),
        ("/keys/{id}/revoke", spare.to_string(), &[], "api_key.revoked", "spare"),
        ("/keys/{id}/compromised", leaked.clone(), &[("since", "7")], "api_key.revoked", "leaked"),
        ("/keys/{id}/freeze", leaked, &[("since", "0")], "card.frozen", "Paper"),
        ("/cards/{id}/reveal", card.clone(), &[("reason", "why-reveal")], "card.revealed", "why-reveal"),
        ("/cards/{id}/unfreeze", card.clone(), &[], "card.unfrozen", "Paper"),
        ("/cards/{id}/risk", card.clone(), &switches, "card.risk_changed", "spendSpike"),
        ("/cards/{id}/rules", card.clone(), &card_rules, "card.rules_changed", "why-rules"),
        ("/cards/{id}/freeze", card.clone(), &[("reason", "why-freeze")], "card.frozen", "why-freeze"),
        ("/cards/{id}/close", card, &[("reason", "why-close")], "card.closed", "why-close"),
        ("/cards/new", none(), &new_card, "card.issued", "new-card"),
        ("/cards/{id}/try/post", tried, &attempt, "purchase.decided", "why-try"),
        ("/cards/unused/close", none(), &sweep, "card.closed", "why-unused"),
        ("/agents/new", none(), &new_agent, "agent.created", "new-agent"),
        (
            "/agents/{id}/edit",
            agent.clone(),
            &[("name", "shopper"), ("description", "Buys ink"), ("version", "")],
            "agent.changed",
            "shopper",
        ),
        ("/agents/{id}/limit", agent.clone(), &limit, "agent.limit_changed", "why-limit"),
        ("/agents/{id}/rules", agent.clone(), &most, "agent.rules_changed", "why-rules"),
        ("/agents/{id}/policy", agent.clone(), &default_policy, "agent.changed", "shopper"),
        ("/policies/new", none(), &[("name", "new-policy")], "policy.created", "new-policy"),
        ("/policies/{id}/edit", policy.clone(), &other_policy, "policy.changed", "why-policy"),
        ("/policies/organisation", none(), &most, "organisation.rules_changed", "why-rules"),
        ("/agents/{id}/risk/rules/{rule}", agent.clone(), &rule, "agent.risk_changed", "velocityLimit"),
        (
            "/agents/{id}/risk/dry-run",
            agent.clone(),
            &[("only_tell", "on"), ("version", "")],
            "agent.risk_changed",
            "dryRun",
        ),
        ("/agents/{id}/suspend", agent.clone(), &[("reason", "why-suspend")], "agent.suspended", "why-suspend"),
        ("/agents/{id}/resume", agent.clone(), &[], "agent.resumed", "shopper"),
        (
            "/agents/{id}/tokens/new",
            agent.clone(),
            &[("name", "new-token"), ("expires", "30")],
            "agent_token.created",
            "new-token",
        ),
        ("/agents/tokens/{id}/rotate", world.token.to_string(), &[("overlap", "24h")], "agent_token.rotated", "worker"),
        ("/agents/tokens/{id}/revoke", world.token.to_string(), &[], "agent_token.revoked", "worker"),
        ("/agents/{id}/cards/close", agent, &[("reason", "why-close")], "card.closed", "why-close"),
        ("/agents/{id}/close", world.idle.to_string(), &[("reason", "why-end")], "agent.closed", "why-end"),
        (
            "/webhooks/new",
            none(),
            &[("url", "https://new.example/"), ("description", "x")],
            "webhook.created",
            "new.example",
        ),
        ("/webhooks/{id}/disable", endpoint.clone(), &[], "webhook.changed", "hooks.example"),
        ("/webhooks/{id}/enable", endpoint.clone(), &[], "webhook.changed", "hooks.example"),
        ("/webhooks/{id}/test", endpoint.clone(), &[], "webhook.tested", "hooks.example"),
        (
            "/purchases/{id}/notes",
            world.purchase.to_string(),
            &[("notes", "Ask Ada"), ("tags", ""), ("category", ""), ("version", "")],
            "purchase.annotated",
            "STAPLES*1234",
        ),
        (
            "/purchases/{id}/dispute",
            world.settled.to_string(),
            &[("amount", ""), ("why", "duplicate"), ("description", ""), ("evidence", "")],
            "dispute.opened",
            "STAPLES*5678",
        ),
        ("/disputes/{id}/cancel", world.dispute.to_string(), &[], "dispute.canceled", "STAPLES*5678"),
        ("/webhooks/{id}/delete", endpoint, &[], "webhook.deleted", "hooks.example"),
        ("/audit/export", none(), &export, "export.ended", "complete: true"),
        ("/requests/export", none(), &export, "export.ended", "complete: true"),
        (
            "/members/invite",
            none(),
            &[("email", "another@acme.example"), ("role", "support")],
            "invitation.sent",
            "another@",
        ),
        ("/members/invites/{id}/resend", invite.clone(), &[], "invitation.sent_again", "new.live@"),
        ("/members/invites/{id}/withdraw", invite, &[], "invitation.withdrawn", "new.live@"),
        ("/approvals/{id}/decide", world.proposal.to_string(), &[("decision", "reject")], "proposal.rejected", "Dev"),
        ("/members/{id}/sessions", member.clone(), &[], "person.sessions_ended", "Dev"),
        ("/members/{id}/reset", member.clone(), &[], "person.reset_started", "Dev"),
        ("/members/{id}/factors", member.clone(), &[("reason", "why-lost")], "person.factors_cleared", "why-lost"),
        ("/members/{id}/disable", member.clone(), &[("reason", "why-disable")], "person.disabled", "why-disable"),
        ("/members/{id}/enable", member.clone(), &[], "person.enabled", "Dev"),
        ("/members/{id}/role", member.clone(), &[("role", "support"), ("version", "")], "person.role_changed", "Dev"),
        ("/members/{id}/remove", member, &[("reason", "why-remove")], "person.removed", "why-remove"),
        ("/risk/rules/{rule}", none(), &rule, "organisation.risk_changed", "velocityLimit"),
        (
            "/risk/preset",
            none(),
            &[("preset", "strict"), ("version", "")],
            "organisation.risk_changed",
            "duplicateDetection",
        ),
        ("/settings/organisation", none(), &house, "organisation.changed", "Europe/Berlin"),
        ("/settings/alerts", none(), &[("levels", "42"), ("version", "")], "organisation.changed", "42"),
        ("/settings/stop", none(), &[("reason", "why-stop")], "organisation.spending_stopped", "why-stop"),
        ("/settings/allow", none(), &[("reason", "why-allow")], "organisation.spending_resumed", "why-allow"),
        // There is another owner, who has to agree.
        ("/settings/threshold", none(), &[("threshold", "7"), ("version", "")], "proposal.made", "7"),
        ("/approvals/{id}/withdraw", "own".into(), &[], "proposal.withdrawn", "Ada"),
        ("/views/new", none(), &new_view, "view.saved", "new-view"),
        ("/views/{id}", view.clone(), &[("name", "other-view"), ("audience", "all")], "view.changed", "other-view"),
        ("/views/{id}/delete", view, &[], "view.deleted", "other-view"),
        ("/profile", none(), &[("name", "Ada"), ("time_zone", "Asia/Tokyo")], "person.changed", "Asia/Tokyo"),
        ("/profile/leave", none(), &[], "person.removed", "Ada"),
    ];
    // A form that is not here changes something that nobody would find in the log.
    let acted: BTreeSet<&str> = acts.iter().map(|(route, ..)| *route).chain(UNRECORDED).collect();
    let forms: BTreeSet<&str> = app::pages().table.iter().filter(|route| route.form).map(|route| route.path).collect();
    assert_eq!(acted, forms, "each form of the dashboard, and the record that it leaves");
    let (mut watch, mut leaves) =
        (Watch::default(), BTreeMap::<_, BTreeSet<String>>::from(UNRECORDED.map(|path| (path, BTreeSet::new()))));
    for (route, mut id, fields, action, said) in acts {
        if id == "own" {
            let links = owner.get("/live/approvals").await.links();
            let own = links.iter().find_map(|href| href.strip_prefix("/live/approvals/"));
            id = own.expect("the proposal that was just made").to_owned();
        }
        // A view is saved from the list whose filters it keeps.
        let of = match route {
            "/views/new" => "?screen=keys&query=sort%3Dname",
            "/cards/unused/close" => "?all=true",
            _ => "",
        };
        // Live purchases come from the card network, and no issuer serves live here.
        let environment = if ["/cards/{id}/try/post", "/cards/new"].contains(&route) { "dev" } else { "live" };
        let path = format!("/{environment}{}{of}", route.replace("{id}", &id).replace("{rule}", "velocityLimit"));
        let list = format!("/{environment}/audit?action={action}");
        let before = auditor.get(&list).await.rows();
        fresh.clock.advance(1_000);
        watch.left(&fresh).await;
        let page = owner.get(&path).await;
        let own = page.entry("version");
        let token = page.token();
        let fields = fields.iter().copied().filter(|(name, _)| *name != "version");
        let version = own.as_deref().map(|version| ("version", version));
        let fields: Vec<(&str, &str)> = [("token", &*token)].into_iter().chain(version).chain(fields).collect();
        let done = owner.post(&path, &fields).await;
        assert!([200, 303].contains(&done.led().0), "{path}: {}", done.main());
        let left = watch.left(&fresh).await;
        leaves.entry(route).or_default().extend(left);
        let log = auditor.get(&list).await;
        assert!(log.rows() > before, "{path} left {action}: {:?} {}", done.led(), done.html);
        let latest = log.table().split("</tr>").next().unwrap();
        assert!(latest.contains("Ada") && latest.contains(said), "{path}: {latest}");
    }
    pages_documented(&fresh, &world, &leaves, &mut watch).await;
    let log = auditor.get("/live/audit?action=agent.limit_changed").await;
    assert!(log.main().contains("spendingLimit: 90000000 → 500"), "{}", log.main());
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
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
