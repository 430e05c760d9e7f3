//! One query that fails takes one part of a page with it, and nothing else.
use super::{browser::Browser, world::World};
use domain::{access::Role, testing::Fresh};

#[tokio::test]
async fn a_table_that_cannot_be_read_dims_its_own_panels() {
    let fresh = Fresh::new().await;
    World::new(&fresh).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let whole = owner.get("/live").await;
    assert!(!whole.html.contains("could not be loaded") && !whole.html.contains("Could not load"));

    fresh.hide("rollups").await;
    let page = owner.get("/live").await;
    assert_eq!(page.led().0, 200);
    assert!(page.main().contains("The rates of the last 24 hours could not be loaded"), "{}", page.main());
    assert!(page.main().contains("Request <code>"), "{}", page.main());
    assert_eq!(page.main().matches("could not be loaded").count(), 1);
    assert_eq!(page.rows(), whole.rows(), "the lists are whole");
    let monitoring = owner.get("/live/monitoring?range=7d").await;
    assert_eq!((monitoring.led().0, monitoring.main().matches("could not be loaded").count()), (200, 3));
    assert!(monitoring.links().iter().any(|href| href.contains("range=30d")), "the ranges still lead somewhere");
    assert!(!monitoring.main().contains("Nothing was counted"), "unknown is not nothing");
    fresh.show("rollups").await;
    assert_eq!(owner.get("/live").await.rows(), whole.rows());

    fresh.hide("purchases").await;
    let page = owner.get("/live").await;
    assert_eq!((page.led().0, page.main().matches("Could not load purchases").count()), (200, 2));
    assert!(page.main().contains("Decline rate, 24 h") && page.main().contains("Keys older than"), "{}", page.main());
    assert!(!page.main().contains("None yet") && !page.main().contains("could not be loaded"));
    // A page that is nothing but that list says so as a whole, and never as if it were empty.
    let list = owner.get("/live/purchases").await;
    assert_eq!(list.led().0, 500);
    assert!(list.main().contains("Something went wrong on our side") && !list.main().contains("No purchases"));
    assert_eq!(owner.get("/live/keys").await.led().0, 200);
}

/// Each page about one thing, and the table without which only a part of it is missing.
#[tokio::test]
async fn a_page_about_one_thing_outlives_what_stands_beside_it() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let (agent, card) = (format!("/live/agents/{}", world.agent), format!("/live/cards/{}", world.card));
    let (key, hook) = (format!("/live/keys/{}", world.api_key), format!("/live/webhooks/{}", world.endpoint));
    let (intent, purchase) = (format!("/live/intents/{}", world.intent), format!("/live/purchases/{}", world.purchase));
    let (member, request) = (format!("/live/members/{}", world.member), format!("/live/requests/{}", world.request));
    for (table, path, missing, stays) in [
        ("key_calls", &*key, "The usage could not be loaded", "Where it lives"),
        ("agent_tokens", &agent, "Could not load tokens", "Buys paper"),
        ("intents", &card, "Could not load intents, reads and purchases", "Most per purchase"),
        ("purchases", &card, "Could not load intents, reads and purchases", "Freeze"),
        ("deliveries", &hook, "Could not load deliveries", "bookkeeping"),
        ("intent_reuses", &intent, "Whether it was used more than once could not be loaded", "Runs out"),
        ("intent_reuses", &purchase, "Whether its intent was used more than once could not be", "The decision"),
        ("risk_findings", &purchase, "What the risk rules found could not be loaded", "The decision"),
        ("audit", &agent, "Could not load history", "Spends for"),
        ("audit", &request, "Could not load history", "Idempotency key"),
        ("audit", &member, "Could not load history", "Last sign-in"),
        ("invites", "/live/members", "Could not load invitations", "Last sign-in"),
    ] {
        let whole = owner.get(path).await;
        assert!(whole.led().0 == 200 && whole.main().contains(stays) && !whole.main().contains(missing), "{path}");
        fresh.hide(table).await;
        let page = owner.get(path).await;
        fresh.show(table).await;
        assert_eq!(page.led().0, 200, "{path} without {table}");
        assert!(page.main().contains(missing) && page.main().contains(stays), "{path}, {table}: {}", page.main());
        assert!(page.main().contains("Request <code>"), "{path} without {table}: what to quote");
    }
}
