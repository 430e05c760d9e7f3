//! A browser in front of the router: it keeps cookies and sends forms.
use app::{App, Settings};
use axum::{
    body::Body,
    http::{Request, Response, StatusCode, header},
};
use domain::{
    access::{self, Password, Role, factors::totp},
    db::Db,
    ids::PersonId,
    name::Name,
    testing::{Fresh, email},
};
use tower::ServiceExt;

/// What everybody signs in with.
pub const PASSWORD: &str = "correct horse battery";

/// The bytes of a key as an authenticator app is given it.
pub fn seed(typed: &str) -> Vec<u8> {
    let value = |c: char| "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567".find(c).unwrap();
    let letters = typed.chars().filter(|c| !c.is_whitespace());
    let bits: Vec<bool> = letters.flat_map(|c| (0..5).rev().map(move |n| value(c) >> n & 1 == 1)).collect();
    bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |n, bit| n << 1 | u8::from(*bit))).collect()
}

/// A browser with its cookies.
pub struct Browser {
    router: axum::Router,
    pub cookies: Vec<(String, String)>,
}

/// What came back.
pub struct Page {
    pub status: StatusCode,
    pub location: Option<String>,
    pub caching: String,
    pub html: String,
    pub headers: axum::http::HeaderMap,
}

impl Page {
    /// The value of the first form token in the page's main part.
    pub fn token(&self) -> String {
        let main = self.html.find("<main").expect("a main part");
        let at = self.html[main..].find("name=\"token\" value=\"").expect("a form token") + main + 20;
        self.html[at..].split('"').next().unwrap().to_owned()
    }

    /// The value of the first form token of the page.
    pub fn token_anywhere(&self) -> String {
        let rest = self.html.split("name=\"token\" value=\"").nth(1).expect("a form token");
        rest.split('"').next().unwrap().to_owned()
    }

    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name).map(|value| value.to_str().unwrap())
    }

    /// The main part, where a list has one row for each `<th scope="row">`.
    pub fn main(&self) -> &str {
        &self.html[self.html.find("<main").expect("a main part")..]
    }

    /// The rows of the first table.
    pub fn table(&self) -> &str {
        self.main().split("<tbody>").nth(1).unwrap_or_default().split("</tbody>").next().unwrap_or_default()
    }

    pub fn rows(&self) -> usize {
        self.main().matches("<th scope=\"row\"").count()
    }

    /// The address of every link in the main part, in order.
    pub fn links(&self) -> Vec<String> {
        let links = self.main().split("href=\"").skip(1).map(|rest| rest.split('"').next().unwrap());
        links.map(|href| href.replace("&amp;", "&").replace("%5F", "_")).collect()
    }

    /// What an entry of the form holds.
    pub fn entry(&self, name: &str) -> Option<String> {
        let wanted = format!(" name=\"{name}\"");
        let input = self.main().split('<').find(|tag| tag.starts_with("input") && tag.contains(&wanted))?;
        let value = input.split(" value=\"").nth(1)?.split('"').next()?;
        Some(value.replace("&lt;", "<").replace("&gt;", ">").replace("&quot;", "\"").replace("&amp;", "&"))
    }

    /// The status and where it leads.
    pub fn led(&self) -> (u16, Option<&str>) {
        (self.status.as_u16(), self.location.as_deref())
    }
}

/// What the server tells the dashboard, in small.
fn settings() -> Settings {
    let wait = |label: &'static str| app::Wait::of(move |_, _| (label == "Card creation").then_some(6));
    let rate = |label, per_minute, routes| app::Rate { label, per_minute, burst: 5, routes, wait: wait(label) };
    let rates = vec![
        rate("Reads", 100, vec![("GET".to_owned(), "/v1/cards/{id}")]),
        rate("Card creation", 10, vec![("POST".to_owned(), "/v1/agents/{id}/cards")]),
    ];
    Settings { api: Some(super::world::api), rates, ..Settings::default() }
}

impl Browser {
    pub fn new(fresh: &Fresh) -> Self {
        Self::over(&fresh.db)
    }

    pub fn over(db: &Db) -> Self {
        Self { router: app::router(App::new(db.clone(), settings())), cookies: Vec::new() }
    }

