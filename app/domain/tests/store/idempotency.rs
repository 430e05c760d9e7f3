//! Calls that carry a key: done once, answered alike, and without a trace where they were not done.
use super::common::{key, new_user, strangers};
use domain::{
    Error,
    access::Grant,
    db::Db,
    idempotency::{self, Answered, KEPT_MS, Keyed, Outcome, Work, once},
    ids::UserId,
    testing::Fresh,
    time::SECOND,
    users,
};
use futures::future::join_all;
use std::sync::{
    Arc,
    atomic::{AtomicU32, Ordering},
};
use tokio::sync::Notify;

/// How a call goes.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Goes {
    Well,
    /// Refused after its change.
    Refused,
    /// It panics after its change.
    Panics,
    /// It waits after its change until it is told to go on.
    Waits,
}

/// A call that makes a user and answers with the user's name.
#[derive(Clone)]
struct Make {
    grant: Grant,
    goes: Goes,
    began: Arc<Notify>,
    go_on: Arc<Notify>,
    runs: Arc<AtomicU32>,
}

impl Make {
    fn new(grant: &Grant, goes: Goes) -> Self {
        let (began, go_on) = (Arc::default(), Arc::default());
        Self { grant: grant.clone(), goes, began, go_on, runs: Arc::default() }
    }
}

impl Work for Make {
    type Refusal = Error;

    async fn run(&self, db: Db) -> Result<Answered, Error> {
        self.runs.fetch_add(1, Ordering::SeqCst);
        let id: UserId = db.commit(&self.grant, new_user()).await?;
        self.began.notify_one();
        match self.goes {
            Goes::Well => {}
            Goes::Refused => return Err(Error::field("name", "is not to our liking")),
            Goes::Panics => panic!("on purpose"),
            Goes::Waits => self.go_on.notified().await,
        }
        // What it did is there for it to read, and for nobody else yet.
        let user = users::get(&db, &self.grant, &id).await?;
        Ok(Answered { status: 201, body: format!("{} {}", user.first_name, user.id), kept: None })
    }

    fn was_busy(refusal: &Error) -> bool {
        matches!(refusal, Error::Busy)
    }
}

fn call(key: &str, route: &str, fingerprint: &str) -> Keyed {
    Keyed { key: key.parse().unwrap(), route: route.into(), fingerprint: fingerprint.into() }
}

fn order(key: &str) -> Keyed {
    call(key, "POST /v1/users", "a")
}

fn order_of(n: usize) -> Keyed {
    order(&n.to_string())
}

fn done(outcome: Outcome<Error>) -> Answered {
    match outcome {
        Outcome::Done(answered) => answered,
        other => panic!("not done anew: {other:?}"),
    }
}

fn replayed(outcome: Outcome<Error>) -> Answered {
    match outcome {
        Outcome::Replayed(answered, _) => answered,
        other => panic!("not the first answer: {other:?}"),
    }
}

#[tokio::test]
async fn a_call_is_done_once_and_answered_alike() {
    let fresh = Fresh::new().await;
    let grant = key(&fresh);
    let make = |grant: &Grant| Make::new(grant, Goes::Well);
    let first = done(once(&fresh.db, &grant, order("k"), make(&grant)).await.unwrap());
    assert!(first.body.starts_with("Ada user_"), "{}", first.body);
    let work = make(&grant);
    let again = replayed(once(&fresh.db, &grant, order("k"), work.clone()).await.unwrap());
    assert_eq!((again, work.runs.load(Ordering::SeqCst)), (first.clone(), 0));
    let changed = once(&fresh.db, &grant, call("k", "POST /v1/users", "b"), make(&grant)).await.unwrap();
    assert!(matches!(changed, Outcome::Changed));
    assert_eq!(fresh.count("users").await, 1);

    // The same key elsewhere is another key.
    done(once(&fresh.db, &grant, call("k", "POST /v1/agents", "a"), make(&grant)).await.unwrap());
    done(once(&fresh.db, &grant, order("K"), make(&grant)).await.unwrap());
    for stranger in strangers(&fresh).await {
        done(once(&fresh.db, &stranger, order("k"), make(&stranger)).await.unwrap());
    }
    assert_eq!(fresh.count("users").await, 5);
    let stored = format!("{:?}", fresh.everything().await["idempotency"]);
    assert!(!stored.contains("Ada") && !stored.contains("user_"), "{stored}");
}

