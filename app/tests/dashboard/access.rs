//! The door: the set-up link, signing in and out, the choice of theme.
use super::browser::{Browser, PASSWORD};
use axum::http::{Request, header};
use domain::{
    access::{self, Role},
    db::Db,
    testing::Fresh,
    time::{HOUR, MINUTE},
};

const OWNER: [(&str, &str); 6] = [
    ("organisation", "Globex"),
    ("time_zone", "Europe/Berlin"),
    ("name", "Grace"),
    ("email", "grace@globex.example"),
    ("password", PASSWORD),
    ("password_again", PASSWORD),
];

/// A server on its first day, and the address that its console shows.
async fn first_day() -> (Fresh, String) {
    let fresh = Fresh::empty().await;
    let path = link(&fresh.db).await;
    (fresh, path)
}

async fn link(db: &Db) -> String {
    let link = access::issue_setup_link(db).await.unwrap().expect("nobody is here yet");
    format!("/set-up/{}", link.0.text())
}

/// [`OWNER`] with another value for one field.
fn with<'a>(field: &str, value: &'a str) -> Vec<(&'static str, &'a str)> {
    OWNER.iter().map(|(name, own)| (*name, if *name == field { value } else { own })).collect()
}

#[tokio::test]
async fn the_set_up_address_makes_one_organisation_and_signs_its_owner_in() {
    let (fresh, path) = first_day().await;
    let (mut first, mut late) = (Browser::new(&fresh), Browser::new(&fresh));
    let waiting = late.get(&path).await.token();
    let done = first.submit(&path, &OWNER).await;
    assert_eq!(done.led(), (303, Some("/sign-in/enrol")), "an owner shows two factors, the first one too");
    assert_eq!(first.get("/live").await.led().0, 303);
    let (shown, _) = first.enrol("/sign-in/enrol", &fresh).await;
    assert_eq!(shown.led(), (200, None));
    assert!(first.get("/live").await.html.contains("Globex"));
    assert_eq!(late.get(&path).await.led(), (404, None), "the address is used up");
    let again = late.post(&path, &[&[("token", &*waiting)], &*with("email", "eve@evil.example")].concat()).await;
    assert_eq!(again.led(), (404, None));
    assert_eq!(late.sign_in("eve@evil.example", PASSWORD, "").await.led(), (422, None));
    let again = Browser::new(&fresh).sign_in("grace@globex.example", PASSWORD, "").await;
    assert_eq!(again.led(), (303, Some("/sign-in/factor")));
    assert!(access::issue_setup_link(&fresh.db).await.unwrap().is_none(), "no further address");
}

#[tokio::test]
async fn what_was_typed_at_set_up_is_kept_but_passwords() {
    let (fresh, path) = first_day().await;
    let mut browser = Browser::new(&fresh);
    for (field, value, why) in [
        ("organisation", " ", "Organisation must not be empty"),
        ("time_zone", "Mars", "Time zone must be a time zone such as"),
        ("name", "a\u{202E}b", "Name must not contain invisible"),
        ("email", "grace", "Email must be an e-mail address"),
        ("password", "short", "Password must have at least 15"),
        ("password_again", "correct horse batter", "The two passwords are not the same"),
    ] {
        let page = browser.submit(&path, &with(field, value)).await;
        assert_eq!(page.led(), (422, None), "{field}");
        assert_eq!(page.html.matches(why).count(), 2, "{field}: in the summary and by the field");
        for (name, typed) in with(field, value) {
            let kept = if name.starts_with("password") { String::new() } else { typed.to_owned() };
            assert_eq!(page.entry(name).unwrap_or_default(), kept, "{name} after {field} was refused");
        }
        assert!(!page.html.contains(PASSWORD), "{field}");
    }
    assert_eq!(browser.submit(&path, &OWNER).await.led(), (303, Some("/sign-in/enrol")), "a refusal uses nothing up");
}

#[tokio::test]
async fn a_set_up_address_ends_after_an_hour_or_when_another_is_made() {
    let (fresh, path) = first_day().await;
    let mut browser = Browser::new(&fresh);
    fresh.clock.advance(HOUR - 1);
    let token = browser.get(&path).await.token();
    fresh.clock.advance(1);
    assert_eq!(browser.get(&path).await.led(), (404, None));
    assert_eq!(browser.post(&path, &[&[("token", &*token)], &OWNER[..]].concat()).await.led(), (404, None));
    let (second, third) = (link(&fresh.db).await, link(&fresh.db).await);
    assert_eq!(browser.get(&second).await.led(), (404, None), "a newer one is there");
    assert_eq!(browser.get(&third).await.led(), (200, None));
    assert_eq!(browser.get("/set-up/nothing").await.led(), (404, None));
}

#[tokio::test]
async fn a_wrong_address_and_a_wrong_password_are_answered_alike() {
    let fresh = Fresh::new().await;
    Browser::signed_in(&fresh, Role::Owner).await;
    let mut browser = Browser::new(&fresh);
    let known = browser.sign_in("owner@acme.example", "not the password at all", "").await;
    let unknown = browser.sign_in("nobody@acme.example", PASSWORD, "").await;
    assert_eq!((known.led(), unknown.led()), ((422, None), (422, None)));
    let plain = |html: &str, email: &str| super::walls::blank(html).replace(email, "");
    assert_eq!(plain(&known.html, "owner@acme.example"), plain(&unknown.html, "nobody@acme.example"));
    assert_eq!(known.entry("email").as_deref(), Some("owner@acme.example"));
    assert!(!known.html.contains("not the password at all") && !unknown.html.contains(PASSWORD));
    assert_eq!(browser.sign_in(" OWNER@acme.example ", PASSWORD, "").await.led(), (303, Some("/live")));
}

