//! People: seen by all, changed by those above, out at once.
use super::{
    browser::{Browser, PASSWORD},
    world::World,
};
use domain::{
    access::{self, Role, members},
    environment::Environment,
    ids::PersonId,
    testing::Fresh,
};

/// The person who signs in with the address that [`Browser::signed_in`] gives this role.
async fn person(fresh: &Fresh, role: Role) -> PersonId {
    let grant = fresh.person(Environment::Live, Role::Owner);
    let all = members::list(&fresh.db, &grant).await.unwrap();
    all.into_iter().find(|m| m.email.as_deref() == Some(&*format!("{role}@acme.example"))).unwrap().id
}

#[tokio::test]
async fn a_changed_role_holds_for_the_next_request() {
    let fresh = Fresh::new().await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let mut developer = Browser::signed_in(&fresh, Role::Developer).await;
    assert_eq!(developer.get("/dev/keys/new").await.led(), (200, None));
    let path = format!("/live/members/{}", person(&fresh, Role::Developer).await);
    let page = owner.get(&format!("{path}/role")).await;
    assert!(page.main().contains("Ada is developer now."));
    let done =
        owner.post(&format!("{path}/role"), &[("token", &page.token()), ("role", "auditor"), ("version", "1")]).await;
    assert_eq!(done.led(), (303, Some(&*path)));
    assert_eq!(developer.get("/dev/keys/new").await.led(), (303, Some("/sign-in?next=%2Fdev%2Fkeys%2Fnew")));
    developer.sign_in("developer@acme.example", PASSWORD, "").await;
    assert_eq!(developer.get("/dev/keys/new").await.led(), (403, None));
    let shown = owner.get(&path).await;
    assert!(shown.html.contains("Role changed to auditor.") && shown.main().contains("role: developer → auditor"));
    // What somebody else changed meanwhile is said, and what was chosen is kept.
    let stale = owner.submit(&format!("{path}/role"), &[("role", "support"), ("version", "1")]).await;
    assert_eq!(stale.led(), (409, None));
    assert!(stale.main().contains("was changed meanwhile") && stale.entry("version").as_deref() == Some("2"));
}

#[tokio::test]
async fn who_is_disabled_or_removed_is_out_with_the_reply() {
    let fresh = Fresh::new().await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let mut support = Browser::signed_in(&fresh, Role::Support).await;
    let path = format!("/live/members/{}", person(&fresh, Role::Support).await);
    let page = admin.get(&format!("{path}/disable")).await;
    assert!(page.main().contains("Their 1 open session ends at once."), "{}", page.main());
    let refused = admin.submit(&format!("{path}/disable"), &[("reason", " ")]).await;
    assert!(refused.led() == (422, None) && refused.main().contains("Reason must not be empty"));
    assert_eq!(support.get("/live").await.led(), (200, None));
    assert_eq!(admin.submit(&format!("{path}/disable"), &[("reason", "lost laptop")]).await.led(), (303, Some(&*path)));
    assert_eq!(support.get("/live").await.led(), (303, Some("/sign-in?next=%2Flive")));
    assert_eq!(support.sign_in("support@acme.example", PASSWORD, "").await.led(), (422, None));
    assert!(admin.get(&path).await.main().contains("reason: lost laptop"));
    assert_eq!(admin.get(&format!("{path}/disable")).await.led(), (303, Some(&*path)), "it is done");
    assert_eq!(admin.submit(&format!("{path}/enable"), &[]).await.led(), (303, Some(&*path)));
    assert_eq!(support.sign_in("support@acme.example", PASSWORD, "").await.led(), (303, Some("/live")));
    assert_eq!(admin.submit(&format!("{path}/sessions"), &[]).await.led(), (303, Some(&*path)));
    assert!(admin.get(&path).await.html.contains("1 session ended."));
    assert_eq!(support.get("/live").await.led().0, 303);
    let gone = admin.submit(&format!("{path}/remove"), &[("reason", "left")]).await;
    assert_eq!(gone.led(), (303, Some("/live/members")));
    assert_eq!(support.sign_in("support@acme.example", PASSWORD, "").await.led(), (422, None));
    let page = admin.get(&path).await;
    assert!(page.main().contains("Removed") && !page.links().contains(&format!("{path}/role")));
    assert_eq!(admin.get(&format!("{path}/role")).await.led(), (409, None));
    assert!(!admin.get("/live/members").await.html.contains("support@acme.example"));
}

