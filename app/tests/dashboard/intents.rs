//! Intents: what was declared, and the verdict with its gap.
use super::{
    browser::Browser,
    world::{World, amount, new_intent},
};
use domain::{
    access::Role,
    intents::{self, CancelIntent, DeclareIntent},
    testing::Fresh,
    time::HOUR,
};

#[tokio::test]
async fn a_verdict_tells_the_gap_in_money_and_percent() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    Browser::signed_in(&fresh, Role::Auditor).await;
    for (expected, merchant, bought, verdict, gap) in [
        (Some(5_000), "Staples", 5_000, "Matched", "±0.00 USD (±0.00 %)"),
        (Some(5_000), "Staples", 5_250, "Matched", "+2.50 USD (+5.00 %)"),
        (Some(5_000), "Staples", 9_999, "Mismatched", "+49.99 USD (+99.98 %)"),
        (Some(5_000), "Staples", 123, "Mismatched", "−48.77 USD (−97.54 %)"),
        (Some(5_000), "Amazon", 5_000, "Mismatched", "merchant was STAPLES*1234"),
        (None, "Staples", 777, "Matched", "No amount was declared."),
    ] {
        fresh.clock.advance(HOUR);
        let mut auditor = Browser::signed_in_again(&fresh, Role::Auditor).await;
        let id = format!("order-{bought}-{merchant}");
        let declare = DeclareIntent {
            expected_amount: expected.map(amount),
            tolerance: Some(300),
            ..new_intent(&world.card, &id, "Paper & <pens>", merchant)
        };
        let declared = world.make(declare).await.intent;
        let waiting = auditor.get(&format!("/live/intents/{}", declared.id)).await;
        assert!(waiting.html.contains("</svg>Pending</span>") && waiting.html.contains("not yet"));
        let purchase = world.buy(bought).await;
        assert_eq!(purchase.intent_id.as_ref(), Some(&declared.id));
        let page = auditor.get(&format!("/live/intents/{}", declared.id)).await;
        assert!(page.main().contains(&format!("</svg>{verdict}</span>")), "{bought}: {verdict}");
        assert!(page.main().contains(gap), "{bought}: {gap} in {}", page.main());
        assert!(page.main().contains("Paper &amp; &lt;pens&gt;") && page.main().contains(&id));
        assert!(page.links().contains(&format!("/live/purchases/{}", purchase.id)));
        assert!(auditor.get("/live/intents").await.main().contains(gap), "{bought}: in the list too");
        let bought = auditor.get(&format!("/live/purchases/{}", purchase.id)).await;
        assert!(bought.main().contains(gap) && bought.main().contains(&id));
    }
}

#[tokio::test]
async fn intents_are_listed_by_how_they_ended() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let declare = |id: &str| new_intent(&world.card, id, "Pens", "Staples");
    let canceled = world.make(declare("canceled")).await.intent;
    world.make(CancelIntent { id: canceled.id }).await;
    world.make(declare("late")).await;
    fresh.clock.advance(HOUR);
    intents::expire_due(&fresh.db, 100).await.unwrap();
    world.make(declare("far-off")).await;
    world.buy(9_000).await;
    world.make(declare("open")).await;
    let mut support = Browser::signed_in(&fresh, Role::Support).await;
    for (query, rows) in [
        ("", 6),
        ("?status=matched", 1),
        ("?status=mismatched", 1),
        ("?status=judged", 2),
        ("?status=expired", 2),
        ("?status=canceled", 1),
        ("?status=pending", 1),
        ("?status=pending_approval", 0),
        ("?status=rejected", 0),
        ("?status=nonsense", 6),
        (&*format!("?card={}", world.card), 5),
        (&*format!("?card={}", world.frozen), 1),
        (&*format!("?agent={}&status=judged", world.agent), 2),
    ] {
        let page = support.get(&format!("/live/intents{query}")).await;
        assert_eq!(page.rows(), rows, "{query}");
        assert_eq!(page.main().contains("No intents match"), rows == 0, "{query}");
    }
    assert!(support.get("/dev/intents").await.html.contains("No intents yet"));
}