    pub async fn signed_in(fresh: &Fresh, role: Role) -> Self {
        Self::signed_in_at(fresh, role, &format!("{role}@acme.example")).await.0
    }

    /// The same with another address; and whose it is.
    pub async fn signed_in_at(fresh: &Fresh, role: Role, address: &str) -> (Self, PersonId) {
        let password = Password::new(PASSWORD.into()).unwrap();
        let (db, organisation, name) = (&fresh.db, &fresh.organisation, Name::parse("Ada").unwrap());
        let person = access::add_person(db, organisation, name, email(address), role, password).await.unwrap();
        let mut browser = Self::new(fresh);
        let page = browser.sign_in(address, PASSWORD, "").await;
        assert_eq!((page.status, page.location.as_deref()), (StatusCode::SEE_OTHER, Some("/live")));
        (browser, person)
    }

    /// Somebody who was [`Self::signed_in`] before comes back.
    pub async fn signed_in_again(fresh: &Fresh, role: Role) -> Self {
        let mut browser = Self::new(fresh);
        browser.sign_in(&format!("{role}@acme.example"), PASSWORD, "").await;
        browser
    }

    /// Fills in the sign-in page.
    pub async fn sign_in(&mut self, address: &str, password: &str, next: &str) -> Page {
        self.submit("/sign-in", &[("email", address), ("password", password), ("next", next)]).await
    }

    /// Sets up the authenticator app that a page offers: what came of it, and the app's seed.
    pub async fn enrol(&mut self, path: &str, fresh: &Fresh) -> (Page, Vec<u8>) {
        let page = self.get(path).await;
        let shown = page.main().split("<code translate=\"no\">").nth(1).expect("a key to type");
        let seed = seed(shown.split('<').next().unwrap());
        let code = totp::code(&seed, totp::step(fresh.db.now()));
        let (token, sealed) = (page.token(), page.entry("seed").unwrap());
        let fields = [("token", &*token), ("seed", &*sealed), ("code", &*code), ("next", "")];
        (self.post(path, &fields).await, seed)
    }

    /// Opens a page with a form and sends it, about the version that the page shows.
    pub async fn submit(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let page = self.get(path).await;
        let (token, version) = (page.token(), page.entry("version"));
        let said = version.as_deref().filter(|_| fields.iter().all(|(name, _)| *name != "version"));
        let own: Vec<(&str, &str)> =
            [("token", &*token)].into_iter().chain(said.map(|version| ("version", version))).collect();
        self.post(path, &[&own[..], fields].concat()).await
    }

    pub async fn get(&mut self, path: &str) -> Page {
        self.send(Request::get(path)).await
    }

    pub async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Page {
        let body = serde_urlencoded::to_string(fields).unwrap();
        let request = Request::post(path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin");
        self.send_with(request, body.into()).await
    }

    pub async fn send(&mut self, request: axum::http::request::Builder) -> Page {
        self.send_with(request, Body::empty()).await
    }

    pub async fn send_with(&mut self, request: axum::http::request::Builder, body: Body) -> Page {
        let response = self.answer(request, body).await;
        let text = |name| response.headers().get(name).map(|v| v.to_str().unwrap().to_owned());
        let (location, caching) = (text(header::LOCATION), text(header::CACHE_CONTROL).unwrap_or_default());
        let (status, headers) = (response.status(), response.headers().clone());
        let bytes = axum::body::to_bytes(response.into_body(), usize::MAX).await.unwrap();
        Page { status, location, caching, html: String::from_utf8(bytes.to_vec()).unwrap(), headers }
    }

    /// What comes back, its body not yet read.
    pub async fn answer(&mut self, request: axum::http::request::Builder, body: Body) -> Response<Body> {
        let cookies: Vec<String> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
        let request = request.header(header::COOKIE, cookies.join("; ")).body(body).unwrap();
        let response: Response<Body> = self.router.clone().oneshot(request).await.unwrap();
        for line in response.headers().get_all(header::SET_COOKIE) {
            let (name, value) = line.to_str().unwrap().split(';').next().unwrap().split_once('=').unwrap();
            self.cookies.retain(|(n, _)| n != name);
            self.cookies.push((name.into(), value.into()));
        }
        response
    }
}
