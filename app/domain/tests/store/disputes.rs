//! Disputes: opened about what was settled, moved along the documented arrows, paid back when they are won.
use super::{
    common::{actions, strangers},
    support::{Shop, cents, code, refused_field},
};
use domain::{
    Error, Result,
    access::Role,
    disputes::{
        self, CancelDispute, DecideDispute, Dispute, DisputeReason, DisputeStatus as Is, Filter, OpenDispute,
        ReviewDispute,
    },
    environment::Environment,
    error::Code,
    ids::{DisputeId, PurchaseId},
    limits,
    name::{Passage, Statement},
    page::Paging,
    purchases::{self, Purchase, PurchaseStatus, testing::Cast},
    users,
};
use futures::future::join_all;

fn open(purchase: &PurchaseId, amount: Option<i64>) -> OpenDispute {
    OpenDispute {
        purchase_id: purchase.clone(),
        amount: amount.map(cents),
        reason: DisputeReason::Duplicate,
        description: Some(Passage::parse("Charged twice.").unwrap()),
        text_evidence: Some(Statement::parse("Order 7, once.").unwrap()),
    }
}

impl Shop {
    async fn settled(&self, amount: i64) -> Purchase {
        let bought = self.buy(amount).await;
        self.capture(&bought.id, None).await.unwrap()
    }

    async fn dispute(&self, purchase: &PurchaseId, amount: Option<i64>) -> Result<Dispute> {
        self.fresh.db.commit(&self.grant, open(purchase, amount)).await
    }

    async fn step(&self, id: &DisputeId, to: Is) -> Result<Dispute> {
        let (db, id) = (&self.fresh.db, id.clone());
        match to {
            Is::InReview => db.commit(&self.grant, ReviewDispute { id }).await,
            Is::Won | Is::Lost => db.commit(&self.grant, DecideDispute { id, won: to == Is::Won }).await,
            Is::Canceled => db.commit(&self.grant, CancelDispute { id }).await,
            Is::Pending => panic!("it begins so"),
        }
    }
}

#[tokio::test]
async fn a_dispute_that_is_won_gives_back_what_was_disputed() {
    let shop = Shop::new(Cast::default()).await;
    let db = &shop.fresh.db;
    let bought = shop.settled(5_000).await;
    let before = users::balance(db, &shop.grant, &shop.ids.user).await.unwrap().0.spending_power;
    shop.fresh.clock.advance(5);
    let dispute = shop.dispute(&bought.id, Some(2_000)).await.unwrap();
    assert_eq!((dispute.status, dispute.amount, &dispute.merchant_name), (Is::Pending, 2_000, &bought.merchant_name));
    assert_eq!(disputes::get(db, &shop.grant, &dispute.id).await.unwrap(), dispute);
    shop.fresh.clock.advance(5);
    assert_eq!(shop.step(&dispute.id, Is::InReview).await.unwrap().resolved_at, None);
    shop.fresh.clock.advance(5);
    let won = shop.step(&dispute.id, Is::Won).await.unwrap();
    assert_eq!((won.status, won.resolved_at), (Is::Won, Some(db.now())));
    assert_eq!(disputes::get(db, &shop.grant, &dispute.id).await.unwrap(), won);
    let left = purchases::get(db, &shop.grant, &bought.id).await.unwrap().purchase;
    assert_eq!((left.amount, left.reversed_amount, left.status), (3_000, 2_000, PurchaseStatus::Completed));
    let after = users::balance(db, &shop.grant, &shop.ids.user).await.unwrap().0.spending_power;
    assert_eq!(after, before + 2_000);
    assert_eq!(limits::recount(db).await.unwrap(), []);
    let told = actions(&shop.fresh, &dispute.id).await;
    assert_eq!(told, ["dispute.opened", "dispute.reviewed", "dispute.won"]);
    assert_eq!(code(shop.dispute(&bought.id, None).await), Code::DisputeExists);

    // What was refunded meanwhile is not given back twice.
    let bought = shop.settled(1_000).await;
    let dispute = shop.dispute(&bought.id, None).await.unwrap();
    shop.step(&dispute.id, Is::InReview).await.unwrap();
    shop.reverse(&bought.id, None).await.unwrap();
    assert_eq!(shop.step(&dispute.id, Is::Won).await.unwrap().status, Is::Won);
    assert_eq!(purchases::get(db, &shop.grant, &bought.id).await.unwrap().purchase.reversed_amount, 1_000);
    assert_eq!(limits::recount(db).await.unwrap(), []);
}

