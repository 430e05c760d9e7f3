//! Declared purchases that wait for a person: held, decided by somebody else, kept with what they decided on.
use super::{
    common::{actions, line, raw, subscribe, told, told_types},
    support::{Shop, cents, code, intent, read},
};
use domain::{
    Error,
    access::{Grant, Permission, Role, testing},
    agents::AgentStatus,
    cards::{CardStatus, CardType},
    environment::Environment,
    error::{Code, Noun},
    ids::{IntentId, PurchaseId},
    intents::{
        self, ApproveIntent, CancelIntent, Decided, DeclareIntent, Filter, IntentStatus as Is, MOST_HELD, RejectIntent,
        approval::{Answer, Obstacle},
    },
    keys::{CreateKey, Expiry},
    limits::{
        self, Frequency,
        levels::SetOrganisationRules,
        restrictions::{Approval, Level, Restrictions},
        terms::Change,
    },
    money::Amount,
    name::{Line, Name},
    page::Paging,
    purchases::testing::Cast,
    time::{DAY, HOUR, MINUTE},
};
use std::collections::BTreeSet;

/// A level that asks for a person, from this amount on.
fn asks(level: Level, from: Option<i64>) -> (Level, Restrictions) {
    let auto_approve_below = from.map(|minor| Amount::try_from(minor).unwrap());
    (level, Restrictions { require_approval: Some(true), auto_approve_below, ..Restrictions::default() })
}

fn guarded() -> Cast {
    Cast { layers: vec![asks(Level::Card, None)], require_intent: Some(false), ..Cast::default() }
}

fn approve(id: &IntentId) -> ApproveIntent {
    ApproveIntent { id: id.clone(), reason: None }
}

fn reject(id: &IntentId) -> RejectIntent {
    RejectIntent { id: id.clone(), reason: Line::parse("Too dear").unwrap() }
}

fn person(shop: &Shop, role: Role) -> Grant {
    shop.fresh.person(Environment::Live, role)
}

async fn declared(shop: &Shop, id: &str) -> IntentId {
    let made = shop.fresh.db.commit(&shop.grant, intent(&shop.ids.card, id)).await.unwrap().intent;
    assert_eq!(made.status, Is::PendingApproval);
    made.id
}

async fn status(shop: &Shop, id: &IntentId) -> Is {
    intents::get(&shop.fresh.db, &shop.grant, id).await.unwrap().status
}

#[tokio::test]
async fn what_waits_opens_nothing_and_meets_no_purchase() {
    let shop = Shop::new(guarded()).await;
    let (db, card) = (&shop.fresh.db, &shop.ids.card);
    subscribe(&shop.fresh).await;
    assert_eq!(code(db.commit(&shop.grant, read(card)).await), Code::IntentRequired, "there is nothing to approve");
    let id = declared(&shop, "a").await;
    assert_eq!(told_types(&shop.fresh).await, ["intent.created", "intent.pending_approval"]);
    assert_eq!(code(db.commit(&shop.grant, read(card)).await), Code::IntentPendingApproval);
    assert_eq!(shop.buy_with(card, 5_000, "Amazon").await.intent_id, None);
    shop.fresh.clock.advance(MINUTE);
    let finance = person(&shop, Role::Finance);
    let yes = ApproveIntent { id: id.clone(), reason: Some(line("It is in the budget")) };
    let Decided::Approved(approved) = db.commit(&finance, yes).await.unwrap() else {
        panic!("nothing stands in the way")
    };
    assert_eq!(approved, intents::get(db, &shop.grant, &id).await.unwrap());
    assert_eq!((approved.status, approved.approval_required, approved.ended_at), (Is::Pending, true, None));
    let said = approved.decision.unwrap();
    assert_eq!((said.answer, said.at, said.by.kind.as_str()), (Answer::Approved, db.now(), "person"));
    assert_eq!((said.with.as_str(), said.reason.as_deref()), ("dashboard", Some("It is in the budget")));
    let saw = &said.facts;
    assert_eq!((saw.amount, saw.most, saw.merchant.as_deref()), (Some(cents(5_000)), Some(5_500), Some("Amazon")));
    assert_eq!((saw.spending_power, &*saw.card_last4), (995_000, "4242"), "what the purchase before left");
    assert_eq!(db.commit(&shop.grant, read(card)).await.unwrap().intent_id, Some(id.clone()));
    assert_eq!(shop.buy_with(card, 5_000, "Amazon").await.intent_id, Some(id.clone()));
    assert_eq!(status(&shop, &id).await, Is::Matched);
    assert_eq!(actions(&shop.fresh, &id).await, ["intent.approved", "intent.declared"]);
    let told = told(&shop.fresh).await;
    let (_, data) = told.iter().find(|(kind, _)| kind == "intent.approved").unwrap();
    assert_eq!((&data["id"], &data["status"]), (&id.as_str().into(), &"pending".into()));
    assert_eq!(limits::recount(db).await.unwrap(), []);
}

