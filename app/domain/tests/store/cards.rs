//! Cards: issued, frozen, closed.
use super::common::*;
use domain::{
    Error,
    access::Role,
    agents::{CreateAgent, ResumeAgent, SuspendAgent},
    attestations::ExposureMode,
    cards::{self, CardStatus, CardType, CloseCard, Filter, FreezeCard, IssueCard, UnfreezeCard},
    environment::Environment,
    error::Code,
    ids::{AgentId, CardId},
    limits::terms::Change,
    page::Paging,
    testing::Fresh,
};

fn new_card(agent: &AgentId) -> IssueCard {
    IssueCard {
        agent_id: agent.clone(),
        purpose: line("Office supplies"),
        card_type: CardType::Single,
        max_amount: Some(amount(10_000)),
        exposure: ExposureMode::ExtensionOnly,
        attestation_window_minutes: None,
        merchant_hint: None,
        intent_tolerance_bp: None,
        require_intent: None,
        policy_id: None,
        set: Change::default(),
        acknowledge_raw_pan_risk: false,
        issuer_served: true,
    }
}

async fn issue(fresh: &Fresh, agent: &AgentId) -> CardId {
    fresh.db.commit(&key(fresh), new_card(agent)).await.unwrap()
}

async fn the_card(fresh: &Fresh, id: &CardId) -> cards::Card {
    cards::get(&fresh.db, &key(fresh), id).await.unwrap()
}

fn freeze(id: &CardId) -> FreezeCard {
    FreezeCard { id: id.clone(), reason: Some(line("lost")) }
}

fn unfreeze(id: &CardId) -> UnfreezeCard {
    UnfreezeCard { id: id.clone() }
}

fn close(id: &CardId) -> CloseCard {
    CloseCard { id: id.clone(), reason: None }
}

fn code<T>(result: Result<T, Error>) -> Code {
    match result {
        Err(Error::State { code, .. }) => code,
        Err(other) => panic!("{other:?}"),
        Ok(_) => panic!("was done"),
    }
}

#[tokio::test]
async fn a_card_is_issued_with_its_last_four_and_three_years() {
    let fresh = Fresh::new().await;
    let user_id = funded(&fresh).await;
    let agent_id = agent(&fresh, &user_id).await;
    subscribe(&fresh).await;
    let id = issue(&fresh, &agent_id).await;
    let seen = the_card(&fresh, &id).await;
    assert_eq!((&seen.agent_id, &seen.user_id, seen.agent_name.as_str()), (&agent_id, &user_id, "checkout-bot"));
    assert_eq!(
        (seen.status, seen.card_type, seen.max_amount),
        (CardStatus::Active, CardType::Single, Some(amount(10_000)))
    );
    assert_eq!((seen.expiration_month, seen.expiration_year), (1, 2028));
    assert_eq!((seen.attestation_window_minutes, seen.credential_exposure), (10, ExposureMode::ExtensionOnly));
    assert_eq!((seen.require_intent, seen.intent_tolerance_bp, seen.used_by, seen.spent), (None, None, None, 0));
    assert!(seen.last4.len() == 4 && seen.last4.bytes().all(|b| b.is_ascii_digit()));

    let all = IssueCard {
        card_type: CardType::Multi,
        max_amount: None,
        exposure: ExposureMode::Never,
        attestation_window_minutes: Some(60),
        merchant_hint: Some(line("Amazon")),
        intent_tolerance_bp: Some(0),
        require_intent: Some(true),
        set: Change {
            require_approval: Some(Some(true)),
            auto_approve_below: Some(Some(amount(500))),
            ..Change::default()
        },
        ..new_card(&agent_id)
    };
    let seen = the_card(&fresh, &fresh.db.commit(&key(&fresh), all).await.unwrap()).await;
    assert_eq!((seen.max_amount, seen.require_intent, seen.intent_tolerance_bp), (None, Some(true), Some(0)));
    assert_eq!((seen.rules.require_approval, seen.rules.auto_approve_below), (Some(true), Some(amount(500))));
    assert_eq!((seen.merchant_hint.as_deref(), seen.attestation_window_minutes), (Some("Amazon"), 60));

    assert_eq!(the_agent(&fresh, &agent_id).await.card_count, 2);
    assert_eq!(actions(&fresh, &id).await, ["card.issued"]);
    let told = told(&fresh).await;
    assert_eq!(told_types(&fresh).await, ["card.created", "card.created"]);
    assert!(told.iter().any(|(_, data)| data["cardId"] == id.as_str() && data["agentId"] == agent_id.as_str()));
}

