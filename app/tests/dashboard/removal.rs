//! Taking the own factors away: each on a page that counts what follows.
use super::{desk::Desk, factors, world::power_of};
use domain::{access, testing::Fresh};

#[tokio::test]
async fn a_passkey_goes_after_a_page_that_says_what_is_left() {
    let mut desk = Desk::new().await;
    let keeper = &mut desk.keeper;
    let list = keeper.get("/account/passkeys").await;
    let path = list.links().into_iter().find(|link| link.ends_with("/remove")).expect("a way to remove it");
    let page = keeper.get(&path).await;
    for words in [
        "Remove laptop",
        "It was added on",
        "never used",
        "with your password and a code of your authenticator app",
        "You have no other session that would end",
        "Remove passkey",
    ] {
        assert!(page.main().contains(words), "{words}: {}", page.main());
    }
    let id = path.split('/').nth(3).unwrap();
    let renamed = keeper.submit("/account/passkeys", &[("passkey", id), ("name", "")]).await;
    assert_eq!(renamed.led(), (422, None), "{}", renamed.main());
    assert!(renamed.entry("name").is_some_and(|name| name.is_empty()), "what was typed is kept");
    let gone = keeper.submit(&path, &[]).await;
    assert_eq!(gone.led(), (303, Some("/account/passkeys")));
    assert!(keeper.get("/account/passkeys").await.main().contains("No passkeys yet"));
    assert_eq!(keeper.get(&path).await.led(), (404, None));
    let app = "/account/authenticator/remove";
    let page = keeper.get(app).await;
    for words in ["your password alone", "Your 10 unused recovery codes are void", "is not asked for a second factor"] {
        assert!(page.main().contains(words), "{words}: {}", page.main());
    }
    assert_eq!(keeper.submit(app, &[]).await.led(), (303, Some("/account")));
    assert!(keeper.get("/account").await.main().contains("with a password alone"));
    // Somebody else's is nobody's.
    let somebody = power_of(&desk.fresh, "lost@desk.example").await;
    let theirs = access::testing::passkey(&desk.fresh.db, &somebody, "theirs").await;
    let path = format!("/account/passkeys/{theirs}/remove");
    assert_eq!(keeper.get(&path).await.led(), (404, None));
    assert_eq!(keeper.submit("/theme", &[("theme", "dark")]).await.led().0, 303, "the session goes on");
}

#[tokio::test]
async fn what_the_role_is_asked_for_stays_and_the_page_leads_to_another() {
    let fresh = Fresh::new().await;
    let (mut owner, _) = factors::owner(&fresh).await;
    let page = owner.get("/account/authenticator/remove").await;
    assert!(page.main().contains("asks your role for a second factor. Add another one first."), "{}", page.main());
    assert!(page.links().contains(&"/account/passkeys/new".to_owned()) && !page.main().contains("<form"));
    let refused = {
        let token = owner.get("/theme").await.token();
        owner.post("/account/authenticator/remove", &[("token", &token)]).await
    };
    assert!(refused.led() == (409, None) && refused.main().contains("Add another one first"), "{}", refused.main());
    assert_eq!(owner.get("/account").await.main().matches("On since").count(), 1, "it is still there");
}
