//! Second factors on pages: set up, asked for at sign-in and before what hurts, and the own sessions.
use super::{
    browser::{Browser, PASSWORD, Page},
    world::World,
};
use axum::http::Request;
use domain::{
    access::{self, ChangeSecurity, Role, Roles, Security, approvals::Effect, factors::totp, settings},
    testing::Fresh,
    time::{MINUTE, SECOND},
};

/// The organisation asks these roles for a second factor.
async fn require(fresh: &Fresh, roles: &[Role]) {
    let db = &fresh.db;
    let address = format!("rules{}@acme.example", db.now());
    let owner = access::testing::member(db, &fresh.organisation, Role::Owner, "Rules", &address).await;
    let before = access::security(db, &owner).await.unwrap();
    let after = Security { second_factor_roles: Roles::of(roles.iter().copied()), ..before };
    let version = settings::get(db, &owner).await.unwrap().version;
    assert_eq!(db.commit(&owner, ChangeSecurity { after, version }).await.unwrap(), Effect::Done);
}

/// An owner who has set up an app: the browser after that, and the app's seed.
pub async fn owner(fresh: &Fresh) -> (Browser, Vec<u8>) {
    drop(Browser::signed_in(fresh, Role::Owner).await);
    require(fresh, &[Role::Owner]).await;
    let mut browser = Browser::new(fresh);
    let page = browser.sign_in("owner@acme.example", PASSWORD, "/live/keys").await;
    assert_eq!(page.led(), (303, Some("/sign-in/enrol?next=%2Flive%2Fkeys")));
    let (shown, seed) = browser.enrol("/sign-in/enrol?next=%2Flive%2Fkeys", fresh).await;
    assert_eq!((shown.led(), &*shown.caching), ((200, None), "no-store"));
    (browser, seed)
}

fn code(fresh: &Fresh, seed: &[u8]) -> String {
    totp::code(seed, totp::step(fresh.db.now()))
}

fn codes(page: &Page) -> Vec<String> {
    let parts = page.main().split("<li><code translate=\"no\">").skip(1);
    parts.map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
}

#[tokio::test]
async fn nothing_is_seen_between_password_and_second_factor() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let (_, seed) = owner(&fresh).await;
    let mut browser = Browser::new(&fresh);
    let half = browser.sign_in("owner@acme.example", PASSWORD, "").await;
    assert_eq!(half.led(), (303, Some("/sign-in/factor")));
    assert!(!browser.cookies.iter().any(|(name, _)| name == "ledgeros_session"), "no session has begun");
    for route in app::pages().table {
        let path = world.path(&route);
        let page = browser.get(&path).await;
        assert!(page.status == 303 && page.location.unwrap().starts_with("/sign-in?next="), "{path}");
        assert_eq!(page.html, "", "{path}");
    }
    for path in ["/account", "/account/authenticator", "/account/sessions", "/settings/security", "/step-up"] {
        assert!(browser.get(path).await.location.unwrap().starts_with("/sign-in?next="), "{path}");
    }
    // Whoever has a factor is not offered another one.
    assert_eq!(browser.get("/sign-in/enrol").await.led(), (303, Some("/sign-in/factor")));
    let wrong = browser.submit("/sign-in/factor", &[("code", "000000"), ("next", "")]).await;
    assert_eq!(wrong.led(), (422, None));
    assert!(wrong.main().contains("Code is not right") && wrong.entry("code").is_none());
    fresh.clock.advance(30 * SECOND);
    let done = browser.submit("/sign-in/factor", &[("code", &code(&fresh, &seed)), ("next", "/dev/keys")]).await;
    assert_eq!(done.led(), (303, Some("/dev/keys")));
    assert_eq!(browser.get("/live/keys").await.led(), (200, None));
}

#[tokio::test]
async fn the_fifth_wrong_code_leads_back_to_the_password() {
    let fresh = Fresh::new().await;
    owner(&fresh).await;
    let mut browser = Browser::new(&fresh);
    browser.sign_in("owner@acme.example", PASSWORD, "").await;
    for _ in 0..4 {
        let page = browser.submit("/sign-in/factor", &[("code", "000000"), ("next", "")]).await;
        assert_eq!(page.led(), (422, None));
    }
    let page = browser.submit("/sign-in/factor", &[("code", "000000"), ("next", "")]).await;
    assert_eq!(page.led(), (303, Some("/sign-in?over=true")));
    assert!(browser.get("/sign-in?over=true").await.main().contains("Begin again"));
    assert!(browser.get("/sign-in/factor").await.location.unwrap().starts_with("/sign-in"));
}

