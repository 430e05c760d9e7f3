//! The rules of cards and their levels against a database: what they count, and what they leave behind.
use super::{
    common::raw,
    support::{Shop, cents, code},
};
use domain::{
    cards::{self, CardStatus, CardType, FreezeCard, UnfreezeCard},
    error::Code,
    ids::CardId,
    limits::{
        self, DeclineReason as Why, Frequency, OnLimitExceeded,
        restrictions::{Level, OnDrift, Restrictions, Velocity},
    },
    purchases::{self, PurchaseStatus as Is, testing::Cast},
    testing::START,
    time::{DAY, HOUR, MINUTE, SECOND, Timestamp},
};

async fn shop(layers: &[(Level, Restrictions)]) -> Shop {
    Shop::new(Cast { layers: layers.to_vec(), ..Cast::default() }).await
}

async fn shop_of(set: Restrictions) -> Shop {
    shop(&[(Level::Card, set)]).await
}

fn none() -> Restrictions {
    Restrictions::default()
}

async fn status(shop: &Shop) -> (CardStatus, Option<String>) {
    let card = cards::get(&shop.fresh.db, &shop.grant, &shop.ids.card).await.unwrap();
    (card.status, card.status_reason)
}

/// The bodies of the events of this type.
async fn events(shop: &Shop, kind: &str) -> Vec<String> {
    let all = shop.fresh.everything().await["events"].clone();
    all.into_iter().filter(|row| row.contains(&format!("type='{kind}'"))).collect()
}

#[tokio::test]
async fn a_day_rolls_and_a_month_begins_at_home() {
    let shop = shop_of(Restrictions { limit_per_day: Some(cents(1_000)), ..none() }).await;
    // Twelve minutes into a quarter-hour, so that its edge lies within one a day later.
    shop.fresh.clock.advance(12 * MINUTE);
    let first = shop.buy(600).await;
    shop.fresh.clock.advance(2 * MINUTE);
    assert_eq!(shop.buy(400).await.status, Is::Pending);
    assert_eq!(shop.buy(1).await.declined_reason, Some(Why::CardLimitExceeded));
    shop.fresh.clock.advance(DAY - 2 * MINUTE - 1);
    assert_eq!(shop.buy(1).await.status, Is::Declined, "the first is a millisecond short of a day old");
    shop.fresh.clock.advance(1);
    assert_eq!(shop.buy(601).await.status, Is::Declined, "the second still counts");
    assert_eq!(shop.buy(600).await.status, Is::Pending);
    // What is given back returns to the day of its authorization, not to today.
    shop.reverse(&first.id, None).await.unwrap();
    assert_eq!(shop.buy(1).await.status, Is::Declined);
    assert_eq!(limits::recount(&shop.fresh.db).await.unwrap(), []);

    let shop = shop_of(Restrictions { limit_per_month: Some(cents(1_000)), ..none() }).await;
    assert_eq!(shop.buy(1_000).await.status, Is::Pending);
    // The organisation lives in UTC: the month ends at midnight of 1 February.
    shop.fresh.clock.advance(Timestamp(1_738_368_000_000).since(START) - 1);
    assert_eq!(shop.buy(1).await.status, Is::Declined);
    shop.fresh.clock.advance(1);
    assert_eq!(shop.buy(1_000).await.status, Is::Pending);
}

#[tokio::test]
async fn a_number_of_purchases_is_the_agents_or_the_cards() {
    let three = Restrictions { velocity: Some(Velocity { max_count: 3, window_seconds: 90 }), ..none() };
    for (level, together) in
        [(Level::Organisation, true), (Level::Agent, true), (Level::Policy, false), (Level::Card, false)]
    {
        let cast = Cast { layers: vec![(level, three.clone())], ..Cast::default() };
        let shop = Shop::new(cast.clone()).await;
        let other = cast.another_card(&shop.fresh.db, &shop.grant, &shop.ids).await.unwrap();
        for card in [&shop.ids.card, &other, &shop.ids.card] {
            assert_eq!(shop.buy_with(card, 1, "Amazon").await.status, Is::Pending);
            shop.fresh.clock.advance(30 * SECOND);
        }
        // 90 seconds after the first: it has just left the window.
        assert_eq!(shop.buy_with(&other, 1, "Amazon").await.status, Is::Pending, "{level}");
        let fourth = shop.buy_with(&other, 1, "Amazon").await;
        let expected = together.then_some(Why::VelocityExceeded);
        assert_eq!(fourth.declined_reason, expected, "{level}");
    }
}