#[tokio::test]
async fn signing_in_leads_to_pages_of_this_dashboard_only() {
    let fresh = Fresh::new().await;
    Browser::signed_in(&fresh, Role::Owner).await;
    for (next, leads) in [
        ("/dev/purchases?status=declined", "/dev/purchases?status=declined"),
        ("/live/keys", "/live/keys"),
        ("", "/live"),
        ("https://evil.example/", "/live"),
        ("//evil.example", "/live"),
        ("/\\evil.example", "/live"),
        ("/live//evil.example", "/live"),
        ("/live\r\nset-cookie: a=b", "/live"),
        ("javascript:alert(1)", "/live"),
        ("/sign-out", "/live"),
        ("/livery", "/live"),
    ] {
        // Of more sessions than there may be the oldest gives way.
        fresh.clock.advance(1);
        let mut browser = Browser::new(&fresh);
        let page = browser.get(&format!("/sign-in?{}", serde_urlencoded::to_string([("next", next)]).unwrap())).await;
        assert_eq!(page.entry("next").unwrap_or_default(), next);
        let done = browser.sign_in("owner@acme.example", PASSWORD, next).await;
        assert_eq!(done.led(), (303, Some(leads)), "{next:?}");
        assert_eq!(browser.get("/sign-in?next=//evil.example").await.led(), (303, Some("/live")));
    }
}

#[tokio::test]
async fn signing_in_takes_a_new_session_and_signing_out_takes_a_form() {
    let fresh = Fresh::new().await;
    let mut browser = Browser::signed_in(&fresh, Role::Owner).await;
    let session = |browser: &Browser| browser.cookies.iter().find(|(n, _)| n == "ledgeros_session").cloned();
    let first = session(&browser);
    for _ in 0..2 {
        assert_eq!(browser.get("/sign-out").await.led(), (200, None), "looking at the page changes nothing");
        assert_eq!(browser.get("/live").await.led(), (200, None));
    }
    assert_eq!(session(&browser), first);
    let done = browser.submit("/sign-out", &[]).await;
    assert_eq!(done.led(), (303, Some("/sign-in")));
    assert_eq!(browser.get("/live").await.led(), (303, Some("/sign-in?next=%2Flive")));
    browser.sign_in("owner@acme.example", PASSWORD, "").await;
    assert_ne!(session(&browser), first);
    // A session that somebody else planted is not the one that the person signs in to.
    let mut planted = Browser::new(&fresh);
    let chosen = ("ledgeros_session".to_owned(), "AAAAAAAAAAAAAAAAAAAAAA".to_owned());
    planted.cookies.push(chosen.clone());
    planted.sign_in("owner@acme.example", PASSWORD, "").await;
    assert!(session(&planted).is_some_and(|own| own != chosen));
}

#[tokio::test]
async fn how_pages_look_is_kept_and_leads_back_to_the_page_it_was_chosen_on() {
    let fresh = Fresh::new().await;
    let mut browser = Browser::signed_in(&fresh, Role::Auditor).await;
    for (taste, choice, from, leads) in [
        ("theme", "dark", "http://localhost/dev/purchases?status=declined", "/dev/purchases?status=declined"),
        ("density", "compact", "http://localhost/account", "/account"),
        ("theme", "light", "https://evil.example/elsewhere", "/"),
        ("theme", "system", "nonsense", "/"),
        ("density", "comfortable", "nonsense", "/"),
    ] {
        let path = format!("/{taste}");
        let token = browser.get(&path).await.token();
        let request = Request::post(&path)
            .header(header::CONTENT_TYPE, "application/x-www-form-urlencoded")
            .header("sec-fetch-site", "same-origin")
            .header(header::REFERER, from);
        let page = browser.send_with(request, format!("token={token}&{taste}={choice}").into()).await;
        assert_eq!(page.led(), (303, Some(leads)), "{choice}");
        let html = browser.get("/live").await.html;
        let shown = html.contains(&format!("data-{taste}=\"{choice}\""));
        assert_eq!(shown, !["system", "comfortable"].contains(&choice), "{choice}");
        let pressed = format!("name=\"{taste}\" value=\"{choice}\" aria-pressed=\"true\"");
        assert!(html.contains(&pressed), "{choice}");
    }
    for taste in ["theme", "density"] {
        let page = browser.submit(&format!("/{taste}"), &[(taste, "\"><script>")]).await;
        assert_eq!(page.led(), (422, None));
    }
    // Nobody has to be signed in to see in the dark.
    let mut nobody = Browser::new(&fresh);
    assert_eq!(nobody.submit("/theme", &[("theme", "dark")]).await.led(), (303, Some("/")));
    assert!(nobody.get("/sign-in").await.html.contains("data-theme=\"dark\""));
    fresh.clock.advance(16 * MINUTE);
    assert_eq!(browser.get("/live").await.led().0, 303, "the session is over, the theme is not");
    assert!(browser.get("/sign-in").await.led().0 == 200);
}
