//! Past purchases beside the rules of now, against a database.
use super::support::{Shop, authorize, cents};
use domain::{
    Error,
    access::testing::token,
    environment::Environment,
    ids::PurchaseId,
    limits::{
        DeclineReason as Why, Frequency,
        decide::RuleName,
        levels::SetAgentRules,
        restrictions::{Level, Restrictions, Velocity},
        terms::Change,
        today::{Today, today},
    },
    money::Amount,
    name::Line,
    purchases::{self, Purchase, testing::Cast},
    time::{DAY, HOUR, MINUTE, SECOND},
};

async fn beside(shop: &Shop, id: &PurchaseId) -> Today {
    today(&shop.fresh.db, &shop.grant, id).await.unwrap()
}

/// Changes what the agent sets for its cards.
async fn set(shop: &Shop, set: Change) {
    let command = SetAgentRules { id: shop.ids.agent.clone(), set, reason: None, version: None };
    shop.fresh.db.commit(&shop.grant, command).await.unwrap();
}

async fn limit(shop: &Shop, limit: Option<(Amount, Frequency)>) {
    let reason = Line::parse("because").unwrap();
    let id = shop.ids.agent.clone();
    let command = domain::agents::SetLimit { id, limit, on_exceeded: None, reason, version: None };
    shop.fresh.db.commit(&shop.grant, command).await.unwrap();
}

/// Purchases at the edges of minutes, quarter-hours, days, months and years: each so long after the one before.
async fn bought(shop: &Shop) -> Vec<Purchase> {
    let steps = [
        7 * SECOND,
        1,
        53 * SECOND - 2,
        1,
        13 * MINUTE,
        MINUTE,
        HOUR,
        DAY - HOUR - 15 * MINUTE - 1,
        1,
        1,
        DAY - 1,
        12 * DAY,
        3 * DAY + 1,
        61,
        320 * DAY,
        2 * SECOND,
    ];
    let mut all = Vec::new();
    for (step, minor) in steps.into_iter().zip(101..) {
        shop.fresh.clock.advance(step);
        all.push(shop.buy(minor).await);
    }
    all
}

#[tokio::test]
async fn what_is_counted_afterwards_is_what_would_have_been_measured() {
    const WIDE: i64 = 900_000;
    let velocity = Velocity { max_count: 500, window_seconds: 1_000 };
    for frequency in [
        Frequency::Per24HourPeriod,
        Frequency::PerWeek,
        Frequency::PerMonth,
        Frequency::PerYear,
        Frequency::AllTime,
        Frequency::PerTransaction,
    ] {
        let rules = Restrictions {
            limit_per_day: Some(cents(WIDE)),
            limit_per_month: Some(cents(WIDE)),
            velocity: Some(velocity),
            ..Restrictions::default()
        };
        let ruled = Cast { layers: vec![(Level::Agent, rules)], limit: Some((WIDE, frequency)), ..Cast::default() };
        let (ruled, free) = (Shop::new(ruled).await, Shop::new(Cast::default()).await);
        let (measured, unmeasured) = (bought(&ruled).await, bought(&free).await);
        limit(&free, Some((cents(WIDE), frequency))).await;
        let most = Some(Some(cents(WIDE)));
        set(
            &free,
            Change {
                limit_per_day: most,
                limit_per_month: most,
                velocity: Some(Some((500, 1_000))),
                ..Change::default()
            },
        )
        .await;
        for (n, (one, other)) in measured.iter().zip(&unmeasured).enumerate() {
            let stored = purchases::get(&ruled.fresh.db, &ruled.grant, &one.id).await.unwrap().decision;
            let today = beside(&free, &other.id).await;
            assert_eq!(today.now.evaluated, stored.evaluated, "{frequency}: purchase {n}");
            assert!(today.counted.contains(&RuleName::CardDay) && today.counted.contains(&RuleName::Velocity));
            // Where everything was measured nothing is counted, and the same rules say the same.
            let same = beside(&ruled, &one.id).await;
            assert_eq!((&same.now, &same.then, same.counted.len()), (&stored, &stored, 0), "{frequency}: {n}");
        }
    }
}

#[tokio::test]
async fn today_names_what_would_stop_a_purchase_of_then() {
    let shop = Shop::new(Cast::default()).await;
    shop.buy(600).await;
    shop.fresh.clock.advance(HOUR);
    let later = shop.buy(500).await;
    assert!(beside(&shop, &later.id).await.beside().iter().all(|row| !row.differs));
    shop.fresh.clock.advance(10 * DAY);
    set(&shop, Change { limit_per_day: Some(Some(cents(1_099))), ..Change::default() }).await;
    let found = beside(&shop, &later.id).await;
    assert!(found.then.approved());
    assert_eq!((found.now.decided_by, found.now.reason()), (Some(RuleName::CardDay), Some(Why::CardLimitExceeded)));
    let differing: Vec<_> = found.beside().into_iter().filter(|row| row.differs).map(|row| row.now.clone()).collect();
    assert_eq!(differing.len(), 1, "{differing:?}");
    assert_eq!(
        (differing[0].input, differing[0].limit, differing[0].level),
        (Some(1_100), Some(1_099), Some(Level::Agent))
    );
    // What was declined then would go through once the rule is gone: the balance of then counts, not that of today.
    let declined = shop.buy(1_100).await;
    assert_eq!(declined.declined_reason, Some(Why::CardLimitExceeded));
    set(&shop, Change { limit_per_day: Some(None), ..Change::default() }).await;
    let found = beside(&shop, &declined.id).await;
    assert!(!found.then.approved() && found.now.approved());
    // Looking is no purchase, and leaves the decision as it was stored.
    let stored = purchases::get(&shop.fresh.db, &shop.grant, &declined.id).await.unwrap();
    assert_eq!(stored.decision, found.then);
    assert_eq!(shop.fresh.count("purchases").await, 3);
}

#[tokio::test]
async fn others_purchases_are_not_there() {
    let shop = Shop::new(Cast::default()).await;
    let bought = shop.buy(600).await;
    let db = &shop.fresh.db;
    let stranger = Cast::default().write(db, &shop.grant).await.unwrap().agent;
    let other = domain::testing::organisation(db, "Other").await;
    let of = |agent| token(db, &shop.fresh.organisation, Environment::Live, agent);
    for (grant, who) in [
        (of(&stranger), "another agent"),
        (shop.fresh.key(Environment::Dev), "the other environment"),
        (domain::access::testing::key(db, &other, Environment::Live), "another organisation"),
    ] {
        assert!(matches!(today(db, &grant, &bought.id).await, Err(Error::NotFound(_))), "{who}");
    }
    assert!(today(db, &of(&shop.ids.agent), &bought.id).await.is_ok());
    // A card that is closed by now had rules all the same.
    let command = domain::cards::CloseCard { id: shop.ids.card.clone(), reason: None };
    db.commit(&shop.grant, command).await.unwrap();
    assert!(today(db, &shop.grant, &bought.id).await.unwrap().now.approved());
    let refused = db.commit(&shop.grant, authorize(&shop.ids.card, 600, "Amazon")).await.unwrap();
    assert!(!today(db, &shop.grant, &refused.id).await.unwrap().now.approved(), "it was closed at that moment");
}