#[tokio::test]
async fn what_a_card_cannot_be_is_refused_field_by_field() {
    let fresh = Fresh::new().await;
    let agent_id = agent(&fresh, &funded(&fresh).await).await;
    let new = || new_card(&agent_id);
    for (wrong, field) in [
        (IssueCard { max_amount: None, ..new() }, "maxAmount"),
        (IssueCard { exposure: ExposureMode::RawPan, ..new() }, "acknowledgeRawPanRisk"),
        (
            IssueCard { set: Change { auto_approve_below: Some(Some(amount(1))), ..Change::default() }, ..new() },
            "autoApproveBelow",
        ),
        (IssueCard { attestation_window_minutes: Some(0), ..new() }, "attestationWindowMinutes"),
        (IssueCard { attestation_window_minutes: Some(61), ..new() }, "attestationWindowMinutes"),
        (IssueCard { intent_tolerance_bp: Some(10_001), ..new() }, "intentTolerance"),
        (IssueCard { intent_tolerance_bp: Some(-1), ..new() }, "intentTolerance"),
    ] {
        let refused = fresh.db.commit(&key(&fresh), wrong).await;
        assert!(matches!(refused, Err(Error::Refused(r)) if r.0.len() == 1 && r.0[0].0 == field), "{field}");
    }
    let unserved = fresh.db.commit(&key(&fresh), IssueCard { issuer_served: false, ..new() }).await;
    assert_eq!(code(unserved), Code::IssuerNotConfigured);
}

#[tokio::test]
async fn a_card_needs_an_active_agent_an_approved_user_and_room() {
    let fresh = Fresh::new().await;
    let pending = agent(&fresh, &user(&fresh).await).await;
    assert_eq!(code(fresh.db.commit(&key(&fresh), new_card(&pending)).await), Code::UserNotApproved);

    let user_id = funded(&fresh).await;
    let narrow = CreateAgent { max_cards: Some(1), ..new_agent(&user_id) };
    let id = fresh.db.commit(&key(&fresh), narrow).await.unwrap().id;
    let first = issue(&fresh, &id).await;
    assert_eq!(code(fresh.db.commit(&key(&fresh), new_card(&id)).await), Code::CardLimitReached);
    // A frozen card still counts; a closed one does not.
    fresh.db.commit(&key(&fresh), freeze(&first)).await.unwrap();
    assert_eq!(code(fresh.db.commit(&key(&fresh), new_card(&id)).await), Code::CardLimitReached);
    fresh.db.commit(&key(&fresh), close(&first)).await.unwrap();
    issue(&fresh, &id).await;

    let other = agent(&fresh, &user_id).await;
    fresh.db.commit(&key(&fresh), SuspendAgent { id: other.clone(), reason: line("odd") }).await.unwrap();
    assert_eq!(code(fresh.db.commit(&key(&fresh), new_card(&other)).await), Code::AgentSuspended);
}

#[tokio::test]
async fn many_at_once_stay_within_the_highest_number_and_share_no_card_number() {
    let fresh = Fresh::new().await;
    let user_id = funded(&fresh).await;
    let narrow = CreateAgent { max_cards: Some(5), ..new_agent(&user_id) };
    let narrow = fresh.db.commit(&key(&fresh), narrow).await.unwrap().id;
    let wide = agent(&fresh, &user_id).await;
    let all = (0..24).map(|n| {
        let (db, key, card) = (fresh.db.clone(), key(&fresh), new_card(if n % 2 == 0 { &narrow } else { &wide }));
        tokio::spawn(async move { db.commit(&key, card).await })
    });
    let done = futures::future::join_all(all).await;
    let issued = done.into_iter().filter(|d| matches!(d, Ok(Ok(_)))).count();
    assert_eq!(issued, 5 + 12);
    assert_eq!(the_agent(&fresh, &narrow).await.card_count, 5);
    // The unique index over serials would have refused a shared one; the next is one further than the issued.
    let next = issue(&fresh, &wide).await;
    raw(&fresh, format!("update cards set status_reason = cast(serial as text) where id = '{next}'")).await;
    assert_eq!(the_card(&fresh, &next).await.status_reason.as_deref(), Some("17"));
}

