//! Agents taken out of service, and their tokens made and ended.
use super::{
    common::*,
    support::{Shop, code, refused_field},
};
use domain::{
    Error,
    access::{self, Caller, Grant, Origin, Role, Shut},
    agents::{
        self, AgentStatus, ChangeAgent, CloseAgent, CloseCards, CreateAgent, CreateToken, MOST_TOKENS, ResumeAgent,
        RevokeToken, SuspendAgent, frozen_with,
    },
    cards::{self, CardStatus},
    environment::Environment,
    error::Code,
    ids::{AgentId, CardId, TokenId},
    keys::KeyStatus,
    page::Paging,
    purchases::{self, testing::Cast},
    testing::Fresh,
    time::{HOUR, Timestamp},
};

pub fn token_of(agent: &AgentId, expires_at: Option<Timestamp>) -> CreateToken {
    CreateToken { agent_id: agent.clone(), name: name("worker 2"), expires_at }
}

fn close(id: &AgentId) -> CloseAgent {
    CloseAgent { id: id.clone(), reason: line("retired") }
}

async fn tokens(fresh: &Fresh, grant: &Grant, agent: &AgentId) -> Vec<agents::Token> {
    agents::tokens(&fresh.db, grant, agent, &Paging::newest(100)).await.unwrap().rows
}

async fn shut(fresh: &Fresh, text: &str) -> Option<Shut> {
    match access::caller(&fresh.db, text, Origin::default()).await.unwrap() {
        Caller::Known(..) => None,
        Caller::Shut(shut, _) => Some(shut),
    }
}

#[tokio::test]
async fn an_agent_has_tokens_that_end_each_for_itself() {
    let fresh = Fresh::new().await;
    let key = key(&fresh);
    let owner_id = user(&fresh).await;
    let (id, other) = (agent(&fresh, &owner_id).await, agent(&fresh, &owner_id).await);
    fresh.clock.advance(1);
    let (short, text) = fresh.db.commit(&key, token_of(&id, Some(fresh.db.now() + HOUR))).await.unwrap();
    let text = text.reveal();
    fresh.clock.advance(1);
    let (long, kept) = fresh.db.commit(&owner(&fresh), token_of(&id, None)).await.unwrap();
    let kept = kept.reveal();
    let seen = tokens(&fresh, &key, &id).await;
    assert_eq!(seen.iter().map(|t| &t.id).take(2).collect::<Vec<_>>(), [&long, &short], "the newest first");
    assert!(seen.len() == 3 && seen.iter().all(|t| t.status == KeyStatus::Active && t.agent_id == id));
    assert_eq!(tokens(&fresh, &key, &other).await.len(), 1);
    let first = agents::tokens(&fresh.db, &key, &id, &Paging::newest(2)).await.unwrap();
    assert_eq!((first.rows.len(), first.older), (2, true));

    fresh.clock.advance(HOUR);
    assert_eq!((shut(&fresh, text.text()).await, shut(&fresh, kept.text()).await), (Some(Shut::Expired), None));
    let revoke = |id: &TokenId, agent: Option<&AgentId>| RevokeToken { id: id.clone(), agent_id: agent.cloned() };
    let elsewhere = fresh.db.commit(&key, revoke(&long, Some(&other))).await;
    assert!(matches!(elsewhere, Err(Error::NotFound(_))), "a token is of its own agent");
    fresh.db.commit(&key, revoke(&long, Some(&id))).await.unwrap();
    assert_eq!(shut(&fresh, kept.text()).await, Some(Shut::Revoked));
    assert_eq!(code(fresh.db.commit(&key, revoke(&long, None)).await), Code::AlreadyRevoked);
    let seen = agents::token(&fresh.db, &key, &long).await.unwrap();
    assert_eq!((seen.status, seen.revoked_at), (KeyStatus::Revoked, Some(fresh.db.now())));
    assert_eq!(
        actions(&fresh, &id).await,
        ["agent.created", "agent_token.created", "agent_token.created", "agent_token.revoked"]
    );

    assert_eq!(refused_field(fresh.db.commit(&key, token_of(&id, Some(fresh.db.now()))).await), "expiresAt");
    for _ in 2..=MOST_TOKENS {
        fresh.db.commit(&key, token_of(&id, None)).await.unwrap();
    }
    let many = fresh.db.commit(&key, token_of(&id, None)).await;
    assert_eq!(code(many), Code::TokenLimitReached, "what ended counts no more");
}

