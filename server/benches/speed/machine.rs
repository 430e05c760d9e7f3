//! What absolute figures depend on.
use crate::Result;
use std::{
    fs::{self, File},
    io::Write,
    path::Path,
    time::{Duration, Instant},
};

/// Prints processor, cores and what it costs to make 4 KiB durable in `dir`.
pub fn describe(dir: &Path) -> Result {
    let info = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
    let model =
        info.lines().find_map(|line| line.strip_prefix("model name")).map(|rest| rest.trim_matches([' ', '\t', ':']));
    let cores = std::thread::available_parallelism().map_or(0, usize::from);
    let (median, slowest) = fsync(dir)?;
    println!(
        "machine: {cores} cores of {}, {} {}; fsync of 4 KiB {:.2} ms (slowest of 100: {:.2} ms)",
        model.unwrap_or("an unknown processor"),
        std::env::consts::OS,
        std::env::consts::ARCH,
        ms(median),
        ms(slowest),
    );
    Ok(())
}

fn fsync(dir: &Path) -> Result<(Duration, Duration)> {
    let mut file = File::create(dir.join("fsync"))?;
    let mut times = Vec::new();
    for _ in 0..100 {
        let began = Instant::now();
        file.write_all(&[7; 4096])?;
        file.sync_data()?;
        times.push(began.elapsed());
    }
    times.sort_unstable();
    Ok((times[50], times[99]))
}

/// Milliseconds.
pub fn ms(time: Duration) -> f64 {
    time.as_secs_f64() * 1_000.0
}

/// The processor time that this process has had, user and system; none where a system does not tell.
pub fn processor_time() -> Option<Duration> {
    let stat = fs::read_to_string("/proc/self/stat").ok()?;
    // Behind the name, which may hold anything: the 14th and 15th field of all, in hundredths of a second.
    let mut fields = stat.rsplit_once(')')?.1.split_whitespace().skip(11);
    let mut ticks = || fields.next()?.parse::<u64>().ok();
    Some(Duration::from_millis((ticks()? + ticks()?) * 10))
}
