//! Durable authorizations over HTTP: what a shared commit gains over one commit each.
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
    db::Db,
    ids::CardId,
    purchases::testing::Cast,
};
use http::{Request, StatusCode, header};
use std::{net::SocketAddr, sync::Arc, time::Duration};

const CLIENTS: usize = 64;
/// The most authorizations that share a commit: the product's own, and the other arm.
const GROUPS: [usize; 2] = [32, 1];
/// What each commit takes more, in both arms: nothing, and what a network disk takes.
const SLOWED: [Duration; 2] = [Duration::ZERO, Duration::from_millis(4)];
const ROUNDS: usize = 3;
const TIME: Duration = Duration::from_secs(4);

/// Each client has a card of its own with money enough; every answer must be a decision that is durable.
pub async fn measure(loaded: &Loaded, gates: &mut Gates) -> Result {
    let (key, cards) = prepare(loaded).await?;
    let (key, cards): (Arc<str>, Arc<[CardId]>) = (key.into(), cards.into());
    println!(
        "\ndurable authorizations over HTTP, {CLIENTS} clients, {} purchases, best of {ROUNDS} rounds",
        loaded.purchases
    );
    for more in SLOWED {
        let mut best: [Option<Measured>; 2] = [None, None];
        for _ in 0..ROUNDS {
            for (group, best) in GROUPS.iter().zip(&mut best) {
                let db = match more {
                    Duration::ZERO => data::open(&loaded.url, *group).await?,
                    more => data::open_slowed(&loaded.url, *group, more).await?,
                };
                let measured = authorize(db, key.clone(), cards.clone()).await?;
                if best.as_ref().is_none_or(|best| best.per_second < measured.per_second) {
                    *best = Some(measured);
                }
            }
        }
        let [Some(shared), Some(single)] = best else { return Ok(()) };
        for (name, measured) in [("shared commits", &shared), ("one commit each", &single)] {
            let (half, most) = (measured.percentile(0.5), measured.percentile(0.99));
            let (name, more) = (format!("{name}, {:.0} ms more for each", ms(more)), measured.per_second);
            println!("{name:<34} {more:>6.0}/s  p50 {:.1} ms  p99 {:.1} ms", ms(half), ms(most));
        }
        let gain = shared.per_second / single.per_second;
        if more.is_zero() {
            gates.at_least("authorizations, times one commit each", gain, 1.5);
            gates.at_least("authorizations/s", shared.per_second, 1_000.0);
            gates.at_most("authorizations, ms that 99 of 100 take", ms(shared.percentile(0.99)), 100.0);
        } else {
            gates.at_least("authorizations on a slow disk, times one commit each", gain, 4.0);
        }
    }
    Ok(())
}

/// Purchases by all clients at once through a server over `db`.
async fn authorize(db: Db, key: Arc<str>, cards: Arc<[CardId]>) -> Result<Measured> {
    let (address, served) = inside(db.clone()).await?;
    let measured =
        load(address, CLIENTS, TIME, StatusCode::CREATED, move |client| purchase(address, &key, &cards[client]));
    let measured = measured.await?;
    served.abort();
    db.close().await;
    Ok(measured)
}

/// A purchase for 1.00 with a card.
pub fn purchase(address: SocketAddr, key: &str, card: &CardId) -> Request<Body> {
    let body = serde_json::json!({
        "cardId": card, "amount": 100, "merchant": { "name": "SHOP", "categoryCode": "5734" },
    });
    let request = Request::post("/v1/sandbox/authorizations")
        .header(header::HOST, address.to_string())
        .header("api-key", key)
        .header(header::CONTENT_TYPE, "application/json")
        .body(body.to_string().into());
    request.unwrap_or_default()
}

/// A key, and a card for each client.
async fn prepare(loaded: &Loaded) -> Result<(String, Vec<CardId>)> {
    let db = data::open(&loaded.url, 32).await?;
    let owner = access::testing::person(&db, &loaded.organisation, ENVIRONMENT, Role::Owner);
    let cast = Cast { deposited: 1_000_000_000_000, ..Cast::default() };
    let mut cards = Vec::new();
    for _ in 0..CLIENTS {
        cards.push(cast.write(&db, &owner).await?.card);
    }
    let key = data::key(&db, &loaded.organisation).await?;
    db.close().await;
    Ok((key, cards))
}