#[tokio::test]
async fn tokens_are_for_whom_the_matrix_names() {
    let fresh = Fresh::new().await;
    let owner_id = user(&fresh).await;
    let made = fresh.db.commit(&key(&fresh), new_agent(&owner_id)).await.unwrap();
    let other = fresh.db.commit(&key(&fresh), new_agent(&owner_id)).await.unwrap();
    let own = token_grant(&fresh, made.token).await;
    let create = || token_of(&made.id, None);
    let revoke = || RevokeToken { id: made.token_id.clone(), agent_id: None };
    for stranger in strangers(&fresh).await {
        assert!(matches!(fresh.db.commit(&stranger, create()).await, Err(Error::NotFound(_))));
        assert!(matches!(fresh.db.commit(&stranger, revoke()).await, Err(Error::NotFound(_))));
        assert!(matches!(agents::token(&fresh.db, &stranger, &made.token_id).await, Err(Error::NotFound(_))));
    }
    // A token gives and takes none, not even itself, and sees those of its own agent only.
    assert!(matches!(fresh.db.commit(&own, create()).await, Err(Error::Denied(_))));
    assert!(matches!(fresh.db.commit(&own, revoke()).await, Err(Error::Denied(_))));
    assert!(agents::token(&fresh.db, &own, &made.token_id).await.is_ok());
    assert!(matches!(agents::token(&fresh.db, &own, &other.token_id).await, Err(Error::NotFound(_))));
    let may = |role| fresh.person(Environment::Live, role);
    for role in [Role::Developer, Role::Support, Role::Finance, Role::Auditor] {
        assert!(matches!(fresh.db.commit(&may(role), create()).await, Err(Error::Denied(_))), "{role} creates");
    }
    for role in [Role::Support, Role::Finance, Role::Auditor] {
        assert!(matches!(fresh.db.commit(&may(role), revoke()).await, Err(Error::Denied(_))), "{role} revokes");
    }
    fresh.db.commit(&may(Role::Developer), revoke()).await.unwrap();
    fresh.db.commit(&may(Role::Admin), create()).await.unwrap();
}

