//! Masks what looks like a secret in text that others chose: a client's name, an idempotency key, a search.
//!
//! Nobody should put a key or a card number there, and somebody will; what is logged must not hold it.
use crate::{environment::Environment, keys::format::KeyKind};
use serde_json::Value;
use std::sync::LazyLock;

/// What stands in place of a secret.
pub const MASK: &str = "[redacted]";

/// Digits of a card number: ISO/IEC 7812 allows up to 19, no scheme uses fewer than 13.
const CARD: std::ops::RangeInclusive<usize> = 13..=19;

/// The text with every API key, agent token, webhook secret and card number in it masked.
pub fn redact(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(first) = rest.chars().next() {
        // Digits inside a word are an id's, not a card's.
        let inside = out.ends_with(|c: char| c.is_ascii_alphanumeric() || c == '_');
        if let Some(length) = secret(rest).or_else(|| if inside { None } else { card(rest) }) {
            out.push_str(MASK);
            rest = &rest[length..];
        } else {
            // A run of digits that is no card number is passed whole: its end is not one either.
            let length = digits(rest).map_or(first.len_utf8(), |(length, _)| length);
            out.push_str(&rest[..length]);
            rest = &rest[length..];
        }
    }
    out
}

/// The same for every text in a JSON value; its numbers and the names of its fields stay.
pub fn redact_values(value: &Value) -> Value {
    match value {
        Value::String(text) => Value::String(redact(text)),
        Value::Array(all) => all.iter().map(redact_values).collect(),
        Value::Object(all) => all.iter().map(|(name, value)| (name.clone(), redact_values(value))).collect(),
        other => other.clone(),
    }
}

/// What keys, tokens and webhook secrets begin with: looked for at every letter of whatever is logged.
static PREFIXES: LazyLock<Vec<String>> = LazyLock::new(|| {
    let of_kind = |kind: &'static KeyKind| Environment::ALL.iter().map(move |world| format!("{kind}_{world}_"));
    KeyKind::ALL.iter().flat_map(of_kind).chain(["whsec_".to_owned()]).collect()
});

/// The length of a key, token or webhook secret with which the text begins.
fn secret(text: &str) -> Option<usize> {
    PREFIXES.iter().find_map(|prefix| {
        let rest = text.strip_prefix(prefix.as_str())?;
        let length = rest.bytes().take_while(|b| b.is_ascii_alphanumeric() || b"+/=-_".contains(b)).count();
        (length >= 16).then_some(prefix.len() + length)
    })
}

/// The length of a card number with which the text begins.
fn card(text: &str) -> Option<usize> {
    let (length, digits) = digits(text)?;
    let ends = !text[length..].starts_with(|c: char| c.is_ascii_alphanumeric());
    (ends && CARD.contains(&digits.len()) && luhn(&digits)).then_some(length)
}

/// The run of digits with which the text begins, single spaces and dashes between them left out: its length in
/// bytes, and the digits.
fn digits(text: &str) -> Option<(usize, Vec<u8>)> {
    let (mut length, mut found) = (0, Vec::new());
    let mut gap = false;
    for (at, byte) in text.bytes().enumerate() {
        match byte {
            b'0'..=b'9' => {
                found.push(byte - b'0');
                (length, gap) = (at + 1, false);
            }
            b' ' | b'-' if !found.is_empty() && !gap => gap = true,
            _ => break,
        }
    }
    (!found.is_empty()).then_some((length, found))
}

fn luhn(digits: &[u8]) -> bool {
    let sum: u32 = digits
        .iter()
        .rev()
        .enumerate()
        .map(|(n, digit)| match (n % 2, u32::from(*digit)) {
            (0, digit) => digit,
            (_, digit) => digit * 2 / 10 + digit * 2 % 10,
        })
        .sum();
    sum.is_multiple_of(10)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn secrets_are_masked_wherever_they_stand() {
        let key = format!("lk_live_{}", "aB3".repeat(16));
        for (text, shown) in [
            (format!("curl {key}; 8.1"), "curl [redacted]; 8.1"),
            ("at_dev_0123456789abcdef".into(), "[redacted]"),
            ("x whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ= y".into(), "x [redacted] y"),
            ("4242 4242 4242 4242".into(), "[redacted]"),
            ("pan=4242-4242-4242-4242&".into(), "pan=[redacted]&"),
            ("4242424242424241".into(), "4242424242424241"),
            ("lk_live_short".into(), "lk_live_short"),
            ("key_4242424242424242".into(), "key_4242424242424242"),
            ("4242424242424242abc".into(), "4242424242424242abc"),
            ("ä 1 – 2".into(), "ä 1 – 2"),
        ] {
            assert_eq!(redact(&text), shown);
        }
    }

    proptest! {
        #[test]
        fn ordinary_text_stays_as_it_is(text in "[a-zäöü /.;()-]{0,60}") {
            prop_assert_eq!(redact(&text), text);
        }

        #[test]
        fn any_text_is_taken(text in any::<String>()) {
            redact(&text);
        }
    }
}
