//! The text of a key: `lk_dev_` + 8 public + 32 secret + 6 checksum characters, base62.
//!
//! One double click selects it, secret scanners find it by [`PATTERN`], and its checksum stops typing errors before
//! the database is asked. The checksum is no security; the 32 secret characters are (190 bits).
use crate::{environment::Environment, text::words};
use rand::{
    SeedableRng,
    distr::{Alphanumeric, Distribution},
};
use rand_chacha::ChaCha20Rng;
use std::fmt;
use zeroize::Zeroizing;

/// The regular expression for secret scanners.
pub const PATTERN: &str = "(lk|at)_(live|dev)_[0-9A-Za-z]{46}";

const PUBLIC: usize = 8;
const SECRET: usize = 32;
const CHECK: usize = 6;
const BASE62: &[u8; 62] = b"0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";

words! {
    /// Whose key it is, as the key begins.
    KeyKind {
        /// A key of the organisation.
        Organization = "lk",
        /// A token bound to one agent.
        Agent = "at",
    }
}

/// A whole key, shown once. It is wiped from memory when dropped, and never printed by accident.
pub struct KeyText(Zeroizing<String>);

impl KeyText {
    /// A new key drawn from 32 random bytes: they seed ChaCha20, and every character is drawn without bias.
    pub fn make(kind: KeyKind, environment: Environment, random: &[u8; 32]) -> Self {
        let drawn = Alphanumeric.sample_iter(ChaCha20Rng::from_seed(*random)).take(PUBLIC + SECRET);
        let prefix = prefix(kind, environment);
        // All of it at once: a string that grows leaves copies of the secret behind.
        let mut text = Zeroizing::new(String::with_capacity(prefix.len() + PUBLIC + SECRET + CHECK));
        text.push_str(&prefix);
        text.extend(drawn.map(char::from));
        let check = checksum(&text);
        text.push_str(&check);
        Self(text)
    }

    /// The key itself, to show or to hash.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for KeyText {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("KeyText(…)")
    }
}

/// What a key says about itself; whether it is a real one only the store knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Parsed {
    /// Whose key.
    pub kind: KeyKind,
    /// Its environment.
    pub environment: Environment,
    /// The public part, by which the store finds it.
    pub public_id: String,
}

impl Parsed {
    /// The key as lists show it.
    pub fn mask(&self) -> String {
        mask(self.kind, self.environment, &self.public_id)
    }
}

/// A text that cannot be a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not a key: keys look like lk_dev_ or at_dev_ and 46 letters and digits")]
pub struct Malformed;

/// Reads a key without asking the store: its form and its checksum must be right.
pub fn parse(text: &str) -> Result<Parsed, Malformed> {
    let mut parts = text.splitn(3, '_');
    let mut part = || parts.next().ok_or(Malformed);
    let kind = part()?.parse().map_err(|_| Malformed)?;
    let environment = part()?.parse().map_err(|_| Malformed)?;
    let body = part()?;
    if body.len() != PUBLIC + SECRET + CHECK || !body.bytes().all(|b| b.is_ascii_alphanumeric()) {
        return Err(Malformed);
    }
    // Only ASCII from here on: every index is between two characters.
    let (signed, check) = text.split_at(text.len() - CHECK);
    if checksum(signed) != check {
        return Err(Malformed);
    }
    Ok(Parsed { kind, environment, public_id: body[..PUBLIC].to_owned() })
}

/// A key as lists show it, by the last four characters of its public part: `lk_dev_…ABCD`.
pub fn mask(kind: KeyKind, environment: Environment, public_id: &str) -> String {
    let skipped = public_id.chars().count().saturating_sub(4);
    let last: String = public_id.chars().skip(skipped).collect();
    format!("{}…{last}", prefix(kind, environment))
}

/// `lk_dev_` and its like.
fn prefix(kind: KeyKind, environment: Environment) -> String {
    format!("{kind}_{environment}_")
}

