//! What counts as the one use of a single-use card: the first approved purchase, but for a card check that was given back.
use super::support::{Shop, code, intent, read};
use domain::{
    Error, attestations,
    cards::{self, Card, CardStatus, CardType, SetCardRules},
    chance::{Chance, SeededChance},
    error::Code,
    ids::PurchaseId,
    intents::{self, IntentStatus},
    limits::{
        self, DeclineReason as Why,
        decide::RuleName,
        restrictions::{Level, Restrictions, Velocity},
        terms::Change,
        today::today,
    },
    purchases::{Purchase, PurchaseStatus as Is, testing::Cast},
};

async fn shop() -> Shop {
    Shop::new(Cast { card_type: CardType::Single, ..Cast::default() }).await
}

async fn the_card(shop: &Shop) -> Card {
    cards::get(&shop.fresh.db, &shop.grant, &shop.ids.card).await.unwrap()
}

#[tokio::test]
async fn a_check_that_is_given_back_uncaptured_is_not_the_one_use() {
    let shop = shop().await;
    let check = shop.buy(100).await;
    assert_eq!((check.status, the_card(&shop).await.used_by), (Is::Pending, Some(check.id.clone())));
    // While the check is open nothing is charged beside it.
    assert_eq!(shop.buy(5_000).await.declined_reason, Some(Why::CardUsed));
    let back = shop.reverse(&check.id, None).await.unwrap();
    assert!(back.is_passed_check());
    let card = the_card(&shop).await;
    assert_eq!((card.status, card.used_by, card.spent), (CardStatus::Active, None, 0));
    let real = shop.buy(5_000).await;
    assert_eq!((real.status, the_card(&shop).await.used_by), (Is::Pending, Some(real.id.clone())));
    assert_eq!(shop.buy(1).await.declined_reason, Some(Why::CardUsed));
    // Once more about the check changes nothing about the card.
    assert_eq!(code(shop.reverse(&check.id, None).await), Code::TransactionState);
    shop.capture(&real.id, None).await.unwrap();
    let card = the_card(&shop).await;
    assert_eq!((card.status, card.used_by), (CardStatus::Closed, Some(real.id)));
    let replayed = limits::replay(&shop.fresh.db).await.unwrap();
    assert_eq!((replayed.decisions, replayed.differences), (4, Vec::new()), "as they were decided then");
    assert_eq!(limits::recount(&shop.fresh.db).await.unwrap(), []);
}

#[tokio::test]
async fn more_than_a_check_or_a_captured_one_is_the_one_use() {
    let dear = shop().await;
    let first = dear.buy(101).await;
    dear.reverse(&first.id, None).await.unwrap();
    assert_eq!(
        (dear.buy(1).await.declined_reason, the_card(&dear).await.used_by),
        (Some(Why::CardUsed), Some(first.id))
    );

    let captured = shop().await;
    let first = captured.buy(100).await;
    captured.capture(&first.id, Some(1)).await.unwrap();
    let back = captured.reverse(&first.id, None).await.unwrap();
    assert_eq!((back.status, back.is_passed_check()), (Is::Reversed, false));
    let card = the_card(&captured).await;
    assert_eq!((card.status, card.used_by), (CardStatus::Closed, Some(first.id)));

    let multi = Shop::new(Cast::default()).await;
    let check = multi.buy(100).await;
    multi.reverse(&check.id, None).await.unwrap();
    assert_eq!((multi.buy(100).await.status, the_card(&multi).await.used_by), (Is::Pending, None));
}

#[tokio::test]
async fn a_check_uses_up_nothing_of_what_was_meant_for_the_purchase() {
    let velocity = Some(Velocity { max_count: 1, window_seconds: 3_600 });
    let pace = Restrictions { velocity, ..Restrictions::default() };
    let once = Restrictions { max_auth_count: Some(1), cooldown_minutes: Some(60), ..pace.clone() };
    let layers = vec![(Level::Card, once), (Level::Policy, pace)];
    let cast = Cast { card_type: CardType::Single, layers, ..Cast::default() };
    let shop = Shop::new(cast).await;
    let (db, card) = (&shop.fresh.db, &shop.ids.card);
    let made = db.commit(&shop.grant, intent(card, "a")).await.unwrap().intent;
    let opened = db.commit(&shop.grant, read(card)).await.unwrap().id;
    let check = shop.buy_with(card, 100, "PSP VERIFY").await;
    assert_eq!((check.status, &check.intent_id), (Is::Pending, &None), "it is not what was declared");
    shop.reverse(&check.id, None).await.unwrap();
    shop.fresh.clock.advance(1);
    let real = shop.buy_with(card, 5_000, "Amazon").await;
    assert_eq!((real.status, real.declined_reason, &real.intent_id), (Is::Pending, None, &Some(made.id.clone())));
    // Nor where its pace is counted afterwards, by a window that nobody had set then.
    let set = Change { velocity: Some(Some((1, 7_200))), ..Change::default() };
    db.commit(&shop.grant, SetCardRules { id: card.clone(), set, policy_id: None, reason: None, version: None })
        .await
        .unwrap();
    let again = today(db, &shop.grant, &real.id).await.unwrap();
    assert_eq!((again.now.reason(), again.counted), (None, vec![RuleName::Velocity]));
    let ended = intents::get(db, &shop.grant, &made.id).await.unwrap();
    assert_eq!((ended.status, ended.purchase_id), (IntentStatus::Matched, Some(real.id.clone())));
    let read = attestations::get(db, &shop.grant, &opened).await.unwrap();
    assert_eq!(read.purchase.map(|purchase| purchase.id), Some(real.id));
    assert_eq!(limits::recount(db).await.unwrap(), []);
    assert_eq!(limits::replay(db).await.unwrap().differences, []);
}

