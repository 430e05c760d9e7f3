//! One-time codes of authenticator apps: RFC 6238 with SHA-1, six digits and steps of 30 s, which is what every app
//! understands.
use crate::time::{SECOND, Timestamp};
use hmac::{Hmac, KeyInit, Mac};
use sha1::Sha1;
use subtle::ConstantTimeEq;

/// Bytes of a seed: 160 bits, as RFC 4226 asks for.
pub const SEED: usize = 20;
const STEP: i64 = 30 * SECOND;
const DIGITS: usize = 6;
const BASE32: &[u8; 32] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";

/// The step of the clock that holds `now`.
pub fn step(now: Timestamp) -> i64 {
    now.0.div_euclid(STEP)
}

/// The code of a seed in a step.
pub fn code(seed: &[u8], step: i64) -> String {
    let number = truncated(seed, step) % 10u32.pow(DIGITS as u32);
    format!("{number:0DIGITS$}")
}

/// The number that RFC 4226 takes from the HMAC of a counter.
fn truncated(seed: &[u8], counter: i64) -> u32 {
    let mut mac = Hmac::<Sha1>::new_from_slice(seed).expect("HMAC takes any key length");
    mac.update(&counter.to_be_bytes());
    let bytes = mac.finalize().into_bytes();
    let at = usize::from(bytes[19] & 15);
    u32::from_be_bytes([bytes[at] & 0x7f, bytes[at + 1], bytes[at + 2], bytes[at + 3]])
}

/// The step whose code was typed: this one or the one before, as a phone's clock may be a little behind.
pub(super) fn matching(seed: &[u8], typed: &str, now: Timestamp) -> Option<i64> {
    let this = step(now);
    let fits = |step: &i64| bool::from(code(seed, *step).as_bytes().ct_eq(typed.as_bytes()));
    [this, this - 1].into_iter().find(fits)
}

/// Whether the text is six digits once spaces are left out; then these.
pub(super) fn digits(typed: &str) -> Option<String> {
    let plain: String = typed.chars().filter(|c| !c.is_whitespace() && *c != '-').collect();
    (plain.len() == DIGITS && plain.bytes().all(|b| b.is_ascii_digit())).then_some(plain)
}

/// A seed as apps take it by hand.
pub fn base32(bytes: &[u8]) -> String {
    let bit = |n: usize| bytes.get(n / 8).map_or(0, |byte| (byte >> (7 - n % 8)) & 1);
    let letter = |start: usize| (0..5).fold(0u8, |value, n| (value << 1) | bit(start + n));
    (0..bytes.len() * 8).step_by(5).map(|start| char::from(BASE32[usize::from(letter(start))])).collect()
}

/// The address that a QR code carries into an app.
pub(super) fn uri(organisation: &str, email: &str, secret: &str) -> String {
    let plain = |text: &str| {
        let bytes = text.bytes().map(|b| match b {
            b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'~' => char::from(b).to_string(),
            other => format!("%{other:02X}"),
        });
        bytes.collect::<String>()
    };
    let issuer = plain(&format!("LedgerOS {organisation}"));
    format!(
        "otpauth://totp/{issuer}:{}?secret={secret}&issuer={issuer}&algorithm=SHA1&digits=6&period=30",
        plain(email)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    const SEED: &[u8] = b"12345678901234567890";

    /// RFC 6238, appendix B, its SHA-1 rows, with all eight digits.
    #[test]
    fn the_vectors_of_rfc_6238() {
        for (seconds, code) in [
            (59, "94287082"),
            (1_111_111_109, "07081804"),
            (1_111_111_111, "14050471"),
            (1_234_567_890, "89005924"),
            (2_000_000_000, "69279037"),
            (20_000_000_000, "65353130"),
        ] {
            let step = step(Timestamp(seconds * SECOND));
            assert_eq!(format!("{:08}", truncated(SEED, step) % 100_000_000), code, "at {seconds}");
            assert_eq!(super::code(SEED, step), code[2..], "at {seconds}");
        }
    }

    /// RFC 4226, appendix D.
    #[test]
    fn the_vectors_of_rfc_4226() {
        let codes =
            ["755224", "287082", "359152", "969429", "338314", "254676", "287922", "162583", "399871", "520489"];
        for (counter, expected) in (0..).zip(codes) {
            assert_eq!(code(SEED, counter), expected);
        }
    }

    #[test]
    fn this_step_and_the_one_before_count() {
        let now = Timestamp(1_234_567_890 * SECOND);
        let this = step(now);
        for (other, counts) in [(-2, false), (-1, true), (0, true), (1, false), (2, false)] {
            let found = matching(SEED, &code(SEED, this + other), now);
            assert_eq!(found, counts.then_some(this + other), "step n{other:+}");
        }
    }

    #[test]
    fn seeds_are_written_as_apps_read_them() {
        // RFC 4648, section 10, without padding.
        for (text, written) in
            [("f", "MY"), ("fo", "MZXQ"), ("foo", "MZXW6"), ("fooba", "MZXW6YTB"), ("foobar", "MZXW6YTBOI")]
        {
            assert_eq!(base32(text.as_bytes()), written);
        }
        let uri = uri("A & B", "a+b@x.example", "MY");
        assert!(uri.starts_with("otpauth://totp/LedgerOS%20A%20%26%20B:a%2Bb%40x.example?secret=MY&"), "{uri}");
    }

    #[test]
    fn codes_may_be_typed_with_spaces() {
        assert_eq!(digits(" 123 456 "), Some("123456".into()));
        for other in ["12345", "1234567", "12345a", "١٢٣٤٥٦", ""] {
            assert_eq!(digits(other), None, "{other}");
        }
    }
}