/// The CRC-32 (ISO 3309) of `text` in six base62 digits, the highest first.
fn checksum(text: &str) -> String {
    let crc = crc32fast::hash(text.as_bytes());
    let digit = |i: u32| char::from(BASE62[(u64::from(crc) / 62_u64.pow(i) % 62) as usize]);
    (0..CHECK as u32).rev().map(digit).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn kinds() -> impl Strategy<Value = (KeyKind, Environment)> {
        (prop::sample::select(KeyKind::ALL), prop::sample::select(Environment::ALL))
    }

    #[test]
    fn the_checksum_is_the_known_crc() {
        // CRC-32 of "123456789" is 0xCBF43926 = 3421780262, the check value of the standard.
        let value = checksum("123456789")
            .bytes()
            .fold(0_u64, |value, b| value * 62 + BASE62.iter().position(|c| *c == b).unwrap() as u64);
        assert_eq!(value, 0xCBF4_3926);
        assert_eq!(checksum(""), "000000");
    }

    #[test]
    fn lists_show_the_end_of_the_public_part_only() {
        assert_eq!(mask(KeyKind::Organization, Environment::Dev, "0123ABCD"), "lk_dev_…ABCD");
        assert_eq!(mask(KeyKind::Agent, Environment::Live, "é"), "at_live_…é");
        let key = KeyText::make(KeyKind::Agent, Environment::Live, &[1; 32]);
        assert_eq!(format!("{key:?}"), "KeyText(…)");
    }

    #[test]
    fn every_character_is_drawn_about_equally_often() {
        let mut seen = [0_u32; 128];
        for i in 0..2_000_u16 {
            let mut seed = [0; 32];
            seed[..2].copy_from_slice(&i.to_le_bytes());
            let key = KeyText::make(KeyKind::Agent, Environment::Dev, &seed);
            key.expose()["at_dev_".len()..][..PUBLIC + SECRET].bytes().for_each(|b| seen[usize::from(b)] += 1);
        }
        // 80,000 draws over 62 characters: 1,290 each, give or take 36; six times that is allowed.
        assert!(BASE62.iter().all(|b| seen[usize::from(*b)].abs_diff(1_290) < 216), "{seen:?}");
    }

    proptest! {
        #[test]
        fn a_key_reads_back((kind, environment) in kinds(), random in any::<[u8; 32]>()) {
            let key = KeyText::make(kind, environment, &random);
            let parsed = parse(key.expose()).unwrap();
            prop_assert_eq!((parsed.kind, parsed.environment), (kind, environment));
            let body = key.expose().strip_prefix(&prefix(kind, environment)).unwrap();
            prop_assert_eq!(&body[..8], &parsed.public_id);
            prop_assert_eq!(body.len(), 46);
            prop_assert!(parsed.mask().ends_with(&parsed.public_id[4..]) && !parsed.mask().contains(&body[8..]));
        }

        #[test]
        fn one_changed_character_is_refused(
            (kind, environment) in kinds(),
            random in any::<[u8; 32]>(),
            at in any::<prop::sample::Index>(),
            other in any::<char>(),
            base62 in prop::sample::select(&BASE62[..]),
        ) {
            let key = KeyText::make(kind, environment, &random);
            let at = at.index(key.expose().len());
            for other in [other, char::from(base62)] {
                let changed: String =
                    key.expose().chars().enumerate().map(|(i, c)| if i == at { other } else { c }).collect();
                prop_assume!(changed != key.expose());
                prop_assert_eq!(parse(&changed), Err(Malformed));
            }
        }

        #[test]
        fn nothing_a_stranger_sends_panics(text in "(lk_|at_)?(live_|dev_)?\\PC{0,60}", bytes in "[0-9A-Za-z_]{53}") {
            let _ = parse(&text);
            let _ = parse(&format!("lk_dev_{bytes}"));
        }
    }
}
