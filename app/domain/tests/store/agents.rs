//! Agents: made, changed, limited.
use super::common::*;
use domain::{
    Error,
    access::Role,
    agents::{self, AgentStatus, ChangeAgent, CreateAgent, Filter, ResumeAgent, SetLimit, SuspendAgent},
    environment::Environment,
    error::Code,
    ids::{AgentId, CardId, PurchaseId},
    keys::KeyStatus,
    limits::{Frequency, OnLimitExceeded},
    page::Paging,
    testing::{Fresh, START},
    time::{DAY, HOUR, MINUTE, Timestamp},
};

fn limit(id: &AgentId, limit: Option<(i64, Frequency)>) -> SetLimit {
    SetLimit {
        id: id.clone(),
        limit: limit.map(|(minor, frequency)| (amount(minor), frequency)),
        on_exceeded: None,
        reason: line("because"),
        version: None,
    }
}

#[tokio::test]
async fn a_new_agent_has_a_token_that_reaches_it_alone() {
    let fresh = Fresh::new().await;
    let key = key(&fresh);
    subscribe(&fresh).await;
    let owner_id = user(&fresh).await;
    let limited = CreateAgent { limit: Some((amount(50_000), Frequency::PerMonth)), ..new_agent(&owner_id) };
    let made = fresh.db.commit(&key, limited).await.unwrap();
    let other = agent(&fresh, &owner_id).await;
    let seen = the_agent(&fresh, &made.id).await;
    assert_eq!((seen.status, seen.current_spend, seen.card_count), (AgentStatus::Active, 0, 0));
    assert_eq!((seen.user_name.as_str(), seen.name.as_str(), seen.version), ("Ada Lovelace", "checkout-bot", 1));
    assert_eq!(seen.remaining(), Some(50_000));
    // 1 January and 1 February 2025, UTC.
    assert_eq!(seen.window_start, Some(Timestamp(1_735_689_600_000)));
    assert_eq!(seen.next_reset, Some(Timestamp(1_738_368_000_000)));

    let tokens = agents::tokens(&fresh.db, &key, &made.id, &Paging::newest(10)).await.unwrap().rows;
    assert_eq!(tokens.iter().map(|t| (&t.id, t.status)).collect::<Vec<_>>(), [(&made.token_id, KeyStatus::Active)]);
    assert!(tokens[0].masked.starts_with("at_live_"));
    let token = token_grant(&fresh, made.token).await;
    let page = agents::list(&fresh.db, &token, &Filter::default(), &Paging::newest(10)).await.unwrap();
    assert_eq!(page.rows.iter().map(|a| &a.id).collect::<Vec<_>>(), [&made.id]);
    assert!(matches!(agents::get(&fresh.db, &token, &other).await, Err(Error::NotFound(_))));
    assert!(matches!(agents::tokens(&fresh.db, &token, &other, &Paging::newest(10)).await, Err(Error::NotFound(_))));
    let denied = fresh.db.commit(&token, new_agent(&owner_id)).await;
    assert!(matches!(denied, Err(Error::Denied(_))));
    assert_eq!(told_types(&fresh).await, ["agent.created", "agent.created"]);
    assert_eq!(actions(&fresh, &made.id).await, ["agent.created"]);
}

#[tokio::test]
async fn an_agent_needs_a_user_of_its_own_place_and_free_words() {
    let fresh = Fresh::new().await;
    let owner_id = user(&fresh).await;
    for stranger in strangers(&fresh).await {
        let made = fresh.db.commit(&stranger, new_agent(&owner_id)).await;
        assert!(matches!(made, Err(Error::NotFound(_))));
    }
    for most in [0, 1001, -1] {
        let made = fresh.db.commit(&key(&fresh), CreateAgent { max_cards: Some(most), ..new_agent(&owner_id) }).await;
        assert!(matches!(made, Err(Error::Refused(r)) if r.0[0].0 == "maxCards"));
    }
    let named = || CreateAgent { external_id: Some(line("bot-1")), ..new_agent(&owner_id) };
    let made = fresh.db.commit(&key(&fresh), named()).await.unwrap();
    assert_eq!(the_agent(&fresh, &made.id).await.external_id.as_deref(), Some("bot-1"));
    let taken = fresh.db.commit(&key(&fresh), named()).await;
    assert!(matches!(taken, Err(Error::Refused(r)) if r.0[0].0 == "externalId"));
    let denied = fresh.db.commit(&fresh.person(Environment::Live, Role::Developer), new_agent(&owner_id)).await;
    assert!(matches!(denied, Err(Error::Denied(_))));
}

