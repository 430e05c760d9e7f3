//! A change that fails, at whichever of its statements, leaves nothing behind (security R8).
use super::{
    common::{amount, line, name, subscribe},
    keys::create,
    support::{Shop, authorize, cents, intent, read},
};
use domain::{
    Error, Result,
    access::{Grant, Permission, Role},
    agents::{ResumeAgent, SetLimit, SuspendAgent},
    cards::{CloseCard, FreezeCard, UnfreezeCard},
    db::{Command, Trail, Tx},
    environment::Environment,
    intents::{ApproveIntent, RejectIntent},
    limits::{
        self, Frequency, OnLimitExceeded,
        levels::SetOrganisationRules,
        policies::CreatePolicy,
        restrictions::{Level, Restrictions},
        terms::Change,
    },
    purchases::{self, Authorize, Capture, Purchase, PurchaseStatus, Reverse, testing::Cast},
    users,
};
use futures::future::join_all;

/// Runs the change with a failure at its first statement, then at its second and so on, until none is left to fail: before
/// that, every row of every table is as it was.
async fn whole_or_not_at_all<C: Command>(shop: &Shop, grant: &Grant, change: impl Fn() -> C) -> C::Output {
    let db = &shop.fresh.db;
    let before = shop.fresh.dump().await;
    for statements in 0..200 {
        db.fail_after(Some(statements));
        let outcome = db.commit(grant, change()).await;
        db.fail_after(None);
        match outcome {
            Ok(output) => {
                assert!(statements > 1, "the failure reaches what the change does");
                return output;
            }
            Err(Error::Broken(_) | Error::Busy) => {
                let after = shop.fresh.dump().await;
                for (table, rows) in &before {
                    assert_eq!(&after[table], rows, "{table}, after {statements} statements");
                }
            }
            Err(other) => panic!("after {statements} statements: {other}"),
        }
    }
    panic!("a change of more than 200 statements");
}

#[tokio::test]
async fn a_change_that_fails_at_any_statement_leaves_nothing() {
    let limit = Some((10_000, Frequency::PerMonth));
    let shop = Shop::new(Cast { limit, on_exceeded: Some(OnLimitExceeded::Suspend), ..Cast::default() }).await;
    let (grant, card, agent) = (&shop.grant, &shop.ids.card, &shop.ids.agent);
    subscribe(&shop.fresh).await;
    whole_or_not_at_all(&shop, grant, || intent(card, "one")).await;
    whole_or_not_at_all(&shop, grant, || read(card)).await;
    let bought = whole_or_not_at_all(&shop, grant, || authorize(card, 5_000, "Amazon")).await;
    assert_eq!(bought.status, PurchaseStatus::Pending);
    let capture = || Capture { id: bought.id.clone(), amount: Some(cents(4_000)) };
    whole_or_not_at_all(&shop, grant, capture).await;
    let reverse = || Reverse { id: bought.id.clone(), amount: Some(cents(500)) };
    whole_or_not_at_all(&shop, grant, reverse).await;
    whole_or_not_at_all(&shop, grant, || FreezeCard { id: card.clone(), reason: Some(line("odd")) }).await;
    whole_or_not_at_all(&shop, grant, || UnfreezeCard { id: card.clone() }).await;
    let declined = whole_or_not_at_all(&shop, grant, || authorize(card, 50_000, "Amazon")).await;
    assert_eq!(declined.status, PurchaseStatus::Declined);
    whole_or_not_at_all(&shop, grant, || ResumeAgent { id: agent.clone() }).await;
    whole_or_not_at_all(&shop, grant, || SuspendAgent { id: agent.clone(), reason: line("odd") }).await;
    whole_or_not_at_all(&shop, grant, || CloseCard { id: card.clone(), reason: None }).await;
    assert_eq!(limits::recount(&shop.fresh.db).await.unwrap(), []);
}

