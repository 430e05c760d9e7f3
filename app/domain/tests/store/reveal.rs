//! A card's number shown to a person: by whom, of which cards, how often, and what is left of it.
use super::{
    common::{actions, line, name, strangers},
    support::{Shop, code, read},
};
use domain::{
    Error,
    access::{self, Grant, Permission, Role},
    attestations::{self, AttestationStatus, ExposureMode},
    audit,
    cards::{CardStatus, CloseCard, FreezeCard, REVEALS_PER_CARD, REVEALS_PER_PERSON, RevealCard, SetCardRules},
    environment::Environment,
    error::Code,
    ids::CardId,
    limits::{policies::CreatePolicy, terms::Change},
    page::Paging,
    purchases::testing::Cast,
    testing::Fresh,
    time::{DAY, HOUR, MINUTE},
};

fn reveal(card: &CardId) -> RevealCard {
    RevealCard { id: card.clone(), reason: line("Paying the hotel by phone") }
}

/// A person who is there, so that they can be locked.
async fn person(fresh: &Fresh, role: Role, called: &str) -> Grant {
    access::testing::member(&fresh.db, &fresh.organisation, role, called, &format!("{called}@acme.example")).await
}

async fn revealed(fresh: &Fresh, grant: &Grant, card: &CardId) -> String {
    fresh.db.commit(grant, reveal(card)).await.unwrap().details.pan.reveal().text().to_owned()
}

/// The message of a refusal for a limit.
async fn too_often(fresh: &Fresh, grant: &Grant, card: &CardId) -> String {
    match fresh.db.commit(grant, reveal(card)).await.err() {
        Some(Error::State { code: Code::RevealLimit, message }) => message,
        other => panic!("{other:?}"),
    }
}

fn free() -> Cast {
    Cast { require_intent: Some(false), ..Cast::default() }
}

async fn another_card(shop: &Shop, cast: Cast) -> CardId {
    cast.write(&shop.fresh.db, &shop.grant).await.unwrap().card
}

#[tokio::test]
async fn a_person_sees_what_an_agent_would_and_it_is_written_down_without_it() {
    let shop = Shop::new(Cast { exposure: ExposureMode::RawPan, ..free() }).await;
    let (fresh, card) = (&shop.fresh, &shop.ids.card);
    let ada = person(fresh, Role::Owner, "ada").await;
    let shown = fresh.db.commit(&ada, reveal(card)).await.unwrap();
    let read = fresh.db.commit(&shop.grant, read(card)).await.unwrap().details.expect("the details");
    let (pan, cvv) = (shown.details.pan.reveal(), shown.details.cvv.reveal());
    assert_eq!((pan.text(), cvv.text()), (read.pan.reveal().text(), read.cvv.reveal().text()));
    assert!(pan.text().len() == 16 && cvv.text().len() == 3);

    let filter = audit::Filter { action: Some(audit::Action::CardRevealed), ..Default::default() };
    let records = audit::list(&fresh.db, &ada, &filter, &Paging::newest(9)).await.unwrap().rows;
    let [record] = &records[..] else { panic!("{records:?}") };
    assert_eq!((record.actor_kind.as_str(), record.actor_name.as_str()), ("person", "ada"));
    assert_eq!((record.subject_id.as_str(), record.environment), (card.as_str(), Some(Environment::Live)));
    assert_eq!(record.reason.as_deref(), Some("Paying the hotel by phone"));
    assert_eq!((&record.before, &record.after), (&None, &None));
    // Nowhere in the database: neither the number, nor its own nine digits.
    for (table, rows) in fresh.everything().await {
        let found = rows.iter().find(|row| row.contains(pan.text()) || row.contains(&pan.text()[6..15]));
        assert_eq!(found, None, "{table}");
    }
}

