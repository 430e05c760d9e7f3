//! What everybody else feels while many sign in: a password's hash is made to be costly.
use crate::{
    Result,
    data::{self, ENVIRONMENT, Loaded},
    gates::Gates,
    machine::ms,
    pages::Place,
    server::{Process, sign_in_as},
};
use app::paths;
use domain::{
    access::{self, Password, Role},
    name::{Email, Name},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// How many sign in at once, each again as soon as they are in.
const ARRIVING: usize = 50;
/// How many look at pages meanwhile.
const WORKING: usize = 4;
const TIME: Duration = Duration::from_secs(5);

/// Measures a page while people sign in.
pub async fn measure(loaded: &Loaded, gates: &mut Gates) -> Result {
    // Each is somebody, and comes from a network of their own: many tries at one person or from one network are slowed.
    let db = data::open(&loaded.url, 32).await?;
    for n in 0..ARRIVING {
        let name = Name::parse("Arriving").map_err(|e| format!("the name {e}"))?;
        let email = Email::parse(&email(n)).map_err(|e| format!("the address {e}"))?;
        let password = Password::new(data::PASSWORD.into()).map_err(|e| format!("the password {e}"))?;
        access::add_person(&db, &loaded.organisation, name, email, Role::Support, password).await?;
    }
    db.close().await;
    let process = Process::start_with(&loaded.url, &["--proxies", "127.0.0.1"]).await?;
    let place = Place::of(&process).await?;
    let path: &'static str = paths::agents(ENVIRONMENT).leak();
    let quiet = place.measure(path, WORKING, TIME).await?;
    let (address, began, entered) = (process.address, Instant::now(), Arc::new(AtomicU64::new(0)));
    let mut arriving = JoinSet::new();
    for n in 0..ARRIVING {
        let entered = entered.clone();
        arriving.spawn(async move {
            while began.elapsed() < TIME {
                sign_in_as(address, &email(n), &format!("203.0.{n}.7")).await?;
                entered.fetch_add(1, Ordering::Relaxed);
            }
            Ok(())
        });
    }
    let busy = place.measure(path, WORKING, TIME).await?;
    while let Some(task) = arriving.join_next().await {
        let done: Result = task?;
        done?;
    }
    let most = busy.percentile(0.99);
    println!(
        "\nagents while {ARRIVING} sign in at once ({:.0}/s): {:.0}/s, p50 {:.1} ms, p99 {:.1} ms; while nobody does: {:.0}/s, p99 {:.1} ms",
        entered.load(Ordering::Relaxed) as f64 / began.elapsed().as_secs_f64(),
        busy.per_second,
        ms(busy.percentile(0.5)),
        ms(most),
        quiet.per_second,
        ms(quiet.percentile(0.99)),
    );
    gates.at_most("other pages' p99 while 50 sign in, ms", ms(most), 100.0);
    Ok(())
}

fn email(n: usize) -> String {
    format!("arriving{n}@bench.example")
}
