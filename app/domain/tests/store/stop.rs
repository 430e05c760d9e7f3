//! All spending stopped at once: what is refused meanwhile, what goes on, and that no decision slips past it.
use super::{
    common::{actions, line, subscribe, told},
    support::{Shop, authorize, code, intent, read},
};
use domain::{
    access::{self, Role},
    attestations::Redeem,
    audit::{self, Action, Outcome},
    cards::RevealCard,
    environment::Environment,
    error::Code,
    intents,
    limits::{
        self, DeclineReason,
        stop::{self, AllowSpending, Reach, StopSpending},
    },
    page::Paging,
    purchases::{PurchaseStatus as Is, testing::Cast},
    secret::Plain,
    testing,
};
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
};

const PURCHASERS: usize = 32;
const USERS: usize = 8;

fn free() -> Cast {
    Cast { require_intent: Some(false), ..Cast::default() }
}

fn halt() -> StopSpending {
    StopSpending { reason: line("odd purchases") }
}

fn allow() -> AllowSpending {
    AllowSpending { reason: line("all is well") }
}

#[tokio::test]
async fn nothing_is_bought_or_shown_while_spending_is_stopped_and_what_was_approved_goes_on() {
    let shop = Shop::new(free()).await;
    let (fresh, db, grant, card) = (&shop.fresh, &shop.fresh.db, &shop.grant, &shop.ids.card);
    subscribe(fresh).await;
    let ada = access::testing::member(db, &fresh.organisation, Role::Owner, "ada", "ada@acme.example").await;
    let (first, second) = (shop.buy(1_000).await, shop.buy(2_000).await);
    let token = db.commit(grant, read(card)).await.unwrap().token.unwrap().0.reveal().text().to_owned();
    let redeem = || Redeem { token: Plain::new(token.clone()) };
    assert_eq!(stop::in_force(db, grant).await.unwrap(), None);
    assert_eq!(stop::reach(db, grant).await.unwrap(), Reach { agents: 1, cards: 1 });

    db.commit(&ada, halt()).await.unwrap();
    let said = stop::in_force(db, grant).await.unwrap().unwrap();
    assert_eq!((said.at, &*said.by, &*said.reason), (db.now(), "ada", "odd purchases"));
    let declined = shop.buy(1).await;
    let why = Some(DeclineReason::OrganisationSuspended);
    assert_eq!((declined.status, declined.declined_reason), (Is::Declined, why));
    let reveal = RevealCard { id: card.clone(), reason: line("by phone") };
    for refused in [
        code(db.commit(grant, read(card)).await),
        code(db.commit(grant, redeem()).await),
        code(db.commit(&ada, reveal).await),
        code(db.commit(&ada, halt()).await),
    ] {
        assert_eq!(refused, Code::OrganisationSuspended);
    }
    let declared = db.commit(grant, intent(card, "meanwhile")).await.unwrap().intent;
    let held = intents::held_one(db, grant, &declared.id).await.unwrap();
    assert!(held.facts.organisation_stopped, "who approves it is told");
    shop.capture(&first.id, None).await.unwrap();
    shop.reverse(&first.id, None).await.unwrap();
    shop.reverse(&second.id, None).await.unwrap();

    let other = testing::organisation(db, "Other").await;
    for elsewhere in [fresh.key(Environment::Dev), access::testing::key(db, &other, Environment::Live)] {
        let card = free().write(db, &elsewhere).await.unwrap().card;
        assert_eq!(db.commit(&elsewhere, authorize(&card, 1, "Amazon")).await.unwrap().status, Is::Pending);
        assert_eq!(stop::in_force(db, &elsewhere).await.unwrap(), None);
    }

    db.commit(&ada, allow()).await.unwrap();
    assert_eq!(shop.buy(1).await.status, Is::Pending);
    db.commit(grant, redeem()).await.unwrap();
    assert_eq!(code(db.commit(&ada, allow()).await), Code::OrganisationNotSuspended);
    let told = told(fresh).await;
    let times = |kind: &str| told.iter().filter(|(told, _)| told == kind).count();
    assert_eq!((times("organization.spending_stopped"), times("organization.spending_resumed")), (1, 1));
    assert_eq!((times("transaction.declined"), times("policy.violated")), (1, 0), "nobody set a rule for it");
    let recorded = actions(fresh, &fresh.organisation).await;
    for action in ["organisation.spending_stopped", "organisation.spending_resumed"] {
        assert_eq!(recorded.iter().filter(|own| **own == action).count(), 1, "{recorded:?}");
    }
    assert_eq!(limits::replay(db).await.unwrap().differences, []);
    assert_eq!(limits::recount(db).await.unwrap(), []);
}

/// Security X-B4. The records of an organisation are numbered in the order of their commits: after the stop's there is no
/// approved purchase, however many were under way.
#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_purchase_is_approved_after_the_commit_of_the_stop() {
    let shop = Shop::new(Cast::default()).await;
    let (db, grant) = (&shop.fresh.db, &shop.grant);
    let mut cards = Vec::new();
    for _ in 0..USERS {
        cards.push(Cast::default().write(db, grant).await.unwrap().card);
    }
    let (stopped, bought) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let purchasers: Vec<_> = (0..PURCHASERS)
        .map(|n| {
            let (db, grant, card) = (db.clone(), grant.clone(), cards[n % USERS].clone());
            let (stopped, bought) = (stopped.clone(), bought.clone());
            tokio::spawn(async move {
                loop {
                    let acknowledged = stopped.load(SeqCst);
                    let made = db.commit(&grant, authorize(&card, 1, "Amazon")).await.unwrap();
                    bought.fetch_add(1, SeqCst);
                    if acknowledged {
                        return made.status;
                    }
                }
            })
        })
        .collect();
    while bought.load(SeqCst) < 2 * PURCHASERS {
        tokio::task::yield_now().await;
    }
    db.commit(grant, halt()).await.unwrap();
    stopped.store(true, SeqCst);
    for last in futures::future::join_all(purchasers).await {
        assert_eq!(last.unwrap(), Is::Declined, "asked for after the stop was acknowledged");
    }

    let reader = shop.fresh.person(Environment::Live, Role::Auditor);
    let records = async |action| {
        let filter = audit::Filter { action: Some(action), ..audit::Filter::default() };
        let (mut all, mut paging) = (Vec::new(), Paging::newest(100));
        loop {
            let page = audit::list(db, &reader, &filter, &paging).await.unwrap();
            paging.before = page.rows.last().map(|record| record.id.clone());
            all.extend(page.rows);
            if !page.older {
                return all;
            }
        }
    };
    let end = records(Action::SpendingStopped).await[0].sequence;
    let decided = records(Action::PurchaseDecided).await;
    assert_eq!(decided.len(), bought.load(SeqCst));
    let (before, after): (Vec<_>, Vec<_>) = decided.iter().partition(|record| record.sequence < end);
    assert!(before.iter().all(|record| record.outcome == Outcome::Done) && before.len() >= 2 * PURCHASERS);
    let late: Vec<i64> =
        after.iter().filter(|record| record.outcome == Outcome::Done).map(|record| record.sequence).collect();
    assert!(late.is_empty() && after.len() >= PURCHASERS, "approved after {end}: {late:?} of {}", after.len());
    assert_eq!(limits::recount(db).await.unwrap(), []);
}
