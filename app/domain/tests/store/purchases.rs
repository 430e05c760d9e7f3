//! Purchases: decided, captured, given back.
use super::support::{Shop, authorize, refused_field};
use domain::{
    Error,
    access::Role,
    agents::AgentStatus,
    audit,
    cards::{CardStatus, CardType},
    environment::Environment,
    error::{Code, Noun},
    ids::CardId,
    limits::{DeclineReason as Why, Frequency, OnLimitExceeded},
    money::Currency,
    page::Paging,
    purchases::{self, Filter, PurchaseStatus as Is, testing::Cast},
    time::{DAY, HOUR},
};

#[tokio::test]
async fn each_rule_declines_for_its_reason_and_the_answer_is_kept() {
    let usual = Cast::default();
    let cases = [
        (Cast { application_status: "pending", ..usual.clone() }, Why::UserNotApproved),
        (Cast { agent_status: AgentStatus::Suspended, ..usual.clone() }, Why::AgentSuspended),
        (Cast { card_status: CardStatus::Frozen, ..usual.clone() }, Why::CardFrozen),
        (Cast { card_status: CardStatus::Closed, ..usual.clone() }, Why::CardClosed),
        (Cast { card_status: CardStatus::NotActivated, ..usual.clone() }, Why::CardNotActivated),
        (Cast { max_amount: Some(999), ..usual.clone() }, Why::MaxAmountExceeded),
        (Cast { limit: Some((999, Frequency::PerTransaction)), ..usual.clone() }, Why::SpendingLimitExceeded),
        (Cast { deposited: 999, ..usual.clone() }, Why::InsufficientFunds),
    ];
    let mut shop = Shop::new(usual.clone()).await;
    for (cast, why) in cases {
        shop.ids = cast.write(&shop.fresh.db, &shop.grant).await.unwrap();
        let declined = shop.buy(1_000).await;
        assert_eq!((declined.status, declined.declined_reason), (Is::Declined, Some(why)));
        let kept = purchases::get(&shop.fresh.db, &shop.grant, &declined.id).await.unwrap();
        assert_eq!(kept.purchase, declined);
        assert_eq!(kept.case.decide(), kept.decision, "the stored decision can be replayed");
        assert_eq!(kept.decision.reason(), Some(why));
        for step in [shop.capture(&declined.id, None).await, shop.reverse(&declined.id, None).await] {
            assert!(matches!(step, Err(Error::State { code: Code::TransactionState, .. })));
        }
    }
    let filter = Filter { status: Some(Is::Declined), ..Filter::default() };
    let all = purchases::list(&shop.fresh.db, &shop.grant, &filter, &Paging::newest(100)).await.unwrap();
    assert_eq!(all.rows.len(), 8);
    let filter = Filter { declined_reason: Some(Why::CardFrozen), ..Filter::default() };
    let frozen = purchases::list(&shop.fresh.db, &shop.grant, &filter, &Paging::newest(100)).await.unwrap();
    assert_eq!(frozen.rows.len(), 1);
}

#[tokio::test]
async fn an_amount_equal_to_every_limit_is_approved() {
    let cast = Cast { deposited: 1_000, max_amount: Some(1_000), ..Cast::default() };
    let shop = Shop::new(Cast { limit: Some((1_000, Frequency::PerMonth)), ..cast }).await;
    let approved = shop.buy(1_000).await;
    assert_eq!((approved.status, approved.amount), (Is::Pending, 1_000));
    assert_eq!(shop.buy(1).await.declined_reason, Some(Why::SpendingLimitExceeded), "the limit is asked first");
}

#[tokio::test]
async fn what_cannot_be_asked_is_refused_and_leaves_nothing() {
    let shop = Shop::new(Cast::default()).await;
    let db = &shop.fresh.db;
    let mut foreign = authorize(&shop.ids.card, 100, "Amazon");
    foreign.currency = "EUR".parse::<Currency>().unwrap();
    assert_eq!(refused_field(db.commit(&shop.grant, foreign).await), "currency");
    let nobody = CardId::new(db.now(), db.chance());
    let missing = db.commit(&shop.grant, authorize(&nobody, 100, "Amazon")).await;
    assert!(matches!(missing, Err(Error::NotFound(Noun::Card))));
    let dev = shop.fresh.key(Environment::Dev);
    let other_world = db.commit(&dev, authorize(&shop.ids.card, 100, "Amazon")).await;
    assert!(matches!(other_world, Err(Error::NotFound(Noun::Card))));
    let person = shop.fresh.person(Environment::Live, Role::Owner);
    let by_hand = db.commit(&person, authorize(&shop.ids.card, 100, "Amazon")).await;
    assert!(matches!(by_hand, Err(Error::Denied(_))), "purchases come from the network, not from people");
    let all = purchases::list(db, &shop.grant, &Filter::default(), &Paging::newest(10)).await.unwrap();
    assert!(all.rows.is_empty());
}

