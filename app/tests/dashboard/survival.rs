//! Whatever goes wrong with a form: nothing is changed, nothing typed is lost, and it can be sent again.
use super::{
    browser::{Browser, Page},
    world::World,
};
use axum::http::{Request, header};
use domain::{
    access::{self, Role},
    testing::Fresh,
};

/// What is typed into every entry of free text.
const TYPED: &str = "\"><b>typed & kept</b>";

/// The forms of the environment's pages, with the ids of `world`, as they can be sent now.
async fn forms(world: &World, browser: &mut Browser) -> Vec<String> {
    let mut forms = Vec::new();
    for route in app::pages().table.iter().filter(|route| route.form) {
        let path = world.path(route);
        if browser.get(&path).await.led() == (200, None) {
            forms.push(path);
        }
    }
    assert!(forms.len() >= 10, "{forms:?}");
    forms
}

/// As after a long lunch, or at another desk: the session is gone, the browser is the same.
fn leave(browser: &mut Browser) {
    browser.cookies.retain(|(name, _)| !name.contains("session"));
}

/// The entries of free text in the page's own form.
fn texts(page: &Page) -> Vec<String> {
    let Some(form) = page.main().split("<form").find(|form| form.contains("method=\"post\"")) else { return vec![] };
    let form = form.split("</form>").next().unwrap();
    let attribute = |tag: &str, name: &str| {
        Some(tag.split('>').next()?.split(&format!(" {name}=\"")).nth(1)?.split('"').next()?.to_owned())
    };
    let free = |tag: &&str| {
        let kind = attribute(tag, "type");
        tag.starts_with("textarea") || tag.starts_with("input") && kind.is_none_or(|k| k == "text" || k == "search")
    };
    form.split('<').filter(free).filter_map(|tag| attribute(tag, "name")).collect()
}

/// How the entry comes back.
fn kept(page: &Page) -> usize {
    page.main().matches("typed &amp; kept").count()
}

fn typed<'a>(token: &'a str, names: &'a [String]) -> Vec<(&'a str, &'a str)> {
    let entries = names.iter().map(|name| (name.as_str(), TYPED));
    [("token", token)].into_iter().chain(entries).collect()
}

fn post(path: &str) -> axum::http::request::Builder {
    Request::post(path).header("sec-fetch-site", "same-origin")
}

#[tokio::test]
async fn a_form_whose_token_is_not_trusted_comes_back_with_its_entries() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let mut entries = 0;
    for path in forms(&world, &mut owner).await {
        let form = owner.get(&path).await;
        if form.led() != (200, None) {
            // One of the forms before has led this page elsewhere.
            continue;
        }
        let names = texts(&form);
        let before = fresh.dump().await;
        let page = owner.post(&path, &typed("0.0", &names)).await;
        assert_eq!(page.led(), (403, None), "{path}");
        assert!(page.html.contains("<title>Error: ") && page.main().contains("Nothing was changed"), "{path}");
        assert_eq!((kept(&page), page.main().contains("<b>typed")), (names.len(), false), "{path}: {}", page.main());
        assert!(fresh.dump().await == before, "{path} changed something");
        // Its new token is taken: the entries are looked at now.
        let again = owner.post(&path, &typed(&page.token(), &names)).await;
        assert!([200, 303, 409, 422].contains(&again.led().0), "{path}: {:?}", again.led());
        entries += names.len();
    }
    assert!(entries >= 5, "{entries}");
}

#[tokio::test]
async fn a_body_that_is_no_form_changes_nothing_and_says_what_to_do() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let before = fresh.dump().await;
    for path in forms(&world, &mut owner).await {
        let form = "application/x-www-form-urlencoded";
        let token = owner.get(&path).await.token();
        let large = format!("token={token}&name={}", "x".repeat(10 * 1024 * 1024));
        for (kind, body, status) in [
            (form, large, 413),
            ("application/json", "{}".to_owned(), 415),
            ("multipart/form-data; boundary=x", "--x--".to_owned(), 415),
            ("", format!("token={token}"), 415),
        ] {
            let page = owner.send_with(post(&path).header(header::CONTENT_TYPE, kind), body.into()).await;
            assert_eq!(page.led(), (status, None), "{path} {kind}");
            assert!(page.main().contains("Nothing was changed"), "{path} {kind}: {}", page.main());
        }
        let odd = owner.send_with(post(&path).header(header::CONTENT_TYPE, form), vec![0xff, b'=', 0xfe].into()).await;
        assert_eq!(odd.led(), (403, None), "{path}");
    }
    assert!(fresh.dump().await == before);
}

