//! Documents that are written from the code: a test compares its part, and writes it when it is asked to.
use std::{
    fs::{self, File},
    io::Write,
    path::Path,
};

/// Compares a part of `docs/<file>` with what the code has: from the line `heading` to the next heading as high, or to
/// the end. Run with `LEDGEROS_WRITE_DOCS=1`, writes it first. Panics where they differ, as a test should.
pub fn documented(file: &str, heading: &str, written: &str) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../docs").join(file);
    if std::env::var_os("LEDGEROS_WRITE_DOCS").is_some() {
        let mut options = File::options();
        let mut locked = options.read(true).write(true).create(true).truncate(false).open(&path).expect("the document");
        // Tests that write other parts run beside this one.
        locked.lock().expect("the document's lock");
        let whole = fs::read_to_string(&path).expect("the document");
        let part = part(&whole, heading).unwrap_or(whole.len()..whole.len());
        let whole = format!("{}{written}{}", &whole[..part.start], &whole[part.end..]);
        locked.set_len(0).and_then(|()| locked.write_all(whole.as_bytes())).expect("the document takes it");
    }
    let whole = fs::read_to_string(&path).unwrap_or_default();
    let kept = part(&whole, heading).map_or("", |part| &whole[part]);
    for (n, (kept, own)) in kept.lines().zip(written.lines()).enumerate() {
        assert_eq!(kept, own, "docs/{file}, {heading}, line {}: run this test with LEDGEROS_WRITE_DOCS=1", n + 1);
    }
    let lines = (kept.lines().count(), written.lines().count());
    assert_eq!(lines.0, lines.1, "docs/{file}, {heading}: run this test with LEDGEROS_WRITE_DOCS=1");
}

fn part(whole: &str, heading: &str) -> Option<std::ops::Range<usize>> {
    let line = format!("{heading}\n");
    let start = if whole.starts_with(&line) { 0 } else { whole.find(&format!("\n{line}"))? + 1 };
    let mark = heading.split(' ').next().unwrap_or(heading);
    let body = start + line.len();
    let end = whole[body..].find(&format!("\n{mark} ")).map_or(whole.len(), |at| body + at + 1);
    Some(start..end)
}
