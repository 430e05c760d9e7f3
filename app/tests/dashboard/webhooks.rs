//! Webhook endpoints, deliveries and attempts.
use super::browser::{Browser, Page};
use axum::http::StatusCode;
use domain::{
    Result,
    access::{Grant, Permission, Role},
    audit::Action,
    db::{Command, Subject, Trail, Tx},
    environment::Environment,
    error::Noun,
    monitoring::{self, Range},
    testing::Fresh,
    time::{HOUR, MINUTE, Timestamp},
    webhooks::{
        self, CreateEndpoint, EventType, Fault,
        deliver::{self, Call, Sent, Transport},
    },
};
use serde_json::json;

const HOSTILE: &str = "</textarea><script>alert(1)</script>";

/// Any change that tells of something.
struct Tell(&'static str);

impl Command for Tell {
    type Output = ();
    fn permission(&self) -> Permission {
        Permission::View
    }
    async fn run(&self, _: &Grant, _: &mut Tx) -> Result<((), Trail)> {
        let trail = Trail::new(Action::AgentChanged, Subject::new(Noun::Agent, "agent_x", "x"));
        Ok(((), trail.event(EventType::AgentCreated, json!({ "name": self.0 }))))
    }
}

/// Answers every call alike.
struct Answer(Sent);

impl Transport for Answer {
    async fn send(&self, _: Call) -> Sent {
        self.0.clone()
    }
}

fn answering(status: u16, text: &str) -> Answer {
    Answer(Sent { status: Some(status), response_head: text.into(), duration_ms: 1_250, ..Sent::default() })
}

async fn endpoint(fresh: &Fresh, admin: &Grant, url: &str) -> String {
    let create = CreateEndpoint { url: url.into(), description: None, events: vec![], allow: vec![] };
    fresh.db.commit(admin, create).await.unwrap().id.to_string()
}

/// The first address on a page that begins with `start` and goes on.
fn link(page: &Page, start: &str) -> String {
    let quoted = format!("href=\"{start}");
    let at = page.html.find(&quoted).unwrap_or_else(|| panic!("a link to {start}…")) + 6;
    page.html[at..].split('"').next().unwrap().replace("&amp;", "&")
}

/// The secret on a page, if it shows one.
fn secret(page: &Page) -> Option<String> {
    let at = page.html.find(">whsec_").filter(|_| page.html.contains("Shown only now"))? + 1;
    page.html[at..].split('<').next().map(str::to_owned)
}

fn rows(page: &Page) -> usize {
    page.html.matches("<th scope=\"row\"").count()
}

#[tokio::test]
async fn a_double_click_adds_one_endpoint_and_shows_its_secret_both_times() {
    let fresh = Fresh::new().await;
    let mut browser = Browser::signed_in(&fresh, Role::Admin).await;
    assert!(browser.get("/live/webhooks").await.html.contains("No live endpoints yet"));
    let token = browser.get("/live/webhooks/new").await.token();
    let fields = [
        ("token", &*token),
        ("url", "https://a.example/hook?key=1"),
        ("description", HOSTILE),
        ("events[]", "card.frozen"),
        ("events[]", "card.closed"),
    ];
    let (first, second) =
        (browser.post("/live/webhooks/new", &fields).await, browser.post("/live/webhooks/new", &fields).await);
    assert_eq!((first.status, &*first.caching), (StatusCode::OK, "no-store"));
    let shown = secret(&first).expect("the secret is shown");
    assert_eq!(secret(&second).as_ref(), Some(&shown));
    let list = browser.get("/live/webhooks").await;
    assert_eq!(rows(&list), 1);
    assert!(list.html.contains("2\u{a0}types") && !list.html.contains("key=1"));
    let one = browser.get(&link(&list, "/live/webhooks/whk_")).await;
    assert!(one.html.contains("key=1") && one.html.contains("card.closed"));
    let id = link(&list, "/live/webhooks/whk_");
    for path in ["/live/webhooks", &*id, &format!("{id}/delete"), &format!("{id}/disable"), "/live/webhooks/deliveries"]
    {
        let page = browser.get(path).await;
        assert_eq!(page.status, StatusCode::OK, "{path}");
        assert_eq!(page.html.matches("<script").count(), 1, "only our own on {path}");
        assert!(!page.html.contains(&shown), "{path}");
    }
    assert!(list.html.contains("&lt;/textarea&gt;&lt;script&gt;"));
    assert!(browser.get("/dev/webhooks").await.html.contains("No dev endpoints yet"));
    assert_eq!(browser.get(&id.replace("live", "dev")).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_bad_entry_is_refused_by_its_field_and_the_others_are_kept() {
    let fresh = Fresh::new().await;
    let mut browser = Browser::signed_in(&fresh, Role::Admin).await;
    let mut token = browser.get("/live/webhooks/new").await.token();
    for (url, why) in [
        ("http://a.example/", "URL must begin with https://"),
        ("https://10.0.0.1/", "URL not taken: 10.0.0.1 is not on the public internet"),
        ("", "URL must be an absolute https address"),
    ] {
        let fields = [("token", &*token), ("url", url), ("description", HOSTILE), ("events[]", "intent.matched")];
        let page = browser.post("/live/webhooks/new", &fields).await;
        assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{url}");
        assert_eq!(page.html.matches(why).count(), 2, "in the summary and by the field: {url}");
        assert!(page.html.contains("href=\"#f-url\"") && page.html.contains("id=\"f-url\""));
        assert!(page.html.contains(&format!("value=\"{url}\"")), "{url}");
        let tick = page.html.split("<input").find(|input| input.contains("value=\"intent.matched\"")).unwrap();
        assert!(tick.split('>').next().unwrap().contains("checked"), "{tick}");
        assert_eq!(page.html.matches("<script").count(), 1);
        token = page.token();
    }
    let long = "x".repeat(501);
    let fields = [("token", &*token), ("url", "ftp://x"), ("description", &*long), ("events[]", "no.such")];
    let page = browser.post("/live/webhooks/new", &fields).await;
    for why in ["URL must begin", "Description must have at most 500", "Events must be among"] {
        assert_eq!(page.html.matches(why).count(), 2, "{why}");
    }
    assert!(browser.get("/live/webhooks").await.html.contains("No live endpoints yet"));
}

#[tokio::test]
async fn an_endpoint_is_turned_off_and_on_and_deleted_with_what_follows_said() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    let id = endpoint(&fresh, &admin, "https://a.example/hook").await;
    fresh.db.commit(&admin, Tell("one")).await.unwrap();
    let mut browser = Browser::signed_in(&fresh, Role::Admin).await;
    let path = format!("/live/webhooks/{id}");
    for (act, badge) in [("disable", "Disabled"), ("enable", "Enabled")] {
        let act = format!("{path}/{act}");
        let page = browser.get(&act).await;
        assert!(page.html.contains("Waiting for it: 1 delivery"), "{act}");
        let done = browser.post(&act, &[("token", &page.token())]).await;
        assert_eq!((done.status, done.location.as_deref()), (StatusCode::SEE_OTHER, Some(&*path)));
        assert!(browser.get(&path).await.html.contains(&format!("</svg>{badge}</span>")), "{act}");
        assert_eq!(browser.get(&act).await.location.as_deref(), Some(&*path), "nothing left to do");
    }
    let page = browser.get(&format!("{path}/delete")).await;
    assert!(page.html.contains("Waiting for it: 1 delivery, which will be given up."));
    let done = browser.post(&format!("{path}/delete"), &[("token", &page.token())]).await;
    assert_eq!(done.location.as_deref(), Some("/live/webhooks"));
    assert!(browser.get("/live/webhooks").await.html.contains("One delivery that waited was given up."));
    assert_eq!(browser.get(&path).await.status, StatusCode::NOT_FOUND);
    let list = browser.get("/live/webhooks/deliveries").await;
    assert!(list.html.contains("Deleted endpoint") && list.html.contains("Endpoint deleted"));
    assert!(!list.html.contains(&path), "no link to what is gone");
    let one = browser.get(&link(&list, "/live/webhooks/deliveries/whd_")).await;
    assert!(one.html.contains("(deleted)") && !one.html.contains(&path));
}

#[tokio::test]
async fn what_was_sent_and_answered_is_shown_as_text() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    endpoint(&fresh, &admin, "https://a.example/hook").await;
    let mut browser = Browser::signed_in(&fresh, Role::Support).await;
    assert!(browser.get("/live/webhooks/deliveries").await.html.contains("No deliveries yet"));
    assert!(browser.get("/live/webhooks/attempts").await.html.contains("No attempts yet"));
    fresh.db.commit(&admin, Tell("</pre><script>alert(2)</script>")).await.unwrap();
    deliver::run_due(&fresh.db, &answering(500, "</pre><script>alert(3)</script>"), 9).await.unwrap();
    fresh.clock.advance(MINUTE);
    let gone = Answer(Sent { fault: Some(Fault::Tls), duration_ms: 9, ..Sent::default() });
    deliver::run_due(&fresh.db, &gone, 9).await.unwrap();
    let list = browser.get("/live/webhooks/deliveries").await;
    assert!(list.html.contains("TLS failed") && list.html.contains(">2</td>"));
    let one = browser.get(&link(&list, "/live/webhooks/deliveries/whd_")).await;
    for text in ["Answered HTTP 500", "TLS failed. Check", "1.2 s", "X-Ledger-Signature", "2 of 10"] {
        assert!(one.html.contains(text), "{text}");
    }
    assert_eq!(one.html.matches("&lt;/pre&gt;&lt;script&gt;").count(), 2, "the body and the answer");
    assert_eq!(one.html.matches("<script").count(), 1);
    let attempts = browser.get("/live/webhooks/attempts").await;
    assert_eq!((rows(&attempts), rows(&browser.get("/live/webhooks/attempts?outcome=succeeded").await)), (2, 0));
    assert!(browser.get("/live/webhooks/attempts?outcome=succeeded").await.html.contains("No attempts match"));
}

/// The link of the panel carries its range; the list behind it has as many rows as the panel counts.
#[tokio::test]
async fn deliveries_given_up_are_listed_by_the_moment_at_which_the_panel_counts_them() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    endpoint(&fresh, &admin, "https://a.example/hook").await;
    let dropped = endpoint(&fresh, &admin, "https://b.example/hook").await;
    fresh.db.commit(&admin, Tell("early")).await.unwrap();
    let delete = webhooks::DeleteEndpoint { id: dropped.parse().unwrap() };
    fresh.db.commit(&admin, delete).await.unwrap();
    for _ in 0..10 {
        deliver::run_due(&fresh.db, &answering(500, ""), 9).await.unwrap();
        fresh.clock.advance(27 * HOUR);
    }
    fresh.db.commit(&admin, Tell("late")).await.unwrap();
    fresh.clock.advance(HOUR);
    let panels = monitoring::panels(&fresh.db, &admin, Range::Week).await.unwrap();
    assert_eq!(panels.webhooks.beside, 1, "given up within the week, though it happened before it");
    let mut browser = Browser::signed_in(&fresh, Role::Support).await;
    let monitoring = browser.get("/live/monitoring?range=7d").await;
    let page = browser.get(&link(&monitoring, "/live/webhooks/deliveries?")).await;
    assert_eq!(rows(&page), 1);
    assert!(page.html.contains("Given up from: ") && page.html.contains("HTTP 500"));
    let (from, to) = (panels.from, panels.to);
    let kept = page.html.split("<input").find(|input| input.contains("name=\"from\"")).unwrap();
    assert!(kept.contains("hidden") && kept.contains(&from.0.to_string()), "the range outlives another filter");
    let now = fresh.db.now();
    let list =
        |state: &str, from: Timestamp| format!("/live/webhooks/deliveries?state={state}&from={}&to={}", from.0, to.0);
    assert_eq!(rows(&browser.get(&list("abandoned", now - HOUR)).await), 0);
    assert_eq!(rows(&browser.get(&list("dropped", from)).await), 0, "dropped with its endpoint ten days before");
    assert_eq!(rows(&browser.get("/live/webhooks/deliveries?state=dropped").await), 1);
    assert_eq!(rows(&browser.get(&list("", from)).await), 1, "only the late one happened within the range");
}

