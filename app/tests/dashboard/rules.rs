//! What owners set for everybody at the door, and do for whoever lost their factors.
use super::{
    browser::{Browser, PASSWORD},
    factors::owner,
    html::sheet,
    world::World,
};
use domain::{
    access::{
        self, Role,
        members::{self, ClearFactors},
    },
    environment::Environment,
    name::Line,
    testing::Fresh,
    time::{MINUTE, SECOND},
};

#[tokio::test]
async fn the_owner_sets_the_rules_at_the_door() {
    let fresh = Fresh::new().await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let mut support = Browser::signed_in(&fresh, Role::Support).await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    assert_eq!(admin.get("/settings/security").await.led(), (403, None));
    let form = "/settings/security";
    let wrong = owner.submit(form, &[("idle_minutes", "4"), ("version", "1")]).await;
    assert_eq!(wrong.led(), (422, None));
    let fields = [("roles[]", "support"), ("roles[]", "owner"), ("idle_minutes", "5"), ("version", "1")];
    assert_eq!(owner.submit(form, &fields).await.led(), (303, Some(form)));
    let fields = [("passkey_roles[]", "owner"), ("roles[]", "owner"), ("roles[]", "support"), ("idle_minutes", "5")];
    let fields = [&fields[..], &[("version", "2")]].concat();
    let shut_out = owner.submit(form, &fields).await;
    assert!(shut_out.led() == (422, None) && shut_out.main().contains("add one first"), "{}", shut_out.main());
    let page = owner.get(form).await;
    assert_eq!(page.main().matches(" checked").count(), 2, "{}", page.main());
    assert_eq!(support.get("/live").await.led(), (200, None), "asked at the next sign-in");
    fresh.clock.advance(5 * MINUTE + SECOND);
    assert_eq!(support.get("/live").await.led().0, 303, "five quiet minutes");
    let again = support.sign_in("support@acme.example", PASSWORD, "").await;
    assert_eq!(again.led(), (303, Some("/sign-in/enrol")));
}

#[tokio::test]
async fn boxes_that_two_owners_tick_at_once_are_put_side_by_side() {
    let fresh = Fresh::new().await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let mut other = Browser::signed_in_again(&fresh, Role::Owner).await;
    let form = "/settings/security";
    let boxes = ["owner", "admin", "finance"].map(|role| ("roles[]", role));
    let first = [&boxes[..], &[("idle_minutes", "15")]].concat();
    assert_eq!(other.submit(form, &first).await.led(), (303, Some(form)));
    let page = owner.get(form).await;
    let began: Vec<(String, String)> =
        sheet(&page).unwrap().into_iter().filter(|(name, _)| name.starts_with("was_") || name == "version").collect();
    let began: Vec<(&str, &str)> = began.iter().map(|(name, value)| (&**name, &**value)).collect();
    let theirs = [&began[..], &boxes[..], &[("roles[]", "support"), ("idle_minutes", "15")]].concat();
    assert_eq!(other.submit(form, &theirs).await.led(), (303, Some(form)));
    let mine = [&began[..], &boxes[..], &[("passkey_roles[]", "auditor"), ("idle_minutes", "15")]].concat();
    let stale = owner.submit(form, &mine).await;
    assert_eq!(stale.led(), (409, None));
    let told = stale.main();
    for words in ["Changed meanwhile", "Owner, Admin, Support, Finance", "None ticked", "Auditor", "Theirs", "Yours"] {
        assert!(told.contains(words), "{words}: {told}");
    }
    // What was not touched follows theirs, what was ticked stays.
    let again = sheet(&stale).unwrap();
    for entry in [("roles[]", "support"), ("passkey_roles[]", "auditor"), ("version", "3")] {
        assert!(again.contains(&(entry.0.to_owned(), entry.1.to_owned())), "{entry:?}: {again:?}");
    }
    let again: Vec<(&str, &str)> = again.iter().map(|(name, value)| (&**name, &**value)).collect();
    assert_eq!(owner.submit(form, &again).await.led(), (303, Some(form)));
    assert_eq!(owner.get(form).await.main().matches(" checked").count(), 5, "four of theirs and the own one");
}

#[tokio::test]
async fn whoever_owes_a_passkey_is_led_to_the_page_that_adds_one() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut auditor = Browser::signed_in(&fresh, Role::Auditor).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let fields = [("passkey_roles[]", "auditor"), ("idle_minutes", "15"), ("version", "1")];
    assert_eq!(owner.submit("/settings/security", &fields).await.led(), (303, Some("/settings/security")));
    let token = auditor.get("/theme").await.token();
    let led = (303, Some("/account/passkeys/new"));
    for route in app::pages().table {
        let path = world.path(&route);
        let page = auditor.get(&path).await;
        assert_eq!((page.led(), &*page.html), (led, ""), "{path}");
        if route.form {
            let page = auditor.post(&path, &[("token", &*token), ("name", "x")]).await;
            assert_eq!((page.led(), &*page.html), (led, ""), "POST {path}");
        }
    }
    for path in ["/", "/settings/security"] {
        assert_eq!(auditor.get(path).await.led(), led, "{path}");
    }
    for path in ["/account", "/account/passkeys", "/account/authenticator", "/account/sessions", "/sign-out"] {
        assert_eq!(auditor.get(path).await.led(), (200, None), "{path}");
    }
    assert!(auditor.get("/account/passkeys/new").await.main().contains("asks your role for a passkey"));
    assert_eq!(owner.get("/live").await.led(), (200, None), "the others go on");
}

#[tokio::test]
async fn an_owner_clears_the_factors_that_somebody_lost() {
    let fresh = Fresh::new().await;
    let (mut lost, _) = owner(&fresh).await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let grant = fresh.person(Environment::Live, Role::Owner);
    let all = members::list(&fresh.db, &grant).await.unwrap();
    let id = |address: &str| all.iter().find(|m| m.email.as_deref() == Some(address)).unwrap().id.clone();
    let (own, boss) = (id("owner@acme.example"), all.iter().find(|m| m.name == "Rules").unwrap());
    let path = format!("/live/members/{own}/factors");
    assert_eq!(lost.get(&path).await.location, Some(format!("/live/members/{own}")), "not one's own");
    assert!(!lost.get(&format!("/live/members/{own}")).await.main().contains("Clear lost factors"));
    assert_eq!(admin.get(&path).await.led(), (403, None));
    let clear = ClearFactors { id: own.clone(), reason: Line::parse("called back").unwrap() };
    fresh.db.commit(&access::testing::acting(&grant, boss), clear).await.unwrap();
    assert_eq!(lost.get("/live").await.led().0, 303, "their sessions ended");
    let page = lost.sign_in("owner@acme.example", PASSWORD, "").await;
    assert_eq!(page.led(), (303, Some("/sign-in/enrol")), "the password holds, and a new app is set up");
    lost.enrol("/sign-in/enrol", &fresh).await;
    let theirs = format!("/live/members/{}", id("admin@acme.example"));
    assert!(lost.get(&theirs).await.main().contains("Clear lost factors"));
    let page = lost.get(&format!("{theirs}/factors")).await;
    assert!(page.main().contains("Be sure that it is them") && !page.main().contains("approval of another owner"));
    let none = lost.submit(&format!("{theirs}/factors"), &[("reason", "lost phone")]).await;
    assert!(none.led() == (409, None) && none.main().contains("has no second factor"), "{}", none.main());
}
