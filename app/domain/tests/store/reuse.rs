//! One intent, one purchase: the second is found and named.
use super::{
    common::{actions, subscribe, told},
    support::{Shop, intent, read},
};
use domain::{
    access::testing::token,
    environment::Environment,
    intents::{self, DeclareIntent, IntentStatus as Is},
    limits,
    purchases::testing::Cast,
    time::{HOUR, MINUTE},
};

#[tokio::test]
async fn a_second_purchase_on_one_reading_names_both() {
    let shop = Shop::new(Cast::default()).await;
    let (db, card) = (&shop.fresh.db, &shop.ids.card);
    subscribe(&shop.fresh).await;
    let made = db.commit(&shop.grant, intent(card, "a")).await.unwrap().intent;
    db.commit(&shop.grant, read(card)).await.unwrap();
    shop.fresh.clock.advance(MINUTE);
    let first = shop.buy_with(card, 5_000, "Amazon").await;
    shop.fresh.clock.advance(HOUR);
    // Another amount at another merchant: the reading ties it to the intent all the same.
    let second = shop.buy_with(card, 700, "Casino").await;
    assert_eq!((second.intent_id, &second.access_id), (None, &first.access_id));
    let found = intents::reuses_of_intent(db, &shop.grant, &made.id).await.unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!((&found[0].first_purchase_id, &found[0].purchase_id), (&first.id, &second.id));
    assert_eq!((found[0].found_at, &*found[0].summary), (second.authorized_at, "Office supplies"));
    for purchase in [&first.id, &second.id] {
        assert_eq!(intents::reuses_of_purchase(db, &shop.grant, purchase).await.unwrap(), found);
    }
    assert_eq!(actions(&shop.fresh, &made.id).await, ["intent.declared", "intent.reused"]);
    let told = told(&shop.fresh).await;
    let (_, data) = told.iter().find(|(kind, _)| kind == "intent.reused").unwrap();
    assert_eq!(
        (&data["firstTransactionId"], &data["transactionId"]),
        (&first.id.as_str().into(), &second.id.as_str().into())
    );
    let kept = intents::get(db, &shop.grant, &made.id).await.unwrap();
    assert_eq!((kept.status, kept.purchase_id), (Is::Matched, Some(first.id.clone())), "the verdict stays the first's");
    let timing = kept.match_result.unwrap().timing.unwrap();
    assert_eq!((timing.declared_before, timing.read_before), (MINUTE, Some(MINUTE)));
    let other = Cast::default().write(db, &shop.grant).await.unwrap();
    let stranger = token(db, &shop.fresh.organisation, Environment::Live, &other.agent);
    assert!(intents::reuses_of_purchase(db, &stranger, &first.id).await.unwrap().is_empty());
    let dev = shop.fresh.key(Environment::Dev);
    assert!(intents::reuses_of_intent(db, &dev, &made.id).await.unwrap().is_empty());
    assert_eq!(limits::recount(db).await.unwrap(), []);
}

#[tokio::test]
async fn without_a_reading_the_same_purchase_again_is_found_while_the_intent_had_time() {
    let shop = Shop::new(Cast::default()).await;
    let (db, card) = (&shop.fresh.db, &shop.ids.card);
    let made = db.commit(&shop.grant, intent(card, "a")).await.unwrap().intent;
    let first = shop.buy_with(card, 5_000, "AMAZON.COM*1").await;
    let found = async || intents::reuses_of_intent(db, &shop.grant, &made.id).await.unwrap();
    shop.buy_with(card, 9_000, "Amazon").await;
    shop.buy_with(card, 5_000, "Casino").await;
    assert!(found().await.is_empty(), "neither is the declared purchase once more");
    shop.fresh.clock.advance(30 * MINUTE - 1);
    let second = shop.buy_with(card, 5_200, "Amazon").await;
    let third = shop.buy_with(card, 5_000, "Amazon").await;
    shop.fresh.clock.advance(1);
    shop.buy_with(card, 5_000, "Amazon").await;
    let named: Vec<_> = found().await.into_iter().map(|reuse| reuse.purchase_id).collect();
    assert!(named.len() == 2 && named.contains(&second.id) && named.contains(&third.id), "{named:?}");
    assert_eq!(intents::reuses_of_purchase(db, &shop.grant, &first.id).await.unwrap().len(), 2);
}

#[tokio::test]
async fn a_purchase_with_an_intent_of_its_own_reuses_nothing() {
    let shop = Shop::new(Cast::default()).await;
    let (db, card) = (&shop.fresh.db, &shop.ids.card);
    let a = db.commit(&shop.grant, intent(card, "a")).await.unwrap().intent;
    shop.fresh.clock.advance(1);
    let b = DeclareIntent { expected_amount: None, expected_merchant: None, ..intent(card, "b") };
    let b = db.commit(&shop.grant, b).await.unwrap().intent;
    db.commit(&shop.grant, read(card)).await.unwrap();
    assert_eq!(
        shop.buy_with(card, 5_000, "Amazon").await.intent_id,
        Some(a.id.clone()),
        "the oldest of two that match"
    );
    assert_eq!(shop.buy_with(card, 5_000, "Amazon").await.intent_id, Some(b.id.clone()));
    for id in [&a.id, &b.id] {
        assert!(intents::reuses_of_intent(db, &shop.grant, id).await.unwrap().is_empty());
    }
    // An intent that named nothing fits everything, so without a reading nothing is told from it.
    let third = shop.buy_with(card, 123, "Casino").await;
    let found = intents::reuses_of_purchase(db, &shop.grant, &third.id).await.unwrap();
    assert_eq!(found[0].intent_id, b.id, "but the card was read for it");
}
