//! `make bench`: what pages and authorizations cost, held against the promises that the project makes.
//!
//! Every gate is a ratio within one run, or a bound that any machine meets; absolute figures are printed with the
//! machine they were measured on. The exit code is 1 when a gate is missed. Nothing is cached between requests, by the
//! product or here.
//!
//! `LEDGEROS_BENCH_PURCHASES` takes the place of the million and `LEDGEROS_BENCH_REQUESTS` that of the ten million, for a
//! quick look; `cargo bench -p server -- core past` measures only these parts.
#![allow(clippy::print_stdout, reason = "a bench talks to whoever runs it")]
mod authorizations;
mod callers;
mod client;
mod core;
mod data;
mod filled;
mod gates;
mod lists;
mod machine;
mod pages;
mod past;
mod replay;
mod server;
mod signing_in;
mod starts;
mod still;

use gates::Gates;
use std::{path::Path, process::ExitCode, time::Instant};

// What the binary uses, so that pages from constants have no other allocator.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

/// What goes wrong here ends the bench.
pub type Result<T = ()> = std::result::Result<T, Box<dyn std::error::Error + Send + Sync>>;

/// Purchases of the small database and of the large one.
const SMALL: usize = 10_000;
const LARGE: usize = 1_000_000;
/// Keys and logged calls of the long lists; the short ones have a page of each.
const KEYS: usize = 10_000;
const REQUESTS: usize = 10_000_000;
const PAGE: usize = 50;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let runtime = match tokio::runtime::Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            println!("no runtime: {error}");
            return ExitCode::FAILURE;
        }
    };
    let done = runtime.block_on(async {
        match arguments.get(1).map(String::as_str) {
            Some(still::COMMAND) => still::serve(&arguments[2..]).await.map(|()| true),
            _ => bench(&parts(&arguments[1..])?).await,
        }
    });
    match done {
        Ok(true) => ExitCode::SUCCESS,
        Ok(false) => ExitCode::FAILURE,
        Err(error) => {
            println!("the bench could not be finished: {error}");
            ExitCode::FAILURE
        }
    }
}

/// What a command line can ask for by name.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Part {
    Starts,
    Pages,
    Lists,
    Callers,
    SigningIn,
    Core,
    Authorizations,
    Past,
    Replay,
}

impl Part {
    const ALL: [(&str, Self); 9] = [
        ("starts", Self::Starts),
        ("pages", Self::Pages),
        ("lists", Self::Lists),
        ("callers", Self::Callers),
        ("signing-in", Self::SigningIn),
        ("core", Self::Core),
        ("authorizations", Self::Authorizations),
        ("past", Self::Past),
        ("replay", Self::Replay),
    ];
}

/// The parts that the arguments name, or all of them.
fn parts(arguments: &[String]) -> Result<Vec<Part>> {
    // Cargo says `--bench` to every bench.
    let mut named = arguments.iter().filter(|argument| *argument != "--bench").peekable();
    if named.peek().is_none() {
        return Ok(Part::ALL.map(|(_, part)| part).into());
    }
    named
        .map(|name| match Part::ALL.iter().find(|(known, _)| known == name) {
            Some((_, part)) => Ok(*part),
            None => Err(format!("{name} is none of {}", Part::ALL.map(|(name, _)| name).join(", ")).into()),
        })
        .collect()
}

/// Measures the parts; whether every gate was passed.
async fn bench(parts: &[Part]) -> Result<bool> {
    let purchases = number("LEDGEROS_BENCH_PURCHASES", LARGE)?;
    let requests = number("LEDGEROS_BENCH_REQUESTS", REQUESTS)?;
    // Beside the build, which is on a disk: a temporary directory may be memory, where durable costs nothing.
    let dir = tempfile::tempdir_in(Path::new(env!("CARGO_TARGET_TMPDIR")))?;
    machine::describe(dir.path())?;
    let wants = |some: &[Part]| some.iter().any(|part| parts.contains(part));

    let (began, mut gates) = (Instant::now(), Gates::default());
    if wants(&[Part::Core]) {
        core::measure(&mut gates)?;
    }
    if wants(&[Part::Starts, Part::Pages, Part::Callers, Part::SigningIn, Part::Authorizations]) {
        let large = data::fill(dir.path(), "large", purchases).await?;
        let small = data::fill(dir.path(), "small", SMALL).await?;
        if wants(&[Part::Starts]) {
            starts::measure(&large, &mut gates).await?;
        }
        if wants(&[Part::Pages]) {
            pages::measure(&small, &large, &mut gates).await?;
        }
        if wants(&[Part::Callers]) {
            callers::measure(&small, &mut gates).await?;
        }
        if wants(&[Part::SigningIn]) {
            signing_in::measure(&small, &mut gates).await?;
        }
        if wants(&[Part::Authorizations]) {
            authorizations::measure(&large, &mut gates).await?;
        }
    }
    if wants(&[Part::Lists]) {
        let short = filled::fill(dir.path(), "short", PAGE, PAGE).await?;
        let long = filled::fill(dir.path(), "long", KEYS, requests).await?;
        lists::measure(&short, &long, &mut gates).await?;
    }
    if wants(&[Part::Replay]) {
        replay::measure(&data::fill(dir.path(), "replayed", SMALL).await?, &mut gates).await?;
    }
    if wants(&[Part::Past]) {
        past::measure(dir.path(), purchases, &mut gates).await?;
    }
    println!("\nfilled and measured in {:.0} s\n", began.elapsed().as_secs_f64());
    Ok(gates.report())
}

/// The number in the environment's variable `name`, or else `usual`.
fn number(name: &str, usual: usize) -> Result<usize> {
    match std::env::var(name) {
        Ok(text) => Ok(text.parse().map_err(|_| format!("{name} must be a number"))?),
        Err(_) => Ok(usual),
    }
}