#[tokio::test]
async fn a_card_that_has_spent_all_it_may_is_closed() {
    let shop = shop_of(Restrictions { cumulative_max: Some(cents(1_000)), ..none() }).await;
    let first = shop.buy(700).await;
    assert_eq!(shop.buy(301).await.declined_reason, Some(Why::CardLimitExceeded));
    assert_eq!(status(&shop).await.0, CardStatus::Active);
    assert_eq!(shop.buy(300).await.status, Is::Pending);
    assert_eq!(status(&shop).await, (CardStatus::Closed, Some("cumulative_max_reached".into())));
    assert_eq!(events(&shop, "card.closed").await.len(), 1);
    // What it holds is still settled and given back.
    shop.capture(&first.id, None).await.unwrap();
    shop.reverse(&first.id, None).await.unwrap();
    assert_eq!(status(&shop).await.0, CardStatus::Closed);
    assert_eq!(limits::recount(&shop.fresh.db).await.unwrap(), []);
}

#[tokio::test]
async fn drifting_freezes_the_card_after_the_purchase_and_is_told() {
    let shop = shop_of(Restrictions { on_drift: Some(OnDrift::Freeze), ..none() }).await;
    for merchant in ["Amazon", "AMAZON 42", "Casino Royale"] {
        let bought = shop.buy_with(&shop.ids.card, 100, merchant).await;
        assert_eq!(bought.status, Is::Pending, "{merchant}");
    }
    assert_eq!(status(&shop).await, (CardStatus::Frozen, Some("merchant_drift".into())));
    let told = events(&shop, "policy.violated").await;
    assert_eq!(told.len(), 1);
    for part in ["merchantDrift", "notEnforced", "Casino Royale", "\"level\":\"card\""] {
        assert!(told[0].contains(part), "{part}: {told:?}");
    }
    assert_eq!(shop.buy_with(&shop.ids.card, 100, "Amazon").await.declined_reason, Some(Why::CardFrozen));
    assert_eq!(events(&shop, "policy.violated").await.len(), 1, "a frozen card is no rule that was broken");
}

#[tokio::test]
async fn a_broken_rule_is_told_with_its_level_and_numbers() {
    let wide = Restrictions { max_amount: Some(cents(5_000)), ..none() };
    let tight = Restrictions { limit_per_auth: Some(cents(900)), ..none() };
    let shop = shop(&[(Level::Organisation, tight), (Level::Policy, wide)]).await;
    assert_eq!(shop.buy(901).await.declined_reason, Some(Why::MaxAmountExceeded));
    let told = events(&shop, "policy.violated").await;
    for part in ["\"rule\":\"maxAmount\"", "\"level\":\"organisation\"", "\"input\":901", "\"limit\":900"] {
        assert!(told[0].contains(part), "{part}: {told:?}");
    }
}

#[tokio::test]
async fn a_cards_lifetime_ends_to_the_millisecond() {
    let shop = Shop::new(Cast { life: Some(HOUR), ..Cast::default() }).await;
    shop.fresh.clock.advance(HOUR - 1);
    assert_eq!(shop.buy(1).await.status, Is::Pending);
    assert!(events(&shop, "policy.violated").await.is_empty());
    shop.fresh.clock.advance(1);
    assert_eq!(shop.buy(1).await.declined_reason, Some(Why::CardExpired));
    let told = events(&shop, "policy.violated").await;
    assert!(told.len() == 1 && told[0].contains("\"rule\":\"lifetime\""), "{told:?}");
}

#[tokio::test]
async fn passing_a_limit_that_is_only_tracked_is_told_to_nobody() {
    for (on_exceeded, told) in [(OnLimitExceeded::None, 0), (OnLimitExceeded::Notify, 1)] {
        let limit = Some((1_000, Frequency::PerMonth));
        let shop = Shop::new(Cast { limit, on_exceeded: Some(on_exceeded), ..Cast::default() }).await;
        assert_eq!(shop.buy(1_001).await.status, Is::Pending);
        for kind in ["policy.violated", "agent.limit_exceeded"] {
            assert_eq!(events(&shop, kind).await.len(), told, "{on_exceeded}: {kind}");
        }
    }
}