#[tokio::test]
async fn a_single_use_card_takes_one_purchase_and_closes_at_settlement() {
    let shop = Shop::new(Cast { card_type: CardType::Single, max_amount: Some(5_000), ..Cast::default() }).await;
    assert_eq!(shop.buy(5_001).await.declined_reason, Some(Why::MaxAmountExceeded), "a decline uses nothing up");
    let first = shop.buy(5_000).await;
    assert_eq!(first.status, Is::Pending);
    assert_eq!(shop.buy(10).await.declined_reason, Some(Why::CardUsed));
    shop.capture(&first.id, Some(4_000)).await.unwrap();
    assert_eq!(shop.buy(10).await.declined_reason, Some(Why::CardClosed));
    shop.reverse(&first.id, None).await.unwrap();
    assert_eq!(shop.buy(10).await.declined_reason, Some(Why::CardClosed), "a refund reopens nothing");
}

#[tokio::test]
async fn suspend_stops_the_agent_and_freezes_its_cards() {
    let cast = Cast {
        limit: Some((1_000, Frequency::PerWeek)),
        on_exceeded: Some(OnLimitExceeded::Suspend),
        ..Cast::default()
    };
    let shop = Shop::new(cast.clone()).await;
    let other = cast.another_card(&shop.fresh.db, &shop.grant, &shop.ids).await.unwrap();
    assert_eq!(shop.buy(1_000).await.status, Is::Pending);
    assert_eq!(shop.buy(1).await.declined_reason, Some(Why::SpendingLimitExceeded));
    assert_eq!(shop.buy_with(&other, 1, "Amazon").await.declined_reason, Some(Why::AgentSuspended));
    let owner = shop.fresh.person(Environment::Live, Role::Owner);
    let filter = audit::Filter { action: Some(audit::Action::AgentSuspended), ..Default::default() };
    let log = audit::list(&shop.fresh.db, &owner, &filter, &Paging::newest(10)).await.unwrap();
    assert_eq!(log.rows.len(), 1);
}

#[tokio::test]
async fn notify_and_none_let_spending_through() {
    for on_exceeded in [OnLimitExceeded::Notify, OnLimitExceeded::None] {
        let limit = Some((1_000, Frequency::PerWeek));
        let shop = Shop::new(Cast { limit, on_exceeded: Some(on_exceeded), ..Cast::default() }).await;
        for _ in 0..3 {
            assert_eq!(shop.buy(900).await.status, Is::Pending);
        }
    }
}

#[tokio::test]
async fn each_window_counts_for_its_time_and_then_starts_again() {
    // The clock starts on Wednesday, 15 January 2025, 12:00 UTC.
    let cases = [
        (Frequency::PerWeek, 4 * DAY + 12 * HOUR),
        (Frequency::PerMonth, 16 * DAY + 12 * HOUR),
        (Frequency::PerYear, 350 * DAY + 12 * HOUR),
        (Frequency::Per24HourPeriod, DAY),
    ];
    for (frequency, resets_after) in cases {
        let shop = Shop::new(Cast { limit: Some((1_000, frequency)), ..Cast::default() }).await;
        assert_eq!(shop.buy(1_000).await.status, Is::Pending);
        shop.fresh.clock.advance(resets_after - 1);
        assert_eq!(shop.buy(1).await.declined_reason, Some(Why::SpendingLimitExceeded), "{frequency}");
        shop.fresh.clock.advance(1);
        assert_eq!(shop.buy(1_000).await.status, Is::Pending, "{frequency}");
        shop.fresh.clock.advance(-1);
        assert_eq!(shop.buy(1).await.declined_reason, Some(Why::SpendingLimitExceeded), "{frequency}: clock set back");
    }
    let shop = Shop::new(Cast { limit: Some((1_000, Frequency::AllTime)), ..Cast::default() }).await;
    assert_eq!(shop.buy(1_000).await.status, Is::Pending);
    shop.fresh.clock.advance(2_000 * DAY);
    assert_eq!(shop.buy(1).await.declined_reason, Some(Why::SpendingLimitExceeded));
    let shop = Shop::new(Cast { limit: Some((1_000, Frequency::PerTransaction)), ..Cast::default() }).await;
    for _ in 0..3 {
        assert_eq!(shop.buy(1_000).await.status, Is::Pending);
    }
    assert_eq!(shop.buy(1_001).await.declined_reason, Some(Why::SpendingLimitExceeded));
}

