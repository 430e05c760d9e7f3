//! Credential reads: allowed or not, redeemed once, tied to the purchase that follows.
use super::{
    common::raw,
    support::{Shop, code, intent, read, refused_field},
};
use domain::{
    Error,
    access::{
        Role,
        testing::{member, token},
    },
    agents::AgentStatus,
    attestations::{self, AttestationStatus as How, ExposureMode, Filter, Followed, ReadCredentials, Redeem, TOKEN_MS},
    cards::{CardStatus, RevealCard},
    environment::Environment,
    error::{Code, Noun},
    intents,
    name::Line,
    page::Paging,
    purchases::{PurchaseStatus, testing::Cast},
    secret::Plain,
    testing::START,
    time::{DAY, HOUR, MINUTE, Timestamp},
};
use serde_json::json;

fn free() -> Cast {
    Cast { require_intent: Some(false), ..Cast::default() }
}

#[tokio::test]
async fn a_card_that_must_not_be_read_is_not() {
    let shop = Shop::new(free()).await;
    let db = &shop.fresh.db;
    for (cast, expected) in [
        (Cast { card_status: CardStatus::Frozen, ..free() }, Code::CardNotActive),
        (Cast { card_status: CardStatus::Closed, ..free() }, Code::CardNotActive),
        (Cast { agent_status: AgentStatus::Suspended, ..free() }, Code::AgentSuspended),
        (Cast { exposure: ExposureMode::Never, ..free() }, Code::ExposureForbidden),
        (Cast { require_intent: Some(true), ..free() }, Code::IntentRequired),
        (Cast { require_intent: None, ..free() }, Code::IntentRequired),
    ] {
        let ids = cast.write(db, &shop.grant).await.unwrap();
        assert_eq!(code(db.commit(&shop.grant, read(&ids.card)).await), expected, "{cast:?}");
    }
    let dev = shop.fresh.key(Environment::Dev);
    let ids = Cast { require_intent: None, ..free() }.write(db, &dev).await.unwrap();
    assert!(db.commit(&dev, read(&ids.card)).await.is_ok(), "the dev environment asks for no intent");
    assert!(matches!(db.commit(&shop.grant, read(&ids.card)).await, Err(Error::NotFound(Noun::Card))));
    let listed = ReadCredentials { client_context: Some(json!([1])), ..read(&shop.ids.card) };
    assert_eq!(refused_field(db.commit(&shop.grant, listed).await), "clientContext");
    let stranger = token(db, &shop.fresh.organisation, Environment::Live, &ids.agent);
    assert!(matches!(db.commit(&stranger, read(&shop.ids.card)).await, Err(Error::NotFound(Noun::Card))));
    let all = attestations::list(db, &shop.grant, &Filter::default(), &Paging::newest(10)).await.unwrap();
    assert!(all.rows.is_empty(), "a refused read leaves nothing");
}

#[tokio::test]
async fn details_end_with_the_card_however_late_the_job_comes() {
    // The first of February 2025, 00:00 UTC; the other card ends with a lifetime of its own.
    let printed = Timestamp(1_738_368_000_000);
    for (life, spoil, end) in [
        (None, "update cards set expiration_month = 1, expiration_year = 2025", printed),
        (Some(HOUR), "update cards set at_end = 'freeze'", START + HOUR),
    ] {
        let shop = Shop::new(Cast { life, ..free() }).await;
        let (db, card) = (&shop.fresh.db, &shop.ids.card);
        raw(&shop.fresh, spoil.to_owned()).await;
        let ada = member(db, &shop.fresh.organisation, Role::Owner, "ada", "ada@acme.example").await;
        let reveal = async || {
            db.commit(&ada, RevealCard { id: card.clone(), reason: Line::parse("By phone").unwrap() }).await.map(drop)
        };
        shop.fresh.clock.set(end - 1);
        reveal().await.unwrap();
        let [first, second] = [db.commit(&shop.grant, read(card)).await, db.commit(&shop.grant, read(card)).await]
            .map(|read| Redeem { token: read.unwrap().token.unwrap().0 });
        db.commit(&shop.grant, first).await.unwrap();
        shop.fresh.clock.set(end);
        assert_eq!(code(db.commit(&shop.grant, read(card)).await), Code::CardNotActive);
        assert_eq!(code(db.commit(&shop.grant, second).await), Code::CardNotActive);
        assert_eq!(code(reveal().await), Code::CardNotActive);
    }
}

#[tokio::test]
async fn an_intent_opens_the_details_for_an_hour() {
    let shop = Shop::new(Cast { require_intent: Some(true), ..Cast::default() }).await;
    let (db, card) = (&shop.fresh.db, &shop.ids.card);
    let day = intents::DeclareIntent { ttl_minutes: Some(1_440), ..intent(card, "day") };
    let day = db.commit(&shop.grant, day).await.unwrap().intent;
    shop.fresh.clock.advance(HOUR);
    let done = db.commit(&shop.grant, read(card)).await.unwrap();
    assert_eq!(done.intent_id, Some(day.id.clone()));
    assert_eq!(intents::get(db, &shop.grant, &day.id).await.unwrap().revealed_at, Some(db.now()));
    shop.fresh.clock.advance(1);
    assert_eq!(code(db.commit(&shop.grant, read(card)).await), Code::IntentRequired);
    db.commit(&shop.grant, intent(card, "short")).await.unwrap();
    shop.fresh.clock.advance(30 * MINUTE);
    assert_eq!(code(db.commit(&shop.grant, read(card)).await), Code::IntentRequired);
}

