//! Stopping a card or an agent while it buys (security X-B4): nothing is approved after the stop was acknowledged, and by
//! the numbers of the records nothing was decided after it as an approval.
use super::{
    common::line,
    support::{Shop, authorize},
};
use domain::{
    access::{Grant, Role},
    agents::{ResumeAgent, SuspendAgent},
    audit::{self, Action, Outcome, Record},
    cards::{CloseCard, FreezeCard, UnfreezeCard},
    db::Db,
    environment::Environment,
    ids::CardId,
    limits::{self, DeclineReason as Why},
    page::Paging,
    purchases::testing::{Cast, Ids},
};
use std::sync::{
    Arc,
    atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
};

const PURCHASERS: usize = 32;
/// Purchases that each makes after it has seen the stop.
const AFTER: usize = 2;

#[derive(Debug, Clone, Copy)]
enum Stop {
    Freeze,
    Suspend,
    Close,
}

impl Stop {
    async fn pull(self, db: &Db, grant: &Grant, ids: &Ids) {
        match self {
            Self::Freeze => db.commit(grant, FreezeCard { id: ids.card.clone(), reason: None }).await.map(drop),
            Self::Suspend => {
                db.commit(grant, SuspendAgent { id: ids.agent.clone(), reason: line("a look") }).await.map(drop)
            }
            Self::Close => db.commit(grant, CloseCard { id: ids.card.clone(), reason: None }).await.map(drop),
        }
        .unwrap();
    }

    /// The record of it, and the reason for which purchases are declined from then on.
    fn told(self) -> (Action, Why) {
        match self {
            Self::Freeze => (Action::CardFrozen, Why::CardFrozen),
            Self::Suspend => (Action::AgentSuspended, Why::AgentSuspended),
            Self::Close => (Action::CardClosed, Why::CardClosed),
        }
    }

    /// Takes it back, where that can be: whether it could.
    async fn release(self, db: &Db, grant: &Grant, ids: &Ids) -> bool {
        match self {
            Self::Freeze => db.commit(grant, UnfreezeCard { id: ids.card.clone() }).await.map(drop).unwrap(),
            Self::Suspend => db.commit(grant, ResumeAgent { id: ids.agent.clone() }).await.map(drop).unwrap(),
            Self::Close => return false,
        }
        true
    }
}

/// What the purchasers share with whoever stops them.
#[derive(Default)]
struct Signals {
    approved: AtomicUsize,
    /// The stop was acknowledged.
    stopped: AtomicBool,
}

/// Buys until the stop was acknowledged, and then a few times more.
async fn purchase(db: Db, grant: Grant, card: CardId, signals: Arc<Signals>, why: Why) {
    let mut after = 0;
    while after < AFTER {
        let late = signals.stopped.load(SeqCst);
        let declined = db.commit(&grant, authorize(&card, 1, "Amazon")).await.unwrap().declined_reason;
        match declined {
            None => {
                assert!(!late, "approved, although it was asked after {why} was acknowledged");
                signals.approved.fetch_add(1, SeqCst);
            }
            Some(reason) => assert_eq!(reason, why),
        }
        after += usize::from(late);
    }
}

/// All records of these actions, by number.
async fn records(db: &Db, reader: &Grant, actions: &[Action]) -> Vec<Record> {
    let mut all = Vec::new();
    for action in actions {
        let filter = audit::Filter { action: Some(*action), ..Default::default() };
        let mut paging = Paging::newest(100);
        loop {
            let page = audit::list(db, reader, &filter, &paging).await.unwrap();
            paging.before = page.rows.last().map(|record| record.id.clone());
            all.extend(page.rows);
            if !page.older {
                break;
            }
        }
    }
    all.sort_by_key(|record| record.sequence);
    all
}

/// Stops the purchasers in full run, round after round; after each, the card or agent is let go, or another one taken.
async fn race(stop: Stop) {
    let shop = Shop::new(Cast::default()).await;
    let rounds = if shop.fresh.url.starts_with("sqlite:") { 3 } else { 2 };
    let (db, grant, (action, why)) = (&shop.fresh.db, &shop.grant, stop.told());
    let mut ids = shop.ids.clone();
    for _ in 0..rounds {
        let signals = Arc::<Signals>::default();
        let each = |_| tokio::spawn(purchase(db.clone(), grant.clone(), ids.card.clone(), signals.clone(), why));
        let purchasers: Vec<_> = (0..PURCHASERS).map(each).collect();
        while signals.approved.load(SeqCst) < 2 * PURCHASERS {
            assert!(!purchasers.iter().all(tokio::task::JoinHandle::is_finished), "nobody buys");
            tokio::task::yield_now().await;
        }
        stop.pull(db, grant, &ids).await;
        signals.stopped.store(true, SeqCst);
        for purchaser in purchasers {
            purchaser.await.unwrap();
        }
        if !stop.release(db, grant, &ids).await {
            ids.card = Cast::default().another_card(db, grant, &ids).await.unwrap();
        }
        shop.fresh.clock.advance(1);
    }
    assert_eq!(limits::recount(db).await.unwrap(), []);

    // The order in which everything was committed. Each round ends with its stop; what is approved after that belongs to
    // the next one, which begins with a release or with another card.
    let reader = shop.fresh.person(Environment::Live, Role::Owner);
    let released = [Action::CardUnfrozen, Action::AgentResumed];
    let all = records(db, &reader, &[[Action::PurchaseDecided, action], released].concat()).await;
    let mut stops = 0;
    let mut open = true;
    let mut closed: Vec<&str> = Vec::new();
    for record in &all {
        if record.action == action {
            (stops, open) = (stops + 1, false);
            closed.push(&record.subject_id);
        } else if released.contains(&record.action) {
            open = true;
        } else if record.outcome == Outcome::Done {
            let after: serde_json::Value = serde_json::from_str(record.after.as_deref().unwrap()).unwrap();
            let card = after["cardId"].as_str().unwrap();
            let stopped = if matches!(stop, Stop::Close) { closed.contains(&card) } else { !open };
            assert!(!stopped, "record {} approves after the stop", record.sequence);
        }
    }
    assert_eq!(stops, rounds);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_approved_once_the_card_is_frozen() {
    race(Stop::Freeze).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_approved_once_the_agent_is_suspended() {
    race(Stop::Suspend).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn nothing_is_approved_once_the_card_is_closed() {
    race(Stop::Close).await;
}
