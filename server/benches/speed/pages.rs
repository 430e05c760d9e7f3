//! What a signed-in page costs: over few purchases, over many, and from constants.
use crate::{
    Result,
    client::{Client, Measured, load},
    data::{self, DAYS, ENVIRONMENT, Loaded},
    gates::Gates,
    machine::ms,
    server::{Process, sign_in, watched},
    still,
};
use app::paths;
use axum::body::Body;
use domain::{
    ids::PurchaseId,
    time::{Clock, DAY, MINUTE, SystemClock},
};
use http::{Request, StatusCode, header};
use std::{
    net::SocketAddr,
    sync::atomic::{AtomicI64, Ordering},
    time::Duration,
};

/// Rounds in which each is measured once: what disturbs the machine then disturbs all alike.
pub const ROUNDS: usize = 5;
/// How long one client asks, and how long many do.
pub const ALONE: Duration = Duration::from_millis(600);
const TOGETHER: Duration = Duration::from_millis(1_500);
const CLIENTS: usize = 16;
/// How far the page from constants may be from the real one, in bytes of a thousand.
const SAME_SIZE: usize = 20;

/// Where a page is asked for, and by whom.
#[derive(Clone)]
pub struct Place {
    address: SocketAddr,
    cookie: String,
}

impl Place {
    /// The server, and somebody who signs in there.
    pub async fn of(process: &Process) -> Result<Self> {
        Ok(Self { address: process.address, cookie: sign_in(process.address).await? })
    }

    fn request(&self, path: &str) -> Request<Body> {
        let request = Request::get(path)
            .header(header::HOST, self.address.to_string())
            .header(header::COOKIE, &self.cookie)
            .body(Body::empty());
        request.unwrap_or_default()
    }

    /// Lets so many clients ask for `path` for `time`.
    pub async fn measure(&self, path: &'static str, clients: usize, time: Duration) -> Result<Measured> {
        let place = self.clone();
        load(self.address, clients, time, StatusCode::OK, move |_| place.request(path)).await
    }

    async fn size(&self, path: &str) -> Result<usize> {
        let reply = Client::connect(self.address).await?.send(self.request(path)).await?;
        if reply.status != StatusCode::OK {
            return Err(format!("{path} answered {}", reply.status).into());
        }
        Ok(reply.body.len())
    }
}

/// What the rounds found: times and requests of the best one, which nothing disturbed. Shares are of pages and
/// constants that were asked for one after the other.
struct Found {
    small: Duration,
    large: Duration,
    page: Option<Measured>,
    still: f64,
    shares: Vec<f64>,
}

impl Found {
    fn nothing() -> Self {
        Self { small: Duration::MAX, large: Duration::MAX, page: None, still: 0.0, shares: Vec::new() }
    }

    /// The share in the middle round.
    fn share(&self) -> f64 {
        let mut shares = self.shares.clone();
        shares.sort_by(f64::total_cmp);
        shares.get(shares.len() / 2).copied().unwrap_or_default()
    }
}

/// Leafs through the purchases of every day, so that each reader of the database has seen more than its cache holds.
async fn wander(at: &Place, over: &Loaded) -> Result {
    let (place, asked, now) = (at.clone(), AtomicI64::new(0), SystemClock.now());
    let (db, organisation) = (data::open(&over.url, 1).await?, over.organisation.clone());
    let leafed = load(at.address, CLIENTS, TOGETHER * 2, StatusCode::OK, move |_| {
        // A prime number of minutes: the days are met in no order.
        let back = asked.fetch_add(1, Ordering::Relaxed) * 7_919 * MINUTE % (DAYS * DAY);
        let path = paths::purchases(ENVIRONMENT);
        let id = PurchaseId::floor(now - back).to_string();
        let before = app::still::place(&db, &organisation, ENVIRONMENT, &path, &id);
        place.request(&paths::with_query(&path, [("before", Some(before))]))
    });
    println!("older purchases, here and there: {:.0}/s", leafed.await?.per_second);
    Ok(())
}

/// Measures the three pages, and the memory of the server that shows them over many purchases.
pub async fn measure(small: &Loaded, large: &Loaded, gates: &mut Gates) -> Result {
    let (few, many) = (Process::start(&small.url).await?, Process::start(&large.url).await?);
    let constants = still::Process::start(large)?;
    let few = (Place::of(&few).await?, few);
    let at = Place::of(&many).await?;
    let still = Place { address: constants.address, cookie: at.cookie.clone() };
    let pages = [
        ("overview", paths::overview(ENVIRONMENT)),
        ("monitoring", paths::monitoring(ENVIRONMENT)),
        ("purchases", paths::purchases(ENVIRONMENT)),
    ]
    .map(|(name, path)| (name, &*path.leak()));
    for (name, path) in pages {
        let (real, constant) = (at.size(path).await?, still.size(path).await?);
        if real.abs_diff(constant) * 1_000 > real * SAME_SIZE {
            return Err(format!("{name} has {real} bytes, from constants {constant}: not the same page").into());
        }
    }
    let mut found = [(); 3].map(|()| Found::nothing());
    // What signing in needed for a moment is no part of it: the first round does not count.
    let (mut memory, mut first) = (None, None);
    for round in 0..ROUNDS {
        for ((_, path), found) in pages.iter().zip(&mut found) {
            found.small = found.small.min(few.0.measure(path, 1, ALONE).await?.percentile(0.5));
            found.large = found.large.min(at.measure(path, 1, ALONE).await?.percentile(0.5));
            let still = still.measure(path, CLIENTS, TOGETHER).await?.per_second;
            let most = if round == 0 { &mut first } else { &mut memory };
            let page = watched(&many, most, at.measure(path, CLIENTS, TOGETHER)).await?;
            found.still = found.still.max(still);
            found.shares.push(page.per_second / still);
            if found.page.as_ref().is_none_or(|best| best.per_second < page.per_second) {
                found.page = Some(page);
            }
        }
    }
    println!("\npages, best of {ROUNDS} rounds; requests/s with {CLIENTS} clients");
    println!(
        "              {:>7}  {:>7}  {:>9}  {:>7}  {:>7}  {:>9}",
        small.purchases, large.purchases, "requests", "p50", "p99", "constants"
    );
    for ((name, _), best) in pages.iter().zip(&found) {
        let Some(page) = &best.page else { continue };
        println!(
            "{name:<12}  {:>4.2} ms  {:>4.2} ms  {:>7.0}/s  {:>4.1} ms  {:>4.1} ms  {:>7.0}/s",
            ms(best.small),
            ms(best.large),
            page.per_second,
            ms(page.percentile(0.5)),
            ms(page.percentile(0.99)),
            best.still
        );
        let many = large.purchases;
        let growth = best.large.as_secs_f64() / best.small.as_secs_f64();
        gates.at_most(&format!("{name} at {many}, times its time at {}", small.purchases), growth, 1.3);
        gates.at_least(&format!("{name} at {many}, share of the same from constants"), best.share(), 0.25);
    }
    watched(&many, &mut memory, wander(&at, large)).await?;
    match (memory, many.memory_mb("VmHWM")) {
        (Some(most), Some(ever)) => {
            println!("resident memory under load: {most:.0} MB; at most ever, signing in: {ever:.0} MB");
            gates.at_most("resident memory under load, MB", most, 100.0);
        }
        _ => println!("resident memory: not known on this system"),
    }
    Ok(())
}