#[tokio::test]
async fn small_amounts_pass_and_a_tolerance_does_not_make_them_small() {
    let shop = Shop::new(Cast { layers: vec![asks(Level::Card, Some(5_001))], ..guarded() }).await;
    let (db, card) = (&shop.fresh.db, &shop.ids.card);
    let small = || intent(card, "a");
    for (n, (declare, expected)) in [
        (small(), Is::Pending),
        (DeclareIntent { tolerance: Some(0), ..small() }, Is::Pending),
        (DeclareIntent { tolerance: Some(1), ..small() }, Is::PendingApproval),
        (DeclareIntent { expected_amount: Some(cents(5_001)), ..small() }, Is::PendingApproval),
        (DeclareIntent { expected_amount: None, ..small() }, Is::PendingApproval),
        (DeclareIntent { expected_currency: "JPY".parse().unwrap(), ..small() }, Is::PendingApproval),
    ]
    .into_iter()
    .enumerate()
    {
        let made = db.commit(&shop.grant, DeclareIntent { intent_id: n.to_string(), ..declare }).await.unwrap().intent;
        assert_eq!((made.status, made.approval_required), (expected, expected == Is::PendingApproval), "{n}");
    }
}

#[tokio::test]
async fn whichever_level_asks_a_person_must_approve_before_the_details_are_read() {
    for level in [Level::Organisation, Level::Agent, Level::Policy, Level::Card] {
        let shop = Shop::new(Cast { layers: vec![asks(level, Some(5_001))], ..guarded() }).await;
        let (db, card) = (&shop.fresh.db, &shop.ids.card);
        assert_eq!(code(db.commit(&shop.grant, read(card)).await), Code::IntentRequired, "{level}");
        let dear = DeclareIntent { expected_amount: Some(cents(5_001)), ..intent(card, "dear") };
        let dear = db.commit(&shop.grant, dear).await.unwrap().intent;
        assert_eq!(dear.status, Is::PendingApproval, "{level}");
        assert_eq!(code(db.commit(&shop.grant, read(card)).await), Code::IntentPendingApproval, "{level}");
        let held = intents::held(db, &shop.grant).await.unwrap().remove(0);
        assert_eq!(held.approval, Some(Approval { level, from: Amount::try_from(5_001).ok() }));
        db.commit(&person(&shop, Role::Owner), approve(&dear.id)).await.unwrap();
        assert!(db.commit(&shop.grant, read(card)).await.is_ok(), "{level}");
    }
}

#[tokio::test]
async fn what_was_declared_before_a_person_was_asked_opens_nothing() {
    let shop = Shop::new(Cast { require_intent: Some(false), ..Cast::default() }).await;
    let (db, card) = (&shop.fresh.db, &shop.ids.card);
    let made = db.commit(&shop.grant, intent(card, "early")).await.unwrap().intent;
    assert_eq!(made.status, Is::Pending);
    let from = async |amount| {
        let set = Change {
            require_approval: Some(Some(true)),
            auto_approve_below: Some(Some(cents(amount))),
            ..Change::default()
        };
        db.commit(&shop.grant, SetOrganisationRules { set, reason: None, version: None }).await.unwrap();
    };
    from(5_000).await;
    assert_eq!(code(db.commit(&shop.grant, read(card)).await), Code::IntentRequired);
    // Below what a person is asked from it opens them as before.
    from(5_001).await;
    assert_eq!(db.commit(&shop.grant, read(card)).await.unwrap().intent_id, Some(made.id));
}

