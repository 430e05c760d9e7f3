//! What the first page of a long list costs beside a list of one page.
use crate::{
    Result,
    data::{ENVIRONMENT, Loaded},
    gates::Gates,
    machine::ms,
    pages::{ALONE, Place, ROUNDS},
    server::Process,
};
use app::paths;
use std::time::Duration;

/// Measures key list and request log over both databases, one client at a time.
pub async fn measure(short: &Loaded, long: &Loaded, gates: &mut Gates) -> Result {
    let (few, many) = (Process::start(&short.url).await?, Process::start(&long.url).await?);
    let (few_at, many_at) = (Place::of(&few).await?, Place::of(&many).await?);
    println!("\nfirst pages, best of {ROUNDS} rounds, one page of rows and many");
    for (name, path) in [("key list", paths::keys(ENVIRONMENT)), ("request log", paths::requests(ENVIRONMENT))] {
        let path: &'static str = path.leak();
        let (mut one, mut all) = (Duration::MAX, Duration::MAX);
        for _ in 0..ROUNDS {
            one = one.min(few_at.measure(path, 1, ALONE).await?.percentile(0.5));
            all = all.min(many_at.measure(path, 1, ALONE).await?.percentile(0.5));
        }
        println!("{name:<12}  {:>4.2} ms  {:>4.2} ms", ms(one), ms(all));
        gates.at_most(
            &format!("first page of the {name}, times the only page's"),
            all.as_secs_f64() / one.as_secs_f64(),
            1.2,
        );
    }
    Ok(())
}