#[tokio::test]
async fn roles_are_held_to_the_matrix() {
    let fresh = Fresh::new().await;
    let admin = fresh.person(Environment::Live, Role::Admin);
    let id = endpoint(&fresh, &admin, "https://a.example/hook").await;
    let mut support = Browser::signed_in(&fresh, Role::Support).await;
    let path = format!("/live/webhooks/{id}");
    for act in ["/live/webhooks/new".to_owned(), format!("{path}/disable"), format!("{path}/delete")] {
        let page = support.get(&act).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{act}");
        assert_eq!(support.post(&act, &[("token", "x")]).await.status, StatusCode::FORBIDDEN, "{act}");
    }
    for look in ["/live/webhooks", &*path] {
        let page = support.get(look).await;
        assert_eq!(page.status, StatusCode::OK);
        assert!(page.html.contains("You can look here.") && !page.html.contains("/delete"), "{look}");
        assert!(!page.html.contains("/webhooks/new"), "{look}");
    }
    let mut finance = Browser::signed_in(&fresh, Role::Finance).await;
    for look in ["/live/webhooks", &*path, "/live/webhooks/deliveries", "/live/webhooks/attempts"] {
        assert_eq!(finance.get(look).await.status, StatusCode::FORBIDDEN, "{look}");
    }
    let mut developer = Browser::signed_in(&fresh, Role::Developer).await;
    assert_eq!(developer.get("/live/webhooks/new").await.status, StatusCode::FORBIDDEN);
    assert_eq!(developer.get("/dev/webhooks/new").await.status, StatusCode::OK);
}
