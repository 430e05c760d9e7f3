//! The form mechanism: sign-in and API keys as their users.
use super::browser::{Browser, Page};
use axum::http::{Request, StatusCode, header};
use domain::{
    access::{self, Role},
    testing::Fresh,
};

/// The secret on a page, if it shows one.
fn secret(page: &Page) -> Option<String> {
    let at = page.html.find("lk_live_").filter(|_| page.html.contains("Shown only now"))?;
    let text: String = page.html[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '_').collect();
    (text.len() == 54).then_some(text)
}

#[tokio::test]
async fn a_double_click_makes_one_key_and_shows_it_both_times() {
    let fresh = Fresh::new().await;
    let mut browser = Browser::signed_in(&fresh, Role::Admin).await;
    let token = browser.get("/live/keys/new").await.token();
    let fields = [("token", &*token), ("name", "backend"), ("expires", "90")];
    let (first, second) =
        (browser.post("/live/keys/new", &fields).await, browser.post("/live/keys/new", &fields).await);
    assert_eq!((first.status, &*first.caching), (StatusCode::OK, "no-store"));
    let shown = secret(&first).expect("the secret is shown");
    assert_eq!(secret(&second).as_ref(), Some(&shown));
    let list = browser.get("/live/keys").await;
    assert_eq!(list.html.matches(">backend</a>").count(), 1);
    assert!(!list.html.contains(&shown));
    assert!(!browser.get("/dev/keys").await.html.contains(">backend</a>"));
}

#[tokio::test]
async fn a_refused_form_keeps_what_was_typed_and_may_be_sent_again() {
    let fresh = Fresh::new().await;
    let mut browser = Browser::signed_in(&fresh, Role::Admin).await;
    let token = browser.get("/live/keys/new").await.token();
    let hostile = "</title><script>alert(1)</script>\u{202E}";
    let page = browser.post("/live/keys/new", &[("token", &token), ("name", hostile), ("expires", "30")]).await;
    assert_eq!((page.status, &*page.caching), (StatusCode::UNPROCESSABLE_ENTITY, "private, no-cache"));
    assert_eq!(page.html.matches("must not contain invisible").count(), 2, "in the summary and by the field");
    assert!(page.html.contains("<title>Error: "));
    assert!(page.html.contains("&lt;/title&gt;&lt;script&gt;") && page.html.matches("<script").count() == 1);
    let again =
        browser.post("/live/keys/new", &[("token", &page.token()), ("name", "backend"), ("expires", "30")]).await;
    assert!(secret(&again).is_some());
}

#[tokio::test]
async fn forms_of_others_are_refused_and_change_nothing() {
    let fresh = Fresh::new().await;
    let mut browser = Browser::signed_in(&fresh, Role::Admin).await;
    let token = browser.get("/live/keys/new").await.token();
    let forged = browser.post("/live/keys/new", &[("token", "0.0"), ("name", "a"), ("expires", "30")]).await;
    assert_eq!(forged.status, StatusCode::FORBIDDEN);
    let body = format!("token={token}&name=a&expires=30");
    for (name, value) in [
        ("sec-fetch-site", "cross-site"),
        ("sec-fetch-site", "same-site"),
        ("origin", "null"),
        ("origin", "https://evil.example"),
        ("x-nothing", "neither header"),
    ] {
        let request = Request::post("/live/keys/new")
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header(name, value);
        let page = browser.send_with(request, body.clone().into()).await;
        assert_eq!(page.status, StatusCode::FORBIDDEN, "{name}: {value}");
    }
    let json = Request::post("/live/keys/new")
        .header("sec-fetch-site", "same-origin")
        .header(header::CONTENT_TYPE, "application/json");
    assert_eq!(browser.send_with(json, "{}".into()).await.status, StatusCode::UNSUPPORTED_MEDIA_TYPE);
    let large = format!("{body}&x={}", "a".repeat(70_000));
    let request = Request::post("/live/keys/new")
        .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin");
    assert_eq!(browser.send_with(request, large.into()).await.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(browser.get("/live/keys").await.html.contains("No live keys yet"));
}

#[tokio::test]
async fn roles_are_held_to_the_matrix() {
    let fresh = Fresh::new().await;
    let mut support = Browser::signed_in(&fresh, Role::Support).await;
    let page = support.get("/live/keys/new").await;
    assert_eq!(page.status, StatusCode::FORBIDDEN);
    assert!(page.html.contains("permission to create keys"));
    assert!(!support.get("/live/keys").await.html.contains("/live/keys/new"));
    let mut nobody = Browser::new(&fresh);
    let page = nobody.get("/live/keys?x=1").await;
    assert_eq!(page.location.as_deref(), Some("/sign-in?next=%2Flive%2Fkeys%3Fx%3D1"));
}

#[tokio::test]
async fn signing_out_ends_the_session_before_the_answer() {
    let fresh = Fresh::new().await;
    let mut browser = Browser::signed_in(&fresh, Role::Owner).await;
    let stolen = browser.cookies.clone();
    let token = browser.get("/live/keys/new").await.token();
    assert_eq!(browser.post("/sign-out", &[("token", &token)]).await.status, StatusCode::SEE_OTHER);
    browser.cookies = stolen;
    assert_eq!(browser.get("/live/keys").await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_session_ends_when_idle_and_at_its_longest() {
    let fresh = Fresh::new().await;
    let mut browser = Browser::signed_in(&fresh, Role::Owner).await;
    for _ in 0..50 {
        fresh.clock.advance(access::IDLE_MS - 1_000);
        if fresh.db.now().since(domain::testing::START) >= access::LONGEST_MS {
            break;
        }
        assert_eq!(browser.get("/live/keys").await.status, StatusCode::OK);
    }
    assert_eq!(browser.get("/live/keys").await.status, StatusCode::SEE_OTHER, "the longest time is over");
}