#[tokio::test]
async fn a_card_moves_along_its_arrows_and_tells_where_it_was() {
    let fresh = Fresh::new().await;
    let agent_id = agent(&fresh, &funded(&fresh).await).await;
    let id = issue(&fresh, &agent_id).await;
    let (db, key) = (&fresh.db, key(&fresh));
    subscribe(&fresh).await;
    assert_eq!(code(db.commit(&key, unfreeze(&id)).await), Code::CardNotFrozen);
    assert_eq!(db.commit(&key, freeze(&id)).await.unwrap(), CardStatus::Active);
    assert_eq!(the_card(&fresh, &id).await.status, CardStatus::Frozen);
    assert_eq!(code(db.commit(&key, freeze(&id)).await), Code::CardAlreadyFrozen);
    assert_eq!(db.commit(&key, unfreeze(&id)).await.unwrap(), CardStatus::Frozen);
    let seen = the_card(&fresh, &id).await;
    assert_eq!((seen.status, seen.status_reason, seen.version), (CardStatus::Active, None, 3));
    assert_eq!(db.commit(&key, close(&id)).await.unwrap(), CardStatus::Active);
    let seen = the_card(&fresh, &id).await;
    assert_eq!((seen.status, seen.closed_at), (CardStatus::Closed, Some(db.now())));
    assert_eq!(code(db.commit(&key, freeze(&id)).await), Code::CardAlreadyClosed);
    assert_eq!(code(db.commit(&key, unfreeze(&id)).await), Code::CardAlreadyClosed);
    assert_eq!(code(db.commit(&key, close(&id)).await), Code::CardAlreadyClosed);

    assert_eq!(told_types(&fresh).await, ["card.closed", "card.frozen"]);
    assert!(told(&fresh).await.iter().all(|(_, d)| d["previousStatus"] == "active" && d["cardId"] == id.as_str()));
    assert_eq!(actions(&fresh, &id).await, ["card.closed", "card.frozen", "card.issued", "card.unfrozen"]);

    let idle = CardId::new(db.now(), db.chance());
    raw(&fresh, card_row(&fresh, &idle, &agent_id, &the_card(&fresh, &id).await.user_id, "notActivated")).await;
    assert_eq!(code(db.commit(&key, freeze(&idle)).await), Code::CardNotActive);
    assert_eq!(db.commit(&key, close(&idle)).await.unwrap(), CardStatus::NotActivated);
}

#[tokio::test]
async fn a_suspension_keeps_its_cards_frozen_and_leaves_the_others_to_their_people() {
    let fresh = Fresh::new().await;
    let agent_id = agent(&fresh, &funded(&fresh).await).await;
    let (by_hand, by_agent) = (issue(&fresh, &agent_id).await, issue(&fresh, &agent_id).await);
    let (db, owner) = (&fresh.db, owner(&fresh));
    db.commit(&owner, freeze(&by_hand)).await.unwrap();
    let frozen = db.commit(&owner, SuspendAgent { id: agent_id.clone(), reason: line("odd") }).await.unwrap();
    assert_eq!(frozen, std::slice::from_ref(&by_agent));
    for card in [&by_hand, &by_agent] {
        assert_eq!(code(db.commit(&owner, unfreeze(card)).await), Code::AgentSuspended);
    }
    db.commit(&owner, ResumeAgent { id: agent_id }).await.unwrap();
    assert_eq!(the_card(&fresh, &by_agent).await.status, CardStatus::Active);
    assert_eq!(the_card(&fresh, &by_hand).await.status, CardStatus::Frozen);
    db.commit(&owner, unfreeze(&by_hand)).await.unwrap();
}

