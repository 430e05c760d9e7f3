//! The operator's list of leaked passwords: a sorted file of hashes, searched where it lies, without a network.
use sha1::{Digest as _, Sha1};
use sha2::Sha256;
use std::{
    fs::File,
    io::{self, Read, Seek, SeekFrom},
    path::{Path, PathBuf},
    sync::{Mutex, PoisonError},
};

/// Bytes read around a probe: more than two of the longest lines.
const WINDOW: usize = 256;

/// A file of hashes, one a line in ascending order: SHA-1 or SHA-256 in hex, and whatever follows a colon is left
/// alone. The published lists of leaked passwords have this form.
pub struct Breach {
    file: Mutex<File>,
    bytes: u64,
    kind: Kind,
}

#[derive(Clone, Copy)]
enum Kind {
    Sha1,
    Sha256,
}

/// Why a list cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum BreachError {
    /// The file could not be read.
    #[error("LEDGEROS_BREACH_FILE {0}: {1}")]
    File(PathBuf, #[source] io::Error),
    /// Its first line is no hash.
    #[error("LEDGEROS_BREACH_FILE {0} must be a sorted list of SHA-1 or SHA-256 hashes in hex, one a line")]
    NotHashes(PathBuf),
}

impl Breach {
    /// Opens the list and learns from its first line which hash it holds.
    pub fn open(path: &Path) -> Result<Self, BreachError> {
        let fault = |e| BreachError::File(path.to_owned(), e);
        let mut file = File::open(path).map_err(fault)?;
        let bytes = file.metadata().map_err(fault)?.len();
        let mut first = Vec::new();
        Read::by_ref(&mut file).take(WINDOW as u64).read_to_end(&mut first).map_err(fault)?;
        let kind = match hash_of(first.split(|b| *b == b'\n').next().unwrap_or_default()) {
            Some(hash) if hash.len() == 40 => Kind::Sha1,
            Some(hash) if hash.len() == 64 => Kind::Sha256,
            _ => return Err(BreachError::NotHashes(path.to_owned())),
        };
        Ok(Self { file: Mutex::new(file), bytes, kind })
    }

    /// Whether the password's hash is in the list: some twenty short reads for a million lines.
    pub(super) fn holds(&self, password: &str) -> io::Result<bool> {
        let wanted = match self.kind {
            Kind::Sha1 => hex::encode(Sha1::digest(password.as_bytes())),
            Kind::Sha256 => hex::encode(Sha256::digest(password.as_bytes())),
        };
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        // The line that begins at or after `low` and before `high` is still in question.
        let (mut low, mut high) = (0, self.bytes);
        while low < high {
            let middle = low + (high - low) / 2;
            let Some((hash, end)) = line_from(&mut file, middle)? else {
                high = middle;
                continue;
            };
            match hash.cmp(&wanted) {
                std::cmp::Ordering::Equal => return Ok(true),
                std::cmp::Ordering::Less => low = end.max(middle + 1),
                std::cmp::Ordering::Greater => high = middle,
            }
        }
        Ok(false)
    }
}

/// The first whole line that begins at `from` or after it, as a hash in lower case, and where the next one begins.
fn line_from(file: &mut File, from: u64) -> io::Result<Option<(String, u64)>> {
    // The byte before tells whether a line begins at `from` itself.
    let start = from.saturating_sub(1);
    file.seek(SeekFrom::Start(start))?;
    let mut window = Vec::with_capacity(WINDOW);
    file.take(WINDOW as u64).read_to_end(&mut window)?;
    let skipped = match from {
        0 => 0,
        _ => match window.iter().position(|b| *b == b'\n') {
            Some(at) => at + 1,
            None => return Ok(None),
        },
    };
    let rest = window.get(skipped..).unwrap_or_default();
    let length = rest.iter().position(|b| *b == b'\n').unwrap_or(rest.len());
    let Some(hash) = hash_of(&rest[..length]) else { return Ok(None) };
    Ok(Some((hash, start + (skipped + length + 1) as u64)))
}

fn hash_of(line: &[u8]) -> Option<String> {
    let hash = line.split(|b| *b == b':').next()?.trim_ascii();
    let plain = !hash.is_empty() && hash.iter().all(u8::is_ascii_hexdigit);
    plain.then(|| String::from_utf8_lossy(hash).to_ascii_lowercase())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::{io::Write, time::Instant};

    fn list(lines: impl Iterator<Item = String>) -> (tempfile::TempDir, Breach) {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("leaked.txt");
        let mut file = io::BufWriter::new(File::create(&path).unwrap());
        for line in lines {
            writeln!(file, "{line}").unwrap();
        }
        drop(file.into_inner().unwrap());
        let breach = Breach::open(&path).unwrap();
        (dir, breach)
    }

    fn sorted(passwords: &[String], hash: impl Fn(&str) -> String) -> Vec<String> {
        let mut all: Vec<String> = passwords.iter().map(|p| hash(p)).collect();
        all.sort();
        all
    }

    #[test]
    fn every_line_is_found_and_nothing_else() {
        let leaked: Vec<String> = (0..500).map(|n| format!("leaked password {n}")).collect();
        // As published: capitals, and a count of uneven length behind a colon.
        let sha1 = sorted(&leaked, |p| hex::encode_upper(Sha1::digest(p)));
        let sha1 = sha1.into_iter().enumerate().map(|(n, hash)| format!("{hash}:{}", n * n * n));
        let sha256 = sorted(&leaked, |p| hex::encode(Sha256::digest(p)));
        for (_dir, breach) in [list(sha1), list(sha256.into_iter())] {
            for password in &leaked {
                assert!(breach.holds(password).unwrap(), "{password}");
                assert!(!breach.holds(&format!("{password}!")).unwrap());
            }
        }
    }

    #[test]
    fn what_is_no_list_is_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("x");
        for text in ["", "not a hash\n", "abcdef\n", "\n\n"] {
            std::fs::write(&path, text).unwrap();
            assert!(matches!(Breach::open(&path), Err(BreachError::NotHashes(_))), "{text:?}");
        }
        assert!(matches!(Breach::open(&dir.path().join("absent")), Err(BreachError::File(..))));
    }

    #[test]
    fn a_million_hashes_are_searched_in_under_five_milliseconds() {
        let many = (0..1_000_000u64).map(|n| format!("{:040X}:{n}", u128::from(n) << 100));
        let (_dir, breach) = list(many);
        let begun = Instant::now();
        for n in 0..20 {
            assert!(!breach.holds(&format!("not in there {n}")).unwrap());
        }
        let each = begun.elapsed() / 20;
        assert!(each.as_micros() < 5_000, "{each:?}");
    }
}
