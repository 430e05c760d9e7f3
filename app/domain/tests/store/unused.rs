//! Cards that nobody used for a while: which they are, page by page, and closing them one by one.
use super::{
    common::{actions, strangers, told_types},
    support::{Shop, code},
};
use domain::{
    Error,
    access::Role,
    agents::SuspendAgent,
    cards::{self, CardStatus, CardType, CloseUnused, FreezeCard, Idle, MOST_SWEPT, Place, Seen, Unused},
    chance::{Chance, SeededChance},
    environment::Environment,
    error::Code,
    ids::CardId,
    name::Line,
    page::Paging,
    purchases::testing::Cast,
    time::{DAY, HOUR},
};

fn idle(days: i64) -> Idle {
    days.to_string().parse().unwrap()
}

async fn add(shop: &Shop, cast: Cast) -> CardId {
    cast.another_card(&shop.fresh.db, &shop.grant, &shop.ids).await.unwrap()
}

async fn list(shop: &Shop, days: i64) -> Vec<Unused> {
    cards::unused_cards(&shop.fresh.db, &shop.grant, idle(days), &Paging::newest(100)).await.unwrap().rows
}

fn ids(cards: &[Unused]) -> Vec<&CardId> {
    cards.iter().map(|card| &card.id).collect()
}

async fn close(shop: &Shop, card: Seen, days: i64) -> Result<CardStatus, Error> {
    let owner = shop.fresh.person(Environment::Live, Role::Owner);
    let reason = Some(Line::parse("stale").unwrap());
    shop.fresh.db.commit(&owner, CloseUnused { card, idle: idle(days), reason }).await
}

#[tokio::test]
async fn a_card_is_unused_from_its_last_approved_purchase_or_its_making_on_to_the_millisecond() {
    let shop = Shop::new(Cast::default()).await;
    let used = &shop.ids.card;
    let never = add(&shop, Cast { age: 2 * DAY, ..Cast::default() }).await;
    for (card_type, card_status) in [(CardType::Single, CardStatus::Active), (CardType::Multi, CardStatus::Closed)] {
        add(&shop, Cast { age: 90 * DAY, card_type, card_status, ..Cast::default() }).await;
    }
    let frozen = add(&shop, Cast { age: 3 * DAY, card_status: CardStatus::Frozen, ..Cast::default() }).await;
    assert_eq!(ids(&list(&shop, 1).await), [&never, &frozen], "the latest use first");
    assert_eq!(ids(&list(&shop, 3).await), [&frozen]);
    shop.fresh.clock.advance(HOUR);
    shop.buy(100).await;
    shop.fresh.clock.advance(HOUR);
    // What is declined is no use.
    shop.buy(100_000_000).await;
    shop.fresh.clock.advance(30 * DAY - HOUR - 1);
    assert_eq!(ids(&list(&shop, 30).await), [&never, &frozen]);
    shop.fresh.clock.advance(1);
    let all = list(&shop, 30).await;
    assert_eq!(ids(&all), [used, &never, &frozen]);
    assert_eq!((all[0].last_used_at, all[0].last_use, all[0].spent), (Some(all[0].last_use), all[0].last_use, 100));
    assert_eq!((all[1].last_used_at, all[1].status, all[2].status), (None, CardStatus::Active, CardStatus::Frozen));
    assert_eq!((all[0].agent_name.as_str(), all[0].currency.as_str()), ("shopper", "USD"));
    assert_eq!(cards::count_unused(&shop.fresh.db, &shop.grant, idle(30)).await.unwrap(), 3);
    let longest = cards::longest_unused(&shop.fresh.db, &shop.grant, idle(30)).await.unwrap();
    assert_eq!(ids(&longest), [&frozen, &never, used]);
    for stranger in strangers(&shop.fresh).await {
        let (db, own) = (&shop.fresh.db, [used.clone()]);
        assert_eq!(cards::unused_cards(db, &stranger, idle(1), &Paging::newest(100)).await.unwrap().rows, []);
        assert_eq!(cards::longest_unused(db, &stranger, idle(1)).await.unwrap(), []);
        assert_eq!(cards::these(db, &stranger, &own).await.unwrap(), []);
        assert_eq!(cards::count_unused(db, &stranger, idle(1)).await.unwrap(), 0);
        assert_eq!(cards::held_unused(db, &stranger, idle(1)).await.unwrap(), []);
        assert_eq!(cards::held_on(db, &stranger, used).await.unwrap(), None);
    }
}

