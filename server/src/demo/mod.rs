//! `ledgeros demo`: a company whose agents spend, on a database that is thrown away.
//!
//! Its past is lived through by the house's own commands under a simulated clock; its present comes over HTTP like
//! anybody else's.
mod cast;
mod credentials;
mod dice;
mod history;
mod plan;
mod receivers;
mod roster;
mod story;
mod timeline;
mod traffic;

pub use cast::{AgentAccess, Endpoints, PASSPHRASE, Secrets};

use crate::{
    commands::{CommandError, serve},
    config::{Config, LiveIssuer},
};
use clap::Args;
use dice::Dice;
use domain::{
    Result,
    access::Cost,
    bulk::{self, Lane},
    chance::SeededChance,
    db::{Db, Durability, Options},
    limits,
    time::{Clock, SetClock, SystemClock, Timestamp},
};
use indicatif::{ProgressBar, ProgressStyle};
use roster::{Fate, Part};
use std::{
    io::{self, Write},
    net::TcpListener,
    path::{Path, PathBuf},
    sync::Arc,
};
use timeline::Timeline;

/// Up to so many purchases are lived through one by one.
const ONE_BY_ONE: usize = 10_000;
/// How many there are where no number is given, and how many of a larger number are lived through.
const USUAL: usize = 2_500;
/// The story that is told where no seed is given.
const SEED: u64 = 7;

/// What the demo is asked for besides the settings of a server.
#[derive(Debug, Clone, Args)]
pub struct Wishes {
    /// How many purchases the last 90 days hold
    #[arg(long, value_name = "N", default_value_t = USUAL, value_parser = clap::builder::RangedU64ValueParser::<usize>::new().range(50..=5_000_000))]
    pub purchases: usize,
    /// Do not let simulated agents go on buying
    #[arg(long)]
    pub no_traffic: bool,
    /// Tell the story of this seed, with ids and keys that follow from it: for tests, as they can be guessed
    #[arg(long, value_name = "NUMBER")]
    pub seed: Option<u64>,
    /// Write address, sign-ins, keys and a token to this file, which only you can read
    #[arg(long, value_name = "FILE")]
    pub credentials: Option<PathBuf>,
}

/// What a database is filled with.
pub struct Filling {
    /// `sqlite:FILE`, of a file that is not there yet.
    pub url: String,
    /// The key file; default: the database's name with `.key`.
    pub key_file: Option<PathBuf>,
    /// How many purchases.
    pub purchases: usize,
    /// How many of them are lived through one by one; the rest is written in bulk.
    pub lived: usize,
    /// The seed of the story, and of ids and keys too when it is given.
    pub seed: Option<u64>,
    /// Where webhooks go.
    pub endpoints: Endpoints,
    /// The moment at which the story ends.
    pub now: Timestamp,
}

/// Fills a new database with the story; afterwards nothing is overdue at [`Filling::now`].
pub async fn fill(filling: Filling, progress: ProgressBar) -> Result<Secrets, CommandError> {
    let clock = Arc::new(SetClock::at(filling.now));
    let options = || Options {
        key_file: filling.key_file.clone(),
        clock: clock.clone(),
        durability: Durability::ThrowAway,
        password_cost: Cost::FLOOR,
        ..Options::new(&filling.url)
    };
    let db = match filling.seed {
        None => Db::open(options()).await?,
        Some(seed) => {
            // The installation's key is never a seed's: the file may be kept and served.
            Db::open(options()).await?.close().await;
            Db::open(Options { chance: Arc::new(SeededChance::new(seed)), ..options() }).await?
        }
    };
    let told = tell(&db, &clock, &filling, &progress).await;
    db.close().await;
    told.map_err(|error| match error {
        domain::Error::Broken(cause) => CommandError::Demo(cause.to_string()),
        error => error.into(),
    })
}

async fn tell(db: &Db, clock: &Arc<SetClock>, filling: &Filling, progress: &ProgressBar) -> Result<Secrets> {
    let seed = filling.seed.unwrap_or(SEED);
    let mut dice = Dice::new(seed);
    let mut time = Timeline::new(clock, filling.now);
    let purchases = filling.lived.min(filling.purchases);
    // Limits and balances are made for the usual number of purchases.
    let scale = i64::try_from(filling.purchases.div_ceil(USUAL)).unwrap_or(1);
    let (worlds, secrets) = cast::make(db, &mut time, &filling.endpoints, scale).await?;
    let mut flows = Vec::new();
    for (place, world) in worlds.iter().enumerate() {
        let many = (purchases / world.spec.one_in).max(12);
        flows.extend(plan::plan(&mut dice, place, world, many, filling.now, scale));
    }
    let rest = filling.purchases - purchases;
    progress.set_length((flows.len() + rest) as u64);
    let down_since = filling.now - story::DOWN_FOR;
    let network = history::Network::new(clock.clone(), filling.endpoints.failing.clone(), down_since, seed);
    story::tell(db, &mut time, &worlds, &flows, &network, scale, progress).await?;
    if let Some(world) = worlds.first().filter(|_| rest > 0) {
        let moments = timeline::moments(&mut dice, rest, filling.now, world.zone);
        let told = |many| progress.inc(many);
        bulk::load(db, &world.key, world.zone, &lanes(world), &moments, seed, told).await?;
    }
    Ok(secrets)
}

