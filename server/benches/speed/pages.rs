//! What a signed-in page costs: over few purchases, over many, and from constants.
use crate::{
    Result,
    client::{Client, Measured, load},
    data::{DAYS, ENVIRONMENT, Loaded},
    gates::Gates,
    machine::ms,
    server::{Process, sign_in},
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
const ROUNDS: usize = 5;
/// How long one client asks, and how long many do.
const ALONE: Duration = Duration::from_millis(600);
const TOGETHER: Duration = Duration::from_millis(1_500);
const CLIENTS: usize = 16;
/// How far the page from constants may be from the real one, in bytes of a thousand.
const SAME_SIZE: usize = 20;

/// Where a page is asked for, and by whom.
#[derive(Clone)]
struct Place {
    address: SocketAddr,
    cookie: String,
}

impl Place {
    fn request(&self, path: &str) -> Request<Body> {
        let request = Request::get(path)
            .header(header::HOST, self.address.to_string())
            .header(header::COOKIE, &self.cookie)
            .body(Body::empty());
        request.unwrap_or_default()
    }

    async fn measure(&self, path: &'static str, clients: usize, time: Duration) -> Result<Measured> {
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

/// The best of the rounds: the one that nothing disturbed.
struct Best {
    small: Duration,
    large: Duration,
    page: Option<Measured>,
    still: f64,
}

/// Leafs through the purchases of every day, so that each reader of the database has seen more than its cache holds.
async fn wander(at: &Place) -> Result {
    let (place, asked, now) = (at.clone(), AtomicI64::new(0), SystemClock.now());
    let leafed = load(at.address, CLIENTS, TOGETHER * 2, StatusCode::OK, move |_| {
        // A prime number of minutes: the days are met in no order.
        let back = asked.fetch_add(1, Ordering::Relaxed) * 7_919 * MINUTE % (DAYS * DAY);
        let path = paths::purchases(ENVIRONMENT);
        place.request(&paths::with_query(&path, [("before", Some(PurchaseId::floor(now - back)))]))
    });
    println!("older purchases, here and there: {:.0}/s", leafed.await?.per_second);
    Ok(())
}

/// Measures the three pages, and the memory of the server that shows them over many purchases.
pub async fn measure(small: &Loaded, large: &Loaded, gates: &mut Gates) -> Result {
    let (few, many) = (Process::start(&small.url).await?, Process::start(&large.url).await?);
    let constants = still::Process::start(large)?;
    let few = (Place { address: few.address, cookie: sign_in(few.address).await? }, few);
    let at = Place { address: many.address, cookie: sign_in(many.address).await? };
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
    let none = || Best { small: Duration::MAX, large: Duration::MAX, page: None, still: 0.0 };
    let mut best = [none(), none(), none()];
    for _ in 0..ROUNDS {
        for ((_, path), best) in pages.iter().zip(&mut best) {
            best.small = best.small.min(few.0.measure(path, 1, ALONE).await?.percentile(0.5));
            best.large = best.large.min(at.measure(path, 1, ALONE).await?.percentile(0.5));
            best.still = best.still.max(still.measure(path, CLIENTS, TOGETHER).await?.per_second);
            let page = at.measure(path, CLIENTS, TOGETHER).await?;
            if best.page.as_ref().is_none_or(|best| best.per_second < page.per_second) {
                best.page = Some(page);
            }
        }
    }
    println!("\npages, best of {ROUNDS} rounds; requests/s with {CLIENTS} clients");
    println!(
        "              {:>7}  {:>7}  {:>9}  {:>7}  {:>7}  {:>9}",
        small.purchases, large.purchases, "requests", "p50", "p99", "constants"
    );
    for ((name, _), best) in pages.iter().zip(&best) {
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
        gates.at_least(
            &format!("{name} at {many}, share of the same from constants"),
            page.per_second / best.still,
            0.25,
        );
    }
    wander(&at).await?;
    match (many.memory_kb("VmRSS"), many.memory_kb("VmHWM")) {
        (Some(now), Some(peak)) => {
            println!("resident memory: {} MB after the load, {} MB at most", now / 1_000, peak / 1_000);
            gates.at_most("resident memory at most, MB", peak as f64 / 1_000.0, 100.0);
        }
        _ => println!("resident memory: not known on this system"),
    }
    Ok(())
}
