//! What it costs to know who calls: the key check alone, and the calls that stand behind it.
use crate::{
    Result,
    client::load,
    data::{self, ENVIRONMENT, Loaded},
    gates::Gates,
    machine::{self, ms},
    server::Process,
};
use domain::{
    access::{self, Caller, Origin, Role},
    agents::{self, Filter},
    db::Db,
    page::Paging,
};
use http::{Request, StatusCode, header};
use std::{
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// How many are in flight.
const CALLERS: usize = 64;
const ROUNDS: usize = 3;
const TIME: Duration = Duration::from_secs(2);

/// Measures both over `loaded`.
pub async fn measure(loaded: &Loaded, gates: &mut Gates) -> Result {
    let db = data::open(&loaded.url, 32).await?;
    let key = data::key(&db, &loaded.organisation).await?;
    checks(&db, &key, gates).await?;
    let owner = access::testing::person(&db, &loaded.organisation, ENVIRONMENT, Role::Owner);
    let agents = agents::list(&db, &owner, &Filter::default(), &Paging::newest(1)).await?;
    let path = format!("/v1/agents/{}", agents.rows.first().ok_or("no agent")?.id);
    db.close().await;
    calls(loaded, key, path, gates).await
}

/// Asks for one agent from many connections.
async fn calls(loaded: &Loaded, key: String, path: String, gates: &mut Gates) -> Result {
    let process = Process::start(&loaded.url).await?;
    let address = process.address;
    let mut best = None;
    for _ in 0..ROUNDS {
        let (key, path) = (key.clone(), path.clone());
        let measured = load(address, CALLERS, TIME, StatusCode::OK, move |_| {
            let request = Request::get(&path).header(header::HOST, address.to_string()).header("api-key", &key);
            request.body(axum::body::Body::empty()).unwrap_or_default()
        });
        let measured = measured.await?;
        if best.as_ref().is_none_or(|(most, _, _)| *most < measured.per_second) {
            best = Some((measured.per_second, measured.percentile(0.5), measured.percentile(0.99)));
        }
    }
    let Some((per_second, half, most)) = best else { return Ok(()) };
    println!("GET /v1/agents/{{id}}  {per_second:>6.0}/s  p50 {:.1} ms  p99 {:.1} ms", ms(half), ms(most));
    gates.at_least("GET /v1/agents/{id} with a key, requests/s", per_second, 5_000.0);
    Ok(())
}

/// What the check alone needs, of a good key and of one that was mistyped.
async fn checks(db: &Db, key: &str, gates: &mut Gates) -> Result {
    let last = if key.ends_with('0') { '1' } else { '0' };
    let mistyped = format!("{}{last}", &key[..key.len() - 1]);
    let (mut good, mut bad) = (f64::MAX, f64::MAX);
    for _ in 0..ROUNDS {
        let Some(one) = check(db, key, true).await? else {
            println!("processor time of the key check: not known on this system");
            return Ok(());
        };
        good = good.min(one);
        bad = bad.min(check(db, &mistyped, false).await?.unwrap_or(f64::MAX));
    }
    println!("\nkey check, {CALLERS} in flight: {good:.1} us of processor; a mistyped key {bad:.2} us");
    gates.at_most("key check, us of processor", good, 60.0);
    gates.at_least("key check, times that of a mistyped key", good / bad, 5.0);
    Ok(())
}

/// Microseconds of processor, all threads together, that one check of `key` needs; none where a system does not tell.
async fn check(db: &Db, key: &str, opens: bool) -> Result<Option<f64>> {
    let Some(before) = machine::processor_time() else { return Ok(None) };
    let (done, key, began) = (Arc::new(AtomicU64::new(0)), Arc::<str>::from(key), Instant::now());
    let mut tasks = JoinSet::new();
    for _ in 0..CALLERS {
        let (db, key, done) = (db.clone(), key.clone(), done.clone());
        tasks.spawn(async move {
            while began.elapsed() < TIME {
                // In one turn several: a mistyped key costs less than looking at the clock.
                for _ in 0..16 {
                    let caller = access::caller(&db, &key, Origin::default()).await?;
                    if matches!(caller, Caller::Known(..)) != opens {
                        return Err("the key check gave another answer".into());
                    }
                    done.fetch_add(1, Ordering::Relaxed);
                }
                tokio::task::yield_now().await;
            }
            Ok(())
        });
    }
    while let Some(task) = tasks.join_next().await {
        let done: Result = task?;
        done?;
    }
    let after = machine::processor_time().unwrap_or(before);
    Ok(Some((after - before).as_secs_f64() * 1e6 / done.load(Ordering::Relaxed) as f64))
}
