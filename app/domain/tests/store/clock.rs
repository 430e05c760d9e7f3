//! A clock that is set right and wrong (security R10), by a second to two years, during load: no window is entered again,
//! what was ended stays ended, and what is on a schedule goes on. The random commands of [`super::model`] jump as well.
use super::{
    access::{PASSWORD, grant_of, person, sign_in},
    agent_ends,
    keys::{create, made, shut},
    model::JUMPS,
    support::{Shop, authorize, cents, code, intent, read},
    webhooks::{Receiver, all, create as endpoint, tell},
};
use domain::{
    access::{self, Admission, Arrival, Caller, Origin, Role, Sessions, Shut},
    agents::{CreateToken, RevokeToken, RotateToken},
    attestations::Redeem,
    cards::{self, CardStatus},
    db::{Db, Options},
    environment::Environment,
    error::Code,
    intents::{self, CancelIntent, IntentStatus},
    keys::{self, CreateKey, Expiry, KeyStatus, Overlap, RevokeKey, RotateKey, life::Successor},
    limits::{
        self, DeclineReason as Why, Frequency,
        restrictions::{Level, Restrictions},
        window::window,
    },
    page::Paging,
    purchases::{self, Purchase, PurchaseStatus as Is, testing::Cast},
    secret::Plain,
    testing::Fresh,
    time::{DAY, HOUR, MINUTE, SECOND, Timestamp},
    webhooks::{DeliveryState, EventType, deliver, schedule::STEPS},
};
use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering::SeqCst},
};
use tower_sessions::{SessionStore, session::Id};

const LIMIT: i64 = 400;
const DAILY: i64 = 250;
const MONTHLY: i64 = 350;
const PURCHASERS: usize = 6;

/// Forward and back again, back and forward again, each time by every step.
fn jumps() -> Vec<i64> {
    JUMPS.iter().flat_map(|jump| [*jump, -jump, -jump, *jump]).collect()
}

/// All purchases, those decided first at the front.
async fn every_purchase(shop: &Shop) -> Vec<Purchase> {
    let (mut rows, mut paging) = (Vec::new(), Paging::newest(100));
    loop {
        let page = purchases::list(&shop.fresh.db, &shop.grant, &Default::default(), &paging).await.unwrap();
        paging.before = page.rows.last().map(|row| row.id.clone());
        rows.extend(page.rows);
        if !page.older {
            rows.reverse();
            return rows;
        }
    }
}