#[tokio::test]
async fn the_rolling_edge_is_exact_within_its_minute() {
    let shop = Shop::new(Cast { limit: Some((1_000, Frequency::Per24HourPeriod)), ..Cast::default() }).await;
    shop.fresh.clock.advance(10_000);
    shop.buy(600).await;
    shop.fresh.clock.advance(20_000);
    shop.buy(400).await;
    shop.fresh.clock.advance(DAY - 20_000 - 1);
    assert_eq!(shop.buy(1).await.status, Is::Declined);
    shop.fresh.clock.advance(1);
    assert_eq!(shop.buy(601).await.status, Is::Declined, "the later one of that minute still counts");
    assert_eq!(shop.buy(600).await.status, Is::Pending);
}

#[tokio::test]
async fn captures_and_refunds_give_back_to_the_window_of_the_authorization() {
    let cast = Cast { deposited: 5_000, limit: Some((1_000, Frequency::PerMonth)), ..Cast::default() };
    let shop = Shop::new(cast).await;
    let first = shop.buy(1_000).await;
    assert_eq!(refused_field(shop.capture(&first.id, Some(1_001)).await), "amount");
    let captured = shop.capture(&first.id, Some(700)).await.unwrap();
    assert_eq!((captured.status, captured.amount, captured.captured_amount), (Is::Completed, 700, 700));
    assert_eq!(captured.authorized_amount, 1_000);
    let again = shop.capture(&first.id, None).await;
    assert!(matches!(again, Err(Error::State { code: Code::TransactionState, .. })));
    assert_eq!(shop.buy(301).await.status, Is::Declined);
    let second = shop.buy(300).await;
    assert_eq!(second.status, Is::Pending);

    assert_eq!(refused_field(shop.reverse(&second.id, Some(299)).await), "amount");
    let released = shop.reverse(&second.id, None).await.unwrap();
    assert_eq!((released.status, released.amount, released.reversed_amount), (Is::Reversed, 0, 300));
    let third = shop.buy(300).await;
    assert_eq!(third.status, Is::Pending, "a release frees the limit");

    let part = shop.reverse(&first.id, Some(200)).await.unwrap();
    assert_eq!((part.status, part.amount, part.reversed_amount), (Is::Completed, 500, 200));
    assert_eq!(refused_field(shop.reverse(&first.id, Some(501)).await), "amount");
    shop.fresh.clock.advance(31 * DAY);
    assert_eq!(shop.buy(1_000).await.status, Is::Pending, "a new month");
    let rest = shop.reverse(&first.id, None).await.unwrap();
    assert_eq!((rest.status, rest.amount, rest.reversed_amount, rest.captured_amount), (Is::Reversed, 0, 700, 700));
    assert_eq!(shop.buy(1).await.status, Is::Declined, "what January gives back does not raise February's limit");
    let twice = shop.reverse(&first.id, None).await;
    assert!(matches!(twice, Err(Error::State { code: Code::TransactionState, .. })));
}

#[tokio::test]
async fn a_short_look_shows_the_newest_of_all_and_the_newest_declines() {
    let shop = Shop::new(Cast { deposited: 100_000, max_amount: Some(1_000), ..Cast::default() }).await;
    let (db, grant) = (&shop.fresh.db, &shop.grant);
    let mut bought = Vec::new();
    for amount in [2_000, 100, 3_000, 200, 300, 400] {
        bought.push(shop.buy(amount).await.id);
        shop.fresh.clock.advance(1);
    }
    let ids = |rows: &[purchases::Brief]| rows.iter().map(|row| row.id.clone()).collect::<Vec<_>>();
    let of = |numbers: &[usize]| numbers.iter().map(|n| bought[*n].clone()).collect::<Vec<_>>();
    let look = purchases::lately(db, grant, 3).await.unwrap();
    assert_eq!((ids(&look.all), ids(&look.declined)), (of(&[5, 4, 3]), of(&[2, 0])));
    let look = purchases::lately(db, grant, 5).await.unwrap();
    assert_eq!((ids(&look.all), ids(&look.declined)), (of(&[5, 4, 3, 2, 1]), of(&[2, 0])), "one is in both");
    let of_dev = purchases::lately(db, &shop.fresh.key(Environment::Dev), 5).await.unwrap();
    assert!(of_dev.all.is_empty() && of_dev.declined.is_empty());
}
