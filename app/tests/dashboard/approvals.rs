//! Changes that need two people, from proposing to deciding.
use super::{
    browser::{Browser, PASSWORD},
    world::World,
};
use domain::{
    access::{self, Password, Role, members},
    environment::Environment,
    name::Name,
    testing::{Fresh, email},
};

/// A second owner, who signs in.
async fn second_owner(fresh: &Fresh) -> Browser {
    let (name, password) = (Name::parse("Bob").unwrap(), Password::new(PASSWORD.into()).unwrap());
    let address = email("bob@acme.example");
    access::add_person(&fresh.db, &fresh.organisation, name, address, Role::Owner, password).await.unwrap();
    let mut browser = Browser::new(fresh);
    assert_eq!(browser.sign_in("bob@acme.example", PASSWORD, "").await.led(), (303, Some("/live")));
    browser
}

#[tokio::test]
async fn an_owner_is_made_by_two() {
    let fresh = Fresh::new().await;
    let mut ada = Browser::signed_in(&fresh, Role::Owner).await;
    let mut bob = second_owner(&fresh).await;
    let mut auditor = Browser::signed_in(&fresh, Role::Auditor).await;
    let grant = fresh.person(Environment::Live, Role::Owner);
    let all = members::list(&fresh.db, &grant).await.unwrap();
    let id = &all.iter().find(|m| m.role == Role::Auditor).unwrap().id;
    let path = format!("/live/members/{id}");
    assert!(ada.get(&format!("{path}/role")).await.main().contains("needs the approval of another owner"));
    let proposed = ada.submit(&format!("{path}/role"), &[("role", "owner"), ("version", "1")]).await;
    let proposal = proposed.location.clone().unwrap();
    assert!(proposal.starts_with("/live/approvals/prp_"), "{proposal}");
    let page = ada.get(&proposal).await;
    assert!(page.html.contains("Nothing has changed yet: another person must approve it"));
    assert!(page.main().contains("Make Ada owner") && page.main().contains("This waits for another owner."));
    assert!(!page.html.contains("Approvals (1)"), "nothing to do for whoever proposed it");
    assert_eq!(ada.get(&format!("{proposal}/decide")).await.led(), (303, Some(&*proposal)));
    assert_eq!(auditor.get(&format!("{proposal}/decide")).await.led(), (303, Some(&*proposal)));
    assert_eq!(auditor.get("/live/members").await.led(), (200, None), "their session is as it was");
    let page = bob.get("/live").await;
    assert!(page.html.contains("Approvals (1)"), "{}", page.html);
    let list = bob.get("/dev/approvals").await;
    assert!(list.main().contains("Make Ada owner"), "the organisation's, in either environment");
    let bad = bob.submit(&format!("{proposal}/decide"), &[("decision", "perhaps")]).await;
    assert_eq!(bad.led(), (422, None));
    let done = bob.submit(&format!("{proposal}/decide"), &[("decision", "approve")]).await;
    assert_eq!(done.led(), (303, Some(&*proposal)));
    let page = bob.get(&proposal).await;
    assert!(page.html.contains("Approved. The change is made.") && page.main().contains("Bob"));
    assert!(!page.html.contains("Approvals (1)"));
    assert_eq!(auditor.get("/live").await.led().0, 303, "the new owner signs in again");
    auditor.sign_in("auditor@acme.example", PASSWORD, "").await;
    assert_eq!(auditor.get("/live/members/invite").await.led(), (200, None));
}

#[tokio::test]
async fn what_was_proposed_is_rejected_or_withdrawn() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut ada = Browser::signed_in(&fresh, Role::Owner).await;
    let theirs = format!("/live/approvals/{}", world.proposal);
    assert_eq!(ada.get(&format!("{theirs}/withdraw")).await.led(), (303, Some(&*theirs)));
    assert_eq!(ada.submit(&format!("{theirs}/decide"), &[("decision", "reject")]).await.led().0, 303);
    assert!(ada.get(&theirs).await.main().contains("Rejected"));
    assert_eq!(ada.get(&format!("{theirs}/decide")).await.led(), (303, Some(&*theirs)));
    // A limit above the threshold is proposed from its own form.
    let form = format!("/live/agents/{}/limit", world.agent);
    let version = ada.get(&form).await.entry("version").unwrap();
    let entries = [
        ("limit", "950000.00"),
        ("frequency", "allTime"),
        ("on_exceeded", "decline"),
        ("reason", "a large order"),
        ("version", &version),
    ];
    let mine = ada.submit(&form, &entries).await.location.unwrap();
    let page = ada.get(&mine).await;
    for word in
        ["Raise the limit of shopper", "900,000.00 USD", "950,000.00 USD", "a large order", "somebody of finance"]
    {
        assert!(page.main().contains(word), "{word}: {}", page.main());
    }
    let again = ada.submit(&form, &entries).await;
    assert!(again.led() == (409, None) && again.main().contains("waits for approval already"));
    assert_eq!(ada.submit(&format!("{mine}/withdraw"), &[]).await.led(), (303, Some(&*mine)));
    assert!(ada.get(&mine).await.main().contains("Withdrawn"));
    assert!(ada.get(&form).await.main().contains("900,000.00"), "nothing changed");
}

#[tokio::test]
async fn an_invited_owners_link_is_shown_to_whoever_approves() {
    let fresh = Fresh::new().await;
    let mut ada = Browser::signed_in(&fresh, Role::Owner).await;
    let mut bob = second_owner(&fresh).await;
    let invite = [("email", "carol@acme.example"), ("role", "owner")];
    let proposal = ada.submit("/live/members/invite", &invite).await.location.unwrap();
    assert!(!ada.get("/live/members").await.main().contains("carol@acme.example"));
    let shown = bob.submit(&format!("{proposal}/decide"), &[("decision", "approve")]).await;
    assert_eq!((shown.led(), &*shown.caching), ((200, None), "no-store"));
    let at = shown.main().find("/invite/").expect("a link");
    let link: String = shown.main()[at..].chars().take_while(|c| c.is_ascii_alphanumeric() || *c == '/').collect();
    assert!(Browser::new(&fresh).get(&link).await.main().contains("carol@acme.example"));
    assert!(!bob.get(&proposal).await.html.contains(&link), "shown once");
}