#[tokio::test]
async fn a_card_without_a_lifetime_ends_with_the_month_printed_on_it() {
    let shop = Shop::new(Cast::default()).await;
    let (db, card) = (&shop.fresh.db, &shop.ids.card);
    let frozen = Cast { card_status: CardStatus::Frozen, ..Cast::default() };
    let frozen = frozen.another_card(db, &shop.grant, &shop.ids).await.unwrap();
    raw(&shop.fresh, "update cards set expiration_month = 1, expiration_year = 2025".to_owned()).await;
    // The first of February 2025, 00:00 UTC.
    let end = Timestamp(1_738_368_000_000);
    shop.fresh.clock.set(end - 1);
    assert_eq!(shop.buy(1).await.status, Is::Pending);
    assert_eq!(cards::end_due(db, 10).await.unwrap(), 0);
    let unfreeze = || UnfreezeCard { id: frozen.clone() };
    db.commit(&shop.grant, unfreeze()).await.unwrap();
    db.commit(&shop.grant, FreezeCard { id: frozen.clone(), reason: None }).await.unwrap();
    shop.fresh.clock.set(end);
    assert_eq!(shop.buy(1).await.declined_reason, Some(Why::CardExpired));
    assert_eq!(code(db.commit(&shop.grant, unfreeze()).await), Code::CardNotActive);
    // Whatever people set for the end of a lifetime of their own, which would come later.
    raw(&shop.fresh, format!("update cards set ends_at = {}, at_end = 'freeze' where id = '{card}'", end.0 + 1)).await;
    assert_eq!(shop.buy(1).await.declined_reason, Some(Why::CardExpired));
    assert_eq!(events(&shop, "policy.violated").await, Vec::<String>::new(), "what is printed is nobody's rule");
    assert_eq!(cards::end_due(db, 10).await.unwrap(), 2);
    assert_eq!(cards::end_due(db, 10).await.unwrap(), 0, "once");
    assert_eq!(status(&shop).await, (CardStatus::Closed, Some("expired".into())));
    assert_eq!(limits::replay(db).await.unwrap().differences, []);
}

#[tokio::test]
async fn a_purchase_is_stopped_where_nobody_read_the_card_for_it() {
    let shop = shop_of(Restrictions { require_attestation: Some(true), ..none() }).await;
    assert_eq!(shop.buy(1).await.declined_reason, Some(Why::AttestationRequired));
    shop.fresh.db.commit(&shop.grant, super::support::intent(&shop.ids.card, "one")).await.unwrap();
    shop.fresh.db.commit(&shop.grant, super::support::read(&shop.ids.card)).await.unwrap();
    assert_eq!(shop.buy(5_000).await.status, Is::Pending);
}

#[tokio::test]
async fn every_decision_replays_and_an_altered_one_is_named() {
    let shop = shop_of(Restrictions { limit_per_day: Some(cents(1_000)), ..none() }).await;
    let (fine, stopped) = (shop.buy(700).await, shop.buy(700).await);
    let (third, other) = (shop.buy(300).await, shop.buy(700).await);
    let found = limits::replay(&shop.fresh.db).await.unwrap();
    assert_eq!((found.decisions, found.differences), (4, Vec::new()));
    for (alteration, purchase, says) in [
        (
            "update decisions set decision = replace(decision, 'card_limit_exceeded', 'card_frozen')",
            &stopped,
            "declined, card_frozen",
        ),
        (
            "update decisions set decision = replace(decision, '\"evaluated\":[', '\"evaluated\":[{\"rule\":\"balance\",\"verdict\":\"pass\",\"reason\":null,\"input\":null,\"limit\":null},')",
            &fine,
            "how it was reached",
        ),
        (
            "update decisions set input = replace(input, '\"spentDay\":700', '\"spentDay\":701')",
            &third,
            "the rules say declined",
        ),
        ("update purchases set status = 'completed', declined_reason = null", &other, "the transaction is completed"),
        ("update decisions set input = 'nonsense'", &fine, "cannot be read"),
    ] {
        let key = if alteration.contains("purchases") { "id" } else { "purchase_id" };
        raw(&shop.fresh, format!("{alteration} where {key} = '{}'", purchase.id)).await;
        let found = limits::replay(&shop.fresh.db).await.unwrap();
        let one = found.differences.iter().find(|one| one.purchase == purchase.id).expect(alteration);
        assert!(one.what.contains(says), "{}", one.what);
    }
}

/// One approved purchase, as the model remembers it.
struct Spent {
    at: i64,
    card: usize,
    amount: i64,
    /// What was asked for, whatever was given back.
    asked: i64,
}

/// What a program of a few lines says about the same purchases, with no counters and no windows but its own sums.
struct Model {
    spent: Vec<Spent>,
    deposited: i64,
    /// What counts as the one use of the single-use card.
    one_use: Option<usize>,
}

/// The place of the single-use card.
const SINGLE: usize = 2;
/// The most that a card check asks for.
const CHECK: i64 = 100;

/// The rules of the run below.
const MOST: i64 = 900;
const DAILY: i64 = 2_000;
const MONTHLY: i64 = 9_000;
const EVER: i64 = 30_000;
const AGENT_WEEK: i64 = 8_000;
const PAUSE: i64 = 2 * MINUTE;

impl Model {
    fn sum(&self, of: impl Fn(&Spent) -> bool) -> i64 {
        self.spent.iter().filter(|one| of(one)).map(|one| one.amount).sum()
    }

    fn count(&self, of: impl Fn(&Spent) -> bool) -> usize {
        self.spent.iter().filter(|one| of(one)).count()
    }

    /// Gives a purchase back that was never captured.
    fn gives_back(&mut self, place: usize) {
        self.spent[place].amount = 0;
        if self.one_use == Some(place) && self.spent[place].asked <= CHECK {
            self.one_use = None;
        }
    }