#[tokio::test]
async fn only_the_documented_arrows_are_walked() {
    let shop = Shop::new(Cast { deposited: 1_000_000, ..Cast::default() }).await;
    let ways: [&[Is]; 5] = [&[], &[Is::InReview], &[Is::Canceled], &[Is::InReview, Is::Won], &[Is::InReview, Is::Lost]];
    for way in ways {
        for to in [Is::InReview, Is::Won, Is::Lost, Is::Canceled] {
            let bought = shop.settled(100).await;
            let dispute = shop.dispute(&bought.id, None).await.unwrap();
            let mut at = Is::Pending;
            for step in way {
                at = shop.step(&dispute.id, *step).await.unwrap().status;
            }
            let stepped = shop.step(&dispute.id, to).await;
            if at.next().contains(&to) {
                assert_eq!(stepped.unwrap().status, to);
            } else {
                assert_eq!(code(stepped), Code::DisputeState, "{at} to {to}");
                assert_eq!(disputes::get(&shop.fresh.db, &shop.grant, &dispute.id).await.unwrap().status, at);
            }
        }
    }
    // After one that was taken back there may be another.
    let bought = shop.settled(100).await;
    let first = shop.dispute(&bought.id, None).await.unwrap();
    shop.step(&first.id, Is::Canceled).await.unwrap();
    shop.fresh.clock.advance(1);
    let second = shop.dispute(&bought.id, None).await.unwrap();
    let all = disputes::of_purchase(&shop.fresh.db, &shop.grant, &bought.id).await.unwrap();
    assert_eq!(all.iter().map(|d| &d.id).collect::<Vec<_>>(), [&second.id, &first.id]);
}

#[tokio::test]
async fn what_cannot_be_disputed_says_why() {
    let shop = Shop::new(Cast::default()).await;
    let pending = shop.buy(1_000).await;
    assert_eq!(code(shop.dispute(&pending.id, None).await), Code::TransactionState);
    let bought = shop.capture(&pending.id, None).await.unwrap();
    assert_eq!(refused_field(shop.dispute(&bought.id, Some(1_001)).await), "amount");
    let bare = OpenDispute { reason: DisputeReason::Other, description: None, ..open(&bought.id, None) };
    assert_eq!(refused_field(shop.fresh.db.commit(&shop.grant, bare).await), "description");
    let secret = Some(Statement::parse("4242 4242 4242 4242").unwrap());
    let secret = OpenDispute { text_evidence: secret, ..open(&bought.id, None) };
    assert_eq!(refused_field(shop.fresh.db.commit(&shop.grant, secret).await), "textEvidence");
    for stranger in strangers(&shop.fresh).await {
        let refused = shop.fresh.db.commit(&stranger, open(&bought.id, None)).await;
        assert!(matches!(refused, Err(Error::NotFound(_))));
    }
    for role in [Role::Developer, Role::Support, Role::Auditor, Role::Finance] {
        let grant = shop.fresh.person(Environment::Live, role);
        assert!(matches!(shop.fresh.db.commit(&grant, open(&bought.id, None)).await, Err(Error::Denied(_))), "{role}");
    }
    assert_eq!(shop.fresh.count("disputes").await, 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_many_at_once_one_stands() {
    let shop = Shop::new(Cast::default()).await;
    let bought = shop.settled(1_000).await;
    let opened = join_all((0..16).map(|_| shop.dispute(&bought.id, None))).await;
    assert_eq!(opened.iter().filter(|opened| opened.is_ok()).count(), 1);
    let id = opened.into_iter().find_map(Result::ok).unwrap().id;
    shop.step(&id, Is::InReview).await.unwrap();
    let won = join_all((0..8).map(|_| shop.step(&id, Is::Won))).await;
    assert_eq!(won.iter().filter(|won| won.is_ok()).count(), 1);
    assert_eq!(purchases::get(&shop.fresh.db, &shop.grant, &bought.id).await.unwrap().purchase.reversed_amount, 1_000);
    assert_eq!(limits::recount(&shop.fresh.db).await.unwrap(), []);
}

#[tokio::test]
async fn disputes_are_found_by_what_they_are_about_and_by_nobody_else() {
    let shop = Shop::new(Cast::default()).await;
    let (db, bought) = (&shop.fresh.db, shop.settled(1_000).await);
    let dispute = shop.dispute(&bought.id, None).await.unwrap();
    let other = shop.settled(1_000).await.id;
    for (filter, found) in [
        (Filter::default(), 1),
        (Filter { status: Some(Is::Pending), ..Filter::default() }, 1),
        (Filter { status: Some(Is::Won), ..Filter::default() }, 0),
        (Filter { purchase_id: Some(bought.id.clone()), ..Filter::default() }, 1),
        (Filter { purchase_id: Some(other), ..Filter::default() }, 0),
        (Filter { user_id: Some(shop.ids.user.clone()), ..Filter::default() }, 1),
        (Filter { agent_id: Some(shop.ids.agent.clone()), ..Filter::default() }, 1),
    ] {
        let page = disputes::list(db, &shop.grant, &filter, &Paging::newest(10)).await.unwrap();
        assert_eq!(page.rows.len(), found, "{filter:?}");
    }
    for stranger in strangers(&shop.fresh).await {
        let page = disputes::list(db, &stranger, &Filter::default(), &Paging::newest(10)).await.unwrap();
        assert!(page.rows.is_empty());
        assert!(matches!(disputes::get(db, &stranger, &dispute.id).await, Err(Error::NotFound(_))));
    }
}