#[tokio::test]
async fn whoever_declared_it_does_not_approve_it() {
    let shop = Shop::new(guarded()).await;
    let (db, card) = (&shop.fresh.db, &shop.ids.card);
    let (ada, bob) = (person(&shop, Role::Owner), person(&shop, Role::Admin));
    let new = |name: &str| CreateKey::new(Name::parse(name).unwrap(), Expiry::Never(Line::parse("A test.").ok()));
    let key_of = async |maker: &Grant, name: &str| {
        let id = db.commit(maker, new(name)).await.unwrap().id;
        testing::key_of(&shop.grant, &id)
    };
    let (first, second, third) = (key_of(&ada, "1").await, key_of(&ada, "2").await, key_of(&bob, "3").await);
    let id = db.commit(&first, intent(card, "a")).await.unwrap().intent.id;
    for own in [&first, &second, &ada] {
        assert_eq!(code(db.commit(own, approve(&id)).await), Code::OwnIntent, "{:?}", own.actor());
    }
    let agent = testing::token(db, &shop.fresh.organisation, Environment::Live, &shop.ids.agent);
    for mute in [&agent, &person(&shop, Role::Developer), &person(&shop, Role::Support), &person(&shop, Role::Auditor)]
    {
        let refused = db.commit(mute, approve(&id)).await;
        assert!(matches!(refused, Err(Error::Denied(Permission::ApprovePurchase))), "{:?}", mute.actor());
        assert!(matches!(db.commit(mute, reject(&id)).await, Err(Error::Denied(Permission::ApprovePurchase))));
    }
    let held = intents::held(db, &ada).await.unwrap();
    assert!(held[0].own && !intents::held(db, &bob).await.unwrap()[0].own);
    let stale = testing::with_factor_at(&bob, db.now() - HOUR);
    assert!(matches!(db.commit(&stale, approve(&id)).await, Err(Error::StepUp(Permission::ApprovePurchase))));
    assert_eq!(status(&shop, &id).await, Is::PendingApproval);
    let Decided::Approved(done) = db.commit(&third, approve(&id)).await.unwrap() else { panic!("approved") };
    let by = done.decision.unwrap().by;
    assert!(by.kind == "api_key" && by.name.starts_with("lk_live_…"), "{by:?}");
    // What an agent declared with its own token is nobody's who made the token.
    let own = db.commit(&agent, intent(card, "b")).await.unwrap().intent;
    assert_eq!(own.declared_by.unwrap().kind, "agent_token");
    assert!(matches!(db.commit(&ada, approve(&own.id)).await, Ok(Decided::Approved(_))));
    // Taking one's own back is no approval: the requester may reject.
    let third = db.commit(&first, intent(card, "c")).await.unwrap().intent.id;
    assert_eq!(db.commit(&first, reject(&third)).await.unwrap().status, Is::Rejected);
}

#[tokio::test]
async fn saying_it_again_changes_nothing_and_others_are_told_who_was_first() {
    let shop = Shop::new(guarded()).await;
    let db = &shop.fresh.db;
    let (ada, bob) = (person(&shop, Role::Owner), person(&shop, Role::Finance));
    let (yes, no) = (declared(&shop, "yes").await, declared(&shop, "no").await);
    let race = futures::future::join_all((0..6).map(|_| db.commit(&ada, approve(&yes)))).await;
    assert!(race.iter().all(|one| matches!(one, Ok(Decided::Approved(_)))));
    let rejected = db.commit(&bob, reject(&no)).await.unwrap();
    assert_eq!((rejected.status, rejected.ended_at), (Is::Rejected, Some(db.now())));
    assert_eq!(rejected, intents::get(db, &shop.grant, &no).await.unwrap());
    shop.fresh.clock.advance(MINUTE);
    assert_eq!(db.commit(&bob, reject(&no)).await.unwrap(), rejected);
    for late in [db.commit(&bob, approve(&yes)).await.map(drop), db.commit(&ada, reject(&yes)).await.map(drop)] {
        assert!(late.as_ref().unwrap_err().to_string().contains("was approved by Test owner"), "{late:?}");
        assert_eq!(code(late), Code::ApprovalNotPending);
    }
    assert_eq!(code(db.commit(&ada, approve(&no)).await), Code::ApprovalNotPending);
    assert_eq!(intents::get(db, &shop.grant, &yes).await.unwrap().decision.unwrap().by.name, "Test owner");
    assert_eq!(limits::recount(db).await.unwrap(), []);
}