/// Whatever cards there are, walking the pages either way gives what a sort of all of them gives.
#[tokio::test]
async fn the_pages_hold_every_card_once_in_order() {
    for seed in 1..=3 {
        let shop = Shop::new(Cast { card_status: CardStatus::Closed, ..Cast::default() }).await;
        let chance: Box<dyn Chance> = Box::new(SeededChance::new(seed));
        let draw = |n: u32| u32::from_be_bytes(chance.bytes()) % n;
        let mut model: Vec<(i64, CardId)> = Vec::new();
        for _ in 0..60 {
            // Many of one age, so that the id decides.
            let age = i64::from(draw(5)) * DAY;
            let (single, closed) = (draw(5) == 0, draw(5) == 0);
            let card_type = if single { CardType::Single } else { CardType::Multi };
            let card_status = if closed { CardStatus::Closed } else { CardStatus::Active };
            let card = add(&shop, Cast { age, card_type, card_status, ..Cast::default() }).await;
            if !single && !closed && age >= 2 * DAY {
                model.push((-age, card));
            }
        }
        model.sort_by(|one, other| other.cmp(one));
        let expected: Vec<&CardId> = model.iter().map(|(_, id)| id).collect();
        assert!(expected.len() > 14, "several pages: {}", expected.len());
        let (mut down, mut paging) = (Vec::new(), Paging::<Place>::newest(7));
        loop {
            let page = cards::unused_cards(&shop.fresh.db, &shop.grant, idle(2), &paging).await.unwrap();
            paging.before = page.rows.last().map(Unused::place);
            down.extend(page.rows);
            if !page.older {
                break;
            }
        }
        assert_eq!(ids(&down), expected, "seed {seed}");
        let (mut up, mut paging) = (Vec::new(), Paging::<Place>::newest(7));
        paging.after = down.last().map(Unused::place);
        loop {
            let page = cards::unused_cards(&shop.fresh.db, &shop.grant, idle(2), &paging).await.unwrap();
            paging.after = page.rows.first().map(Unused::place);
            up.splice(0..0, page.rows);
            if !page.newer {
                break;
            }
        }
        assert_eq!(ids(&up), expected[..expected.len() - 1], "seed {seed}");
        assert_eq!(cards::count_unused(&shop.fresh.db, &shop.grant, idle(2)).await.unwrap(), expected.len());
    }
    let place: Place = "5.card_00000000000000000000000000000".parse().unwrap();
    assert_eq!(place.to_string().parse(), Ok(place));
    for odd in ["", ".", "5.", "5.key_00000000000000000000000000000", "x.card_00000000000000000000000000000"] {
        assert_eq!(odd.parse::<Place>(), Err(()), "{odd}");
    }
}