#[tokio::test]
async fn strangers_neither_see_nor_change_an_agent() {
    let fresh = Fresh::new().await;
    let id = agent(&fresh, &user(&fresh).await).await;
    for stranger in strangers(&fresh).await {
        assert!(
            agents::list(&fresh.db, &stranger, &Filter::default(), &Paging::newest(9)).await.unwrap().rows.is_empty()
        );
        assert!(matches!(agents::get(&fresh.db, &stranger, &id).await, Err(Error::NotFound(_))));
        assert!(matches!(
            agents::tokens(&fresh.db, &stranger, &id, &Paging::newest(10)).await,
            Err(Error::NotFound(_))
        ));
        let suspend = SuspendAgent { id: id.clone(), reason: line("x") };
        assert!(matches!(fresh.db.commit(&stranger, suspend).await, Err(Error::NotFound(_))));
        assert!(matches!(fresh.db.commit(&stranger, limit(&id, None)).await, Err(Error::NotFound(_))));
        let resume = ResumeAgent { id: id.clone() };
        assert!(matches!(fresh.db.commit(&stranger, resume).await, Err(Error::NotFound(_))));
    }
    assert_eq!(the_agent(&fresh, &id).await.version, 1);
}

#[tokio::test]
async fn an_edit_changes_what_it_names_and_a_stale_one_nothing() {
    let fresh = Fresh::new().await;
    let key = key(&fresh);
    let id = agent(&fresh, &user(&fresh).await).await;
    let edit = |text: &str, version| ChangeAgent {
        id: id.clone(),
        name: Some(name(text)),
        description: None,
        metadata: Some(Some("{\"a\":1}".parse().unwrap())),
        default_policy_id: None,
        version,
    };
    fresh.db.commit(&key, edit("first", Some(1))).await.unwrap();
    let stale = fresh.db.commit(&key, edit("second", Some(1))).await;
    assert!(matches!(stale, Err(Error::State { code: Code::StaleEdit, .. })));
    let seen = the_agent(&fresh, &id).await;
    assert_eq!((seen.name.as_str(), seen.description.as_str(), seen.version), ("first", "", 2));
    assert_eq!(seen.metadata.unwrap().to_string(), "{\"a\":1}");
    let empty = ChangeAgent { name: None, metadata: Some(None), ..edit("x", None) };
    fresh.db.commit(&key, empty).await.unwrap();
    let seen = the_agent(&fresh, &id).await;
    assert_eq!((seen.name.as_str(), seen.metadata), ("first", None));
}

#[tokio::test]
async fn whoever_may_only_lower_cannot_loosen_a_limit() {
    let fresh = Fresh::new().await;
    let key = key(&fresh);
    let id = agent(&fresh, &user(&fresh).await).await;
    let developer = fresh.person(Environment::Live, Role::Developer);
    let denied = fresh.db.commit(&developer, limit(&id, Some((1, Frequency::PerWeek)))).await;
    assert!(matches!(denied, Err(Error::Denied(_))));
    fresh.db.commit(&key, limit(&id, Some((500, Frequency::PerWeek)))).await.unwrap();
    let seen = the_agent(&fresh, &id).await;
    assert_eq!(seen.spending_limit.zip(seen.spending_limit_frequency), Some((amount(500), Frequency::PerWeek)));
    // Of the roles, each that lowers also raises: the difference is a grant's, and is tried with one.
    let lowering = domain::access::testing::only(&key, &[domain::access::Permission::LowerLimit]);
    for raise in [None, Some((501, Frequency::PerWeek)), Some((1, Frequency::PerMonth))] {
        let denied = fresh.db.commit(&lowering, limit(&id, raise)).await;
        assert!(matches!(denied, Err(Error::Denied(domain::access::Permission::RaiseLimit))), "{raise:?}");
    }
    let softer = SetLimit { on_exceeded: Some(OnLimitExceeded::Notify), ..limit(&id, Some((1, Frequency::PerWeek))) };
    assert!(matches!(fresh.db.commit(&lowering, softer).await, Err(Error::Denied(_))));
    fresh.db.commit(&lowering, limit(&id, Some((499, Frequency::PerWeek)))).await.unwrap();
    fresh.db.commit(&key, limit(&id, Some((900, Frequency::AllTime)))).await.unwrap();
    let stale = fresh.db.commit(&key, SetLimit { version: Some(1), ..limit(&id, None) }).await;
    assert!(matches!(stale, Err(Error::State { code: Code::StaleEdit, .. })));
    fresh.clock.advance(1);
    fresh.db.commit(&key, SetLimit { version: Some(4), ..limit(&id, None) }).await.unwrap();
    assert_eq!(the_agent(&fresh, &id).await.spending_limit, None);

    let filter = domain::audit::Filter { subject_id: Some(id.to_string()), ..Default::default() };
    let log = domain::audit::list(&fresh.db, &owner(&fresh), &filter, &Paging::newest(1)).await.unwrap();
    let last = &log.rows[0];
    assert_eq!((last.action.as_str(), last.reason.as_deref()), ("agent.limit_changed", Some("because")));
    assert!(last.before.as_ref().unwrap().contains("900") && last.after.as_ref().unwrap().contains("null"));
}

