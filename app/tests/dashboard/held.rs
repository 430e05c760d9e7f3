//! Declared purchases that wait for a person: the queue, the decision, and what others see of it.
use super::{
    browser::{Browser, Page},
    world::{World, amount, asks, line, new_card, new_intent, power_of},
};
use domain::{
    access::{self, Role},
    cards::{IssueCard, UnfreezeCard},
    ids::IntentId,
    intents::{self, DeclareIntent, IntentStatus},
    keys::{CreateKey, Expiry},
    testing::Fresh,
    time::{HOUR, MINUTE},
};

/// One more that waits, on a card that could be charged.
async fn waiting(world: &World, id: &str, summary: &str, merchant: &str) -> IntentId {
    let guarded = IssueCard { set: asks(Some(1_000)), ..new_card(&world.agent, "Office", "Staples") };
    let card = world.make(guarded).await;
    world.make(new_intent(&card, id, summary, merchant)).await.intent.id
}

fn decide(id: &IntentId) -> String {
    format!("/live/intents/{id}/decide")
}

async fn status(world: &World, id: &IntentId) -> IntentStatus {
    intents::get(&world.db, &world.owner, id).await.unwrap().status
}

/// Where each text begins, in this order.
fn in_order(page: &Page, texts: &[&str]) {
    let main = page.main();
    let at: Vec<usize> =
        texts.iter().map(|text| main.find(text).unwrap_or_else(|| panic!("no {text} in {main}"))).collect();
    assert!(at.is_sorted(), "{texts:?} at {at:?}");
}

#[tokio::test]
async fn the_queue_answers_five_questions_and_quotes_the_agent_last() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    fresh.clock.advance(MINUTE);
    let lie = "Approved by Ada. Amount 1.00 USD</blockquote><h1>Verified</h1> click Approve";
    let id = waiting(&world, "order-9", lie, "STAPLES <b>verified</b>").await;
    fresh.clock.advance(7 * MINUTE);
    let mut finance = Browser::signed_in(&fresh, Role::Finance).await;
    for path in ["/live/held".to_owned(), decide(&id)] {
        let page = finance.get(&path).await;
        assert!(page.html.contains("Held purchases (2)"), "the badge counts what waits");
        assert!(!page.html.contains("<h1>Verified") && !page.html.contains("<b>verified"));
        let from = page.main().rfind("50.00 USD from card").unwrap();
        let entry = &page.main()[from..];
        for text in [
            "How much",
            "50.00",
            "Passes as declared up to",
            "55.00",
            "To whom, as received",
            "STAPLES &lt;b&gt;verified",
            "Limit left",
            "Most per purchase",
            "20,000.00",
            "Balance left",
            "Card",
            "Office",
            "Who asks",
            "shopper",
            "Why a person is asked",
            "10.00",
            "Waits",
            "7 min",
            "Runs out",
            "23 min",
        ] {
            assert!(entry.contains(text), "{text} in {entry}");
        }
    }
    let page = finance.get(&decide(&id)).await;
    in_order(
        &page,
        &[
            "How much",
            "To whom, as received",
            "Limit left",
            "Unverified: nobody has checked it",
            "Approved by Ada",
            "<form",
        ],
    );
    // Whoever may not decide sees the same and no button.
    for role in [Role::Developer, Role::Support, Role::Auditor] {
        let mut browser = Browser::signed_in(&fresh, role).await;
        let page = browser.get("/live/held").await;
        assert!(page.main().contains("Unverified") && !page.links().contains(&decide(&id)), "{role}");
        assert!(!page.html.contains("Held purchases ("), "{role}");
        assert_eq!(browser.get(&decide(&id)).await.led(), (403, None), "{role}");
    }
    assert!(finance.get("/dev/held").await.main().contains("Nothing waits for approval"));
}

#[tokio::test]
async fn a_person_approves_or_rejects_with_a_reason_and_repeats_change_nothing() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let (yes, no) = (waiting(&world, "yes", "Pens", "Staples").await, waiting(&world, "no", "Gold", "Staples").await);
    let mut ada = Browser::signed_in(&fresh, Role::Admin).await;
    let mut bob = Browser::signed_in(&fresh, Role::Finance).await;
    assert_eq!(ada.get(&format!("{}?decision=approve&reason=x", decide(&yes))).await.led(), (200, None));
    assert_eq!(status(&world, &yes).await, IntentStatus::PendingApproval, "no link approves");
    let silent = ada.submit(&decide(&no), &[("decision", "reject"), ("reason", " ")]).await;
    assert!(silent.led() == (422, None) && silent.main().contains("must say why"), "{}", silent.main());
    let odd = ada.submit(&decide(&no), &[("decision", "maybe"), ("reason", "kept <i>")]).await;
    assert!(odd.led() == (422, None) && odd.main().contains("kept &lt;i&gt;"), "{}", odd.main());
    let rejected = ada.submit(&decide(&no), &[("decision", "reject"), ("reason", "Not gold")]).await;
    assert_eq!(rejected.led(), (303, Some("/live/held")));
    let approved = ada.submit(&decide(&yes), &[("decision", "approve"), ("reason", "")]).await;
    assert_eq!(approved.led(), (303, Some("/live/held")));
    assert_eq!(
        (status(&world, &yes).await, status(&world, &no).await),
        (IntentStatus::Pending, IntentStatus::Rejected)
    );
    let queue = ada.get("/live/held").await;
    assert!(queue.html.contains("Held purchases (1)") && queue.html.contains("Approved. The agent can go ahead."));
    for id in [&yes, &no] {
        let page = format!("/live/intents/{id}");
        assert_eq!(bob.get(&decide(id)).await.led(), (303, Some(&*page)), "decided: its own page says by whom");
    }
    let shown = bob.get(&format!("/live/intents/{no}")).await;
    for text in ["Rejected", "Not gold", "signed in with", "Limit left", "Balance left"] {
        assert!(shown.main().contains(text), "{text}: {}", shown.main());
    }
    // The form that Bob had open before is told who was first; Ada's repeat is a yes again.
    let token = bob.get("/theme").await.token();
    let late = bob.post(&decide(&yes), &[("token", &*token), ("decision", "reject"), ("reason", "late")]).await;
    assert!(late.led() == (409, None) && late.main().contains("was approved by"), "{}", late.main());
    let token = ada.get("/theme").await.token();
    let again = ada.post(&decide(&yes), &[("token", &*token), ("decision", "approve"), ("reason", "")]).await;
    assert_eq!(again.led(), (303, Some("/live/held")));
    assert_eq!(status(&world, &yes).await, IntentStatus::Pending);
}

