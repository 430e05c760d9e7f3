//! The form mechanism, through the real router on a real database: sign-in and API keys as its users.
use app::{App, Settings};
use axum::{
    body::Body,
    http::{Request, Response, StatusCode, header},
};
use domain::{
    access::{self, Password, Role},
    name::Name,
    testing::{Fresh, email},
};
use tower::ServiceExt;

const PASSWORD: &str = "correct horse battery";

struct Browser {
    router: axum::Router,
    cookies: Vec<(String, String)>,
}

struct Page {
    status: StatusCode,
    location: Option<String>,
    caching: String,
    html: String,
}

impl Page {
    /// The value of the first form token in the page's main part.
    fn token(&self) -> String {
        let main = self.html.find("<main").expect("a main part");
        let at = self.html[main..].find("name=\"token\" value=\"").expect("a form token") + main + 20;
        self.html[at..].split('"').next().unwrap().to_owned()
    }
}

impl Browser {
    fn new(fresh: &Fresh) -> Self {
        Self { router: app::router(App::new(fresh.db.clone(), Settings::default())), cookies: Vec::new() }
    }

    async fn signed_in(fresh: &Fresh, role: Role) -> Self {
        let (name, address) = (Name::parse("Ada").unwrap(), email(&format!("{role}@acme.example")));
        let password = Password::new(PASSWORD.into()).unwrap();
        access::add_person(&fresh.db, &fresh.organisation, name, address, role, password).await.unwrap();
        let mut browser = Self::new(fresh);
        let token = browser.get("/sign-in").await.token();
        let fields =
            [("token", &*token), ("email", &format!("{role}@acme.example")), ("password", PASSWORD), ("next", "")];
        let page = browser.post("/sign-in", &fields).await;
        assert_eq!((page.status, page.location.as_deref()), (StatusCode::SEE_OTHER, Some("/live")));
        browser
    }

    async fn get(&mut self, path: &str) -> Page {
        self.send(Request::get(path)).await
    }

    async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = serde_urlencoded::to_string(fields).unwrap();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        self.send_with(request, body.into()).await
    }

    async fn send(&mut self, request: axum::http::request::Builder) -> Page {
        self.send_with(request, Body::empty()).await
    }

    async fn send_with(&mut self, request: axum::http::request::Builder, body: Body) -> Page {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header(header::COOKIE, cookies.join("; ")).body(body).unwrap();
        let response: Response<Body> = self.router.clone().oneshot(request).await.unwrap();
        for line in response.headers().get_all(header::SET_COOKIE) {
            let (name, value) = line.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(n, _)| n != name);
            self.cookies.push((name.into(), value.into()));
        }
        let text = |name| response.headers().get(name).map(|v| v.to_str().unwrap().to_owned());
        let (location, caching) = (text(header::LOCATION), text(header::CACHE_CONTROL).unwrap_or_default());
        let status = response.status();
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Page { status, location, caching, html: String::from_utf8(bytes.to_vec()).unwrap() }
    }
}

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
