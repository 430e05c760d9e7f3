//! Purchases that no credential read came before, and what they add up to.
use super::support::{Shop, read};
use domain::{
    access::testing::token,
    cards::FreezeCard,
    environment::Environment,
    page::Paging,
    purchases::{self, testing::Cast},
    time::{DAY, HOUR},
};

#[tokio::test]
async fn only_what_took_money_unasked_is_at_stake() {
    let shop = Shop::new(Cast { require_intent: Some(false), ..Cast::default() }).await;
    let (db, card) = (&shop.fresh.db, &shop.ids.card);
    let stakes = async |chargeable| {
        let all = purchases::stakes(db, &shop.grant, chargeable).await.unwrap();
        all.into_iter().map(|stake| (stake.currency.to_string(), stake.n, stake.amount)).collect::<Vec<_>>()
    };
    assert!(stakes(true).await.is_empty());
    let kept = shop.buy(700).await;
    let partly = shop.buy(500).await;
    shop.capture(&partly.id, None).await.unwrap();
    shop.reverse(&partly.id, Some(100)).await.unwrap();
    let back = shop.buy(900).await;
    shop.reverse(&back.id, None).await.unwrap();
    shop.buy(900_000_000).await;
    shop.fresh.clock.advance(HOUR);
    db.commit(&shop.grant, read(card)).await.unwrap();
    shop.buy(1_000).await;
    let list =
        async |chargeable| purchases::unattested(db, &shop.grant, chargeable, &Paging::newest(10)).await.unwrap().rows;
    let rows = list(true).await;
    assert_eq!(rows.len(), 2);
    assert!(rows.iter().any(|p| (&p.id, p.amount, &*p.card_last4) == (&kept.id, 700, "4242")));
    assert_eq!(stakes(true).await, [("USD".to_owned(), 2, 1_100)]);
    db.commit(&shop.grant, FreezeCard { id: card.clone(), reason: None }).await.unwrap();
    assert!(list(true).await.is_empty() && stakes(true).await.is_empty());
    assert_eq!(list(false).await.len(), 2);
    assert_eq!(stakes(false).await, [("USD".to_owned(), 2, 1_100)]);
    let other = Cast::default().write(db, &shop.grant).await.unwrap();
    for stranger in
        [shop.fresh.key(Environment::Dev), token(db, &shop.fresh.organisation, Environment::Live, &other.agent)]
    {
        assert!(purchases::unattested(db, &stranger, false, &Paging::newest(10)).await.unwrap().rows.is_empty());
        assert!(purchases::stakes(db, &stranger, false).await.unwrap().is_empty());
    }
    shop.fresh.clock.advance(purchases::UNATTESTED_DAYS * DAY);
    assert!(list(false).await.is_empty());
}