#[tokio::test]
async fn an_approval_looks_at_every_limit_again_and_says_which_has_no_room() {
    let base = Cast { max_amount: Some(5_000), limit: Some((5_000, Frequency::PerMonth)), ..guarded() };
    let none = Restrictions::default;
    // By the policy that the card inherits.
    let with = |set| Cast { layers: vec![asks(Level::Card, None), (Level::Policy, set)], ..base.clone() };
    let used = format!("update cards set used_by = '{}'", PurchaseId::floor(domain::time::Timestamp(1)));
    for (cast, spoil, expected) in [
        (Cast { deposited: 4_999, ..base.clone() }, "", Obstacle::AboveBalance),
        (Cast { limit: Some((4_999, Frequency::AllTime)), ..base.clone() }, "", Obstacle::AboveLimit),
        (Cast { max_amount: Some(4_999), ..base.clone() }, "", Obstacle::AboveCardMaximum),
        (with(Restrictions { max_amount: Amount::try_from(4_999).ok(), ..none() }), "", Obstacle::AboveCardMaximum),
        (with(Restrictions { limit_per_day: Amount::try_from(4_999).ok(), ..none() }), "", Obstacle::AboveCardLimit),
        (with(Restrictions { cumulative_max: Amount::try_from(4_999).ok(), ..none() }), "", Obstacle::AboveCardLimit),
        (
            with(Restrictions { max_auth_count: Some(1), ..none() }),
            "update cards set approved = 1",
            Obstacle::NoApprovalsLeft,
        ),
        (Cast { card_status: CardStatus::Frozen, ..base.clone() }, "", Obstacle::CardNotActive),
        (Cast { agent_status: AgentStatus::Suspended, ..base.clone() }, "", Obstacle::AgentSuspended),
        (Cast { application_status: "denied", ..base.clone() }, "", Obstacle::UserNotApproved),
        (base.clone(), "update cards set expiration_month = 12, expiration_year = 2024", Obstacle::CardExpired),
        (base.clone(), &*used, Obstacle::CardUsed),
        (base.clone(), "update intents set expected_currency = 'EUR'", Obstacle::OtherCurrency),
    ] {
        let shop = Shop::new(cast).await;
        let db = &shop.fresh.db;
        let id = declared(&shop, "a").await;
        if !spoil.is_empty() {
            raw(&shop.fresh, spoil.to_owned()).await;
        }
        let owner = person(&shop, Role::Owner);
        let failed = db.commit(&owner, approve(&id)).await.unwrap();
        assert!(matches!(&failed, Decided::Failed(_, obstacle) if *obstacle == expected), "{expected}: {failed:?}");
        assert_eq!(code(failed.into_result()), expected.code());
        let kept = intents::get(db, &shop.grant, &id).await.unwrap();
        assert_eq!((kept.status, kept.approval_failed.unwrap().obstacle), (Is::PendingApproval, expected));
        assert!(kept.decision.is_none());
        assert_eq!(actions(&shop.fresh, &id).await, ["intent.approved", "intent.declared"], "the try is on record");
        assert_eq!(db.commit(&owner, reject(&id)).await.unwrap().status, Is::Rejected, "a no needs no room");
    }
    let shop = Shop::new(base).await;
    let id = declared(&shop, "a").await;
    assert!(matches!(shop.fresh.db.commit(&person(&shop, Role::Owner), approve(&id)).await, Ok(Decided::Approved(_))));
}

#[tokio::test]
async fn nobody_decides_what_ran_out_or_was_taken_back() {
    let shop = Shop::new(guarded()).await;
    let db = &shop.fresh.db;
    let owner = person(&shop, Role::Owner);
    let (late, back) = (declared(&shop, "late").await, declared(&shop, "back").await);
    db.commit(&shop.grant, CancelIntent { id: back.clone() }).await.unwrap();
    assert_eq!(code(db.commit(&owner, approve(&back)).await), Code::ApprovalNotPending);
    assert_eq!(intents::how_many_held(db, &owner).await.unwrap(), 1);
    shop.fresh.clock.advance(30 * MINUTE);
    assert_eq!(code(db.commit(&owner, approve(&late)).await), Code::ApprovalNotPending, "the job has not come yet");
    assert!(intents::held(db, &owner).await.unwrap().is_empty());
    assert_eq!(intents::how_many_held(db, &owner).await.unwrap(), 0);
    assert_eq!(intents::expire_due(db, 10).await.unwrap(), 1);
    assert_eq!(code(db.commit(&owner, reject(&late)).await), Code::ApprovalNotPending);
    assert_eq!((status(&shop, &late).await, status(&shop, &back).await), (Is::Expired, Is::Canceled));
    let never = Shop::new(Cast::default()).await;
    let plain = never.fresh.db.commit(&never.grant, intent(&never.ids.card, "a")).await.unwrap().intent;
    let owner = person(&never, Role::Owner);
    assert_eq!(code(never.fresh.db.commit(&owner, approve(&plain.id)).await), Code::ApprovalNotPending);
}