#[tokio::test]
async fn a_key_is_free_again_after_its_time() {
    let fresh = Fresh::new().await;
    let grant = key(&fresh);
    let make = || Make::new(&grant, Goes::Well);
    done(once(&fresh.db, &grant, order("k"), make()).await.unwrap());
    fresh.clock.advance(KEPT_MS - 1);
    replayed(once(&fresh.db, &grant, order("k"), make()).await.unwrap());
    assert_eq!(idempotency::prune(&fresh.db, 10).await.unwrap(), 0);
    fresh.clock.advance(1);
    // Whether or not it was forgotten by then, and whatever it says now.
    let anew = call("k", "POST /v1/users", "b");
    done(once(&fresh.db, &grant, anew.clone(), make()).await.unwrap());
    replayed(once(&fresh.db, &grant, anew, make()).await.unwrap());
    done(once(&fresh.db, &grant, order("other"), make()).await.unwrap());
    fresh.clock.advance(KEPT_MS);
    assert_eq!(idempotency::prune(&fresh.db, 1).await.unwrap(), 1);
    assert_eq!(idempotency::prune(&fresh.db, 10).await.unwrap(), 1);
    assert_eq!(fresh.count("idempotency").await, 0);
}

#[tokio::test]
async fn what_is_not_done_leaves_nothing_and_may_be_tried_again() {
    let fresh = Fresh::new().await;
    let grant = key(&fresh);
    let before = fresh.dump().await;
    let refused = once(&fresh.db, &grant, order("k"), Make::new(&grant, Goes::Refused)).await.unwrap();
    assert!(matches!(refused, Outcome::Refused(Error::Refused(_))));
    assert_eq!(fresh.dump().await, before);
    let broken = once(&fresh.db, &grant, order("k"), Make::new(&grant, Goes::Panics)).await;
    assert!(matches!(broken, Err(Error::Broken(_))));
    assert_eq!(fresh.dump().await, before);
    // Each table in turn fails, wherever in the call that is.
    let mut failed = 0;
    for table in before.keys().filter(|table| !table.starts_with("sqlite_")) {
        fresh.hide(table).await;
        let outcome = once(&fresh.db, &grant, order(table), Make::new(&grant, Goes::Well)).await;
        fresh.show(table).await;
        if matches!(outcome, Ok(Outcome::Done(_))) {
            continue;
        }
        failed += 1;
        let users = fresh.count("users").await;
        done(once(&fresh.db, &grant, order(table), Make::new(&grant, Goes::Well)).await.unwrap());
        assert_eq!(fresh.count("users").await, users + 1, "{table}");
    }
    assert!(failed >= 3, "{failed}: users, audit and the answers at least");
    assert_eq!(fresh.count("users").await, fresh.count("idempotency").await);
    assert_eq!(fresh.count("users").await, fresh.count("audit").await - before["audit"].len() as i64);
    done(once(&fresh.db, &grant, order("k"), Make::new(&grant, Goes::Well)).await.unwrap());
}

/// Where they share a commit on SQLite, those that went well are done again without the others.
#[tokio::test]
async fn calls_at_once_stand_or_fall_each_by_itself() {
    use Goes::{Panics, Refused, Well};
    for order in [vec![Well, Well, Refused, Well], vec![Well, Panics, Well], vec![Refused, Well], vec![Panics, Refused]]
    {
        let fresh = Fresh::new().await;
        let grant = key(&fresh);
        let call = |n: usize, goes| once(&fresh.db, &grant, order_of(n), Make::new(&grant, goes));
        let outcomes = join_all(order.iter().enumerate().map(|(n, &goes)| call(n, goes))).await;
        let mut well = 0;
        for (n, (goes, outcome)) in order.iter().zip(outcomes).enumerate() {
            match (goes, outcome) {
                (Well, Ok(Outcome::Done(answered))) => {
                    well += 1;
                    assert_eq!(replayed(call(n, Well).await.unwrap()), answered);
                }
                (Refused, Ok(Outcome::Refused(_))) | (Panics, Err(Error::Broken(_))) => {}
                (_, other) => panic!("{other:?}"),
            }
        }
        assert_eq!((fresh.count("users").await, fresh.count("idempotency").await), (well, well));
    }
}