/// Where purchases in bulk come from: agents with room under their limits, at each of their shops.
fn lanes(world: &cast::World) -> Vec<Lane> {
    let agents = world.agents.iter().filter(|agent| matches!(agent.spec.part, Part::Usual | Part::Tripped));
    let cards = agents.flat_map(|agent| agent.cards.iter().map(move |card| (agent, card)));
    let charged = cards.filter(|(_, card)| card.spec.fate == Fate::Used && card.spec.most.is_none());
    charged
        .flat_map(|(agent, card)| agent.spec.shops.iter().map(move |shop| (card, &roster::SHOPS[*shop])))
        .map(|(card, shop)| Lane {
            card: card.id.clone(),
            merchant: shop.name.to_owned(),
            category: shop.mcc.to_owned(),
            city: shop.city.to_owned(),
            country: shop.country.to_owned(),
            what: shop.what.to_owned(),
            price: shop.price,
        })
        .collect()
}

/// Makes the demo and serves it until it is told to stop.
pub(crate) async fn run(mut config: Config, database: Option<String>, wishes: Wishes) -> Result<(), CommandError> {
    // Before the work, so that a taken port is told at once.
    drop(TcpListener::bind(config.bind).map_err(|error| CommandError::Bind(config.bind, error))?);
    let dir = tempfile::Builder::new().prefix("ledgeros-demo-").tempdir()?;
    config.database = match database {
        Some(database) => new_file(database)?,
        None => {
            config.key_file = None;
            format!("sqlite:{}", dir.path().join("demo.db").display())
        }
    };
    config.live_issuer = Some(LiveIssuer::Sandbox);
    let receivers = receivers::Receivers::bind().await?;
    let (healthy, failing) = receivers.urls()?;
    config.webhook_allow.push(ipnet::IpNet::from(std::net::IpAddr::from([127, 0, 0, 1])));
    let filling = Filling {
        url: config.database.clone(),
        key_file: config.key_file.clone(),
        purchases: wishes.purchases,
        lived: if wishes.purchases > ONE_BY_ONE { USUAL } else { wishes.purchases },
        seed: wishes.seed,
        endpoints: Endpoints { healthy, failing, allow: config.webhook_allow.clone() },
        now: SystemClock.now(),
    };
    let progress = bar();
    // A task of its own runs on the thread that writes: waiting for the writer is then no change of threads.
    let mut filled = tokio::spawn(fill(filling, progress.clone()));
    let secrets = tokio::select! {
        secrets = &mut filled => secrets.map_err(io::Error::other)??,
        stopped = serve::told_to_stop() => {
            filled.abort();
            // The directory goes with this function, once nobody writes into it any more.
            drop(filled.await);
            return Ok(stopped?);
        }
    };
    progress.finish_and_clear();
    let options = Options::new(&config.database);
    let db = Db::open(Options { key_file: config.key_file.clone(), password_cost: Cost::FLOOR, ..options }).await?;
    let differences = limits::recount(&db).await?;
    if let Some(first) = differences.first() {
        let told = format!("{} counters do not equal their rows, such as {first:?}", differences.len());
        return Err(CommandError::Demo(told));
    }
    config.door_notice = Some(format!(
        "Demo: sign in as owner@northwind.example (or admin@, developer@, support@, finance@, auditor@) with the passphrase “{PASSPHRASE}”."
    ));
    let served = serve::run(config, db, async |serving| {
        if let Some(path) = &wishes.credentials {
            let content = credentials::content(&serving.address, &secrets);
            credentials::write(path, &content)
                .map_err(|error| CommandError::Input(format!("--credentials {}: {error}", path.display())))?;
        }
        let (tasks, stop) = (&serving.state.tasks, serving.stop.clone());
        tasks.spawn(async move {
            if let Err(error) = receivers.serve(stop).await {
                tracing::warn!(%error, "the demo's webhook receivers stopped");
            }
        });
        if !wishes.no_traffic {
            tasks.spawn(traffic::run(
                serving.listening,
                serving.address.clone(),
                secrets.clone(),
                serving.stop.clone(),
            ));
        }
        greet(&serving.address, wishes.purchases, &secrets)?;
        Ok(())
    })
    .await;
    dir.close()?;
    served
}

/// The address of a SQLite database whose file is not there yet: the demo never touches what exists.
fn new_file(database: String) -> Result<String, CommandError> {
    let Some(path) = database.strip_prefix("sqlite:") else {
        return Err(CommandError::Input("--database must be sqlite:FILE: the demo keeps a file of its own".into()));
    };
    let path = path.trim_start_matches("//").split('?').next().unwrap_or_default();
    if path.is_empty() || path == ":memory:" || Path::new(path).exists() {
        let why = format!("--database {database} must name a new file: the demo never touches what exists");
        return Err(CommandError::Input(why));
    }
    Ok(database)
}

fn bar() -> ProgressBar {
    let bar = ProgressBar::new(1);
    let style = ProgressStyle::with_template("{msg} [{bar:40}] {percent:>3} %  {elapsed}");
    bar.set_style(style.unwrap_or_else(|_| ProgressStyle::default_bar()).progress_chars("=> "));
    bar.set_message("90 days of purchases");
    bar
}

fn greet(address: &str, purchases: usize, secrets: &Secrets) -> io::Result<()> {
    let mut out = io::stdout().lock();
    writeln!(out, "\nLedgerOS demo: {purchases} purchases of the last 90 days at\n\n    {address}\n")?;
    writeln!(out, "Sign in with the passphrase \"{PASSPHRASE}\" as")?;
    for company in roster::COMPANIES {
        writeln!(out, "\n  {}", company.name)?;
        for person in company.people {
            writeln!(out, "    {:<10} {}", person.role.as_str(), person.email)?;
        }
    }
    writeln!(out, "\nAPI keys of {}", roster::COMPANIES.first().map_or("", |company| company.name))?;
    for (environment, key) in &secrets.keys {
        writeln!(out, "    {:<10} {key}", environment.as_str())?;
    }
    writeln!(out, "\nCtrl-C ends the demo and forgets it.\n")?;
    out.flush()
}

#[cfg(test)]
mod tests;