/// What the running window holds, for each frequency, in one list.
#[tokio::test]
async fn the_spend_shown_is_that_of_the_running_window() {
    let fresh = Fresh::new().await;
    let owner_id = user(&fresh).await;
    let (organisation, now) = (&fresh.organisation, START);
    let mut expected = Vec::new();
    // START is a Wednesday noon; the week began on the 13th, the month and the year on the 1st.
    let starts = [
        ("perWeek", 1_736_726_400_000_i64, 1),
        ("perWeek", 1_736_726_400_000 - 7 * DAY, 2),
        ("perMonth", 1_735_689_600_000, 4),
        ("perYear", 1_735_689_600_000, 8),
        ("perYear", 1_704_067_200_000, 16),
        ("allTime", 0, 32),
    ];
    // Buckets: the edge's own minute and hour (left out), the next of each, and the last minute, which its hour holds.
    // Purchases in the edge: before, at, after it, declined.
    let start = now - DAY + 1;
    let (edge, hour) = (start.floor(MINUTE), start.floor(HOUR));
    let buckets = [
        (MINUTE, edge.0, 1_000),
        (MINUTE, edge.0 + MINUTE, 2_000),
        (HOUR, hour.0, 500_000),
        (HOUR, hour.0 + HOUR, 4_000),
        (MINUTE, now.floor(MINUTE).0, 300_000),
    ];
    let purchases = [
        (start.0 - 1, "completed", 10_000),
        (start.0, "pending", 20_000),
        (edge.0 + MINUTE - 1, "completed", 40_000),
        (edge.0 + 2, "declined", 80_000),
        (edge.0 + MINUTE, "completed", 160_000),
    ];
    for frequency in Frequency::ALL.iter().copied().map(Some).chain([None]) {
        let limit = frequency.map(|f| (amount(1_000_000), f));
        let id = fresh.db.commit(&key(&fresh), CreateAgent { limit, ..new_agent(&owner_id) }).await.unwrap().id;
        let place = format!("'{organisation}', 'live', '{id}'");
        for (word, at, spent) in starts {
            raw(&fresh, format!("insert into spend_windows values ({place}, '{word}', {at}, {spent})")).await;
        }
        for (span, start, spent) in buckets {
            raw(&fresh, format!("insert into agent_buckets values ({place}, {span}, {start}, {spent}, 1)")).await;
        }
        let card = CardId::new(now, fresh.db.chance());
        raw(&fresh, card_row(&fresh, &card, &id, &owner_id, "active")).await;
        for (at, status, minor) in purchases {
            let purchase = PurchaseId::new(Timestamp(at), fresh.db.chance());
            raw(
                &fresh,
                format!(
                    "insert into purchases (organisation_id, environment, id, card_id, agent_id, user_id, status,
                         currency, amount, authorized_amount, merchant_name, merchant_category_code,
                         attestation_status, authorized_at, updated_at)
                     values ('{organisation}', 'live', '{purchase}', '{card}', '{id}', '{owner_id}', '{status}', 'USD',
                             {minor}, {minor}, 'Shop', '5999', 'unattested', {at}, {at})"
                ),
            )
            .await;
        }
        let spent = match frequency {
            Some(Frequency::PerTransaction) => 0,
            Some(Frequency::Per24HourPeriod) => 66_000,
            Some(Frequency::PerWeek) => 1,
            Some(Frequency::PerMonth) => 4,
            Some(Frequency::PerYear) => 8,
            Some(Frequency::AllTime) | None => 32,
        };
        assert_eq!(the_agent(&fresh, &id).await.current_spend, spent, "{frequency:?}");
        expected.push((id, spent));
    }
    let page = agents::list(&fresh.db, &key(&fresh), &Filter::default(), &Paging::newest(100)).await.unwrap();
    let mut listed: Vec<_> = page.rows.into_iter().map(|a| (a.id, a.current_spend)).collect();
    listed.sort();
    expected.sort();
    assert_eq!(listed, expected);
    // All have the same limit: nearest is who spent most. A limit on each purchase alone is never near.
    let nearest = agents::nearest(&fresh.db, &key(&fresh), chrono_tz::UTC, 4).await.unwrap();
    let spent: Vec<_> = nearest.iter().map(|near| (near.spending_limit_frequency.as_str(), near.spent)).collect();
    assert_eq!(spent, [("per24HourPeriod", 66_000), ("allTime", 32), ("perYear", 8), ("perMonth", 4)]);
    assert!(nearest.iter().all(|near| expected.contains(&(near.id.clone(), near.spent))));
}

