//! Whatever goes wrong with a form: nothing is changed, nothing typed is lost, and it can be sent again.
use super::{
    browser::{Browser, Page},
    desk::{Desk, filled, with_token},
    html::sheet,
    walls::blank,
    world::World,
};
use app::guard::Access;
use axum::http::{Request, header};
use domain::{
    access::{self, Role},
    testing::Fresh,
};
use std::collections::BTreeMap;

/// What is typed into every entry of free text.
const TYPED: &str = "\"><b>typed & kept</b>";

/// Forms whose entries cannot be made up: a code of an app, a passkey, a password that is somebody's.
pub const BY_HAND: [&str; 4] = ["/account/authenticator", "/account/passkeys/new", "/sign-in", "/sign-in/passkey"];

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
    let names = form.split('<').filter(free).filter_map(|tag| attribute(tag, "name"));
    // What is secret never comes back.
    names.filter(|name| !["code", "found"].contains(&&**name)).collect()
}

/// How the entry comes back.
fn kept(page: &Page) -> usize {
    page.main().matches("typed &amp; kept").count()
}

fn typed<'a>(token: &'a str, names: &'a [String]) -> Vec<(&'a str, &'a str)> {
    let entries = names.iter().map(|name| (name.as_str(), TYPED));
    [("token", token)].into_iter().chain(entries).collect()
}

async fn unchanged(desk: &Desk, before: &BTreeMap<String, Vec<String>>) {
    for (table, rows) in desk.fresh.dump().await {
        let before = &before[&table];
        if table == "sessions" {
            // One that was found over is gone for good.
            assert!(rows.iter().all(|row| before.contains(row)), "{table}");
        } else {
            assert_eq!(rows, *before, "{table}");
        }
    }
}

fn post(path: &str) -> axum::http::request::Builder {
    Request::post(path).header("sec-fetch-site", "same-origin")
}

#[tokio::test]
async fn a_form_whose_token_is_not_trusted_comes_back_with_its_entries() {
    let mut desk = Desk::new().await;
    let (mut entries, mut again) = (0, Vec::new());
    let before = desk.fresh.dump().await;
    for form in desk.forms() {
        let (path, names) = (&form.path, texts(&desk.open(&form).await));
        let page = desk.browser(&form).post(path, &typed("0.0", &names)).await;
        assert_eq!(page.led(), (403, None), "{path}");
        assert!(page.html.contains("<title>Error: ") && page.main().contains("Nothing was changed"), "{path}");
        assert_eq!((kept(&page), page.main().contains("<b>typed")), (names.len(), false), "{path}: {}", page.main());
        entries += names.len();
        again.push((form, page.token(), names));
    }
    assert!(entries >= 15, "{entries}");
    unchanged(&desk, &before).await;
    // Their new tokens are taken: the entries are looked at now, unless a form before has ended what they are about.
    for (form, token, names) in again {
        let path = &form.path;
        let page = desk.browser(&form).post(path, &typed(&token, &names)).await;
        assert!([200, 303, 403, 404, 409, 422].contains(&page.led().0), "{path}: {:?}", page.led());
        assert!(
            !page.html.contains("could not be trusted") && !page.html.contains("did not come from a page"),
            "{path}"
        );
    }
}

#[tokio::test]
async fn a_body_that_is_no_form_changes_nothing_and_says_what_to_do() {
    let mut desk = Desk::new().await;
    let before = desk.fresh.dump().await;
    for form in desk.forms() {
        let urlencoded = "application/x-www-form-urlencoded";
        let page = desk.open(&form).await;
        let path = &form.path;
        assert_eq!(page.led(), (200, None), "{path}: {}", page.html);
        let token = page.token();
        let large = format!("token={token}&name={}", "x".repeat(10 * 1024 * 1024));
        for (kind, body, status) in [
            (urlencoded, large, 413),
            ("application/json", "{}".to_owned(), 415),
            ("multipart/form-data; boundary=x", "--x--".to_owned(), 415),
            ("", format!("token={token}"), 415),
        ] {
            let request = post(path).header(header::CONTENT_TYPE, kind);
            let page = desk.browser(&form).send_with(request, body.into()).await;
            assert_eq!(page.led(), (status, None), "{path} {kind}");
            assert!(page.main().contains("Nothing was changed"), "{path} {kind}: {}", page.main());
        }
        let request = post(path).header(header::CONTENT_TYPE, urlencoded);
        let odd = desk.browser(&form).send_with(request, vec![0xff, b'=', 0xfe].into()).await;
        assert_eq!(odd.led(), (403, None), "{path}");
    }
    unchanged(&desk, &before).await;
}

