//! Durable authorizations over HTTP: what a shared commit gains over one commit each, and what alarms cost.
use crate::{
    Result,
    client::{Measured, load},
    data::{self, ENVIRONMENT, Loaded},
    gates::Gates,
    machine::ms,
    server::inside,
};
use axum::body::Body;
use domain::{
    access::{self, Role},
    attestations::ReadCredentials,
    db::Db,
    ids::CardId,
    limits::Frequency,
    money::Currency,
    name::Quote,
    page::Paging,
    purchases::{self, PurchaseStatus, testing::Cast},
    risk::{
        self, Rule, SetRisk,
        configuration::{Change, Number, RuleChange},
    },
    time::Timestamp,
};
use http::{Request, StatusCode, header};
use std::{
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    time::Duration,
};

const CLIENTS: usize = 64;
/// The cards of a client, each of an agent of its own, which it uses in turn.
const CARDS: usize = 8;
/// The most authorizations that share a commit: the product's own, and the other arm.
const GROUPS: [usize; 2] = [32, 1];
/// What each commit takes more, in both arms: nothing, and what a network disk takes.
const SLOWED: [Duration; 2] = [Duration::ZERO, Duration::from_millis(4)];
const ROUNDS: usize = 3;
const TIME: Duration = Duration::from_secs(4);

/// Who buys, and what was bought so far.
struct Shoppers {
    key: String,
    /// Those of each client in a row.
    cards: Vec<CardId>,
    bought: [AtomicUsize; CLIENTS],
}

/// What the clients buy.
#[derive(Clone, Copy)]
enum Shopping {
    /// Whose details were read before, under a monthly limit, with another card and another amount each time: no risk rule
    /// finds anything.
    Usual,
    /// The same again and again with one card, whose details nobody read: two rules find something each time, which is
    /// kept, audited and told.
    Alarming,
}

/// Each client has cards of its own with money enough; every answer must be a decision that is durable.
pub async fn measure(loaded: &Loaded, gates: &mut Gates) -> Result {
    let shoppers = Arc::new(prepare(loaded).await?);
    println!(
        "\ndurable authorizations over HTTP, {CLIENTS} clients, {} purchases, best of {ROUNDS} rounds",
        loaded.purchases
    );
    let (mut usual, began) = (None, now(loaded).await?);
    for more in SLOWED {
        let mut best: [Option<Measured>; 2] = [None, None];
        for _ in 0..ROUNDS {
            for (group, best) in GROUPS.iter().zip(&mut best) {
                let db = match more {
                    Duration::ZERO => data::open(&loaded.url, *group).await?,
                    more => data::open_slowed(&loaded.url, *group, more).await?,
                };
                keep_best(best, authorize(db, &shoppers, Shopping::Usual).await?);
            }
        }
        let [Some(shared), Some(single)] = best else { return Ok(()) };
        print(&format!("shared commits, {:.0} ms more for each", ms(more)), &shared);
        print(&format!("one commit each, {:.0} ms more for each", ms(more)), &single);
        let gain = shared.per_second / single.per_second;
        if more.is_zero() {
            gates.at_least("authorizations, times one commit each", gain, 1.5);
            gates.at_least("authorizations/s", shared.per_second, 1_000.0);
            gates.at_most("authorizations, ms that 99 of 100 take", ms(shared.percentile(0.99)), 100.0);
            usual = Some(shared.per_second);
        } else {
            gates.at_least("authorizations on a slow disk, times one commit each", gain, 4.0);
        }
    }
    if alarmed(loaded).await? {
        return Err("usual purchases raised alarms".into());
    }
    let mut alarming = None;
    for _ in 0..ROUNDS {
        let db = data::open(&loaded.url, GROUPS[0]).await?;
        keep_best(&mut alarming, authorize(db, &shoppers, Shopping::Alarming).await?);
    }
    if !alarmed(loaded).await? {
        return Err("alarming purchases raised no alarms".into());
    }
    if declined_since(loaded, began).await? {
        return Err("purchases were declined".into());
    }
    if let (Some(alarming), Some(usual)) = (alarming, usual) {
        print("shared commits, two alarms each", &alarming);
        gates.at_least("authorizations that raise alarms, times usual ones", alarming.per_second / usual, 0.4);
    }
    Ok(())
}

fn keep_best(best: &mut Option<Measured>, measured: Measured) {
    if best.as_ref().is_none_or(|best| best.per_second < measured.per_second) {
        *best = Some(measured);
    }
}

fn print(name: &str, measured: &Measured) {
    let (half, most) = (measured.percentile(0.5), measured.percentile(0.99));
    println!("{name:<34} {:>6.0}/s  p50 {:.1} ms  p99 {:.1} ms", measured.per_second, ms(half), ms(most));
}