#[tokio::test]
async fn recovery_codes_are_shown_once_and_open_the_door() {
    let fresh = Fresh::new().await;
    drop(Browser::signed_in(&fresh, Role::Owner).await);
    require(&fresh, &[Role::Owner]).await;
    let mut browser = Browser::new(&fresh);
    browser.sign_in("owner@acme.example", PASSWORD, "").await;
    // A wrong first code keeps the same app on the page.
    let page = browser.get("/sign-in/enrol").await;
    let key = |page: &Page| {
        page.main().split("<code translate=\"no\">").nth(1).unwrap().split('<').next().unwrap().to_owned()
    };
    let fields = [("token", &*page.token()), ("seed", &*page.entry("seed").unwrap()), ("code", "000000"), ("next", "")];
    let refused = browser.post("/sign-in/enrol", &fields).await;
    assert_eq!(refused.led(), (422, None));
    assert_eq!(key(&refused), key(&page));
    assert!(page.main().contains(" class=\"qr\"") && !page.main().contains("otpauth:"));
    let (shown, _) = browser.enrol("/sign-in/enrol", &fresh).await;
    let all = codes(&shown);
    assert_eq!(all.len(), 10, "{}", shown.main());
    let mut elsewhere = Browser::new(&fresh);
    for (typed, leads) in [(&all[3], 303), (&all[3], 422), (&all[4], 303)] {
        elsewhere.sign_in("owner@acme.example", PASSWORD, "").await;
        let page = elsewhere.submit("/sign-in/factor", &[("code", typed), ("next", "")]).await;
        assert_eq!(page.status.as_u16(), leads, "{typed}");
        elsewhere.cookies.clear();
    }
}

#[tokio::test]
async fn an_act_that_asks_for_a_factor_takes_it_with_the_entries() {
    let fresh = Fresh::new().await;
    let (mut browser, seed) = owner(&fresh).await;
    let made = browser.submit("/live/keys/new", &[("name", "at once"), ("expires", "30")]).await;
    assert_eq!(made.led(), (200, None), "signing in counts");
    fresh.clock.advance(6 * MINUTE);
    let entries = [("name", "backend \"><b>"), ("expires", "60")];
    let asked = browser.submit("/live/keys/new", &entries).await;
    assert_eq!((asked.led(), &*asked.caching), ((403, None), "no-store"));
    assert!(asked.main().contains("Show that it is you"));
    assert_eq!(
        (asked.entry("name").as_deref(), asked.entry("expires").as_deref()),
        (Some("backend \"><b>"), Some("60"))
    );
    let again = |page: &Page, typed: &str| {
        let mut fields = vec![("token".to_owned(), page.token()), ("step_up_code".to_owned(), typed.to_owned())];
        fields.extend(["name", "expires"].map(|name| (name.to_owned(), page.entry(name).unwrap())));
        fields
    };
    let old = browser.cookies.clone();
    let send = async |browser: &mut Browser, fields: Vec<(String, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (&**name, &**value)).collect();
        browser.post("/live/keys/new", &fields).await
    };
    let wrong = send(&mut browser, again(&asked, "000000")).await;
    assert_eq!(wrong.led(), (403, None));
    assert!(wrong.main().contains("Code is not right") && wrong.entry("name").is_some());
    let made = send(&mut browser, again(&wrong, &code(&fresh, &seed))).await;
    assert_eq!(made.led(), (200, None), "{}", made.main());
    assert!(made.main().contains("lk_live_"));
    // The session goes on under another identifier; the one of before is dead.
    let session = |all: &[(String, String)]| all.iter().find(|(n, _)| n == "ledgeros_session").unwrap().1.clone();
    assert_ne!(session(&old), session(&browser.cookies));
    let mut stolen = Browser::new(&fresh);
    stolen.cookies = old;
    assert_eq!(stolen.get("/live/keys").await.led().0, 303);
    let made = browser.submit("/live/keys/new", &[("name", "and one more"), ("expires", "30")]).await;
    assert_eq!(made.led(), (200, None), "fresh for five minutes");
}

#[tokio::test]
async fn stopping_something_asks_for_nothing() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let (mut browser, _) = owner(&fresh).await;
    fresh.clock.advance(6 * MINUTE);
    let freeze = format!("/live/cards/{}/freeze", world.card);
    assert_eq!(browser.submit(&freeze, &[("reason", "odd purchases")]).await.led().0, 303);
    let suspend = format!("/live/agents/{}/suspend", world.agent);
    assert_eq!(browser.submit(&suspend, &[("reason", "odd purchases")]).await.led().0, 303);
    assert_eq!(browser.submit("/live/settings/stop", &[("reason", "odd purchases")]).await.led().0, 303);
    let unfreeze = format!("/live/cards/{}/unfreeze", world.frozen);
    assert_eq!(browser.submit(&unfreeze, &[]).await.led(), (403, None), "letting it go on does");
}