/// A single-use card in a few lines.
#[derive(Default)]
struct Model {
    used_by: Option<PurchaseId>,
    closed: bool,
}

/// Model-based: any sequence of purchases, captures and reversals uses the card as the model does, and every decision
/// replays.
#[tokio::test]
async fn any_sequence_uses_the_card_as_a_naive_model_does() {
    let (mut passed, mut closed) = (0, 0);
    for seed in 1..=12 {
        let shop = shop().await;
        let chance: Box<dyn Chance> = Box::new(SeededChance::new(seed));
        let draw = |n: i64| i64::from(u32::from_be_bytes(chance.bytes())) % n;
        let (mut model, mut open): (Model, Vec<Purchase>) = Default::default();
        for step in 0..25 {
            shop.fresh.clock.advance(1);
            let at = if open.is_empty() { None } else { Some(draw(open.len() as i64) as usize) };
            match (draw(4), at) {
                (0, Some(at)) if draw(3) == 0 => {
                    let purchase = open.remove(at);
                    shop.capture(&purchase.id, Some(1)).await.unwrap();
                    model.closed = true;
                    if draw(2) == 0 {
                        shop.reverse(&purchase.id, None).await.unwrap();
                    }
                }
                (1, Some(at)) => {
                    let purchase = open.remove(at);
                    shop.reverse(&purchase.id, None).await.unwrap();
                    if purchase.authorized_amount <= 100 && model.used_by.as_ref() == Some(&purchase.id) {
                        model.used_by = None;
                        passed += 1;
                    }
                }
                _ => {
                    let amount = [1, 99, 100, 100, 101, 5_000][draw(6) as usize];
                    let made = shop.buy(amount).await;
                    let says = model.used_by.is_none() && !model.closed;
                    assert_eq!(
                        made.status == Is::Pending,
                        says,
                        "seed {seed}, step {step}: {:?}",
                        made.declined_reason
                    );
                    if says {
                        model.used_by = Some(made.id.clone());
                        open.push(made);
                    }
                }
            }
            let card = the_card(&shop).await;
            let status = if model.closed { CardStatus::Closed } else { CardStatus::Active };
            assert_eq!((card.used_by, card.status), (model.used_by.clone(), status), "seed {seed}, step {step}");
        }
        closed += usize::from(model.closed);
        assert_eq!(limits::replay(&shop.fresh.db).await.unwrap().differences, []);
        assert_eq!(limits::recount(&shop.fresh.db).await.unwrap(), []);
    }
    assert!(passed >= 3 && closed >= 2, "both are met: {passed} checks let pass, {closed} cards closed");
}

#[tokio::test]
async fn a_check_counts_in_the_pace_of_its_agent() {
    let velocity = Some(Velocity { max_count: 1, window_seconds: 3_600 });
    let pace = Restrictions { velocity, ..Restrictions::default() };
    let cast = Cast { card_type: CardType::Single, layers: vec![(Level::Agent, pace)], ..Cast::default() };
    let shop = Shop::new(cast).await;
    let check = shop.buy(100).await;
    shop.reverse(&check.id, None).await.unwrap();
    assert_eq!(shop.buy(5_000).await.declined_reason, Some(Why::VelocityExceeded), "an agent that tries many cards");
}

#[tokio::test]
async fn a_closed_card_stays_closed_when_its_check_is_given_back() {
    let shop = shop().await;
    let check = shop.buy(50).await;
    let close = cards::CloseCard { id: shop.ids.card.clone(), reason: None };
    shop.fresh.db.commit(&shop.grant, close).await.unwrap();
    shop.reverse(&check.id, None).await.unwrap();
    let card = the_card(&shop).await;
    assert_eq!((card.status, card.used_by), (CardStatus::Closed, None), "nothing counted");
    let refused: Result<Purchase, Error> = shop.capture(&check.id, None).await;
    assert_eq!(code(refused), Code::TransactionState);
}