/// Whether the risk rules found anything.
async fn alarmed(loaded: &Loaded) -> Result<bool> {
    let db = data::open(&loaded.url, GROUPS[0]).await?;
    let owner = access::testing::person(&db, &loaded.organisation, ENVIRONMENT, Role::Owner);
    let page = risk::list(&db, &owner, &risk::Filter::default(), &Paging::newest(1)).await?;
    db.close().await;
    Ok(!page.rows.is_empty())
}

async fn now(loaded: &Loaded) -> Result<Timestamp> {
    let db = data::open(&loaded.url, GROUPS[0]).await?;
    let now = db.now();
    db.close().await;
    Ok(now)
}

/// Whether a purchase was declined from `began` on.
async fn declined_since(loaded: &Loaded, began: Timestamp) -> Result<bool> {
    let db = data::open(&loaded.url, GROUPS[0]).await?;
    let owner = access::testing::person(&db, &loaded.organisation, ENVIRONMENT, Role::Owner);
    let filter = purchases::Filter { status: Some(PurchaseStatus::Declined), ..purchases::Filter::default() };
    let latest = purchases::list(&db, &owner, &filter, &Paging::newest(1)).await?;
    db.close().await;
    Ok(latest.rows.iter().any(|purchase| purchase.authorized_at >= began))
}

/// Purchases by all clients at once through a server over `db`.
async fn authorize(db: Db, shoppers: &Arc<Shoppers>, shopping: Shopping) -> Result<Measured> {
    let (address, served) = inside(db.clone()).await?;
    let shoppers = shoppers.clone();
    let make = move |client: usize| {
        let Shoppers { key, cards, bought } = &*shoppers;
        let n = bought[client].fetch_add(1, Ordering::Relaxed);
        match shopping {
            Shopping::Usual => purchase(address, key, &cards[client * CARDS + n % CARDS], 100 + n),
            Shopping::Alarming => purchase(address, key, &cards[CLIENTS * CARDS + client], 100),
        }
    };
    let measured = load(address, CLIENTS, TIME, StatusCode::CREATED, make).await?;
    served.abort();
    db.close().await;
    Ok(measured)
}

/// A purchase for so many cents with a card.
pub fn purchase(address: SocketAddr, key: &str, card: &CardId, cents: usize) -> Request<Body> {
    let body = serde_json::json!({
        "cardId": card, "amount": cents, "merchant": { "name": "SHOP", "categoryCode": "5734" },
    });
    let request = Request::post("/v1/sandbox/authorizations")
        .header(header::HOST, address.to_string())
        .header("api-key", key)
        .header(header::CONTENT_TYPE, "application/json")
        .body(body.to_string().into());
    request.unwrap_or_default()
}

/// A key, and for each client the cards that it uses in turn, then for each one whose details nobody read.
async fn prepare(loaded: &Loaded) -> Result<Shoppers> {
    let db = data::throw_away(&loaded.url).await?;
    let owner = access::testing::person(&db, &loaded.organisation, ENVIRONMENT, Role::Owner);
    let backend = access::testing::key(&db, &loaded.organisation, ENVIRONMENT);
    let cast = Cast {
        deposited: 1_000_000_000_000,
        limit: Some((1_000_000_000_000, Frequency::PerMonth)),
        require_intent: Some(false),
        ..Cast::default()
    };
    // As they are shipped, 20 purchases of an agent in an hour are many; here each makes that in a few seconds.
    let numbers = [(Number::MaxPerHour, Some(10_000)), (Number::MaxPerDay, Some(100_000))].into();
    let rules = [(Rule::VelocityLimit, RuleChange { numbers, ..RuleChange::default() })].into();
    let change = Change { dry_run: None, rules };
    db.commit(&owner, SetRisk { change, ..SetRisk::default() }).await?;
    let mut cards = Vec::new();
    for n in 0..CLIENTS * CARDS + CLIENTS {
        let card = cast.write(&db, &owner).await?.card;
        if n < CLIENTS * CARDS {
            db.commit(&backend, read(&card)?).await?;
        }
        cards.push(card);
    }
    let key = data::key(&db, &loaded.organisation).await?;
    db.close().await;
    Ok(Shoppers { key, cards, bought: std::array::from_fn(|_| AtomicUsize::new(0)) })
}

/// A reading of the card's details, after which a purchase is attested.
fn read(card: &CardId) -> Result<ReadCredentials> {
    Ok(ReadCredentials {
        card_id: card.clone(),
        summary: Quote::parse("paper").map_err(|e| format!("the summary {e}"))?,
        expected_amount: None,
        expected_currency: Currency::USD,
        merchant_text: None,
        reason: None,
        client_context: None,
    })
}
