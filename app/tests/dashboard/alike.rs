//! Security X-A5: a page that takes an address says the same whether somebody is known by it or not: status, headers, length.
use super::browser::{Browser, PASSWORD, Page};
use domain::{
    access::{self, Password, Role},
    db::{Db, Options},
    name::Name,
    testing::{Fresh, email, organisation},
};

/// The same database through a server that sends mail.
async fn with_mail(fresh: &Fresh) -> Db {
    let mut options = Options::new(&fresh.url);
    options.clock = fresh.clock.clone();
    options.key_file = Some(fresh.dir.path().join("test.key"));
    options.mail = Some("https://ledger.acme.example".to_owned());
    Db::open(options).await.unwrap()
}

/// What somebody who listens learns: everything but what differs from each answer to the next.
fn heard(page: &Page) -> (u16, Vec<(String, String)>, usize) {
    let own = ["set-cookie", "x-request-id", "content-security-policy", "date"];
    let mut headers: Vec<(String, String)> = page
        .headers
        .iter()
        .filter(|(name, _)| !own.contains(&name.as_str()))
        .map(|(name, value)| (name.to_string(), value.to_str().unwrap().to_owned()))
        .collect();
    headers.sort();
    (page.status.as_u16(), headers, page.html.len())
}

#[tokio::test]
async fn known_and_unknown_people_are_answered_alike() {
    let fresh = Fresh::new().await;
    let db = with_mail(&fresh).await;
    let other = organisation(&db, "Other").await;
    let (name, password) = (Name::parse("Eve").unwrap(), Password::new(PASSWORD.into()).unwrap());
    access::add_person(&db, &other, name, email("known@acme.example"), Role::Support, password).await.unwrap();
    drop(Browser::signed_in(&fresh, Role::Owner).await);
    // Of the same length, so that the address itself makes no difference.
    for (path, fields) in [
        ("/sign-in", &[("password", "not the password at all"), ("next", "")][..]),
        ("/forgot", &[]),
        ("/live/members/invite", &[("role", "support")]),
    ] {
        let answer = async |email: &str| {
            let mut browser = Browser::over(&db);
            if path.starts_with("/live") {
                browser.sign_in("owner@acme.example", PASSWORD, "").await;
            }
            heard(&browser.submit(path, &[&[("email", email)], fields].concat()).await)
        };
        let (known, unknown) = (answer("known@acme.example").await, answer("guess@acme.example").await);
        assert_eq!(known, unknown, "{path}");
    }
}