#[tokio::test]
async fn fields_that_are_missing_are_named_and_nothing_breaks() {
    let mut desk = Desk::new().await;
    let mut named = 0;
    for form in desk.forms() {
        let (form, page) = desk.ready(form.route.path).await;
        let path = &form.path;
        let page = desk.browser(&form).post(path, &[("token", &page.token())]).await;
        assert!([200, 303, 409, 422].contains(&page.led().0), "{path}: {:?}", page.led());
        if page.led().0 == 422 {
            assert!(page.main().contains("There is a problem") && page.html.contains("<title>Error: "), "{path}");
            assert!(!page.token().is_empty(), "{path}");
            named += 1;
        }
    }
    assert!(named >= 20, "{named}");
}

/// How much has been done: every change leaves a record, many an event, some a notice or a letter.
async fn acts(desk: &Desk) -> Vec<i64> {
    let mut counts = Vec::new();
    for table in ["audit", "events", "notices", "mails", "sessions"] {
        counts.push(desk.fresh.count(table).await);
    }
    counts
}

#[tokio::test]
async fn a_form_that_is_sent_twice_acts_once() {
    let mut desk = Desk::new().await;
    for form in desk.forms().into_iter().filter(|form| !BY_HAND.contains(&form.route.path)) {
        let (mut form, mut page) = desk.ready(form.route.path).await;
        let mut entries = filled(&page);
        let mut token = page.token();
        let mut first = desk.browser(&form).post(&form.path, &with_token(&token, &entries)).await;
        if first.led().0 == 409 {
            // What it is about is in another state since a form before.
            desk = Desk::new().await;
            (form, page) = desk.ready(form.route.path).await;
            (entries, token) = (filled(&page), page.token());
            first = desk.browser(&form).post(&form.path, &with_token(&token, &entries)).await;
        }
        let path = &form.path;
        assert!([200, 303].contains(&first.led().0), "{path} with {entries:?}: {}", first.html);
        let after = acts(&desk).await;
        let second = desk.browser(&form).post(path, &with_token(&token, &entries)).await;
        // A file goes to whoever asks for it, and each time that is written down.
        if path.ends_with("/export") {
            continue;
        }
        assert_eq!(acts(&desk).await, after, "{path} acted twice");
        // The session may have ended by it: whoever comes then is shown the door.
        let door = second.location.as_deref().is_some_and(|to| to.starts_with("/sign-in"));
        let same = (second.led(), blank(&second.html)) == (first.led(), blank(&first.html));
        // After two seconds the answer is forgotten, but not that it was given.
        let known = second.led().0 == 409 || second.led().0 == 303;
        assert!(same || door || known, "{path}: {:?} after {:?}", second.led(), first.led());
    }
}

#[tokio::test]
async fn a_form_of_a_session_that_is_over_waits_for_the_sign_in() {
    let mut desk = Desk::new().await;
    let mut forms = desk.forms();
    // Whoever has factors shows one at the door, too: that way has tests of its own.
    forms.retain(|form| form.route.access != Access::Public && !form.is_of_factors());
    let mut opened = Vec::new();
    for form in &forms {
        let page = desk.open(form).await;
        opened.push((form, page.token(), texts(&page)));
    }
    desk.fresh.clock.advance(access::IDLE_MS + 1);
    let before = desk.fresh.dump().await;
    for (form, token, names) in opened {
        let page = desk.owner.post(&form.path, &typed(&token, &names)).await;
        assert!(page.location.is_some_and(|door| door.starts_with("/sign-in")), "{}", form.path);
    }
    unchanged(&desk, &before).await;

    let mut entries = 0;
    let own = "owner@acme.example";
    desk.owner.sign_in(own, super::browser::PASSWORD, "").await;
    // Signing out needs no second try: what was wanted has happened.
    for form in forms.iter().filter(|form| form.route.path != "/sign-out") {
        let mut page = desk.open(form).await;
        if sheet(&page).is_none() {
            // There is nothing to end but another session, and those are over, too.
            drop(Browser::signed_in_again(&desk.fresh, Role::Owner).await);
            page = desk.open(form).await;
        }
        let (path, names, token) = (&form.path, texts(&page), page.token());
        desk.fresh.clock.advance(access::IDLE_MS + 1);
        let page = desk.owner.post(path, &typed(&token, &names)).await;
        let door = page.location.clone().expect("the way to the door");
        let next = desk.owner.get(&door).await.entry("next").unwrap_or_default();
        let back = desk.owner.sign_in(own, super::browser::PASSWORD, &next).await;
        assert_eq!((&next, back.led()), (path, (303, Some(&**path))));
        let page = desk.owner.get(path).await;
        assert_eq!((page.led().0, kept(&page)), (200, names.len()), "{path}: {}", page.main());
        assert!(page.main().contains("You were signed out before this form was sent"), "{path}: {}", page.main());
        assert_eq!(kept(&desk.owner.get(path).await), 0, "once");
        entries += names.len();
    }
    assert!(entries >= 15, "{entries}");
}

