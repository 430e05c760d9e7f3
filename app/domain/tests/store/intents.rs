//! Intents: declared, matched, ended.
use super::{
    common::raw,
    support::{Shop, authorize, cents, code, intent, refused_field},
};
use domain::{
    Error,
    access::testing::token,
    cards::CardStatus,
    environment::Environment,
    error::{Code, Noun},
    intents::{self, CancelIntent, DeclareIntent, Filter, IntentStatus as Is, MOST_OPEN},
    limits,
    name::Line,
    page::Paging,
    purchases::{self, PurchaseStatus, testing::Cast},
    time::{DAY, HOUR, MINUTE},
};
use serde_json::json;

#[tokio::test]
async fn declaring_twice_gives_the_first_and_other_content_conflicts() {
    let shop = Shop::new(Cast::default()).await;
    let (db, card) = (&shop.fresh.db, &shop.ids.card);
    let full =
        || DeclareIntent { metadata: Some(json!({"order": [1, "ä"]})), tolerance: Some(0), ..intent(card, "a") };
    let first = db.commit(&shop.grant, full()).await.unwrap();
    assert!(first.created && first.intent.status == Is::Pending);
    assert_eq!(first.intent.expires_at, first.intent.created_at + 30 * MINUTE);
    shop.fresh.clock.advance(MINUTE);
    let again = db.commit(&shop.grant, full()).await.unwrap();
    assert!(!again.created);
    assert_eq!(again.intent, first.intent);
    for other in [
        DeclareIntent { expected_amount: Some(cents(5_001)), ..full() },
        DeclareIntent { summary: Line::parse("Other supplies").unwrap(), ..full() },
        DeclareIntent { ttl_minutes: Some(31), ..full() },
        DeclareIntent { metadata: None, ..full() },
    ] {
        assert_eq!(code(db.commit(&shop.grant, other).await), Code::IntentConflict);
    }
    assert_eq!(intents::get(db, &shop.grant, &first.intent.id).await.unwrap(), first.intent);
}

#[tokio::test]
async fn what_cannot_be_declared_is_refused() {
    let shop = Shop::new(Cast::default()).await;
    let (db, card) = (&shop.fresh.db, &shop.ids.card);
    let long = "x".repeat(129);
    for (bad, field) in [
        (intent(card, ""), "intentId"),
        (intent(card, "a b"), "intentId"),
        (intent(card, &long), "intentId"),
        (DeclareIntent { tolerance: Some(-1), ..intent(card, "a") }, "tolerance"),
        (DeclareIntent { ttl_minutes: Some(0), ..intent(card, "a") }, "ttlMinutes"),
        (DeclareIntent { ttl_minutes: Some(1_441), ..intent(card, "a") }, "ttlMinutes"),
        (DeclareIntent { metadata: Some(json!([])), ..intent(card, "a") }, "metadata"),
    ] {
        assert_eq!(refused_field(db.commit(&shop.grant, bad).await), field);
    }
    let closed = Cast { card_status: CardStatus::Closed, ..Cast::default() }.write(db, &shop.grant).await.unwrap();
    assert_eq!(code(db.commit(&shop.grant, intent(&closed.card, "a")).await), Code::CardNotActive);
}

#[tokio::test]
async fn an_agent_token_declares_and_sees_for_its_own_agent_only() {
    let shop = Shop::new(Cast::default()).await;
    let db = &shop.fresh.db;
    let other = Cast::default().write(db, &shop.grant).await.unwrap();
    let own = token(db, &shop.fresh.organisation, Environment::Live, &shop.ids.agent);
    let stranger = token(db, &shop.fresh.organisation, Environment::Live, &other.agent);
    let made = db.commit(&own, intent(&shop.ids.card, "a")).await.unwrap().intent;
    let foreign = db.commit(&stranger, intent(&shop.ids.card, "b")).await;
    assert!(matches!(foreign, Err(Error::NotFound(Noun::Card))));
    assert!(matches!(intents::get(db, &stranger, &made.id).await, Err(Error::NotFound(Noun::Intent))));
    let canceled = db.commit(&stranger, CancelIntent { id: made.id.clone() }).await;
    assert!(matches!(canceled, Err(Error::NotFound(Noun::Intent))));
    for (grant, n) in [(&own, 1), (&stranger, 0)] {
        let page = intents::list(db, grant, &Filter::default(), &Paging::newest(10)).await.unwrap();
        assert_eq!(page.rows.len(), n);
    }
}