#[tokio::test]
async fn an_agent_ends_once_nothing_of_it_is_open() {
    let shop = Shop::new(Cast::default()).await;
    let (fresh, grant, id) = (&shop.fresh, &shop.grant, &shop.ids.agent);
    subscribe(fresh).await;
    let (_, token) = fresh.db.commit(grant, token_of(id, None)).await.unwrap();
    let token = token.reveal();
    let purchase = shop.buy(5_000).await;
    let open = agents::open(&fresh.db, grant, id).await.unwrap();
    assert_eq!((open.card_count, open.hold_count, open.token_count), (1, 1, 1));
    assert_eq!((&open.cards[0].id, &open.holds[0].id), (&shop.ids.card, &purchase.id));
    assert_eq!((open.holds[0].amount, open.cards[0].status), (5_000, CardStatus::Active));

    assert_eq!(code(fresh.db.commit(grant, close(id)).await), Code::OpenCards);
    let cards_of = || CloseCards { id: id.clone(), reason: line("retired") };
    assert_eq!(fresh.db.commit(grant, cards_of()).await.unwrap(), std::slice::from_ref(&shop.ids.card));
    assert_eq!(code(fresh.db.commit(grant, cards_of()).await), Code::CardAlreadyClosed);
    let card = cards::get(&fresh.db, grant, &shop.ids.card).await.unwrap();
    assert_eq!((card.status, card.closed_at), (CardStatus::Closed, Some(fresh.db.now())));
    assert_eq!(card.status_reason.as_deref(), Some("agent_removed"));
    assert_eq!(code(fresh.db.commit(grant, close(id)).await), Code::OpenHolds);
    assert_eq!(shut(fresh, token.text()).await, None, "nothing of it was done yet");
    shop.capture(&purchase.id, None).await.unwrap();

    let ended = fresh.db.commit(grant, close(id)).await.unwrap();
    assert_eq!((ended.before, ended.tokens.len()), (AgentStatus::Active, 1));
    assert_eq!(shut(fresh, token.text()).await, Some(Shut::Revoked));
    let seen = agents::get(&fresh.db, grant, id).await.unwrap();
    assert_eq!((seen.status, seen.closed_at), (AgentStatus::Closed, Some(fresh.db.now())));
    assert_eq!(seen.suspended_reason.as_deref(), Some("retired"));
    let purchase = purchases::get(&fresh.db, grant, &purchase.id).await.unwrap().purchase;
    assert_eq!(purchase.agent_name, seen.name, "its name on purchases stays");
    let told = told(fresh).await;
    let (_, data) = told.iter().find(|(kind, _)| kind == "agent.closed").unwrap();
    assert_eq!((&data["previousStatus"], &data["status"]), (&"active".into(), &"closed".into()));
    assert_eq!(told.iter().filter(|(kind, _)| kind == "card.closed").count(), 1);
    assert!(actions(fresh, id).await.contains(&"agent.closed"));

    // Final: whatever is tried, and refunds still arrive.
    assert_eq!(code(fresh.db.commit(grant, close(id)).await), Code::AgentClosed);
    let (id, because) = (|| id.clone(), || line("because"));
    assert_eq!(code(fresh.db.commit(grant, SuspendAgent { id: id(), reason: because() }).await), Code::AgentClosed);
    assert_eq!(code(fresh.db.commit(grant, ResumeAgent { id: id() }).await), Code::AgentClosed);
    assert_eq!(code(fresh.db.commit(grant, token_of(&id(), None)).await), Code::AgentClosed);
    let change = ChangeAgent {
        id: id(),
        name: Some(name("x")),
        description: None,
        metadata: None,
        default_policy_id: None,
        version: None,
    };
    assert_eq!(code(fresh.db.commit(grant, change).await), Code::AgentClosed);
    shop.reverse(&purchase.id, None).await.unwrap();
    let filter = |status| agents::Filter { status: Some(status), user_id: None };
    for (status, rows) in [(AgentStatus::Closed, 1), (AgentStatus::Suspended, 0), (AgentStatus::Active, 0)] {
        let page = agents::list(&fresh.db, grant, &filter(status), &Paging::newest(10)).await.unwrap();
        assert_eq!(page.rows.len(), rows, "{status}");
    }
}

#[tokio::test]
async fn only_who_may_ends_an_agent_of_the_own_place() {
    let fresh = Fresh::new().await;
    let owner_id = user(&fresh).await;
    let made = fresh.db.commit(&key(&fresh), new_agent(&owner_id)).await.unwrap();
    let id = made.id;
    for stranger in strangers(&fresh).await {
        assert!(matches!(fresh.db.commit(&stranger, close(&id)).await, Err(Error::NotFound(_))));
        assert!(matches!(agents::open(&fresh.db, &stranger, &id).await, Err(Error::NotFound(_))));
        assert!(matches!(frozen_with(&fresh.db, &stranger, &id).await, Err(Error::NotFound(_))));
    }
    let own = token_grant(&fresh, made.token).await;
    assert!(matches!(fresh.db.commit(&own, close(&id)).await, Err(Error::Denied(_))));
    for role in [Role::Developer, Role::Support, Role::Finance, Role::Auditor] {
        let person = fresh.person(Environment::Live, role);
        assert!(matches!(fresh.db.commit(&person, close(&id)).await, Err(Error::Denied(_))), "{role}");
    }
    // A suspended agent ends as well.
    fresh.db.commit(&key(&fresh), SuspendAgent { id: id.clone(), reason: line("odd") }).await.unwrap();
    assert_eq!(fresh.db.commit(&owner(&fresh), close(&id)).await.unwrap().before, AgentStatus::Suspended);
}

