//! Stopping all spending, and allowing it again.
use super::{browser::Browser, html::decoded, world::World};
use domain::{access::Role, environment::Environment, limits::stop::StopSpending, testing::Fresh, time::MINUTE};

const STOP: &str = "/live/settings/stop";
const ALLOW: &str = "/live/settings/allow";

#[tokio::test]
async fn support_stops_it_all_everybody_reads_why_and_an_owner_allows_it_again() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut support = Browser::signed_in(&fresh, Role::Support).await;
    for path in ["/live", "/live/settings"] {
        assert!(support.get(path).await.links().contains(&STOP.to_owned()), "{path}");
    }
    let page = support.get(STOP).await;
    for words in ["Every purchase of Acme in live is declined", "Active agents: 1.", "Agents may still declare intents"]
    {
        assert!(page.main().contains(words), "{words}: {}", page.main());
    }
    let blank = support.submit(STOP, &[("reason", "")]).await;
    assert!(blank.led() == (422, None) && blank.main().contains("There is a problem"));
    let why = "odd <b>purchases</b> & worse";
    assert_eq!(support.submit(STOP, &[("reason", why)]).await.led(), (303, Some("/live")));

    let card = format!("/live/cards/{}", world.card);
    for path in ["/live", "/live/agents", "/live/settings", "/live/nothing-here", "/account", &card] {
        let page = support.get(path).await;
        let said = decoded(page.main());
        assert!(said.contains("All spending of Acme in live is stopped"), "{path}: {}", page.main());
        assert!(said.contains(why) && !page.main().contains("odd <b>"), "{path}: {}", page.main());
        assert!(!page.links().contains(&ALLOW.to_owned()), "support may not allow it");
    }
    assert!(!support.get("/live").await.links().contains(&STOP.to_owned()));
    assert!(!support.get("/dev").await.main().contains("is stopped"), "dev goes on");
    assert_eq!(support.get(ALLOW).await.led(), (403, None));
    let again = support.submit(STOP, &[("reason", "twice")]).await;
    assert!(again.led() == (409, None) && again.main().contains("stopped already"), "{}", again.main());

    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let buy = [("amount", "1.00"), ("merchant", "STAPLES*9"), ("category_code", "5943"), ("city", ""), ("country", "")];
    let tried = owner.submit(&format!("{card}/try"), &buy).await;
    assert!(tried.main().contains("Would be declined: Organization suspended"), "{}", tried.main());
    assert!(tried.table().contains("Spending is not stopped") && tried.main().contains("allow spending again"));
    let hidden = owner.get(&format!("{card}/reveal")).await;
    assert!(hidden.main().contains("All spending is stopped") && hidden.entry("reason").is_none());
    assert!(owner.get("/live").await.links().contains(&ALLOW.to_owned()));
    fresh.clock.advance(6 * MINUTE);
    let page = owner.get(ALLOW).await;
    assert!(decoded(page.main()).contains(&format!("It was stopped by Ada: {why}")), "{}", page.main());
    assert_eq!(owner.submit(ALLOW, &[("reason", "all is well")]).await.led(), (403, None), "it asks for a factor");
    let mut owner = Browser::signed_in_again(&fresh, Role::Owner).await;
    assert_eq!(owner.submit(ALLOW, &[("reason", "all is well")]).await.led(), (303, Some("/live")));
    assert!(!support.get("/live/agents").await.main().contains("is stopped"));
    let late = owner.submit(ALLOW, &[("reason", "twice")]).await;
    assert!(late.led() == (409, None) && late.main().contains("is not stopped"), "{}", late.main());
}

#[tokio::test]
async fn a_stop_of_dev_is_read_in_dev_and_lifted_by_developers() {
    let fresh = Fresh::new().await;
    let reason = super::world::line("load test");
    fresh.db.commit(&fresh.key(Environment::Dev), StopSpending { reason }).await.unwrap();
    let mut developer = Browser::signed_in(&fresh, Role::Developer).await;
    assert!(!developer.get("/live").await.main().contains("is stopped"));
    let page = developer.get("/dev/keys").await;
    assert!(page.main().contains("All spending of Acme in dev is stopped") && page.main().contains("load test"));
    assert_eq!(developer.submit("/dev/settings/allow", &[("reason", "done")]).await.led(), (303, Some("/dev")));
    assert!(!developer.get("/dev/keys").await.main().contains("is stopped"));
    assert_eq!(developer.get(ALLOW).await.led(), (403, None), "live is for owners and admins");
    let mut auditor = Browser::signed_in(&fresh, Role::Auditor).await;
    assert_eq!(auditor.get(STOP).await.led(), (403, None));
    assert!(!auditor.get("/live").await.links().contains(&STOP.to_owned()));
}
