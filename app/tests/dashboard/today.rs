//! A purchase's decision beside the one that today's rules would make.
use super::{
    browser::Browser,
    world::{World, amount},
};
use domain::{
    access::Role,
    limits::{Frequency, levels::SetAgentRules, terms::Change},
    testing::Fresh,
    time::DAY,
};

/// By a backend, which has nobody to ask where rules are loosened.
async fn set(world: &World, set: Change) {
    world
        .db
        .commit(&world.key, SetAgentRules { id: world.agent.clone(), set, reason: None, version: None })
        .await
        .unwrap();
}

#[tokio::test]
async fn what_would_be_decided_today_stands_beside_what_was() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut auditor = Browser::signed_in(&fresh, Role::Auditor).await;
    // Of purchases in one millisecond nobody knows which came first.
    fresh.clock.advance(1);
    let purchase = format!("/live/purchases/{}", world.buy(150).await.id);
    fresh.clock.advance(1);
    world.buy(700).await;
    let path = format!("{purchase}/today");
    assert!(auditor.get(&purchase).await.links().contains(&path));
    let page = auditor.get(&path).await;
    assert!(page.main().contains("rules would approve it as well."), "{}", page.main());
    assert!(page.main().contains("No rule has another verdict or another limit today."), "{}", page.main());

    fresh.clock.advance(3 * DAY);
    let mut auditor = Browser::signed_in_again(&fresh, Role::Auditor).await;
    set(&world, Change { limit_per_day: Some(Some(amount(5_349))), ..Change::default() }).await;
    let page = auditor.get(&path).await;
    assert!(page.main().contains("Today this would be declined."), "{}", page.main());
    // 52.00 before it and 1.50; what came after is not counted.
    for text in ["24-hour limit", "Passed", "Failed", "decided", "53.50", "53.49", "counted afterwards", "Agent"] {
        assert!(page.table().contains(text), "{text}: {}", page.table());
    }
    assert_eq!(page.rows(), 1, "{}", page.table());
    assert!(page.main().contains("The same then and today: ") && page.main().contains("covered by the balance"));
    assert!(page.main().contains("Card limit exceeded"), "{}", page.main());

    // The other way round: what was declined would pass, and the agent's limit is another one over another time.
    let declined = world.buy(6_000).await;
    set(&world, Change { limit_per_day: Some(None), ..Change::default() }).await;
    let limit = Some((amount(8_000_000), Frequency::PerWeek));
    let reason = super::world::line("less");
    let id = world.agent.clone();
    let set_limit = domain::agents::SetLimit { id, limit, on_exceeded: None, reason, version: None };
    world.db.commit(&world.key, set_limit).await.unwrap();
    let page = auditor.get(&format!("/live/purchases/{}/today", declined.id)).await;
    assert!(page.main().contains("Today this would be approved."), "{}", page.main());
    for text in ["900,000.00 USD (all time)", "80,000.00 USD (week, from monday)"] {
        assert!(page.table().contains(text), "{text}: {}", page.table());
    }
    assert_eq!(page.rows(), 2, "{}", page.table());
    let page = auditor.get(&format!("/live/purchases/{}", declined.id)).await;
    assert!(page.main().contains("Declined: Card limit exceeded"), "the decision itself stays what it was");
}