#[tokio::test]
async fn who_may_not_is_told_who_may() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    Browser::signed_in(&fresh, Role::Owner).await;
    let owner = format!("/live/members/{}", person(&fresh, Role::Owner).await);
    let page = admin.get(&owner).await;
    assert!(page.main().contains("Only owners change owners and admins."));
    assert!(!page.links().iter().any(|link| link.ends_with("/role")));
    for act in ["role", "disable", "remove", "sessions"] {
        let page = admin.get(&format!("{owner}/{act}")).await;
        assert_eq!(page.led(), (403, None), "{act}");
        assert!(page.main().contains("only owners change owners and admins"), "{act}");
    }
    let developer = format!("/live/members/{}", world.member);
    let raised = admin.submit(&format!("{developer}/role"), &[("role", "owner"), ("version", "1")]).await;
    assert_eq!(raised.led(), (403, None));
    let mut auditor = Browser::signed_in(&fresh, Role::Auditor).await;
    let page = auditor.get(&developer).await;
    assert!(page.main().contains("Owners and admins change roles") && !page.main().contains("Open sessions"));
    assert!(auditor.get("/live/members").await.rows() >= 4);
    // Their own page shows where they are signed in.
    let own = format!("/live/members/{}", person(&fresh, Role::Auditor).await);
    assert!(auditor.get(&own).await.main().contains("Open sessions"));
}

#[tokio::test]
async fn the_last_owner_is_refused_in_words() {
    let fresh = Fresh::new().await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let grant = fresh.person(Environment::Live, Role::Owner);
    let all = members::list(&fresh.db, &grant).await.unwrap();
    let first = all.into_iter().find(|m| m.name == "Owner").unwrap();
    fresh.db.commit(&access::testing::acting(&grant, &first), members::Leave).await.unwrap();
    let path = format!("/live/members/{}", person(&fresh, Role::Owner).await);
    let role = [("role", "admin"), ("version", "1")];
    for (act, entries) in [("role", &role[..]), ("disable", &[("reason", "x")]), ("remove", &[("reason", "x")])] {
        let page = owner.submit(&format!("{path}/{act}"), entries).await;
        assert_eq!(page.led(), (409, None), "{act}");
        assert!(page.main().contains("Ada is the only owner. Make another person an owner first"), "{act}");
    }
    assert_eq!(owner.get("/live").await.led(), (200, None), "still there, still signed in");
}

/// The link that a page shows once.
fn link(page: &super::browser::Page, start: &str) -> String {
    let at = page.main().find(start).unwrap_or_else(|| panic!("no {start} in {}", page.main()));
    page.main()[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '/').collect()
}

const JOIN: [(&str, &str); 3] = [("name", "Grace"), ("password", PASSWORD), ("password_again", PASSWORD)];

#[tokio::test]
async fn an_invitation_is_shown_once_and_used_once() {
    let fresh = Fresh::new().await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let refused = admin.submit("/live/members/invite", &[("email", "grace"), ("role", "emperor")]).await;
    assert!(refused.led() == (422, None) && refused.entry("email").as_deref() == Some("grace"));
    let page = admin.get("/live/members/invite").await;
    let entries = [("token", &*page.token()), ("email", "grace@acme.example"), ("role", "support")];
    let made = admin.post("/live/members/invite", &entries).await;
    assert_eq!((made.led(), &*made.caching), ((200, None), "no-store"));
    let path = link(&made, "/invite/");
    assert!(made.main().contains(&format!("http://localhost{path}")), "{}", made.main());
    let double = admin.post("/live/members/invite", &entries).await;
    assert_eq!(link(&double, "/invite/"), path, "a double click joins the first answer");
    assert!(!admin.get("/live/members").await.html.contains(&path));
    let (mut grace, mut late) = (Browser::new(&fresh), Browser::new(&fresh));
    let waiting = late.get(&path).await.token();
    let page = grace.get(&path).await;
    for word in ["Join Acme", "support", "Ada", "grace@acme.example"] {
        assert!(page.main().contains(word), "{word}");
    }
    let weak = grace.submit(&path, &[("name", ""), ("password", "short"), ("password_again", "shorter")]).await;
    assert_eq!(weak.led(), (422, None));
    for why in ["Name must not be empty", "Password must have at least 15", "The two passwords are not the same"] {
        assert_eq!(weak.html.matches(why).count(), 2, "{why}: in the summary and by the field");
    }
    let other = grace.submit(&path, &[&[("email", "eve@evil.example")], &JOIN[..]].concat()).await;
    assert!(other.led() == (422, None) && other.main().contains("Email cannot be changed here"));
    let joined = grace.submit(&path, &[&[("email", "grace@acme.example")], &JOIN[..]].concat()).await;
    assert!(joined.led() == (200, None) && joined.main().contains("You are a member of Acme now."));
    assert_eq!(grace.get("/live").await.led().0, 303, "the door asks for everything, a second factor too");
    assert_eq!(grace.sign_in("grace@acme.example", PASSWORD, "").await.led(), (303, Some("/live")));
    let again = late.post(&path, &[&[("token", &*waiting)], &JOIN[..]].concat()).await;
    assert!(again.main().contains("was used"), "{}", again.main());
    assert!(late.get(&path).await.main().contains("Sign in with grace@acme.example"));
    assert!(late.get("/invite/nonsense").await.main().contains("This link does not work"));
    assert!(admin.get("/live/members").await.html.contains("Grace"));
}