#[tokio::test]
async fn the_hour_of_reading_begins_with_the_approval() {
    let shop = Shop::new(guarded()).await;
    let (db, card) = (&shop.fresh.db, &shop.ids.card);
    let day = DeclareIntent { ttl_minutes: Some(1_440), ..intent(card, "day") };
    let id = db.commit(&shop.grant, day).await.unwrap().intent.id;
    shop.fresh.clock.advance(5 * HOUR);
    assert_eq!(code(db.commit(&shop.grant, read(card)).await), Code::IntentPendingApproval);
    db.commit(&person(&shop, Role::Admin), approve(&id)).await.unwrap();
    shop.fresh.clock.advance(HOUR);
    assert_eq!(db.commit(&shop.grant, read(card)).await.unwrap().intent_id, Some(id));
    shop.fresh.clock.advance(1);
    assert_eq!(code(db.commit(&shop.grant, read(card)).await), Code::IntentRequired);
}

#[tokio::test]
async fn the_queue_shows_what_runs_out_first_and_only_the_own_environment() {
    let shop = Shop::new(Cast { limit: Some((20_000, Frequency::PerMonth)), ..guarded() }).await;
    let (db, card) = (&shop.fresh.db, &shop.ids.card);
    let owner = person(&shop, Role::Owner);
    let long = DeclareIntent { ttl_minutes: Some(600), ..intent(card, "long") };
    db.commit(&shop.grant, long).await.unwrap();
    let short = declared(&shop, "short").await;
    shop.buy(3_000).await;
    let held = intents::held(db, &owner).await.unwrap();
    assert_eq!(held.iter().map(|h| &*h.intent.intent_id).collect::<Vec<_>>(), ["short", "long"]);
    let facts = &held[0].facts;
    assert_eq!((facts.limit.unwrap().left(), facts.spending_power, &*held[0].card_purpose), (17_000, 997_000, "test"));
    assert_eq!(held[0], intents::held_one(db, &owner, &short).await.unwrap());
    let auditor = person(&shop, Role::Auditor);
    assert_eq!(intents::held(db, &auditor).await.unwrap().len(), 2, "everybody may look");
    assert_eq!(intents::how_many_held(db, &auditor).await.unwrap(), 0, "but it is not theirs to do");
    let elsewhere = shop.fresh.person(Environment::Dev, Role::Owner);
    let other = domain::testing::organisation(db, "Other").await;
    let stranger = testing::person(db, &other, Environment::Live, Role::Owner);
    for grant in [&elsewhere, &stranger] {
        assert!(intents::held(db, grant).await.unwrap().is_empty());
        assert_eq!(intents::how_many_held(db, grant).await.unwrap(), 0);
        assert!(matches!(db.commit(grant, approve(&short)).await, Err(Error::NotFound(Noun::Intent))));
        assert!(matches!(db.commit(grant, reject(&short)).await, Err(Error::NotFound(Noun::Intent))));
    }
}