    fn approves(&self, now: i64, card: usize, amount: i64) -> bool {
        use chrono::{DateTime, Datelike};
        let day = |at: i64| DateTime::from_timestamp_millis(at).unwrap().date_naive();
        let month = |at: i64| (day(at).year(), day(at).month());
        let week = |at: i64| day(at).iso_week();
        let of_card = |one: &Spent| one.card == card;
        amount <= MOST
            && (card != SINGLE || self.one_use.is_none())
            && self.spent.iter().filter(|one| of_card(one)).all(|one| now - one.at >= PAUSE)
            && self.count(|one| of_card(one) && now - one.at < 10 * MINUTE) < 3
            && self.count(|one| now - one.at < HOUR) < 8
            && self.sum(|one| of_card(one) && now - one.at < DAY) + amount <= DAILY
            && self.sum(|one| of_card(one) && month(one.at) == month(now)) + amount <= MONTHLY
            && self.sum(of_card) + amount <= EVER
            && self.sum(|one| week(one.at) == week(now)) + amount <= AGENT_WEEK
            && self.sum(|_| true) + amount <= self.deposited
    }
}

/// Model-based: any sequence of purchases, reversals and moments is decided as a naive model decides it, every counter
/// equals its rows, and every decision replays.
#[tokio::test]
async fn any_sequence_of_purchases_is_decided_as_a_naive_model_does() {
    use domain::chance::{Chance, SeededChance};
    let often = |max_count, window_seconds| Some(Velocity { max_count, window_seconds });
    let layers = vec![
        (Level::Organisation, Restrictions { max_amount: Some(cents(MOST)), ..none() }),
        (Level::Agent, Restrictions { velocity: often(8, 3_600), limit_per_day: Some(cents(DAILY)), ..none() }),
        (Level::Policy, Restrictions { cooldown_minutes: Some(2), limit_per_month: Some(cents(MONTHLY)), ..none() }),
        (Level::Card, Restrictions { velocity: often(3, 600), cumulative_max: Some(cents(EVER)), ..none() }),
    ];
    for seed in 1..=3 {
        let limit = Some((AGENT_WEEK, Frequency::PerWeek));
        let cast = Cast { deposited: 45_000, limit, layers: layers.clone(), ..Cast::default() };
        let shop = Shop::new(cast.clone()).await;
        let single = Cast { card_type: CardType::Single, ..cast.clone() };
        let cards: [CardId; 3] = [
            shop.ids.card.clone(),
            cast.another_card(&shop.fresh.db, &shop.grant, &shop.ids).await.unwrap(),
            single.another_card(&shop.fresh.db, &shop.grant, &shop.ids).await.unwrap(),
        ];
        let chance: Box<dyn Chance> = Box::new(SeededChance::new(seed));
        let draw = |n: i64| i64::from(u32::from_be_bytes(chance.bytes())) % n;
        let mut model = Model { spent: Vec::new(), deposited: 45_000, one_use: None };
        let (mut known, mut approved) = (Vec::new(), 0);
        for step in 0..400 {
            shop.fresh
                .clock
                .advance([1, MINUTE, PAUSE - 1, 7 * MINUTE, HOUR, 5 * HOUR, DAY - 3 * MINUTE][draw(7) as usize]);
            let now = shop.fresh.db.now().0;
            if draw(6) == 0 && !known.is_empty() {
                let (id, place): (domain::ids::PurchaseId, usize) =
                    known.swap_remove(draw(known.len() as i64) as usize);
                shop.reverse(&id, None).await.unwrap();
                model.gives_back(place);
                continue;
            }
            let card = draw(3) as usize;
            // The single-use card is mostly asked for a check: else its use would be over at once.
            let amount = 1 + if card == SINGLE && draw(4) > 0 { draw(120) } else { draw(1_000) };
            let says = model.approves(now, card, amount);
            let made = shop.buy_with(&cards[card], amount, "Amazon").await;
            assert_eq!(made.status == Is::Pending, says, "seed {seed}, step {step}: {:?}", made.declined_reason);
            if says {
                approved += 1;
                model.spent.push(Spent { at: now, card, amount, asked: amount });
                if card == SINGLE {
                    model.one_use = Some(model.spent.len() - 1);
                }
                known.push((made.id, model.spent.len() - 1));
            }
        }
        assert!((40..360).contains(&approved), "both answers are met: {approved} of 400");
        assert_eq!(limits::recount(&shop.fresh.db).await.unwrap(), []);
        assert_eq!(limits::replay(&shop.fresh.db).await.unwrap().differences, []);
        let detail = purchases::get(&shop.fresh.db, &shop.grant, &known[0].0).await.unwrap();
        assert_eq!(detail.decision.version, limits::decide::RULES_VERSION);
    }
}