#[tokio::test]
async fn resuming_says_beforehand_what_it_unfreezes() {
    let fresh = Fresh::new().await;
    let owner_id = user(&fresh).await;
    let id = agent(&fresh, &owner_id).await;
    for status in ["active", "active", "frozen", "closed"] {
        let card = CardId::new(fresh.db.now(), fresh.db.chance());
        raw(&fresh, card_row(&fresh, &card, &id, &owner_id, status)).await;
    }
    let key = key(&fresh);
    assert_eq!(frozen_with(&fresh.db, &key, &id).await.unwrap(), 0);
    fresh.db.commit(&key, SuspendAgent { id: id.clone(), reason: line("odd") }).await.unwrap();
    assert_eq!(frozen_with(&fresh.db, &key, &id).await.unwrap(), 2);
    assert_eq!(fresh.db.commit(&key, ResumeAgent { id: id.clone() }).await.unwrap().len(), 2);
    assert_eq!(frozen_with(&fresh.db, &key, &id).await.unwrap(), 0);
}

#[tokio::test]
async fn resuming_leaves_a_card_frozen_that_has_ended_meanwhile() {
    let fresh = Fresh::new().await;
    let owner_id = user(&fresh).await;
    let id = agent(&fresh, &owner_id).await;
    let now = fresh.db.now();
    let mut all = Vec::new();
    // The clock stands in January 2025: a card of December has expired, and one of January has not.
    for set in [
        "expiration_month = 1, expiration_year = 2025".to_owned(),
        format!("ends_at = {}, at_end = 'close'", now.0 + 1),
        format!("ends_at = {}, at_end = 'freeze'", now.0),
        "expiration_month = 12, expiration_year = 2024".to_owned(),
    ] {
        let card = CardId::new(now, fresh.db.chance());
        raw(&fresh, card_row(&fresh, &card, &id, &owner_id, "active")).await;
        raw(&fresh, format!("update cards set {set} where id = '{card}'")).await;
        all.push(card);
    }
    let key = key(&fresh);
    fresh.db.commit(&key, SuspendAgent { id: id.clone(), reason: line("odd") }).await.unwrap();
    assert_eq!(frozen_with(&fresh.db, &key, &id).await.unwrap(), 2);
    let mut unfrozen = fresh.db.commit(&key, ResumeAgent { id: id.clone() }).await.unwrap();
    unfrozen.sort();
    let mut expected = all[..2].to_vec();
    expected.sort();
    assert_eq!(unfrozen, expected);
    let state = async |card: &CardId| {
        let card = cards::get(&fresh.db, &key, card).await.unwrap();
        (card.status, card.status_reason)
    };
    for card in &all[2..] {
        assert_eq!(state(card).await, (CardStatus::Frozen, Some("lifetime_over".into())));
    }
    cards::end_due(&fresh.db, 10).await.unwrap();
    assert_eq!(state(&all[2]).await, (CardStatus::Frozen, Some("lifetime_over".into())));
    assert_eq!(state(&all[3]).await, (CardStatus::Closed, Some("expired".into())));
}

#[tokio::test]
async fn an_agent_is_found_by_the_callers_own_id() {
    let fresh = Fresh::new().await;
    let owner_id = user(&fresh).await;
    let named = CreateAgent { external_id: Some(line("bot-1")), ..new_agent(&owner_id) };
    let made = fresh.db.commit(&key(&fresh), named).await.unwrap();
    let find = async |grant: &Grant, id: &str| {
        let found = agents::by_external_id(&fresh.db, grant, &line(id)).await.unwrap();
        found.map(|agent| agent.id)
    };
    assert_eq!(find(&key(&fresh), "bot-1").await, Some(made.id.clone()));
    assert_eq!(find(&key(&fresh), "bot-2").await, None);
    for stranger in strangers(&fresh).await {
        assert_eq!(find(&stranger, "bot-1").await, None);
    }
    let other = fresh.db.commit(&key(&fresh), new_agent(&owner_id)).await.unwrap();
    assert_eq!(find(&token_grant(&fresh, other.token).await, "bot-1").await, None);
    assert_eq!(find(&token_grant(&fresh, made.token).await, "bot-1").await, Some(made.id));
}
