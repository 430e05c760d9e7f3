//! An agent with a long past beside one with hardly any: what was bought once must not make the next purchase slower.
use crate::{
    Result,
    authorizations::purchase,
    client::load,
    data::{self, ENVIRONMENT},
    gates::Gates,
    machine::ms,
    server::{Process, watched},
};
use domain::{
    access,
    ids::CardId,
    limits::{
        Frequency,
        restrictions::{Level, Restrictions, Velocity},
    },
    money::Amount,
    purchases::testing::Cast,
};
use http::StatusCode;
use std::{path::Path, sync::Arc, time::Duration};

/// What the agent with hardly any past bought.
const FEW: usize = 100;
const CARDS: usize = 5;
const ROUNDS: usize = 5;
const TIME: Duration = Duration::from_secs(2);
const CLIENTS: usize = 64;
const MONEY: i64 = 1_000_000_000_000;

/// Fills a database with both agents, buys with each in turn, and then with all cards at once.
pub async fn measure(dir: &Path, many: usize, gates: &mut Gates) -> Result {
    let url = format!("sqlite:{}", dir.join("past.db").display());
    let db = data::throw_away(&url).await?;
    let (organisation, _) = data::organisation(&db).await?;
    let grant = access::testing::key(&db, &organisation, ENVIRONMENT);
    let mut agents = Vec::new();
    for (name, purchases) in [("OLD", many), ("NEW", FEW)] {
        let cast = cast()?;
        let ids = cast.write(&db, &grant).await?;
        let mut cards = vec![ids.card.clone()];
        for _ in 1..CARDS {
            cards.push(cast.another_card(&db, &grant, &ids).await?);
        }
        let lanes: Vec<_> = cards.iter().map(|card| data::lane(card.clone(), name.to_owned())).collect();
        data::buy(&db, &grant, &lanes, purchases).await?;
        agents.push(cards);
    }
    let key: Arc<str> = data::key(&db, &organisation).await?.into();
    db.close().await;

    let process = Process::start(&url).await?;
    let mut best = [Duration::MAX; 2];
    for _ in 0..ROUNDS {
        for (cards, best) in agents.iter().zip(&mut best) {
            let one: [CardId; 1] = [cards[0].clone()];
            *best = (*best).min(buy(&process, &key, &one, 1).await?.percentile(0.5));
        }
    }
    let mut memory = None;
    let all: Vec<CardId> = agents.concat();
    let together = watched(&process, &mut memory, buy(&process, &key, &all, CLIENTS)).await?;
    println!(
        "\nauthorization alone: {:.2} ms with {many} past purchases of the agent, {:.2} ms with {FEW}; on {} cards at \
         once {:.0}/s",
        ms(best[0]),
        ms(best[1]),
        all.len(),
        together.per_second
    );
    let growth = best[0].as_secs_f64() / best[1].as_secs_f64();
    gates.at_most(&format!("authorization with {many} past purchases, times its time with {FEW}"), growth, 1.2);
    match memory {
        Some(most) => gates.at_most("resident memory under authorizations, MB", most, 150.0),
        None => println!("resident memory: not known on this system"),
    }
    Ok(())
}

async fn buy(process: &Process, key: &Arc<str>, cards: &[CardId], clients: usize) -> Result<crate::client::Measured> {
    let (address, key, cards) = (process.address, key.clone(), cards.to_vec());
    load(address, clients, TIME, StatusCode::CREATED, move |n| purchase(address, &key, &cards[n % cards.len()], 100))
        .await
}

/// An agent and a card with every limit that looks at the past, none of them in the way.
fn cast() -> Result<Cast> {
    let most = Amount::try_from(MONEY)?;
    let velocity = Velocity { max_count: 1_000_000_000, window_seconds: 31 * 24 * 3_600 };
    let all = Restrictions { velocity: Some(velocity), ..Restrictions::default() };
    let card = Restrictions {
        limit_per_day: Some(most),
        limit_per_month: Some(most),
        cumulative_max: Some(most),
        max_auth_count: Some(1_000_000_000),
        ..all.clone()
    };
    Ok(Cast {
        deposited: 100 * MONEY,
        limit: Some((MONEY, Frequency::PerYear)),
        layers: vec![(Level::Agent, all), (Level::Card, card)],
        ..Cast::default()
    })
}