#[tokio::test]
async fn a_token_is_good_once_and_for_120_seconds() {
    let shop = Shop::new(free()).await;
    let (db, card) = (&shop.fresh.db, &shop.ids.card);
    let redeem = |text: &str| Redeem { token: Plain::new(text.to_owned()) };
    let read_text = || async {
        let (token, end) = db.commit(&shop.grant, read(card)).await.unwrap().token.unwrap();
        assert_eq!(end, db.now() + TOKEN_MS);
        token.reveal().text().to_owned()
    };
    let text = read_text().await;
    assert!(text.len() == 47 && text.starts_with("tok_") && text[4..].bytes().all(|b| b.is_ascii_alphanumeric()));
    shop.fresh.clock.advance(TOKEN_MS - 1);
    let stranger = Cast::default().write(db, &shop.grant).await.unwrap();
    let stranger = token(db, &shop.fresh.organisation, Environment::Live, &stranger.agent);
    for unknown in [db.commit(&shop.grant, redeem("tok_x")).await, db.commit(&stranger, redeem(&text)).await] {
        assert!(matches!(unknown, Err(Error::NotFound(Noun::Access))));
    }
    // A race of eight: one gets the card.
    let race = (0..8).map(|_| db.commit(&shop.grant, redeem(&text)));
    let done = futures::future::join_all(race).await;
    assert_eq!(done.iter().filter(|d| d.as_ref().is_ok_and(|redeemed| redeemed.card_id == *card)).count(), 1);
    assert_eq!(code(db.commit(&shop.grant, redeem(&text)).await), Code::TokenSpent);
    let text = read_text().await;
    shop.fresh.clock.advance(TOKEN_MS);
    assert_eq!(code(db.commit(&shop.grant, redeem(&text)).await), Code::TokenExpired);
    let raw = Cast { exposure: ExposureMode::RawPan, ..free() }.write(db, &shop.grant).await.unwrap();
    let shown = db.commit(&shop.grant, read(&raw.card)).await.unwrap();
    let number = shown.details.unwrap().pan.reveal();
    assert!(shown.token.is_none() && number.text().starts_with("999999"));
}

#[tokio::test]
async fn ten_reads_in_any_hour_are_the_most() {
    let shop = Shop::new(free()).await;
    let (db, card) = (&shop.fresh.db, &shop.ids.card);
    for _ in 0..10 {
        db.commit(&shop.grant, read(card)).await.unwrap();
        shop.fresh.clock.advance(MINUTE);
    }
    shop.fresh.clock.advance(HOUR - 10 * MINUTE - 1);
    assert_eq!(code(db.commit(&shop.grant, read(card)).await), Code::CredentialReadLimit);
    shop.fresh.clock.advance(1);
    db.commit(&shop.grant, read(card)).await.unwrap();
    assert_eq!(code(db.commit(&shop.grant, read(card)).await), Code::CredentialReadLimit);
}

#[tokio::test]
async fn a_purchase_is_as_attested_as_its_last_read_is_young() {
    for (age, how) in [
        (0, How::Attested),
        (10 * MINUTE, How::Attested),
        (10 * MINUTE + 1, How::Stale),
        (DAY, How::Stale),
        (DAY + 1, How::Unattested),
    ] {
        let shop = Shop::new(free()).await;
        let (db, card) = (&shop.fresh.db, &shop.ids.card);
        let access = db.commit(&shop.grant, read(card)).await.unwrap().id;
        shop.fresh.clock.advance(age);
        let declined = shop.buy(900_000_000).await;
        assert_eq!((declined.status, declined.attestation_status), (PurchaseStatus::Declined, how));
        let none = attestations::get(db, &shop.grant, &access).await.unwrap();
        assert_eq!((none.attestation_status, none.purchase), (None, None), "nothing was bought yet");

        let bought = shop.buy(5_000).await;
        let tied = how != How::Unattested;
        assert_eq!((bought.attestation_status, bought.access_id), (how, tied.then(|| access.clone())));
        let followed = attestations::get(db, &shop.grant, &access).await.unwrap();
        assert_eq!(followed.attestation_status, tied.then_some(how));
        assert_eq!(followed.purchase.map(|p| (p.id, p.amount)), tied.then_some((bought.id, 5_000)));
    }
    let shop = Shop::new(free()).await;
    assert_eq!(shop.buy(1).await.attestation_status, How::Unattested);
}

#[tokio::test]
async fn reads_are_listed_by_what_followed() {
    let shop = Shop::new(Cast::default()).await;
    let (db, card) = (&shop.fresh.db, &shop.ids.card);
    db.commit(&shop.grant, intent(card, "a")).await.unwrap();
    db.commit(&shop.grant, read(card)).await.unwrap();
    shop.fresh.clock.advance(MINUTE);
    shop.buy_with(card, 5_000, "Amazon").await;
    shop.fresh.clock.advance(MINUTE);
    db.commit(&shop.grant, intent(card, "b")).await.unwrap();
    db.commit(&shop.grant, read(card)).await.unwrap();
    let list = async |followed: Option<Followed>| {
        let filter = Filter { followed, card_id: Some(card.clone()), ..Filter::default() };
        attestations::list(db, &shop.grant, &filter, &Paging::newest(10)).await.unwrap().rows
    };
    assert_eq!(list(None).await.len(), 2);
    let attested = list(Some(Followed::As(How::Attested))).await;
    assert_eq!(attested.len(), 1);
    let verdict = attested[0].intent.as_ref().unwrap();
    assert!(verdict.match_result.as_ref().unwrap().matched());
    assert_eq!(attested[0].purchase.as_ref().unwrap().merchant_name, "Amazon");
    let none_yet = list(Some(Followed::NoneYet)).await;
    assert_eq!(none_yet.len(), 1);
    assert!(none_yet[0].id > attested[0].id && none_yet[0].purchase.is_none());
    assert!(list(Some(Followed::As(How::Stale))).await.is_empty());
}
