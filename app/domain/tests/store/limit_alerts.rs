//! People and webhooks are told of an agent that comes near its limit: once in each window for each level.
use super::{
    common::{subscribe, told},
    support::{Shop, cents},
};
use domain::{
    access::{
        Role,
        notices::{self, About},
        settings, testing,
    },
    agents::SetLimit,
    environment::Environment,
    limits::{
        Frequency, OnLimitExceeded,
        alerts::{self, ChangeLevels, Levels},
    },
    name::Line,
    purchases::{Purchase, testing::Cast},
    time::{DAY, HOUR},
};

/// A shop with a limit of 1,000 whose webhooks are listened to.
async fn shop(frequency: Frequency) -> Shop {
    let cast = Cast { limit: Some((1_000, frequency)), ..Cast::default() };
    let shop = Shop::new(cast).await;
    subscribe(&shop.fresh).await;
    shop
}

/// A purchase, a moment after the last: what is told is in the order of its moments.
async fn buy(shop: &Shop, amount: i64) -> Purchase {
    shop.fresh.clock.advance(1);
    shop.buy(amount).await
}

/// The levels that webhooks were told of, in order.
async fn levels(shop: &Shop) -> Vec<i64> {
    let told = told(&shop.fresh).await;
    let reached = told.iter().filter(|(kind, _)| kind == "agent.limit_reached");
    reached.map(|(_, data)| data["percent"].as_i64().unwrap()).collect()
}

#[tokio::test]
async fn each_level_is_told_once_in_a_window() {
    let shop = shop(Frequency::PerMonth).await;
    buy(&shop, 499).await;
    assert_eq!(levels(&shop).await, [] as [i64; 0]);
    let half = buy(&shop, 1).await;
    assert_eq!(levels(&shop).await, [50]);
    // What is given back and spent again reaches nothing new.
    shop.reverse(&half.id, None).await.unwrap();
    buy(&shop, 10).await;
    assert_eq!(levels(&shop).await, [50]);
    buy(&shop, 491).await;
    assert_eq!(levels(&shop).await, [50, 100], "of two levels at once the higher");
    buy(&shop, 1).await;
    assert_eq!(levels(&shop).await, [50, 100], "a decline reaches nothing");
    shop.fresh.clock.advance(31 * DAY);
    buy(&shop, 800).await;
    assert_eq!(levels(&shop).await, [50, 100, 80]);

    let kept = alerts::of_agent(&shop.fresh.db, &shop.grant, &shop.ids.agent).await.unwrap();
    let seen: Vec<(i64, i64)> = kept.iter().map(|alert| (alert.percent, alert.spent)).collect();
    assert_eq!(seen, [(80, 800), (100, 1_000), (50, 500)]);
    assert_eq!(kept[2].purchase_id, half.id);
    let dev = shop.fresh.key(Environment::Dev);
    assert!(alerts::of_agent(&shop.fresh.db, &dev, &shop.ids.agent).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_rolling_window_is_told_again_a_day_later_and_another_limit_at_once() {
    let shop = shop(Frequency::Per24HourPeriod).await;
    buy(&shop, 600).await;
    shop.fresh.clock.advance(23 * HOUR);
    buy(&shop, 100).await;
    assert_eq!(levels(&shop).await, [50]);
    // The 600 leave the window, the word of them does as well.
    shop.fresh.clock.advance(2 * HOUR);
    buy(&shop, 400).await;
    assert_eq!(levels(&shop).await, [50, 50]);
    let wider = SetLimit {
        id: shop.ids.agent.clone(),
        limit: Some((cents(2_000), Frequency::Per24HourPeriod)),
        on_exceeded: Some(OnLimitExceeded::Notify),
        reason: Line::parse("More to buy.").unwrap(),
        version: None,
    };
    shop.fresh.db.commit(&shop.grant, wider).await.unwrap();
    buy(&shop, 500).await;
    assert_eq!(levels(&shop).await, [50, 50, 50]);
    // A limit that is lowered below what was spent is told of with the next purchase.
    let lower = SetLimit {
        id: shop.ids.agent.clone(),
        limit: Some((cents(1_100), Frequency::Per24HourPeriod)),
        on_exceeded: Some(OnLimitExceeded::Notify),
        reason: Line::parse("Less to buy.").unwrap(),
        version: None,
    };
    shop.fresh.db.commit(&shop.grant, lower).await.unwrap();
    buy(&shop, 1).await;
    assert_eq!(levels(&shop).await, [50, 50, 50, 80]);
    buy(&shop, 5_000).await;
    assert_eq!(levels(&shop).await, [50, 50, 50, 80, 100], "what is not enforced may be passed");
}

#[tokio::test]
async fn whoever_may_raise_limits_is_told_and_owners_set_the_levels() {
    let shop = shop(Frequency::AllTime).await;
    let db = &shop.fresh.db;
    let member = async |role, email| testing::member(db, &shop.fresh.organisation, role, "Ada", email).await;
    let owner = member(Role::Owner, "owner@acme.example").await;
    let finance = member(Role::Finance, "finance@acme.example").await;
    let support = member(Role::Support, "support@acme.example").await;
    let set = |levels: &str, version| ChangeLevels { levels: Levels::parse(levels).unwrap(), version };
    assert!(db.commit(&finance, set("10", 1)).await.is_err());
    db.commit(&owner, set("25", 1)).await.unwrap();
    assert!(db.commit(&owner, set("30", 1)).await.is_err(), "a stale edit");
    assert_eq!(settings::get(db, &support).await.unwrap().limit_alerts.to_string(), "25");
    buy(&shop, 249).await;
    buy(&shop, 1).await;
    for (grant, expected) in [(&owner, 1), (&finance, 1), (&support, 0)] {
        let notices = notices::list(db, grant).await.unwrap();
        let reached = notices.iter().filter(|notice| matches!(notice.about, About::LimitReached { percent: 25, .. }));
        assert_eq!(reached.count(), expected);
    }
    let about = notices::list(db, &owner).await.unwrap().remove(0).about;
    assert_eq!(about.title(), "The live agent shopper reached 25 % of its limit");
    assert!(about.text().contains("spent 2.50 USD of 10.00 USD"), "{}", about.text());
    db.commit(&owner, set("", 2)).await.unwrap();
    buy(&shop, 750).await;
    assert_eq!(levels(&shop).await, [25]);
}