/// What two people make of the same entry.
const BOTH: [(&str, &str, &str); 13] = [
    ("name", "their name", "my name"),
    ("limit", "600.00", "700.00"),
    ("role", "support", "finance"),
    ("days", "100", "200"),
    ("idle_minutes", "12", "10"),
    ("lives", "their vault", "my vault"),
    ("category", "their category", "my category"),
    ("max_amount", "600.00", "700.00"),
    ("preset", "strict", "paranoid"),
    ("levels", "42", "43"),
    ("max_per_hour", "7", "8"),
    ("only_tell", "on", "off"),
    ("spend_spike", "on", "off"),
];

/// The entries, changed by one of the two.
fn changed_by(mine: bool, page: &Page) -> Vec<(String, String)> {
    let mut entries = filled(page);
    for (name, value) in &mut entries {
        if let Some((_, theirs, own)) = BOTH.iter().find(|(field, ..)| field == name) {
            *value = (if mine { *own } else { *theirs }).to_owned();
        }
    }
    entries
}

#[tokio::test]
async fn an_edit_is_not_made_over_somebody_elses() {
    let mut desk = Desk::new().await;
    // One session for all forms: of too many the oldest ends.
    let mut other = Browser::signed_in_again(&desk.fresh, Role::Owner).await;
    let mut walked = Vec::new();
    for form in desk.forms() {
        let page = desk.open(&form).await;
        let path = &form.path;
        let edits = page.entry("version").is_some();
        // A threshold is proposed to another owner, who is asked about the version that the proposal names; the policy of
        // new cards is chosen among ids, which nobody types.
        if !edits || ["/settings/threshold", "/agents/{id}/policy"].contains(&form.route.path) {
            continue;
        }
        let theirs = other.get(path).await;
        let done = other.post(path, &with_token(&theirs.token(), &changed_by(false, &theirs))).await;
        assert_eq!(done.led().0, 303, "{path}: {}", done.html);
        let before = desk.fresh.dump().await;
        let mine = changed_by(true, &page);
        let stale = desk.owner.post(path, &with_token(&page.token(), &mine)).await;
        assert_eq!(stale.led(), (409, None), "{path}");
        assert!(desk.fresh.dump().await == before, "{path} changed something");
        for words in ["Changed meanwhile", "When you began", "Now, changed by somebody else", "Yours: decide"] {
            assert!(stale.main().contains(words), "{path}: {words}: {}", stale.main());
        }
        let (_, theirs, own) = *BOTH.iter().find(|(field, ..)| mine.iter().any(|(name, _)| name == field)).unwrap();
        let both = [theirs, own].map(|value| stale.table().to_lowercase().contains(value));
        assert_eq!(both, [true, true], "{path}: {}", stale.table());
        let again = sheet(&stale).expect("the form");
        let kept = mine.iter().filter(|(name, _)| BOTH.iter().any(|(field, ..)| field == name));
        assert!(kept.clone().count() > 0 && kept.clone().all(|entry| again.contains(entry)), "{path}: {again:?}");
        // Having seen it, the person may mean it all the same.
        let done = desk.owner.post(path, &with_token(&stale.token(), &again)).await;
        assert_eq!(done.led().0, 303, "{path}: {}", done.main());
        walked.push(form.route.path);
    }
    assert!(walked.len() >= 4, "{walked:?}");
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