#[tokio::test]
async fn a_purchase_ends_the_intent_that_fits_it_best() {
    let shop = Shop::new(Cast::default()).await;
    let (db, card) = (&shop.fresh.db, &shop.ids.card);
    let dear = DeclareIntent { expected_amount: Some(cents(50_000)), ..intent(card, "dear") };
    let dear = db.commit(&shop.grant, dear).await.unwrap().intent;
    let fitting = db.commit(&shop.grant, intent(card, "fitting")).await.unwrap().intent;
    let bought = shop.buy_with(card, 5_400, "AMAZON.COM*1A2B").await;
    assert_eq!(bought.intent_id, Some(fitting.id.clone()));
    let ended = intents::get(db, &shop.grant, &fitting.id).await.unwrap();
    assert_eq!((ended.status, ended.purchase_id, ended.ended_at), (Is::Matched, Some(bought.id), Some(db.now())));
    let result = ended.match_result.unwrap();
    assert_eq!((result.gap, result.tolerance_applied), (Some(400), Some(500)));

    let wrong = shop.buy_with(card, 5_400, "Casino Royale").await;
    let ended = intents::get(db, &shop.grant, &dear.id).await.unwrap();
    assert_eq!((ended.status, ended.purchase_id), (Is::Mismatched, Some(wrong.id)));
    let result = ended.match_result.unwrap();
    assert!(!result.amount_match && !result.merchant_match);
    assert_eq!(shop.buy(100).await.intent_id, None, "no intent is used twice");
    assert_eq!(code(db.commit(&shop.grant, CancelIntent { id: dear.id }).await), Code::IntentNotPending);
    assert_eq!(limits::recount(db).await.unwrap(), []);
}

#[tokio::test]
async fn a_declined_purchase_leaves_the_intent_pending() {
    let shop = Shop::new(Cast { max_amount: Some(1_000), ..Cast::default() }).await;
    let (db, card) = (&shop.fresh.db, &shop.ids.card);
    let made = db.commit(&shop.grant, intent(card, "a")).await.unwrap().intent;
    let declined = shop.buy_with(card, 5_000, "Amazon").await;
    assert_eq!((declined.status, declined.intent_id), (PurchaseStatus::Declined, None));
    assert_eq!(intents::get(db, &shop.grant, &made.id).await.unwrap().status, Is::Pending);
    let canceled = db.commit(&shop.grant, CancelIntent { id: made.id.clone() }).await.unwrap();
    assert_eq!(canceled, intents::get(db, &shop.grant, &made.id).await.unwrap());
    assert_eq!(shop.buy(900).await.intent_id, None, "a canceled intent waits for nothing");
}

#[tokio::test]
async fn an_intent_ends_with_its_time_whenever_the_job_comes() {
    let shop = Shop::new(Cast::default()).await;
    let (db, card) = (&shop.fresh.db, &shop.ids.card);
    let short = db.commit(&shop.grant, intent(card, "short")).await.unwrap().intent;
    let long = DeclareIntent { ttl_minutes: Some(1_440), ..intent(card, "long") };
    let long = db.commit(&shop.grant, long).await.unwrap().intent;
    shop.fresh.clock.advance(30 * MINUTE - 1);
    assert_eq!(intents::expire_due(db, 100).await.unwrap(), 0);
    shop.fresh.clock.advance(1);
    assert_eq!(shop.buy_with(card, 5_000, "Amazon").await.intent_id, Some(long.id), "an expired one is not found");
    assert_eq!(code(db.commit(&shop.grant, CancelIntent { id: short.id.clone() }).await), Code::IntentNotPending);
    shop.fresh.clock.advance(3 * DAY);
    assert_eq!(intents::expire_due(db, 100).await.unwrap(), 1);
    assert_eq!(intents::expire_due(db, 100).await.unwrap(), 0);
    let ended = intents::get(db, &shop.grant, &short.id).await.unwrap();
    assert_eq!((ended.status, ended.ended_at), (Is::Expired, Some(short.expires_at)));
    assert_eq!(limits::recount(db).await.unwrap(), []);
}