#[tokio::test]
async fn strangers_find_no_card_and_roles_do_what_they_may() {
    let fresh = Fresh::new().await;
    let agent_id = agent(&fresh, &funded(&fresh).await).await;
    let id = issue(&fresh, &agent_id).await;
    let db = &fresh.db;
    for stranger in strangers(&fresh).await {
        assert!(cards::list(db, &stranger, &Filter::default(), &Paging::newest(9)).await.unwrap().rows.is_empty());
        assert!(matches!(cards::get(db, &stranger, &id).await, Err(Error::NotFound(_))));
        assert!(matches!(db.commit(&stranger, new_card(&agent_id)).await, Err(Error::NotFound(_))));
        assert!(matches!(db.commit(&stranger, freeze(&id)).await, Err(Error::NotFound(_))));
        assert!(matches!(db.commit(&stranger, unfreeze(&id)).await, Err(Error::NotFound(_))));
        assert!(matches!(db.commit(&stranger, close(&id)).await, Err(Error::NotFound(_))));
    }
    for role in [Role::Developer, Role::Support, Role::Finance] {
        let person = fresh.person(Environment::Live, role);
        assert!(matches!(db.commit(&person, new_card(&agent_id)).await, Err(Error::Denied(_))), "{role}");
        assert!(matches!(db.commit(&person, close(&id)).await, Err(Error::Denied(_))), "{role}");
        db.commit(&person, freeze(&id)).await.unwrap();
        assert!(matches!(db.commit(&person, unfreeze(&id)).await, Err(Error::Denied(_))), "{role}");
        db.commit(&owner(&fresh), unfreeze(&id)).await.unwrap();
    }
    let auditor = fresh.person(Environment::Live, Role::Auditor);
    assert!(matches!(db.commit(&auditor, freeze(&id)).await, Err(Error::Denied(_))));
}

#[tokio::test]
async fn a_list_holds_what_its_filters_and_its_reader_reach() {
    let fresh = Fresh::new().await;
    let user_id = funded(&fresh).await;
    let made = fresh.db.commit(&key(&fresh), new_agent(&user_id)).await.unwrap();
    let (one, two) = (made.id, agent(&fresh, &funded(&fresh).await).await);
    let mut ids = Vec::new();
    for (agent, card_type) in [(&one, CardType::Single), (&one, CardType::Multi), (&two, CardType::Multi)] {
        fresh.clock.advance(1);
        ids.push(fresh.db.commit(&key(&fresh), IssueCard { card_type, ..new_card(agent) }).await.unwrap());
    }
    fresh.db.commit(&key(&fresh), freeze(&ids[1])).await.unwrap();
    let key = key(&fresh);
    let list = async |filter: Filter, grant: &domain::access::Grant| {
        let page = cards::list(&fresh.db, grant, &filter, &Paging::newest(9)).await.unwrap();
        page.rows.into_iter().map(|c| c.id).collect::<Vec<_>>()
    };
    let any = Filter::default;
    assert_eq!(list(any(), &key).await, [ids[2].clone(), ids[1].clone(), ids[0].clone()]);
    assert_eq!(list(Filter { status: Some(CardStatus::Frozen), ..any() }, &key).await, ids[1..2]);
    assert_eq!(list(Filter { agent_id: Some(two.clone()), ..any() }, &key).await, ids[2..]);
    assert_eq!(
        list(Filter { user_id: Some(user_id), card_type: Some(CardType::Single), ..any() }, &key).await,
        ids[..1]
    );
    let token = token_grant(&fresh, made.token).await;
    assert_eq!(list(any(), &token).await, [ids[1].clone(), ids[0].clone()]);
    assert!(list(Filter { agent_id: Some(two), ..any() }, &token).await.is_empty());
    assert!(matches!(cards::get(&fresh.db, &token, &ids[2]).await, Err(Error::NotFound(_))));
    assert!(matches!(fresh.db.commit(&token, freeze(&ids[0])).await, Err(Error::Denied(_))));
}