#[tokio::test]
async fn without_a_second_factor_the_password_is_asked_for() {
    let fresh = Fresh::new().await;
    let mut browser = Browser::signed_in(&fresh, Role::Owner).await;
    fresh.clock.advance(6 * MINUTE);
    let fields = [("name", "backend"), ("expires", "60")];
    let asked = browser.submit("/live/keys/new", &fields).await;
    assert_eq!(asked.led(), (403, None));
    let token = asked.token();
    let with = |token: &str, password: &'static str| {
        [
            vec![("token", token.to_owned()), ("step_up_password", password.to_owned())],
            fields.map(|(n, v)| (n, v.to_owned())).to_vec(),
        ]
        .concat()
    };
    let send = async |browser: &mut Browser, fields: Vec<(&str, String)>| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, &**value)).collect();
        browser.post("/live/keys/new", &fields).await
    };
    let wrong = send(&mut browser, with(&token, "not the password")).await;
    assert_eq!(wrong.led(), (403, None));
    assert!(!wrong.html.contains("not the password"));
    assert_eq!(send(&mut browser, with(&wrong.token(), PASSWORD)).await.led(), (200, None));
}

#[tokio::test]
async fn pages_that_take_secrets_ask_first_and_lead_back() {
    let fresh = Fresh::new().await;
    let mut browser = Browser::signed_in(&fresh, Role::Auditor).await;
    let early = browser.get("/account/password").await.token();
    fresh.clock.advance(6 * MINUTE);
    let asked = browser.get("/account/password").await;
    assert_eq!(asked.led(), (303, Some("/step-up?next=%2Faccount%2Fpassword")));
    // A form of before carries no secret on.
    let fields = [("token", &*early), ("current_password", PASSWORD), ("password", "x"), ("password_again", "x")];
    let refused = browser.post("/account/password", &fields).await;
    assert!([303, 422].contains(&refused.led().0) && !refused.html.contains(PASSWORD));
    let done = browser
        .submit("/step-up?next=%2Faccount%2Fpassword", &[("step_up_password", PASSWORD), ("next", "/account/password")])
        .await;
    assert_eq!(done.led(), (303, Some("/account/password")));
    let new = "nine loud mountain llamas";
    let fields = [("current_password", PASSWORD), ("password", new), ("password_again", new)];
    assert_eq!(browser.submit("/account/password", &fields).await.led(), (303, Some("/account")));
    assert!(browser.get("/account").await.main().contains("Password changed"));
    assert_eq!(Browser::new(&fresh).sign_in("auditor@acme.example", new, "").await.led(), (303, Some("/live")));
    for next in ["https://evil.example/", "//evil.example", "/sign-out"] {
        let done = browser.submit("/step-up", &[("step_up_password", new), ("next", next)]).await;
        assert_eq!(done.led(), (303, Some("/live")), "{next}");
    }
}

#[tokio::test]
async fn sessions_are_listed_and_ended() {
    let fresh = Fresh::new().await;
    let mut here = Browser::signed_in(&fresh, Role::Auditor).await;
    fresh.clock.advance(SECOND);
    let mut there = Browser::signed_in_again(&fresh, Role::Auditor).await;
    let mut third = Browser::signed_in_again(&fresh, Role::Auditor).await;
    let page = here.get("/account/sessions").await;
    assert_eq!(page.rows(), 3);
    assert_eq!(page.main().matches("This one").count(), 1);
    let ids: Vec<String> = page
        .main()
        .split("value=\"ses_")
        .skip(1)
        .map(|rest| format!("ses_{}", rest.split('"').next().unwrap()))
        .collect();
    assert_eq!(ids.len(), 2, "not the own one");
    assert_eq!(here.submit("/account/sessions", &[("session", &ids[0])]).await.led(), (303, Some("/account/sessions")));
    let open = |page: Page| page.status == 200;
    let left = [open(there.get("/live").await), open(third.get("/live").await)];
    assert_eq!(left.iter().filter(|open| **open).count(), 1);
    assert_eq!(here.submit("/account/sessions", &[("session", &ids[0])]).await.led(), (404, None), "it is over");
    assert_eq!(here.submit("/account/sessions", &[("session", "nonsense")]).await.led(), (422, None));
    here.submit("/account/sessions", &[("session", "others")]).await;
    assert!(!open(there.get("/live").await) && !open(third.get("/live").await) && open(here.get("/live").await));
}

#[tokio::test]
async fn signing_out_clears_what_the_browser_keeps_but_knows_it_again() {
    let fresh = Fresh::new().await;
    let mut browser = Browser::signed_in(&fresh, Role::Auditor).await;
    let token = browser.get("/live").await.token_anywhere();
    let request = Request::post("/sign-out")
        .header("content-type", "application/x-www-form-urlencoded")
        .header("sec-fetch-site", "same-origin");
    let page = browser.send_with(request, format!("token={token}").into()).await;
    assert_eq!(page.led(), (303, Some("/sign-in")));
    assert_eq!(page.header("clear-site-data"), Some("\"cache\", \"storage\""));
    let cookie = |name: &str| browser.cookies.iter().find(|(n, _)| n == name).map(|(_, value)| value.clone());
    assert_eq!(cookie("ledgeros_session").as_deref(), Some(""));
    assert!(cookie("ledgeros_device").is_some_and(|device| device.len() == 32));
}