#[tokio::test]
async fn a_card_has_at_most_a_hundred_open_intents() {
    let shop = Shop::new(Cast::default()).await;
    let (db, card) = (&shop.fresh.db, &shop.ids.card);
    let declare = async |n: &str| db.commit(&shop.grant, intent(card, n)).await;
    for n in 0..MOST_OPEN - 3 {
        declare(&n.to_string()).await.unwrap();
    }
    // At once: the card's lock counts one after the other.
    let race = (0..8).map(|n| {
        let (db, grant, new) = (db.clone(), shop.grant.clone(), intent(card, &format!("race-{n}")));
        tokio::spawn(async move { db.commit(&grant, new).await })
    });
    let (made, refused): (Vec<_>, Vec<_>) =
        futures::future::join_all(race).await.into_iter().map(Result::unwrap).partition(Result::is_ok);
    assert_eq!((made.len(), refused.len()), (3, 5));
    for refusal in refused {
        assert_eq!(code(refusal), Code::TooManyIntents);
    }
    // Said twice is no further one, and other cards have a count of their own.
    assert!(!declare("0").await.unwrap().created);
    let other = Cast::default().another_card(db, &shop.grant, &shop.ids).await.unwrap();
    db.commit(&shop.grant, intent(&other, "0")).await.unwrap();
    // One that is used, canceled or expired makes room, and one that waits for a person takes it.
    assert!(shop.buy_with(card, 5_000, "Amazon").await.intent_id.is_some());
    raw(&shop.fresh, format!("update cards set restrictions = '{{\"requireApproval\":true}}' where id = '{card}'"))
        .await;
    assert_eq!(declare("held").await.unwrap().intent.status, Is::PendingApproval);
    assert_eq!(code(declare("101").await), Code::TooManyIntents);
    let first = declare("1").await.unwrap().intent;
    db.commit(&shop.grant, CancelIntent { id: first.id }).await.unwrap();
    declare("101").await.unwrap();
    assert_eq!(code(declare("102").await), Code::TooManyIntents);
    shop.fresh.clock.advance(30 * MINUTE);
    declare("102").await.unwrap();
}

#[tokio::test]
async fn a_list_over_the_time_of_ending_finds_what_was_declared_the_day_before() {
    let shop = Shop::new(Cast::default()).await;
    let (db, card) = (&shop.fresh.db, &shop.ids.card);
    let day = DeclareIntent { ttl_minutes: Some(1_440), ..intent(card, "day") };
    let day = db.commit(&shop.grant, day).await.unwrap().intent;
    shop.fresh.clock.advance(DAY - 1);
    let bought = db.commit(&shop.grant, authorize(card, 5_000, "Amazon")).await.unwrap();
    assert_eq!(bought.intent_id, Some(day.id));
    let now = db.now();
    for (from, to, n) in [(now, now + 1, 1), (now - HOUR, now, 0), (now + 1, now + HOUR, 0)] {
        let filter = Filter {
            status: Some(Is::Matched),
            ended_from: Some(from),
            ended_to: Some(to),
            card_id: Some(card.clone()),
            agent_id: Some(shop.ids.agent.clone()),
            judged: false,
        };
        for filter in [Filter { judged: true, status: None, ..filter.clone() }, filter] {
            let page = intents::list(db, &shop.grant, &filter, &Paging::newest(10)).await.unwrap();
            assert_eq!(page.rows.len(), n, "{from} to {to}");
        }
    }
    let detail = purchases::get(db, &shop.grant, &bought.id).await.unwrap();
    assert_eq!(detail.purchase, bought);
}