#[tokio::test]
async fn five_in_any_day_are_the_most_for_a_card_whoever_asks() {
    let shop = Shop::new(free()).await;
    let (fresh, card) = (&shop.fresh, &shop.ids.card);
    let (ada, bob) = (person(fresh, Role::Owner, "ada").await, person(fresh, Role::Admin, "bob").await);
    for n in 0..REVEALS_PER_CARD {
        revealed(fresh, if n % 2 == 0 { &ada } else { &bob }, card).await;
        fresh.clock.advance(HOUR);
    }
    for grant in [&ada, &bob] {
        let said = too_often(fresh, grant, card).await;
        assert!(said.ends_with("This card was revealed 5 times in the last 24 hours, which is the most. It can be revealed again in 19 hours."), "{said}");
    }
    assert_eq!(actions(fresh, card).await, ["card.revealed"; 5], "what was refused left nothing");
    // Another card has a day of its own.
    let other = another_card(&shop, free()).await;
    revealed(fresh, &ada, &other).await;

    fresh.clock.advance(DAY - 5 * HOUR - 1);
    assert!(too_often(fresh, &ada, card).await.ends_with("again in 1 minute."));
    fresh.clock.advance(1);
    revealed(fresh, &ada, card).await;
    assert!(too_often(fresh, &ada, card).await.ends_with("again in 1 hour."));
}

#[tokio::test]
async fn twenty_in_any_hour_are_the_most_for_a_person() {
    let shop = Shop::new(free()).await;
    let fresh = &shop.fresh;
    let (ada, bob) = (person(fresh, Role::Owner, "ada").await, person(fresh, Role::Admin, "bob").await);
    let mut cards = vec![shop.ids.card.clone()];
    for _ in 0..4 {
        cards.push(another_card(&shop, free()).await);
    }
    let most = usize::try_from(REVEALS_PER_PERSON).unwrap();
    for n in 0..most {
        revealed(fresh, &ada, &cards[n / 5]).await;
        fresh.clock.advance(MINUTE);
    }
    let said = too_often(fresh, &ada, &cards[4]).await;
    assert_eq!(
        said,
        "You revealed cards 20 times in the last hour, which is the most. You can reveal one again in 40 minutes."
    );
    // Nobody else is kept from the card by that, and test cards count apart.
    revealed(fresh, &bob, &cards[4]).await;
    let dev = fresh.key(Environment::Dev);
    let test_card = free().write(&fresh.db, &dev).await.unwrap().card;
    revealed(fresh, &access::testing::in_environment(&ada, Environment::Dev), &test_card).await;
    fresh.clock.advance(HOUR - 20 * MINUTE - 1);
    too_often(fresh, &ada, &cards[4]).await;
    fresh.clock.advance(1);
    revealed(fresh, &ada, &cards[4]).await;
    assert!(too_often(fresh, &ada, &cards[4]).await.ends_with("again in 1 minute."));
}

#[tokio::test]
async fn two_at_once_do_not_slip_past_the_limit() {
    let shop = Shop::new(free()).await;
    let (fresh, card) = (&shop.fresh, &shop.ids.card);
    let ada = person(fresh, Role::Owner, "ada").await;
    let all: Vec<_> = (0..12)
        .map(|_| {
            let (db, ada, command) = (fresh.db.clone(), ada.clone(), reveal(card));
            tokio::spawn(async move { db.commit(&ada, command).await.is_ok() })
        })
        .collect();
    let mut shown = 0;
    for one in all {
        shown += i64::from(one.await.unwrap());
    }
    assert_eq!(shown, REVEALS_PER_CARD);
}