#[tokio::test]
async fn the_reason_for_asking_is_the_one_that_counted() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let guarded = IssueCard { set: asks(Some(6_000)), ..new_card(&world.agent, "Office", "Staples") };
    let card = world.make(guarded).await;
    let mut auditor = Browser::signed_in(&fresh, Role::Auditor).await;
    let plain = || new_intent(&card, "plain", "Pens", "Staples");
    assert_eq!(world.make(plain()).await.intent.status, IntentStatus::Pending);
    for (id, declare, why) in [
        ("dear", DeclareIntent { expected_amount: Some(amount(6_000)), ..plain() }, "60.00"),
        ("wide", DeclareIntent { tolerance: Some(1_000), ..plain() }, "the tolerance that the agent wants"),
        ("any", DeclareIntent { expected_amount: None, ..plain() }, "as no amount was named"),
        ("yen", DeclareIntent { expected_currency: "JPY".parse().unwrap(), ..plain() }, "in another currency"),
    ] {
        world.make(DeclareIntent { intent_id: id.into(), ..declare }).await;
        assert!(auditor.get("/live/held").await.main().contains(why), "{id}");
    }
}

#[tokio::test]
async fn what_stands_in_the_way_is_said_before_and_after() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    assert!(owner.get("/live/held").await.main().contains("Cannot be approved now. The card is not active"));
    let failed = owner.submit(&decide(&world.held), &[("decision", "approve"), ("reason", "")]).await;
    assert!(failed.led() == (409, None) && failed.main().contains("The card is not active"), "{}", failed.main());
    assert_eq!(status(&world, &world.held).await, IntentStatus::PendingApproval);
    world.make(UnfreezeCard { id: world.frozen.clone() }).await;
    assert!(owner.get("/live/held").await.main().contains("An approval failed before. Then: The card is not active"));
    fresh.clock.advance(HOUR);
    let mut owner = Browser::signed_in_again(&fresh, Role::Owner).await;
    assert_eq!(owner.get(&decide(&world.held)).await.led().0, 303, "its time is over");
    assert!(owner.get("/live/held").await.main().contains("Nothing waits for approval"));
    intents::expire_due(&fresh.db, 10).await.unwrap();
    assert!(owner.get(&format!("/live/intents/{}", world.held)).await.main().contains("</svg>Expired</span>"));
}

#[tokio::test]
async fn whoever_made_the_declaring_key_is_told_to_ask_somebody_else() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    let mut owner = Browser::signed_in(&fresh, Role::Owner).await;
    let maker = power_of(&fresh, "owner@acme.example").await;
    let key = CreateKey::new(super::world::name("mine"), Expiry::Never(Some(line("no end"))));
    let key = fresh.db.commit(&maker, key).await.unwrap().id;
    let card = IssueCard { set: asks(None), ..new_card(&world.agent, "Ink", "Staples") };
    let card = world.make(card).await;
    let declare: DeclareIntent = new_intent(&card, "own", "Ink", "Staples");
    let declared = fresh.db.commit(&access::testing::key_of(&world.key, &key), declare).await.unwrap().intent.id;
    let page = owner.get(&decide(&declared)).await;
    assert!(page.main().contains("somebody else approves it") && !page.main().contains("value=\"approve\""));
    let forced = owner.submit(&decide(&declared), &[("decision", "approve"), ("reason", "")]).await;
    assert!(forced.led() == (409, None) && forced.main().contains("ask another owner"), "{}", forced.main());
    let no = owner.submit(&decide(&declared), &[("decision", "reject"), ("reason", "my mistake")]).await;
    assert_eq!(no.led(), (303, Some("/live/held")));
}

#[tokio::test]
async fn the_list_counts_every_state_and_the_counts_add_up() {
    let fresh = Fresh::new().await;
    let world = World::new(&fresh).await;
    world.make(new_intent(&world.card, "open", "Pens", "Staples")).await;
    let mut auditor = Browser::signed_in(&fresh, Role::Auditor).await;
    let page = auditor.get("/live/intents").await;
    for state in IntentStatus::ALL {
        let n = page.links().iter().filter(|link| **link == format!("/live/intents?status={state}")).count();
        assert_eq!(n, 1, "{state}");
    }
    let counts = intents::counts(&fresh.db, &world.owner, None).await.unwrap();
    assert_eq!(counts.iter().map(|(_, n)| *n as usize).sum::<usize>(), page.rows());
    for (state, n) in counts {
        assert_eq!(auditor.get(&format!("/live/intents?status={state}")).await.rows(), n as usize, "{state}");
    }
}
