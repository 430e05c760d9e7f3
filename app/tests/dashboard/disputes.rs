//! Disputes and notes on the pages of purchases.
use super::{browser::Browser, world::World};
use domain::{
    access::Role,
    disputes::{self, DecideDispute, DisputeStatus, ReviewDispute},
    purchases,
    testing::Fresh,
};

#[tokio::test]
async fn a_purchase_is_disputed_and_the_dispute_taken_back() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let purchase = format!("/live/purchases/{}", world.settled);
    let page = owner.get(&purchase).await;
    assert!(page.main().contains("Not disputed") && page.main().contains("Dispute purchase"), "{}", page.main());
    let form = format!("{purchase}/dispute");
    let bad = [("amount", "1.01"), ("why", "other"), ("description", ""), ("evidence", "4242 4242 4242 4242")];
    let refused = owner.submit(&form, &bad).await;
    assert_eq!(refused.led(), (422, None));
    assert!(refused.main().contains("must not hold a key, a secret or a card number"), "{}", refused.main());
    let refused = owner.submit(&form, &[bad[0], bad[1], bad[2], ("evidence", "Order 7")]).await;
    assert_eq!(refused.led(), (422, None));
    assert!(refused.main().contains("Order 7") && refused.main().contains("1.01"), "what was typed stays");
    let good = [("amount", "0.40"), ("why", "other"), ("description", "Too dear"), ("evidence", "")];
    let opened = owner.submit(&form, &good).await;
    let place = opened.location.clone().expect("it leads to the dispute");
    assert!(place.starts_with("/live/disputes/dsp_"), "{place}");
    let page = owner.get(&place).await;
    for said in ["Dispute opened.", "Too dear", "0.40", "Other", "Pending", "Nothing was written.", "Cancel dispute"] {
        assert!(page.main().contains(said) || page.html.contains(said), "{said}: {}", page.html);
    }
    let again = owner.submit(&form, &good).await;
    assert_eq!(again.led(), (409, None), "one stands at a time");
    assert!(!owner.get(&purchase).await.main().contains("Dispute purchase"));
    assert_eq!(owner.get("/live/disputes").await.rows(), 2);
    assert_eq!(owner.get("/live/disputes?status=won").await.rows(), 0);
    assert_eq!(owner.get(&format!("/live/disputes?purchase={}", world.settled)).await.rows(), 1);
    assert_eq!(owner.submit(&format!("{place}/cancel"), &[]).await.led(), (303, Some(&*place)));
    let page = owner.get(&place).await;
    assert!(page.main().contains("Canceled") && !page.main().contains("Cancel dispute"), "{}", page.main());
    assert!(page.main().contains("Dispute canceled"), "its history: {}", page.main());
    assert!(owner.get(&purchase).await.main().contains("Dispute purchase"), "it can be disputed again");
    assert_eq!(owner.get(&format!("{place}/cancel")).await.led(), (303, Some(&*place)));

    let mut auditor = Browser::signed_in(&fresh, Role::Auditor).await;
    assert!(!auditor.get(&purchase).await.main().contains("Dispute purchase"));
    assert_eq!(auditor.get(&form).await.led(), (403, None));
    assert_eq!(auditor.get(&place).await.led(), (200, None));
}

#[tokio::test]
async fn what_the_network_decides_is_said_where_it_matters() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let id = world.dispute.clone();
    let mut finance = Browser::signed_in(&fresh, Role::Finance).await;
    let place = format!("/live/disputes/{id}");
    world.make(ReviewDispute { id: id.clone() }).await;
    assert!(finance.get(&place).await.main().contains("In review"));
    world.make(DecideDispute { id: id.clone(), won: true }).await;
    let page = finance.get(&place).await;
    assert!(page.main().contains("Won") && page.main().contains("given back"), "{}", page.main());
    let dispute = disputes::get(&fresh.db, &world.owner, &id).await.unwrap();
    assert_eq!(dispute.status, DisputeStatus::Won);
    let page = finance.get(&format!("/live/purchases/{}", dispute.purchase_id)).await;
    assert!(page.main().contains(&format!("/live/disputes/{id}")) && page.main().contains("Reversed"));
    // An id leads to its dispute.
    assert_eq!(finance.get(&format!("/live/jump?q={id}")).await.led(), (303, Some(&*place)));
    assert_eq!(finance.get(&format!("/dev/disputes/{id}")).await.led(), (404, None));
}

#[tokio::test]
async fn notes_are_kept_against_stale_edits() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let (mut owner, mut other) =
        (Browser::signed_in(&fresh, Role::Owner).await, Browser::signed_in(&fresh, Role::Admin).await);
    let purchase = format!("/live/purchases/{}", world.purchase);
    let form = format!("{purchase}/notes");
    let page = owner.get(&purchase).await;
    for said in ["For the fair", "travel", "Office", "Edit notes"] {
        assert!(page.main().contains(said), "{said}: {}", page.main());
    }
    let version = |n: &'static str| ("version", n);
    let mine = [("notes", "Ask Ada.\nThen Bob."), ("tags", "Q3, paris"), ("category", ""), version("2")];
    assert_eq!(owner.submit(&form, &mine).await.led(), (303, Some(&*purchase)));
    let page = owner.get(&purchase).await;
    for said in ["Notes saved.", "Ask Ada.\nThen Bob.", "Q3, paris"] {
        assert!(page.html.contains(said), "{said}: {}", page.html);
    }
    let late = [("notes", "Mine"), ("tags", "travel"), ("category", "Office"), version("2")];
    let stale = other.submit(&form, &late).await;
    assert_eq!(stale.led(), (409, None));
    assert!(stale.main().contains("Mine") && stale.main().contains("Ask Ada."), "theirs and yours: {}", stale.main());
    let bad = [("notes", "Mine"), ("tags", "4242 4242 4242 4242"), ("category", "Office"), version("3")];
    let refused = other.submit(&form, &bad).await;
    assert_eq!(refused.led(), (422, None));
    let kept = purchases::get(&fresh.db, &world.owner, &world.purchase).await.unwrap().purchase;
    assert_eq!((kept.tags.joined().as_str(), kept.category, kept.remarked), ("Q3, paris", None, 3));

    let mut auditor = Browser::signed_in(&fresh, Role::Auditor).await;
    assert!(!auditor.get(&purchase).await.main().contains("Edit notes"));
    assert_eq!(auditor.get(&form).await.led(), (403, None));
}

#[tokio::test]
async fn a_test_event_is_sent_from_the_page_of_its_endpoint() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut support = Browser::signed_in(&fresh, Role::Support).await;
    let endpoint = format!("/live/webhooks/{}", world.endpoint);
    assert!(support.get(&endpoint).await.main().contains("Send test event"));
    let sent = support.submit(&format!("{endpoint}/test"), &[]).await;
    let place = sent.location.clone().expect("it leads to the delivery");
    assert!(place.starts_with("/live/webhooks/deliveries/whd_"), "{place}");
    assert!(support.get(&place).await.main().contains("webhook.test"));
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    owner.submit(&format!("{endpoint}/disable"), &[]).await;
    assert!(!support.get(&endpoint).await.main().contains("Send test event"));
    assert_eq!(support.get(&format!("{endpoint}/test")).await.led(), (303, Some(&*endpoint)));
}