#[tokio::test]
async fn what_people_set_is_set_whole_or_not_at_all() {
    let asks = Restrictions { require_approval: Some(true), ..Restrictions::default() };
    let cast = Cast { layers: vec![(Level::Card, asks)], require_intent: Some(false), ..Cast::default() };
    let shop = Shop::new(cast).await;
    let (grant, agent) = (&shop.grant, &shop.ids.agent);
    subscribe(&shop.fresh).await;
    let person = shop.fresh.person(Environment::Live, Role::Owner);
    for (n, approved) in [("one", true), ("two", false)] {
        let held = whole_or_not_at_all(&shop, grant, || intent(&shop.ids.card, n)).await.intent;
        if approved {
            whole_or_not_at_all(&shop, &person, || ApproveIntent { id: held.id.clone(), reason: None }).await;
        } else {
            whole_or_not_at_all(&shop, &person, || RejectIntent { id: held.id.clone(), reason: line("dear") }).await;
        }
    }
    let raise = || SetLimit {
        id: agent.clone(),
        limit: Some((amount(20_000), Frequency::PerWeek)),
        on_exceeded: None,
        reason: line("more"),
        version: None,
    };
    whole_or_not_at_all(&shop, grant, raise).await;
    let set = || Change { max_amount: Some(Some(cents(90_000))), ..Change::default() };
    whole_or_not_at_all(&shop, grant, || SetOrganisationRules { set: set(), reason: None, version: None }).await;
    whole_or_not_at_all(&shop, grant, || CreatePolicy { name: name("Small"), description: None, set: set() }).await;
    whole_or_not_at_all(&shop, &person, || create("backend")).await;
}

/// How a purchase ends after it was written.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Ends {
    Well,
    Refused,
    Panicking,
}

struct Buy(Authorize, Ends);

impl Command for Buy {
    type Output = Purchase;

    fn permission(&self) -> Permission {
        self.0.permission()
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Purchase, Trail)> {
        let done = self.0.run(grant, tx).await?;
        match self.1 {
            Ends::Well => Ok(done),
            Ends::Refused => Err(Error::field("amount", "is not to our liking")),
            Ends::Panicking => panic!("on purpose"),
        }
    }
}

/// A database of its own for each order: after a failure the writer goes about the changes that follow in another way.
#[tokio::test]
async fn of_changes_that_are_made_at_once_only_those_that_fail_are_undone() {
    let (w, r, p) = (Ends::Well, Ends::Refused, Ends::Panicking);
    for order in [
        vec![w, w, w, r, w],
        vec![w, w, w, p, w, r],
        vec![r, w, w],
        vec![p, w, r, w],
        vec![w, r, p],
        vec![r, p],
        [w, w, r, r, w, p, p, r, p, w].repeat(6),
    ] {
        made_at_once(&order).await;
    }
}

async fn made_at_once(ends: &[Ends]) {
    let shop = Shop::new(Cast::default()).await;
    let (db, card) = (&shop.fresh.db, &shop.ids.card);
    let all = ends.iter().map(|&end| db.commit(&shop.grant, Buy(authorize(card, 100, "Shop"), end)));
    for (end, outcome) in ends.iter().zip(join_all(all).await) {
        match (end, outcome) {
            (Ends::Well, Ok(bought)) => {
                assert_eq!(purchases::get(db, &shop.grant, &bought.id).await.unwrap().purchase, bought);
            }
            (Ends::Refused, Err(Error::Refused(_))) | (Ends::Panicking, Err(Error::Broken(_))) => {}
            (_, other) => panic!("{other:?}"),
        }
    }
    let well = ends.iter().filter(|&&end| end == Ends::Well).count() as i64;
    let records = shop.fresh.everything().await["audit"].iter().filter(|row| row.contains("purchase.decided")).count();
    assert_eq!((shop.fresh.count("purchases").await, records as i64), (well, well));
    let user = users::get(db, &shop.grant, &shop.ids.user).await.unwrap();
    assert_eq!(user.balance.pending_charges, well * 100);
    assert_eq!(limits::recount(db).await.unwrap(), []);
}
