//! The databases: an organisation with agents of every frequency, and as many purchases as asked for.
use crate::Result;
use chrono_tz::Tz;
use domain::{
    access::{self, Grant, NewOrganisation, Password, Role},
    bulk::{self, Lane},
    db::{Db, Durability, Options},
    environment::Environment,
    ids::{CardId, OrganisationId, PersonId},
    keys::{CreateKey, Expiry},
    limits::Frequency,
    name::{Line, Name},
    purchases::testing::Cast,
    time::{DAY, Timestamp},
};
use std::{
    path::Path,
    time::{Duration, Instant},
};

/// The environment in which everything happens: the sandbox serves it without further settings.
pub const ENVIRONMENT: Environment = Environment::Dev;
/// Who signs in.
pub const EMAIL: &str = "owner@bench.example";
pub const PASSWORD: &str = "a password for nothing else";

/// Where its days begin.
const ZONE: Tz = Tz::UTC;

/// How far back purchases go.
pub const DAYS: i64 = 90;
const AGENTS: usize = 12;
const CARDS_OF_AN_AGENT: usize = 5;
const SEED: u64 = 20;

/// A database that is closed again, and who may enter it.
pub struct Loaded {
    pub url: String,
    pub purchases: usize,
    pub organisation: OrganisationId,
    pub person: PersonId,
}

/// Opens a database as the product does, but for the size of its groups.
pub async fn open(url: &str, group: usize) -> Result<Db> {
    Ok(Db::open(Options { group, ..Options::new(url) }).await?)
}

/// The same on a disk that takes `more` for each commit.
pub async fn open_slowed(url: &str, group: usize, more: Duration) -> Result<Db> {
    Ok(Db::open(Options { group, durability: Durability::Slowed(more), ..Options::new(url) }).await?)
}

/// Opens a database that is made here and measured later: what it writes need not survive a crash.
pub async fn throw_away(url: &str) -> Result<Db> {
    Ok(Db::open(Options { durability: Durability::ThrowAway, ..Options::new(url) }).await?)
}

/// Makes the organisation, and the person who signs in.
pub async fn organisation(db: &Db) -> Result<(OrganisationId, PersonId)> {
    let new = NewOrganisation::parse("Bench", ZONE.name(), "Owner", EMAIL)?.without_second_factor();
    let password = Password::new(PASSWORD.into()).map_err(|e| format!("the password {e}"))?;
    Ok(access::add_organisation(db, new, password).await?)
}

/// The text of a new key of the organisation.
pub async fn key(db: &Db, organisation: &OrganisationId) -> Result<String> {
    let owner = access::testing::person(db, organisation, ENVIRONMENT, Role::Owner);
    let name = Name::parse("bench").map_err(|e| format!("the name {e}"))?;
    let reason = Line::parse("A run of benches.").map_err(|e| format!("the reason {e}"))?;
    let created = db.commit(&owner, CreateKey::new(name, Expiry::Never(Some(reason)))).await?;
    Ok(created.secret.reveal().text().to_owned())
}

/// Makes a database in `dir` whose purchases are spread evenly over the days up to now.
pub async fn fill(dir: &Path, name: &str, purchases: usize) -> Result<Loaded> {
    let began = Instant::now();
    let file = dir.join(format!("{name}.db"));
    let url = format!("sqlite:{}", file.display());
    let db = throw_away(&url).await?;
    let (organisation, person) = organisation(&db).await?;
    let grant = access::testing::key(&db, &organisation, ENVIRONMENT);

    let mut lanes = Vec::new();
    for n in 0..AGENTS {
        let limit = Some((50_000_000, Frequency::ALL[n % Frequency::ALL.len()]));
        let cast = Cast { limit, ..Cast::default() };
        let ids = cast.write(&db, &grant).await?;
        let mut cards = vec![ids.card.clone()];
        for _ in 1..CARDS_OF_AN_AGENT {
            cards.push(cast.another_card(&db, &grant, &ids).await?);
        }
        lanes.extend(cards.into_iter().enumerate().map(|(m, card)| lane(card, format!("MERCHANT {n}-{m} GMBH"))));
    }
    buy(&db, &grant, &lanes, purchases).await?;
    db.close().await;
    let bytes = std::fs::metadata(&file)?.len();
    println!("{purchases} purchases in {:.0} s, {} MB", began.elapsed().as_secs_f64(), bytes >> 20);
    Ok(Loaded { url, purchases, organisation, person })
}

/// A card at a merchant.
pub fn lane(card: CardId, merchant: String) -> Lane {
    Lane {
        card,
        merchant,
        category: "5734".into(),
        city: "Berlin".into(),
        country: "DE".into(),
        what: "a thing".into(),
        price: (100, 20_000),
    }
}

/// Writes so many purchases, spread evenly over the days up to now.
pub async fn buy(db: &Db, grant: &Grant, lanes: &[Lane], purchases: usize) -> Result {
    let now = db.now();
    let step = |n: usize| n as i64 * DAYS * DAY / purchases as i64;
    let moments: Vec<Timestamp> = (1..=purchases).rev().map(|n| now - step(n)).collect();
    bulk::load(db, grant, ZONE, lanes, &moments, SEED, |_| ()).await?;
    Ok(())
}