#[tokio::test]
async fn only_people_of_three_roles_with_a_fresh_factor_see_a_number() {
    let shop = Shop::new(free()).await;
    let (fresh, card) = (&shop.fresh, &shop.ids.card);
    for role in Role::ALL {
        for environment in Environment::ALL {
            let may = matches!(role, Role::Owner | Role::Admin)
                || (*role, *environment) == (Role::Developer, Environment::Dev);
            let grant = fresh.person(*environment, *role);
            match fresh.db.commit(&grant, reveal(card)).await {
                Ok(_) => assert!(may && *environment == Environment::Live, "{role} {environment}"),
                // The card is in live.
                Err(Error::NotFound(_)) => assert!(may && *environment == Environment::Dev, "{role} {environment}"),
                Err(Error::Denied(Permission::RevealCard)) => assert!(!may, "{role} {environment}"),
                Err(other) => panic!("{role} {environment}: {other:?}"),
            }
        }
    }
    let token = access::testing::token(&fresh.db, &fresh.organisation, Environment::Live, &shop.ids.agent);
    for grant in [&shop.grant, &token] {
        let refused = fresh.db.commit(grant, reveal(card)).await.err();
        assert!(matches!(refused, Some(Error::Denied(Permission::RevealCard))), "{refused:?}");
    }
    let ada = person(fresh, Role::Owner, "ada").await;
    let now = fresh.db.now();
    revealed(fresh, &access::testing::with_factor_at(&ada, now - 5 * MINUTE), card).await;
    let stale = fresh.db.commit(&access::testing::with_factor_at(&ada, now - 5 * MINUTE - 1), reveal(card)).await;
    assert!(matches!(stale.err(), Some(Error::StepUp(Permission::RevealCard))));
    // Of another organisation, and of the other environment: as if there were no such card.
    for stranger in strangers(fresh).await {
        let owner = access::testing::person(&fresh.db, stranger.organisation(), stranger.environment(), Role::Owner);
        assert!(matches!(fresh.db.commit(&owner, reveal(card)).await.err(), Some(Error::NotFound(_))));
    }
}

#[tokio::test]
async fn a_card_that_buys_nothing_and_one_that_shows_nothing_stay_hidden() {
    let shop = Shop::new(free()).await;
    let (fresh, card) = (&shop.fresh, &shop.ids.card);
    let ada = person(fresh, Role::Owner, "ada").await;
    fresh.db.commit(&ada, FreezeCard { id: card.clone(), reason: None }).await.unwrap();
    let frozen = revealed(fresh, &ada, card).await;
    assert_eq!(frozen.len(), 16, "a frozen card can be charged again");
    fresh.db.commit(&ada, CloseCard { id: card.clone(), reason: None }).await.unwrap();
    assert_eq!(code(fresh.db.commit(&ada, reveal(card)).await), Code::CardNotActive);
    let waiting = another_card(&shop, Cast { card_status: CardStatus::NotActivated, ..free() }).await;
    assert_eq!(code(fresh.db.commit(&ada, reveal(&waiting)).await), Code::CardNotActive);

    let silent = another_card(&shop, Cast { exposure: ExposureMode::Never, ..free() }).await;
    assert_eq!(code(fresh.db.commit(&ada, reveal(&silent)).await), Code::ExposureForbidden);
    let set = Change { exposure: Some(Some(ExposureMode::Never)), ..Change::default() };
    let policy = CreatePolicy { name: name("Quiet"), description: None, set };
    let policy = fresh.db.commit(&ada, policy).await.unwrap();
    let open = another_card(&shop, Cast { exposure: ExposureMode::RawPan, ..free() }).await;
    let join = SetCardRules {
        id: open.clone(),
        set: Change::default(),
        policy_id: Some(Some(policy)),
        reason: None,
        version: None,
    };
    fresh.db.commit(&ada, join).await.unwrap();
    assert_eq!(code(fresh.db.commit(&ada, reveal(&open)).await), Code::ExposureForbidden);
}

#[tokio::test]
async fn a_persons_look_attests_nothing() {
    let shop = Shop::new(free()).await;
    let (fresh, card) = (&shop.fresh, &shop.ids.card);
    let ada = person(fresh, Role::Owner, "ada").await;
    revealed(fresh, &ada, card).await;
    let reads =
        attestations::list(&fresh.db, &ada, &attestations::Filter::default(), &Paging::newest(9)).await.unwrap();
    assert!(reads.rows.is_empty());
    assert_eq!(shop.buy(5_000).await.attestation_status, AttestationStatus::Unattested);
    // Nor does it use up the agent's reads, or the agent's reads the person's.
    for _ in 0..attestations::READS_PER_HOUR {
        fresh.db.commit(&shop.grant, read(card)).await.unwrap();
    }
    revealed(fresh, &ada, card).await;
}