#[tokio::test]
async fn fields_that_are_missing_are_named_and_nothing_breaks() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    for path in forms(&world, &mut owner).await {
        if owner.get(&path).await.led() != (200, None) {
            // One of the forms before has led this page elsewhere.
            continue;
        }
        let page = owner.submit(&path, &[]).await;
        assert!([200, 303, 409, 422].contains(&page.led().0), "{path}: {:?}", page.led());
        if page.led().0 == 422 {
            assert!(page.main().contains("There is a problem") && page.html.contains("<title>Error: "), "{path}");
            assert!(!page.token().is_empty(), "{path}");
        }
    }
}

#[tokio::test]
async fn a_form_of_a_session_that_is_over_waits_for_the_sign_in() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let mut entries = 0;
    for path in forms(&world, &mut owner).await {
        let form = owner.get(&path).await;
        let names = texts(&form);
        let token = form.token();
        fresh.clock.advance(access::IDLE_MS + 1);
        let before = fresh.dump().await;
        let page = owner.post(&path, &typed(&token, &names)).await;
        let door = page.location.clone().expect("the way to the door");
        assert!(door.starts_with("/sign-in?next="), "{path} {door}");
        assert!(fresh.dump().await == before, "{path} changed something");

        let next = owner.get(&door).await.entry("next").unwrap();
        assert_eq!(next, path);
        let back = owner.sign_in("owner@acme.example", super::browser::PASSWORD, &next).await;
        assert_eq!(back.led(), (303, Some(&*path)));
        let page = owner.get(&path).await;
        assert_eq!((page.led().0, kept(&page)), (200, names.len()), "{path}: {}", page.main());
        assert!(page.main().contains("You were signed out before this form was sent"), "{path}");
        assert_eq!(kept(&owner.get(&path).await), 0, "once");
        entries += names.len();
    }
    assert!(entries >= 5, "{entries}");
}

#[tokio::test]
async fn what_somebody_typed_is_shown_to_nobody_else() {
    let fresh = Fresh::new().await;
    World::new(&fresh).await;
    let path = "/live/keys/new";
    Browser::signed_in(&fresh, Role::Admin).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let send = async |browser: &mut Browser| {
        let token = browser.get(path).await.token();
        fresh.clock.advance(access::IDLE_MS + 1);
        let sent = browser.post(path, &[("token", &*token), ("name", TYPED), ("expires", "30")]).await;
        assert_eq!(sent.led().0, 303);
    };
    // Another person at the same browser; then the same person again, for whom nothing is left.
    send(&mut owner).await;
    leave(&mut owner);
    owner.sign_in("admin@acme.example", super::browser::PASSWORD, path).await;
    assert_eq!(kept(&owner.get(path).await), 0);
    leave(&mut owner);
    owner.sign_in("owner@acme.example", super::browser::PASSWORD, path).await;
    assert_eq!(kept(&owner.get(path).await), 0);
    // The same person at another browser, on another page, and too late.
    let mut owner = Browser::signed_in_again(&fresh, Role::Owner).await;
    send(&mut owner).await;
    let mut elsewhere = Browser::signed_in_again(&fresh, Role::Owner).await;
    assert_eq!(kept(&elsewhere.get(path).await), 0);
    owner.sign_in("owner@acme.example", super::browser::PASSWORD, path).await;
    assert_eq!(kept(&owner.get("/dev/keys/new").await), 0);
    leave(&mut owner);
    fresh.clock.advance(16 * 60_000);
    owner.sign_in("owner@acme.example", super::browser::PASSWORD, path).await;
    assert_eq!(kept(&owner.get(path).await), 0);
}

#[tokio::test]
async fn a_forged_form_is_not_kept() {
    let fresh = Fresh::new().await;
    World::new(&fresh).await;
    let path = "/live/keys/new";
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    fresh.clock.advance(access::IDLE_MS + 1);
    let sent = owner.post(path, &[("token", "00.00.00"), ("name", TYPED), ("expires", "30")]).await;
    assert_eq!(sent.led().0, 303);
    owner.sign_in("owner@acme.example", super::browser::PASSWORD, path).await;
    assert_eq!(kept(&owner.get(path).await), 0);
}
