//! How soon the binary is ready on a database that is there.
use crate::{Result, data::Loaded, gates::Gates, machine::ms, server::Process};

const STARTS: usize = 5;

/// The median of a few starts is the gate; one of them may meet a busy machine.
pub async fn measure(loaded: &Loaded, gates: &mut Gates) -> Result {
    let mut times = Vec::new();
    for _ in 0..STARTS {
        times.push(Process::start(&loaded.url).await?.ready_after);
    }
    times.sort_unstable();
    let words: Vec<String> = times.iter().map(|time| format!("{:.0}", ms(*time))).collect();
    println!("\nready after start on {} purchases: {} ms", loaded.purchases, words.join(", "));
    gates.at_most("ready after start, ms", ms(times[STARTS / 2]), 300.0);
    Ok(())
}