#[tokio::test]
async fn an_invitation_is_sent_again_and_withdrawn() {
    let fresh = Fresh::new().await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let entries = [("email", "grace@acme.example"), ("role", "support")];
    let first = link(&admin.submit("/live/members/invite", &entries).await, "/invite/");
    let list = admin.get("/live/members").await;
    let acts: Vec<String> = list.links().into_iter().filter(|link| link.contains("/members/invites/")).collect();
    assert_eq!(acts.len(), 2, "{acts:?}");
    let second = link(&admin.submit(&acts[0], &[]).await, "/invite/");
    let mut grace = Browser::new(&fresh);
    assert!(grace.get(&first).await.main().contains("a newer link has replaced it"));
    assert!(grace.get(&second).await.main().contains("Join Acme"));
    fresh.clock.advance(73 * domain::time::HOUR);
    assert!(grace.get(&second).await.main().contains("older than 72 hours"));
    admin.sign_in("admin@acme.example", PASSWORD, "").await;
    assert!(admin.get("/live/members").await.main().contains("Expired"));
    let third = link(&admin.submit(&acts[0], &[]).await, "/invite/");
    assert_eq!(admin.submit(&acts[1], &[]).await.led(), (303, Some("/live/members")));
    assert!(grace.get(&third).await.main().contains("was withdrawn"));
    assert_eq!(admin.get(&acts[1]).await.led(), (303, Some("/live/members")));
}

#[tokio::test]
async fn a_reset_is_started_by_staff_and_chosen_by_the_person() {
    let fresh = Fresh::new().await;
    let mut admin = Browser::signed_in(&fresh, Role::Admin).await;
    let mut support = Browser::signed_in(&fresh, Role::Support).await;
    let path = format!("/live/members/{}", person(&fresh, Role::Support).await);
    let reset = link(&admin.submit(&format!("{path}/reset"), &[]).await, "/reset/");
    assert_eq!(support.get("/live").await.led(), (200, None), "nothing has changed yet");
    let mut elsewhere = Browser::new(&fresh);
    let page = elsewhere.get(&reset).await;
    assert!(page.main().contains("A new password for Ada") && page.entry("email").is_some());
    let new = [("password", "an entirely new phrase"), ("password_again", "an entirely new phrase")];
    let done = elsewhere.submit(&reset, &new).await;
    assert!(done.led() == (200, None) && done.main().contains("Your password is changed"));
    assert_eq!(elsewhere.get("/live").await.led().0, 303, "it signs nobody in");
    assert_eq!(support.get("/live").await.led().0, 303, "every session ended");
    assert!(elsewhere.get(&reset).await.main().contains("does not work any more"));
    assert_eq!(support.sign_in("support@acme.example", PASSWORD, "").await.led(), (422, None));
    let back = support.sign_in("support@acme.example", "an entirely new phrase", "").await;
    assert_eq!(back.led(), (303, Some("/live")));
}

#[tokio::test]
async fn without_mail_a_forgotten_password_is_for_the_staff() {
    let fresh = Fresh::new().await;
    let mut nobody = Browser::new(&fresh);
    assert!(nobody.get("/sign-in").await.html.contains("href=\"/forgot\""));
    let page = nobody.get("/forgot").await;
    assert!(page.main().contains("This server sends no mail. Ask an owner or admin"));
    let token = nobody.get("/sign-in").await.token();
    assert_eq!(nobody.post("/forgot", &[("token", &token), ("email", "a@b.example")]).await.led(), (409, None));
}