/// Buys with all purchasers at once while the clock jumps, and then looks at every window by the recorded moments.
async fn load(frequency: Frequency) {
    let card = Restrictions {
        limit_per_day: Some(cents(DAILY)),
        limit_per_month: Some(cents(MONTHLY)),
        ..Restrictions::default()
    };
    let cast = Cast { limit: Some((LIMIT, frequency)), layers: vec![(Level::Card, card)], ..Cast::default() };
    let shop = Shop::new(cast.clone()).await;
    let other = cast.another_card(&shop.fresh.db, &shop.grant, &shop.ids).await.unwrap();
    let (jumps, decided) = (jumps(), Arc::new(AtomicUsize::new(0)));
    // As many as make the load last for all jumps.
    let (between, each) = (PURCHASERS, jumps.len() + 4);
    let buying = (0..PURCHASERS).map(|n| {
        let (db, grant, decided) = (shop.fresh.db.clone(), shop.grant.clone(), decided.clone());
        let card = if n % 2 == 0 { shop.ids.card.clone() } else { other.clone() };
        tokio::spawn(async move {
            for round in 0..each {
                let amount = 7 + (5 * n + round) as i64 % 40;
                db.commit(&grant, authorize(&card, amount, "Amazon")).await.unwrap();
                decided.fetch_add(1, SeqCst);
            }
        })
    });
    let buying: Vec<_> = buying.collect();
    for (n, jump) in jumps.iter().enumerate() {
        while decided.load(SeqCst) < n * between && !buying.iter().all(tokio::task::JoinHandle::is_finished) {
            tokio::task::yield_now().await;
        }
        shop.fresh.clock.advance(*jump);
    }
    for one in buying {
        one.await.unwrap();
    }

    let all = every_purchase(&shop).await;
    assert_eq!(all.len(), PURCHASERS * each);
    let approved: Vec<&Purchase> = all.iter().filter(|one| one.status == Is::Pending).collect();
    assert!(approved.len() > 10 && approved.len() < all.len(), "both answers are met");
    let zone = chrono_tz::UTC;
    for last in &approved {
        let spent = |frequency, of: &dyn Fn(&Purchase) -> bool| -> i64 {
            let within = window(frequency, last.authorized_at, zone);
            approved.iter().filter(|one| within.contains(one.authorized_at) && of(one)).map(|one| one.amount).sum()
        };
        let own = |one: &Purchase| one.card_id == last.card_id;
        for (spent, most) in [
            (spent(frequency, &|_| true), LIMIT),
            (spent(Frequency::Per24HourPeriod, &own), DAILY),
            (spent(Frequency::PerMonth, &own), MONTHLY),
        ] {
            assert!(spent <= most, "{frequency}: {spent} of {most} in the window of {}", last.authorized_at);
        }
    }
    assert_eq!(limits::recount(&shop.fresh.db).await.unwrap(), []);
    assert_eq!(limits::replay(&shop.fresh.db).await.unwrap().differences, []);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn no_window_is_entered_again_while_the_clock_jumps() {
    for frequency in [Frequency::Per24HourPeriod, Frequency::PerWeek, Frequency::PerMonth, Frequency::PerYear] {
        load(frequency).await;
    }
}

/// A window that is used up stays used up, however the clock is set back: also one that began after the jump.
#[tokio::test]
async fn a_clock_set_back_gives_nothing_back() {
    for frequency in [Frequency::Per24HourPeriod, Frequency::PerWeek, Frequency::PerMonth, Frequency::PerYear] {
        let shop = Shop::new(Cast { limit: Some((LIMIT, frequency)), ..Cast::default() }).await;
        for jump in JUMPS {
            let before = shop.fresh.db.now();
            assert_eq!(shop.buy(LIMIT + 1).await.status, Is::Declined);
            // Whatever is left here is used up.
            for amount in [LIMIT, LIMIT / 2, 1] {
                while shop.buy(amount).await.status == Is::Pending {}
            }
            for back in [jump, 1, jump] {
                shop.fresh.clock.advance(-back);
                let refused = shop.buy(1).await;
                assert_eq!(refused.declined_reason, Some(Why::SpendingLimitExceeded), "{frequency}, {jump}");
                assert!(refused.authorized_at >= before, "a decision goes not back behind the last one");
            }
            shop.fresh.clock.set(before + jump);
        }
    }
}

#[tokio::test]
async fn what_was_ended_stays_ended_whatever_the_clock_says() {
    let shop = Shop::new(Cast { require_intent: Some(false), ..Cast::default() }).await;
    let (fresh, db, grant) = (&shop.fresh, &shop.fresh.db, &shop.grant);
    let admin = fresh.person(Environment::Live, Role::Admin);

    let (key, key_text) = made(fresh, create("backend")).await;
    db.commit(&admin, RevokeKey { id: key.clone() }).await.unwrap();
    let (token, secret) = db.commit(grant, agent_ends::token_of(&shop.ids.agent, None)).await.unwrap();
    let token_text = secret.reveal().text().to_owned();
    db.commit(grant, RevokeToken { id: token, agent_id: None }).await.unwrap();

    let details = db.commit(grant, read(&shop.ids.card)).await.unwrap().token.expect("a token").0.reveal();
    let redeem = || Redeem { token: Plain::new(details.text().to_owned()) };
    db.commit(grant, redeem()).await.unwrap();

    let declared = db.commit(grant, intent(&shop.ids.card, "one")).await.unwrap().intent.id;
    db.commit(grant, CancelIntent { id: declared.clone() }).await.unwrap();
    let ran_out = db.commit(grant, intent(&shop.ids.card, "two")).await.unwrap().intent.id;
    let other = Cast { life: Some(HOUR), ..Cast::default() }.another_card(db, grant, &shop.ids).await.unwrap();

    let (address, _) = person(fresh, Role::Auditor).await;
    let Admission::In(left) = sign_in(fresh, &address, PASSWORD, Arrival::default()).await else { panic!("not in") };
    Sessions(db.clone()).delete(&left.session.parse::<Id>().unwrap()).await.unwrap();
    let Admission::In(quiet) = sign_in(fresh, &address, PASSWORD, Arrival::default()).await else { panic!("not in") };

    // The time of an intent, a card and a session is over, and somebody noticed.
    fresh.clock.advance(HOUR + MINUTE);
    assert_eq!((intents::expire_due(db, 10).await.unwrap(), cards::end_due(db, 10).await.unwrap()), (1, 1));
    assert!(grant_of(fresh, &quiet.session).await.is_none(), "nobody was there for an hour");

    for jump in jumps() {
        fresh.clock.advance(jump);
        let at = fresh.db.now();
        assert_eq!(shut(fresh, &key_text).await, Some(Shut::Revoked), "{at}");
        assert_eq!(shut(fresh, &token_text).await, Some(Shut::Revoked), "{at}");
        assert_eq!(code(db.commit(grant, redeem()).await), Code::TokenSpent, "{at}");
        for session in [&left.session, &quiet.session] {
            assert!(grant_of(fresh, session).await.is_none(), "{at}");
        }
        for (id, status) in [(&declared, IntentStatus::Canceled), (&ran_out, IntentStatus::Expired)] {
            assert_eq!(intents::get(db, grant, id).await.unwrap().status, status, "{at}");
        }
        assert_eq!(cards::get(db, grant, &other).await.unwrap().status, CardStatus::Closed, "{at}");
        assert_eq!(shop.buy_with(&other, 1, "Amazon").await.declined_reason, Some(Why::CardClosed), "{at}");
        assert_eq!(keys::get(db, &admin, &key).await.unwrap().status, KeyStatus::Revoked, "{at}");
    }
}

/// What ends at a moment is over at that moment and after it, on whichever way the clock came there.
#[tokio::test]
async fn nothing_opens_behind_its_own_end() {
    let shop = Shop::new(Cast::default()).await;
    let (fresh, db) = (&shop.fresh, &shop.fresh.db);
    let end = db.now() + 10 * DAY;
    let (_, key) = made(fresh, CreateKey { expiry: Expiry::At(end), ..create("nightly") }).await;
    let token = CreateToken { expires_at: Some(end), ..agent_ends::token_of(&shop.ids.agent, None) };
    let token = db.commit(&shop.grant, token).await.unwrap().1.reveal().text().to_owned();
    for behind in JUMPS.iter().rev().chain(&JUMPS).chain(&[0]) {
        fresh.clock.set(end + *behind);
        for text in [&key, &token] {
            assert_eq!(shut(fresh, text).await, Some(Shut::Expired), "{behind} ms after its end");
        }
    }
}

/// A key and a token that end in an hour, and one of each whose overlap with a successor ends then.
async fn ending_in_an_hour(shop: &Shop) -> [String; 4] {
    let (fresh, db, grant) = (&shop.fresh, &shop.fresh.db, &shop.grant);
    let admin = fresh.person(Environment::Live, Role::Admin);
    let end = Some(db.now() + HOUR);
    let token = async |expires_at| db.commit(grant, agent_ends::token_of(&shop.ids.agent, expires_at)).await.unwrap();

    let (_, key) = made(fresh, CreateKey { expiry: Expiry::At(db.now() + HOUR), ..create("nightly") }).await;
    let (_, ending) = token(end).await;
    let (old, rotated_key) = made(fresh, create("rotated")).await;
    let rotate = RotateKey { id: old, overlap: Overlap::Hour, from_first_use: false, ends: Successor::SameLife };
    db.commit(&admin, rotate).await.unwrap();
    let (old, rotated) = token(None).await;
    db.commit(grant, RotateToken { id: old, agent_id: None, overlap: Overlap::Hour }).await.unwrap();
    [key, ending.reveal().text().to_owned(), rotated_key, rotated.reveal().text().to_owned()]
}

async fn all_shut(fresh: &Fresh, db: &Db, texts: &[String; 4]) {
    let expected = [Shut::Expired, Shut::Expired, Shut::Replaced, Shut::Replaced];
    for (text, expected) in texts.iter().zip(expected) {
        match access::caller(db, text, Origin::default()).await.unwrap() {
            Caller::Shut(why, _) => assert_eq!(why, expected, "{}", fresh.db.now()),
            Caller::Known(..) => panic!("{expected:?} before, and opens at {}", fresh.db.now()),
        }
    }
}

/// Whether somebody called after the end or not: that the clock was there is enough. What had not ended is left alone.
#[tokio::test]
async fn what_ended_by_itself_is_not_opened_by_a_clock_set_back() {
    for jump in JUMPS {
        let shop = Shop::new(Cast::default()).await;
        let fresh = &shop.fresh;
        let texts = ending_in_an_hour(&shop).await;
        let later = fresh.db.now() + HOUR + jump + DAY;
        let (id, lasting) = made(fresh, CreateKey { expiry: Expiry::At(later), ..create("lasting") }).await;
        fresh.clock.advance(HOUR);
        access::keep_ended(&fresh.db).await.unwrap();
        for back in [jump, -jump, jump, 2 * jump, -2 * jump] {
            fresh.clock.advance(-back);
            all_shut(fresh, &fresh.db, &texts).await;
            assert_eq!(shut(fresh, &lasting).await, None, "{jump}");
        }
        let admin = fresh.person(Environment::Live, Role::Admin);
        assert_eq!(keys::get(&fresh.db, &admin, &id).await.unwrap().expires_at, Some(later));
        let audit = &fresh.dump().await["audit"];
        for act in ["api_key.expired", "agent_token.expired"] {
            let told = audit.iter().filter(|row| row.contains(act) && row.contains("set back")).count();
            assert!(told >= 2, "{jump}: {act} of both, {told}");
        }
    }
}

/// A process that was stopped when the clock was set back learns it before it lets anybody in.
#[tokio::test]
async fn a_restart_does_not_open_what_ended_before_it() {
    let shop = Shop::new(Cast::default()).await;
    let fresh = &shop.fresh;
    let texts = ending_in_an_hour(&shop).await;
    fresh.clock.advance(HOUR);
    access::keep_ended(&fresh.db).await.unwrap();
    fresh.clock.advance(-2 * MINUTE);
    let restarted = Db::open(Options {
        clock: fresh.clock.clone(),
        key_file: Some(fresh.dir.path().join("test.key")),
        ..Options::new(&fresh.url)
    });
    let restarted = restarted.await.unwrap();
    access::keep_ended(&restarted).await.unwrap();
    all_shut(fresh, &restarted, &texts).await;
    // A key that is made by the right time lives as long as it should, whatever the wrong time was.
    let (_, new) = made(fresh, CreateKey { expiry: Expiry::At(fresh.db.now() + MINUTE), ..create("new") }).await;
    access::keep_ended(&restarted).await.unwrap();
    assert!(matches!(access::caller(&restarted, &new, Origin::default()).await.unwrap(), Caller::Known(..)));
    restarted.close().await;
}

/// A lock of the door: no jump opens it before its time, counted from where the clock is put right again.
#[tokio::test]
async fn a_lock_is_not_opened_early_by_a_clock_set_back() {
    let fresh = Fresh::new().await;
    let (address, _) = person(&fresh, Role::Owner).await;
    let from = || super::access::from("198.51.100.7");
    for _ in 0..5 {
        assert!(matches!(sign_in(&fresh, &address, "not this one", from()).await, Admission::Wrong));
    }
    let Admission::Wait(until) = sign_in(&fresh, &address, PASSWORD, from()).await else { panic!("no wait") };
    for jump in JUMPS {
        fresh.clock.advance(-jump);
        let early = sign_in(&fresh, &address, PASSWORD, from()).await;
        assert!(matches!(early, Admission::Wait(told) if told == until), "{jump}");
        fresh.clock.advance(jump);
    }
    fresh.clock.set(until);
    assert!(matches!(sign_in(&fresh, &address, PASSWORD, from()).await, Admission::In(_)));
}

/// Sends whatever is due; how many calls that were.
async fn sent(fresh: &Fresh, receiver: &Receiver) -> usize {
    let mut calls = 0;
    loop {
        match deliver::run_due(&fresh.db, receiver, 10).await.unwrap() {
            0 => return calls,
            more => calls += more,
        }
    }
}

/// Deliveries and the ends of intents go on when the clock is right again: nothing is lost, nothing is sent twice, and what
/// is told then does not wait for what was put off to a moment of the wrong time.
#[tokio::test]
async fn schedules_go_on_after_each_jump() {
    let shop = Shop::new(Cast::default()).await;
    let (fresh, db, grant) = (&shop.fresh, &shop.fresh.db, &shop.grant);
    let admin = fresh.person(Environment::Live, Role::Admin);
    db.commit(&admin, endpoint("a", &[EventType::AgentCreated])).await.unwrap();
    let answering = |status| deliver::Sent { status: Some(status), ..Default::default() };
    let receiver = Receiver::answering(204);
    for (n, jump) in jumps().into_iter().enumerate() {
        let right: Timestamp = db.now();
        fresh.clock.advance(jump);
        tell(fresh, &admin, 1).await;
        assert_eq!(sent(fresh, &receiver).await, 1, "{jump}: at the wrong time");
        tell(fresh, &admin, 1).await;
        receiver.answer(answering(500));
        assert_eq!(sent(fresh, &receiver).await, 1, "{jump}: in vain");
        receiver.answer(answering(204));
        let put_off = all(fresh, &admin).await.into_iter().find(|one| one.state == DeliveryState::Pending).unwrap();
        let due = put_off.next_attempt_at.unwrap();

        fresh.clock.set(right + SECOND);
        tell(fresh, &admin, 1).await;
        // Where it waits for longer than it would by any schedule it is put right by a job.
        let too_long = due.since(db.now()) > 2 * STEPS[9];
        assert_eq!(deliver::put_right(db).await.unwrap(), u64::from(too_long), "{jump}");
        let first = 1 + usize::from(too_long || due <= db.now());
        assert_eq!(sent(fresh, &receiver).await, first, "{jump}: at the right time");
        fresh.clock.set(if first == 2 { db.now() } else { due });
        assert_eq!(first + sent(fresh, &receiver).await, 2, "{jump}: the second try");
        assert_eq!(receiver.calls().len(), 4 * (n + 1), "{jump}");

        // By the right time intents end at their own moment.
        fresh.clock.set(right + MINUTE);
        let declared = db.commit(grant, intent(&shop.ids.card, &format!("order-{n}"))).await.unwrap().intent;
        for (at, ended) in [(declared.expires_at - 1, 0), (declared.expires_at, 1)] {
            fresh.clock.set(at);
            assert_eq!(intents::expire_due(db, 10).await.unwrap(), ended, "{jump}");
        }
    }
    assert!(all(fresh, &admin).await.iter().all(|one| one.state == DeliveryState::Delivered));
}