#[tokio::test]
async fn an_unused_card_is_closed_once_and_whatever_changed_is_kept() {
    let shop = Shop::new(Cast::default()).await;
    super::common::subscribe(&shop.fresh).await;
    let old = || Cast { age: 40 * DAY, ..Cast::default() };
    let [stale, used, frozen, spare] =
        [add(&shop, old()).await, add(&shop, old()).await, add(&shop, old()).await, add(&shop, old()).await];
    let single = add(&shop, Cast { card_type: CardType::Single, ..old() }).await;
    let seen: Vec<Seen> = list(&shop, 30).await.iter().map(Unused::seen).collect();
    let of = |id: &CardId| seen.iter().find(|seen| seen.id == *id).unwrap().clone();
    assert_eq!(seen.len(), 4);
    assert_eq!(of(&stale).to_string().parse(), Ok(of(&stale)));

    assert_eq!(close(&shop, of(&stale), 30).await.unwrap(), CardStatus::Active);
    assert_eq!(code(close(&shop, of(&stale), 30).await), Code::CardAlreadyClosed);
    let card = cards::get(&shop.fresh.db, &shop.grant, &stale).await.unwrap();
    assert_eq!((card.status, card.status_reason.as_deref()), (CardStatus::Closed, Some(cards::ON_REQUEST)));
    assert_eq!(actions(&shop.fresh, &stale).await, ["card.closed"]);
    assert_eq!(told_types(&shop.fresh).await, ["card.closed"], "once");

    shop.buy_with(&used, 100, "Amazon").await;
    assert_eq!(code(close(&shop, of(&used), 30).await), Code::StaleEdit, "used meanwhile");
    let owner = shop.fresh.person(Environment::Live, Role::Owner);
    shop.fresh.db.commit(&owner, FreezeCard { id: frozen.clone(), reason: None }).await.unwrap();
    assert_eq!(code(close(&shop, of(&frozen), 30).await), Code::StaleEdit, "frozen meanwhile");
    assert_eq!(code(close(&shop, Seen { id: single, version: 1 }, 30).await), Code::StaleEdit, "never listed");
    assert_eq!(code(close(&shop, of(&spare), 41).await), Code::StaleEdit, "not for so long");
    // Its agent may be suspended: that is no reason to keep a card.
    let suspend = SuspendAgent { id: shop.ids.agent.clone(), reason: Line::parse("late").unwrap() };
    shop.fresh.db.commit(&owner, suspend).await.unwrap();
    let again = list(&shop, 30).await;
    let frozen = again.iter().find(|card| card.id == frozen).unwrap().seen();
    assert_eq!(close(&shop, frozen, 30).await.unwrap(), CardStatus::Frozen);

    let command = || CloseUnused { card: of(&spare), idle: idle(30), reason: None };
    for stranger in strangers(&shop.fresh).await {
        assert!(matches!(shop.fresh.db.commit(&stranger, command()).await, Err(Error::NotFound(_))));
    }
    let support = shop.fresh.person(Environment::Live, Role::Support);
    assert!(matches!(shop.fresh.db.commit(&support, command()).await, Err(Error::Denied(_))));
}

#[tokio::test]
async fn what_is_held_is_told_by_card() {
    let shop = Shop::new(Cast::default()).await;
    let other = add(&shop, Cast::default()).await;
    let (first, _) = (shop.buy(1_000).await, shop.buy(250).await);
    shop.buy_with(&other, 70, "Amazon").await;
    let on = async |card: &CardId| {
        let held = cards::held_on(&shop.fresh.db, &shop.grant, card).await.unwrap();
        held.map(|held| (held.purchases, held.amount))
    };
    assert_eq!((on(&shop.ids.card).await, on(&other).await), (Some((2, 1_250)), Some((1, 70))));
    shop.capture(&first.id, None).await.unwrap();
    assert_eq!(on(&shop.ids.card).await, Some((1, 250)));
    let held = async || cards::held_unused(&shop.fresh.db, &shop.grant, idle(30)).await.unwrap();
    assert_eq!(held().await, [], "none of them is old");
    shop.fresh.clock.advance(30 * DAY);
    let all = held().await;
    let of = |card: &CardId| all.iter().find(|held| held.card_id == *card).map(|held| (held.purchases, held.amount));
    assert_eq!((all.len(), of(&shop.ids.card), of(&other)), (2, Some((1, 250)), Some((1, 70))));
}

#[tokio::test]
async fn one_go_has_an_end() {
    let shop = Shop::new(Cast { card_status: CardStatus::Closed, ..Cast::default() }).await;
    for _ in 0..MOST_SWEPT + 2 {
        add(&shop, Cast { age: 40 * DAY, ..Cast::default() }).await;
    }
    let (db, grant) = (&shop.fresh.db, &shop.grant);
    assert_eq!(cards::count_unused(db, grant, idle(30)).await.unwrap(), MOST_SWEPT + 1);
    let longest = cards::longest_unused(db, grant, idle(30)).await.unwrap();
    assert_eq!(longest.len(), MOST_SWEPT + 1);
    let all: Vec<CardId> = longest.into_iter().map(|card| card.id).collect();
    assert_eq!(cards::these(db, grant, &all).await.unwrap().len(), MOST_SWEPT);
    assert_eq!(cards::these(db, grant, &[]).await.unwrap(), []);
}
