//! No secret in any line that is logged, at trace level, whatever a test does: the test ends with it (security X-L2).
//!
//! Done where `LEDGEROS_CANARY` is set, as `make prove` does, since telling everything is slow; and only where each test
//! has a process of its own, whose log is nobody else's.
use super::browser::PASSWORD;
use domain::{environment::Environment, keys::format::KeyKind};
use std::{
    collections::BTreeSet,
    env,
    io::{self, Write},
    process,
    sync::{Mutex, Once},
};
use tracing_subscriber::EnvFilter;

/// What opens something and has no form by which it could be known: cookies, passwords.
static PLANTED: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Looks at every line from here on.
pub fn watch() {
    static BEGUN: Once = Once::new();
    let alone = env::var("NEXTEST_EXECUTION_MODE").is_ok_and(|mode| mode == "process-per-test");
    if !alone || env::var_os("LEDGEROS_CANARY").is_none() {
        return;
    }
    BEGUN.call_once(|| {
        plant(PASSWORD);
        let lines = tracing_subscriber::fmt().with_writer(|| Scan).with_ansi(false);
        // One test reads the whole log itself.
        let _has_its_own = lines.with_env_filter(EnvFilter::new("trace")).try_init();
    });
}

/// This is a secret, too. What is short is a setting.
pub fn plant(secret: &str) {
    if secret.len() > 16 {
        PLANTED.lock().unwrap().insert(secret.to_owned());
    }
}

struct Scan;

impl Write for Scan {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        let line = String::from_utf8_lossy(event);
        if let Some(what) = found(&line, &PLANTED.lock().unwrap()) {
            // Not a panic: whoever logs may be on a thread whose panics are caught.
            drop(writeln!(io::stderr(), "{what} in the log: {line}"));
            process::exit(101);
        }
        Ok(event.len())
    }
    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn found(line: &str, planted: &BTreeSet<String>) -> Option<&'static str> {
    if planted.iter().any(|secret| line.contains(secret)) {
        return Some("a cookie or password");
    }
    let keys = KeyKind::ALL.iter().flat_map(|kind| Environment::ALL.iter().map(move |of| format!("{kind}_{of}_")));
    for prefix in keys.chain(["whsec_".to_owned(), "tok_".to_owned()]) {
        let whole = |(at, _): (usize, &str)| {
            let body = line[at + prefix.len()..].bytes();
            body.take_while(|b| b.is_ascii_alphanumeric() || b"+/=-".contains(b)).count() >= 16
        };
        if line.match_indices(&prefix).any(whole) {
            return Some("a key, token or webhook secret");
        }
    }
    let words = line.split(|c: char| !(c.is_ascii_alphanumeric() || c == '_'));
    let mut numbers = words.filter(|word| (13..=19).contains(&word.len()) && word.bytes().all(|b| b.is_ascii_digit()));
    numbers.any(is_card).then_some("a card number")
}

/// Cards begin with 3 to 6, those of the sandbox with six nines; moments in milliseconds, which are as long, with 1.
fn is_card(digits: &str) -> bool {
    let digit = |(n, b): (usize, u8)| match (n % 2, u32::from(b - b'0')) {
        (0, digit) => digit,
        (_, digit) => digit * 2 / 10 + digit * 2 % 10,
    };
    let of_cards = matches!(digits.as_bytes()[0], b'3'..=b'6') || digits.starts_with("999999");
    of_cards && digits.bytes().rev().enumerate().map(digit).sum::<u32>() % 10 == 0
}

/// Runs itself as `make prove` would, and logs a secret.
#[test]
fn a_secret_in_the_log_ends_the_test() {
    const INSIDE: &str = "LEDGEROS_CANARY_INSIDE";
    if env::var_os(INSIDE).is_some() {
        watch();
        tracing::trace!("somebody wrote {PASSWORD}");
        return;
    }
    let mut again = process::Command::new(env::current_exe().unwrap());
    again.args(["--exact", "http::canary::a_secret_in_the_log_ends_the_test"]);
    again.envs([(INSIDE, "1"), ("LEDGEROS_CANARY", "1"), ("NEXTEST_EXECUTION_MODE", "process-per-test")]);
    let ended = again.output().unwrap();
    let said = String::from_utf8_lossy(&ended.stderr);
    assert!(!ended.status.success() && said.contains("a cookie or password in the log"), "{said}");
}

#[test]
fn a_secret_is_found_wherever_it_stands_in_a_line() {
    let planted = BTreeSet::from([PASSWORD.to_owned()]);
    let core = "aB3d".repeat(12);
    for secret in [
        PASSWORD.to_owned(),
        format!("lk_live_{core}"),
        format!("lk_dev_{core}"),
        format!("whsec_{core}="),
        format!("tok_{core}"),
        "4242424242424242".to_owned(),
        "378282246310005".to_owned(),
        "9999990000000006".to_owned(),
    ] {
        for line in [format!("DEBUG a=\"{secret}\" b"), secret.clone(), format!("x{{k={secret}}}: end\n")] {
            assert!(found(&line, &planted).is_some(), "{line}");
        }
    }
    for line in ["at=1736942400000 card_0t2x", "4242424242424241", "lk_live_abcd…", "id=req_4242424242424242", ""] {
        assert_eq!(found(line, &planted), None, "{line}");
    }
}
