//! `ledgeros replay`: every stored decision read, made again and compared.
use crate::{
    Result,
    data::{self, Loaded},
    gates::Gates,
};
use domain::limits;
use std::time::Instant;

const ROUNDS: usize = 3;
/// The most that the decisions of the small database may take, in seconds.
const MOST: f64 = 2.0;

/// The slowest of a few rounds is the gate: whoever replays does it once.
pub async fn measure(loaded: &Loaded, gates: &mut Gates) -> Result {
    let db = data::open(&loaded.url, 1).await?;
    let mut slowest = 0_f64;
    for _ in 0..ROUNDS {
        let began = Instant::now();
        let found = limits::replay(&db).await?;
        slowest = slowest.max(began.elapsed().as_secs_f64());
        if found.decisions != loaded.purchases as u64 || !found.differences.is_empty() {
            let differences = found.differences.len();
            return Err(format!("{} decisions replayed with {differences} differences", found.decisions).into());
        }
    }
    db.close().await;
    let each = slowest * 1e6 / loaded.purchases as f64;
    println!("\n{} stored decisions replayed in {slowest:.2} s: {each:.0} us each", loaded.purchases);
    gates.at_most(&format!("replaying {} stored decisions, s", loaded.purchases), slowest, MOST);
    Ok(())
}
