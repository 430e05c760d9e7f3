//! The pages of funding users, and the one where a person completes the own application.
use super::{
    browser::Browser,
    world::{World, new_user},
};
use domain::{
    access::{self, Role},
    environment::Environment,
    testing::Fresh,
    users::{self, ApplicationStatus, MoveApplication, ReceiveDocument, completion_token, documents::DocumentType},
};

#[tokio::test]
async fn users_are_listed_with_what_they_can_spend() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    fresh.clock.advance(1);
    let waiting = world.make(new_user("Grace", "Hopper")).await;
    let mut auditor = Browser::signed_in(&fresh, Role::Auditor).await;
    let page = auditor.get("/live/users").await;
    assert_eq!(page.rows(), 2, "{}", page.main());
    for said in ["Ada Lovelace", "Grace Hopper", "Approved", "Pending", "999,948.00"] {
        assert!(page.main().contains(said), "{said}: {}", page.main());
    }
    assert!(page.links().contains(&format!("/live/users/{}", world.user)));
    let agents = page.links().into_iter().find(|href| href.starts_with("/live/agents?user=")).unwrap();
    assert!(agents.replace("%5F", "_").ends_with(waiting.as_str()), "the newest first: {agents}");
    for (query, rows) in [("?status=pending", 1), ("?status=approved", 1), ("?status=denied", 0), ("?status=x", 2)] {
        let page = auditor.get(&format!("/live/users{query}")).await;
        assert_eq!(if rows == 0 { 0 } else { page.rows() }, rows, "{query}");
        assert_eq!(page.main().contains("No users match"), rows == 0, "{query}: {}", page.main());
    }
    let empty = auditor.get("/dev/users").await;
    assert!(empty.main().contains("No users yet"), "{}", empty.main());
}

#[tokio::test]
async fn a_user_shows_what_the_application_waits_for_and_what_there_is_to_spend() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let page = owner.get(&format!("/live/users/{}", world.user)).await;
    for said in ["Approved", "999,948.00", "1,000,000.00", "50.00", "shopper", "sleeper", "Can still be spent"] {
        assert!(page.main().contains(said), "{said}: {}", page.main());
    }
    assert!(page.links().contains(&format!("/live/agents/{}", world.agent)));
    assert!(!page.main().contains("/verify/") && !page.main().contains("Documents missing"));

    let dev = World::written(&fresh.db, &fresh.organisation, Environment::Dev, None).await;
    let id = dev.make(new_user("Grace", "Hopper")).await;
    dev.make(MoveApplication { id: id.clone(), to: ApplicationStatus::NeedsInformation }).await;
    let passport = ReceiveDocument {
        id: id.clone(),
        document_type: DocumentType::Passport,
        head: b"%PDF-1.7".into(),
        bytes: 9_000,
    };
    dev.make(passport).await;
    let path = format!("/dev/users/{id}");
    let page = owner.get(&path).await;
    for said in [
        "Needs information",
        "The user sends the documents that are missing.",
        "a proof of address",
        "Passport: PDF, 9 KiB",
    ] {
        assert!(page.main().contains(said), "{said}: {}", page.main());
    }
    assert!(!page.main().contains("identity card;"), "the passport came");
    let link = page.links().into_iter().find(|href| href.starts_with("/verify/")).expect("the completion page");
    assert_eq!(owner.get(&link).await.led(), (200, None));
    // Whoever holds the link decides: it is for those who manage users.
    let mut support = Browser::signed_in(&fresh, Role::Support).await;
    assert!(!support.get(&path).await.main().contains("/verify/"));
    // The live ones are the issuer's.
    let live = world.make(new_user("Joan", "Clarke")).await;
    assert!(!owner.get(&format!("/live/users/{live}")).await.main().contains("/verify/"));
}

#[tokio::test]
async fn a_person_takes_the_own_application_wherever_the_sandbox_can() {
    let fresh = Fresh::new().await;
    let key = access::testing::key(&fresh.db, &fresh.organisation, Environment::Dev);
    let id = fresh.db.commit(&key, new_user("Grace", "Hopper")).await.unwrap();
    let path = format!("/verify/{}", completion_token(fresh.db.vault(), &id));
    let status = async || users::get(&fresh.db, &key, &id).await.unwrap().application_status;
    let mut nobody = Browser::new(&fresh);
    let page = nobody.get(&path).await;
    assert!(page.main().contains("For Grace Hopper.") && page.main().contains("Give it up"), "{}", page.main());
    let odd = nobody.submit(&path, &[("outcome", "rich")]).await;
    assert_eq!(odd.led(), (422, None));
    for (outcome, after, said) in [
        ("askDocuments", ApplicationStatus::NeedsInformation, "Needs information"),
        ("review", ApplicationStatus::ManualReview, "Manual review"),
        ("repeat", ApplicationStatus::NeedsVerification, "Needs verification"),
        ("approve", ApplicationStatus::Approved, "The application is approved."),
    ] {
        assert_eq!(nobody.submit(&path, &[("outcome", outcome)]).await.led(), (303, Some(&*path)), "{outcome}");
        assert_eq!(status().await, after);
        let page = nobody.get(&path).await;
        assert!(page.main().contains(said), "{outcome}: {}", page.main());
        assert!(!page.main().contains(&format!("value=\"{outcome}\"")), "a state is not entered twice");
    }
    let token = nobody.get("/theme").await.token();
    let late = nobody.post(&path, &[("token", &*token), ("outcome", "deny")]).await;
    assert_eq!((late.led().0, status().await), (409, ApplicationStatus::Approved));
    let wrong = format!("{}0", &path[..path.len() - 1]);
    let wrong = if wrong == path { format!("{}1", &path[..path.len() - 1]) } else { wrong };
    assert_eq!(nobody.get(&wrong).await.led(), (404, None));
}