#[tokio::test]
async fn a_list_is_filtered_and_paged_newest_first() {
    let fresh = Fresh::new().await;
    let (one, two) = (user(&fresh).await, user(&fresh).await);
    let mut ids = Vec::new();
    for n in 0..5 {
        fresh.clock.advance(1);
        ids.push(agent(&fresh, if n % 2 == 0 { &one } else { &two }).await);
    }
    ids.reverse();
    let reason = line("odd");
    fresh.db.commit(&owner(&fresh), SuspendAgent { id: ids[0].clone(), reason }).await.unwrap();
    let list = async |filter: Filter, paging: Paging<AgentId>| {
        let page = agents::list(&fresh.db, &owner(&fresh), &filter, &paging).await.unwrap();
        (page.rows.into_iter().map(|a| a.id).collect::<Vec<_>>(), page.older, page.newer)
    };
    let all = Filter::default;
    assert_eq!(list(all(), Paging::newest(2)).await, (ids[..2].to_vec(), true, false));
    let next = Paging { before: Some(ids[1].clone()), after: None, size: 2 };
    assert_eq!(list(all(), next).await, (ids[2..4].to_vec(), true, true));
    let back = Paging { before: None, after: Some(ids[2].clone()), size: 2 };
    assert_eq!(list(all(), back).await, (ids[..2].to_vec(), true, false));
    let of_one = Filter { user_id: Some(one.clone()), status: None };
    assert_eq!(list(of_one, Paging::newest(9)).await.0, [ids[0].clone(), ids[2].clone(), ids[4].clone()]);
    let active = Filter { user_id: Some(one), status: Some(AgentStatus::Active) };
    assert_eq!(list(active, Paging::newest(9)).await.0, [ids[2].clone(), ids[4].clone()]);
}

#[tokio::test]
async fn suspending_freezes_the_active_cards_and_resuming_only_those() {
    let fresh = Fresh::new().await;
    subscribe(&fresh).await;
    let owner_id = user(&fresh).await;
    let (id, other) = (agent(&fresh, &owner_id).await, agent(&fresh, &owner_id).await);
    let mut cards = Vec::new();
    for (agent, status) in
        [(&id, "active"), (&id, "frozen"), (&id, "closed"), (&id, "notActivated"), (&other, "active")]
    {
        let card = CardId::new(fresh.db.now(), fresh.db.chance());
        raw(&fresh, card_row(&fresh, &card, agent, &owner_id, status)).await;
        cards.push(card);
    }
    assert_eq!(the_agent(&fresh, &id).await.card_count, 3);
    let support = fresh.person(Environment::Live, Role::Support);
    let suspend = || SuspendAgent { id: id.clone(), reason: line("spends at night") };
    let frozen = fresh.db.commit(&support, suspend()).await.unwrap();
    assert_eq!(frozen, cards[..1]);
    let seen = the_agent(&fresh, &id).await;
    assert_eq!((seen.status, seen.suspended_reason.as_deref()), (AgentStatus::Suspended, Some("spends at night")));
    let again = fresh.db.commit(&support, suspend()).await;
    assert!(matches!(again, Err(Error::State { code: Code::AgentSuspended, .. })));
    assert_eq!(told_types(&fresh).await[2..], ["agent.suspended", "card.frozen"]);
    assert_eq!(actions(&fresh, &cards[0]).await, ["card.frozen"]);

    let denied = fresh.db.commit(&support, ResumeAgent { id: id.clone() }).await;
    assert!(matches!(denied, Err(Error::Denied(_))));
    let unfrozen = fresh.db.commit(&owner(&fresh), ResumeAgent { id: id.clone() }).await.unwrap();
    assert_eq!(unfrozen, cards[..1]);
    let seen = the_agent(&fresh, &id).await;
    assert_eq!((seen.status, seen.suspended_reason), (AgentStatus::Active, None));
    let again = fresh.db.commit(&owner(&fresh), ResumeAgent { id: id.clone() }).await;
    assert!(matches!(again, Err(Error::State { code: Code::AgentNotSuspended, .. })));
    assert_eq!(actions(&fresh, &id).await, ["agent.created", "agent.resumed", "agent.suspended"]);
    assert_eq!(actions(&fresh, &cards[1]).await, [""; 0]);
}