#[tokio::test]
async fn a_call_under_way_is_told_and_not_joined() {
    let fresh = Fresh::new().await;
    let grant = key(&fresh);
    let first = Make::new(&grant, Goes::Waits);
    let (db, work, power) = (fresh.db.clone(), first.clone(), grant.clone());
    let running = tokio::spawn(async move { once(&db, &power, order("k"), work).await });
    first.began.notified().await;
    let second = once(&fresh.db, &grant, order("k"), Make::new(&grant, Goes::Well)).await.unwrap();
    assert!(matches!(second, Outcome::UnderWay));
    assert_eq!(users::get(&fresh.db, &grant, &UserId::floor(fresh.db.now())).await.ok(), None);
    first.go_on.notify_one();
    let answered = done(running.await.unwrap().unwrap());
    assert_eq!(replayed(once(&fresh.db, &grant, order("k"), Make::new(&grant, Goes::Well)).await.unwrap()), answered);
}

#[tokio::test]
async fn a_caller_that_goes_away_leaves_no_key_stuck() {
    let fresh = Fresh::new().await;
    let grant = key(&fresh);
    let first = Make::new(&grant, Goes::Waits);
    let (db, work, power) = (fresh.db.clone(), first.clone(), grant.clone());
    let running = tokio::spawn(async move { once(&db, &power, order("k"), work).await });
    first.began.notified().await;
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    first.go_on.notify_one();
    // The one database finishes what it began, the other undoes it; the caller cannot tell, and need not.
    let answered = loop {
        match once(&fresh.db, &grant, order("k"), Make::new(&grant, Goes::Well)).await.unwrap() {
            Outcome::UnderWay => tokio::task::yield_now().await,
            Outcome::Done(answered) | Outcome::Replayed(answered, _) => break answered,
            other => panic!("{other:?}"),
        }
    };
    assert_eq!(fresh.count("users").await, 1);
    assert_eq!(replayed(once(&fresh.db, &grant, order("k"), Make::new(&grant, Goes::Well)).await.unwrap()), answered);
}

/// `calls` at once with each of `keys` keys: one effect each, one answer each.
async fn at_once(calls: usize, keys: usize) {
    let fresh = Fresh::new().await;
    let (grant, records) = (key(&fresh), fresh.count("audit").await);
    for n in 0..keys {
        fresh.clock.advance(SECOND);
        let work = Make::new(&grant, Goes::Well);
        let one = || {
            let (db, grant, work) = (fresh.db.clone(), grant.clone(), work.clone());
            tokio::spawn(async move { once(&db, &grant, order(&n.to_string()), work).await })
        };
        let calls: Vec<_> = (0..calls).map(|_| one()).collect();
        let (mut first, mut answers) = (0, Vec::new());
        for outcome in join_all(calls).await {
            match outcome.unwrap().unwrap() {
                Outcome::Done(answered) => {
                    first += 1;
                    answers.push(answered);
                }
                Outcome::Replayed(answered, _) => answers.push(answered),
                Outcome::UnderWay => {}
                other => panic!("{other:?}"),
            }
        }
        answers.dedup();
        assert_eq!((first, answers.len()), (1, 1), "key {n}");
    }
    assert_eq!(fresh.count("users").await, keys as i64);
    assert_eq!(fresh.count("audit").await - records, keys as i64);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn of_a_hundred_at_once_one_is_done() {
    at_once(100, 5).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
#[ignore = "a hundred thousand calls: make prove"]
async fn of_a_hundred_at_once_one_is_done_a_thousand_times() {
    at_once(100, 1_000).await;
}