#[tokio::test]
async fn the_queue_shows_of_every_card_what_its_decision_would_be_made_from() {
    let shop = Shop::new(guarded()).await;
    let (db, owner) = (&shop.fresh.db, person(&shop, Role::Owner));
    let asked = asks(Level::Card, None).1;
    let with = |set| Cast { layers: vec![(Level::Card, set)], ..guarded() };
    let by_day = with(Restrictions { limit_per_day: Some(cents(9_500)), ..asked.clone() });
    let by_month = with(Restrictions { limit_per_month: Some(cents(8_000)), ..asked.clone() });
    let single = Cast {
        card_type: CardType::Single,
        ..with(Restrictions { max_auth_count: Some(3), cumulative_max: Some(cents(7_000)), ..asked })
    };
    let (mut used, mut unused) = (Vec::new(), Vec::new());
    for frequency in Frequency::ALL.iter().copied().map(Some).chain([None]) {
        let cast = Cast { limit: frequency.map(|frequency| (50_000, frequency)), ..guarded() };
        let ids = cast.write(db, &shop.grant).await.unwrap();
        for card in [&by_day, &by_month] {
            used.push(card.another_card(db, &shop.grant, &ids).await.unwrap());
        }
        unused.push(single.another_card(db, &shop.grant, &ids).await.unwrap());
        used.push(ids.card);
    }
    raw(&shop.fresh, "update cards set approved = 1 where type = 'single'".to_owned()).await;
    // A day later the first is out of the last 24 hours by seconds, and the second is still in.
    for amount in [1_000, 2_000] {
        for card in &used {
            shop.buy_with(card, amount, "Amazon").await;
        }
        shop.fresh.clock.advance(30_000);
    }
    shop.fresh.clock.advance(DAY - 40_000);
    for (n, card) in used.iter().chain(&unused).cycle().take(MOST_HELD as usize).enumerate() {
        db.commit(&shop.grant, intent(card, &n.to_string())).await.unwrap();
    }
    let held = intents::held(db, &owner).await.unwrap();
    assert_eq!(held.len(), MOST_HELD as usize);
    for held in &held {
        assert_eq!(*held, intents::held_one(db, &owner, &held.intent.id).await.unwrap());
        let decided = db.commit(&owner, reject(&held.intent.id)).await.unwrap().decision.unwrap();
        assert_eq!(held.facts, decided.facts, "{:?}", held.intent);
    }
    let left: BTreeSet<_> = held.iter().map(|held| (held.facts.card_left, held.facts.card_approvals_left)).collect();
    let [none, month, day] = [None, Some(8_000 - 3_000), Some(9_500 - 2_000)].map(|left| (left, None));
    assert_eq!(left, BTreeSet::from([none, month, day, (Some(7_000), Some(3))]));
    let spent: BTreeSet<_> = held.iter().filter_map(|held| Some(held.facts.limit?.spent)).collect();
    assert_eq!(spent, BTreeSet::from([0, 6_000, 9_000]), "each purchase alone, the last 24 hours, everything else");
}

#[tokio::test]
async fn the_counts_of_the_states_add_up_to_the_list() {
    let shop = Shop::new(guarded()).await;
    let (db, card) = (&shop.fresh.db, &shop.ids.card);
    let owner = person(&shop, Role::Owner);
    let free = Cast { layers: Vec::new(), ..guarded() };
    let free = free.another_card(db, &shop.grant, &shop.ids).await.unwrap();
    for n in 0..3 {
        db.commit(&shop.grant, intent(&free, &format!("free-{n}"))).await.unwrap();
    }
    shop.buy_with(&free, 5_000, "Amazon").await;
    shop.buy_with(&free, 50_000, "Casino").await;
    let (yes, no) = (declared(&shop, "yes").await, declared(&shop, "no").await);
    db.commit(&owner, approve(&yes)).await.unwrap();
    db.commit(&owner, reject(&no)).await.unwrap();
    db.commit(&shop.grant, CancelIntent { id: yes }).await.unwrap();
    let short = DeclareIntent { ttl_minutes: Some(1), ..intent(card, "short") };
    db.commit(&shop.grant, short).await.unwrap();
    shop.fresh.clock.advance(MINUTE);
    intents::expire_due(db, 10).await.unwrap();
    declared(&shop, "waits").await;
    let counts = intents::counts(db, &owner, None).await.unwrap();
    let expected = [1, 1, 1, 1, 1, 1, 1];
    assert_eq!(counts.iter().map(|(_, n)| *n).collect::<Vec<_>>(), expected, "{counts:?}");
    assert_eq!(counts.len(), Is::ALL.len());
    for (status, n) in &counts {
        let filter = Filter { status: Some(*status), ..Filter::default() };
        let page = intents::list(db, &owner, &filter, &Paging::newest(100)).await.unwrap();
        assert_eq!(page.rows.len() as u64, *n, "{status}");
    }
    let other = Cast::default().write(db, &shop.grant).await.unwrap();
    let of_other = intents::counts(db, &owner, Some(&other.agent)).await.unwrap();
    assert_eq!(of_other.iter().map(|(_, n)| n).sum::<u64>(), 0);
    let token = testing::token(db, &shop.fresh.organisation, Environment::Live, &other.agent);
    assert_eq!(intents::counts(db, &token, Some(&shop.ids.agent)).await.unwrap(), of_other, "an agent counts its own");
    assert_eq!(limits::recount(db).await.unwrap(), []);
    raw(&shop.fresh, "update intent_counts set n = n + 1 where status = 'matched'".into()).await;
    assert_eq!(limits::recount(db).await.unwrap()[0].counter, "intent_counts.matched");
}
