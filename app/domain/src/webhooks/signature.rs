//! Proof that a call comes from us and was not changed: two forms of the same HMAC-SHA-256, on every call.
//!
//! - `X-Ledger-Signature: t=<seconds>,v1=<hex>` over `<t>.<body>`, keyed by the whole `whsec_…` text;
//! - `webhook-signature: v1,<base64>` over `<id>.<timestamp>.<body>`, keyed by the decoded part of the secret
//!   (Standard Webhooks 1.0).
//!
//! While a secret is rotated both secrets sign, and one signature that holds is enough.
use base64::{Engine, engine::general_purpose::STANDARD};
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

const PREFIX: &str = "whsec_";

/// The secret of a new endpoint, from 32 random bytes.
pub fn secret(random: &[u8; 32]) -> String {
    format!("{PREFIX}{}", STANDARD.encode(random))
}

/// A secret that is not `whsec_` and the base64 of 24 to 64 bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be whsec_ followed by the base64 of 24 to 64 bytes")]
pub struct MalformedSecret;

/// Why a signature was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unproven {
    /// The header is not of the form that was asked for.
    #[error("the signature header is malformed")]
    Malformed,
    /// The secret cannot be a key.
    #[error("the secret is malformed")]
    Secret,
    /// Signed too long ago, or in the future.
    #[error("the timestamp is too far from now")]
    Age,
    /// No signature holds.
    #[error("no signature matches")]
    Mismatch,
}

/// The value of `X-Ledger-Signature` for a call at `t` (seconds since 1970), one `v1` per secret.
pub fn ledger(secrets: &[&str], t: i64, body: &[u8]) -> String {
    let mut header = format!("t={t}");
    for secret in secrets {
        header.push_str(",v1=");
        header.push_str(&hex::encode(ledger_mac(secret, t, body).finalize().into_bytes()));
    }
    header
}

/// The value of `webhook-signature` for the call `id` at `timestamp` (seconds since 1970), one `v1` per secret.
pub fn standard(secrets: &[&str], id: &str, timestamp: i64, body: &[u8]) -> Result<String, MalformedSecret> {
    let signatures: Result<Vec<_>, _> = secrets
        .iter()
        .map(|secret| {
            let mac = standard_mac(secret, id, timestamp, body)?;
            Ok(format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes())))
        })
        .collect();
    Ok(signatures?.join(" "))
}

/// Checks an `X-Ledger-Signature` in constant time, as a receiver does. `max_age` is in seconds, each way of `now`.
pub fn verify_ledger(secret: &str, header: &str, body: &[u8], now: i64, max_age: i64) -> Result<(), Unproven> {
    let (t, signatures) = header.strip_prefix("t=").and_then(|h| h.split_once(',')).ok_or(Unproven::Malformed)?;
    let t = t.parse().map_err(|_| Unproven::Malformed)?;
    fresh(t, now, max_age)?;
    let mac = ledger_mac(secret, t, body);
    any_holds(&mac, signatures.split(',').filter_map(|s| hex::decode(s.strip_prefix("v1=")?).ok()))
}

/// Checks the three Standard Webhooks headers in constant time, as a receiver does. Times are in seconds.
pub fn verify_standard(
    secret: &str,
    (id, timestamp, signatures): (&str, &str, &str),
    body: &[u8],
    now: i64,
    max_age: i64,
) -> Result<(), Unproven> {
    let timestamp = timestamp.parse().map_err(|_| Unproven::Malformed)?;
    fresh(timestamp, now, max_age)?;
    let mac = standard_mac(secret, id, timestamp, body).map_err(|_| Unproven::Secret)?;
    any_holds(&mac, signatures.split(' ').filter_map(|s| STANDARD.decode(s.strip_prefix("v1,")?).ok()))
}

fn fresh(t: i64, now: i64, max_age: i64) -> Result<(), Unproven> {
    if now.saturating_sub(t).saturating_abs() <= max_age { Ok(()) } else { Err(Unproven::Age) }
}

fn any_holds(mac: &Hmac<Sha256>, mut signatures: impl Iterator<Item = Vec<u8>>) -> Result<(), Unproven> {
    signatures.any(|s| mac.clone().verify_slice(&s).is_ok()).then_some(()).ok_or(Unproven::Mismatch)
}

fn ledger_mac(secret: &str, t: i64, body: &[u8]) -> Hmac<Sha256> {
    keyed(secret.as_bytes()).chain_update(format!("{t}.")).chain_update(body)
}

fn standard_mac(secret: &str, id: &str, timestamp: i64, body: &[u8]) -> Result<Hmac<Sha256>, MalformedSecret> {
    let encoded = secret.strip_prefix(PREFIX).ok_or(MalformedSecret)?;
    let key = zeroize::Zeroizing::new(STANDARD.decode(encoded).map_err(|_| MalformedSecret)?);
    // The standard's own bounds; above all, with an empty key anybody could sign.
    if !(24..=64).contains(&key.len()) {
        return Err(MalformedSecret);
    }
    Ok(keyed(&key).chain_update(format!("{id}.{timestamp}.")).chain_update(body))
}

fn keyed(key: &[u8]) -> Hmac<Sha256> {
    Hmac::new_from_slice(key).expect("HMAC takes keys of every length")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const SECRET: &str = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";
    const ID: &str = "msg_p5jXN8AQM9LWM0D4loKWxJek";
    const T: i64 = 1_614_265_330;
    const BODY: &[u8] = br#"{"test": 2432232314}"#;

    #[test]
    fn the_published_example_of_standard_webhooks_holds() {
        let signature = standard(&[SECRET], ID, T, BODY).unwrap();
        assert_eq!(signature, "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=");
        assert_eq!(verify_standard(SECRET, (ID, "1614265330", &signature), BODY, T, 0), Ok(()));
    }

    #[test]
    fn our_own_form_is_keyed_by_the_whole_text_of_the_secret() {
        let header = ledger(&[SECRET], T, BODY);
        assert_eq!(header, "t=1614265330,v1=2e37df5d4a028c51a7f3133d64ae1e300d2c2c900f1b1d49d4369ad2530f8964");
        assert_eq!(verify_ledger(SECRET, &header, BODY, T + 300, 300), Ok(()));
    }

    #[test]
    fn both_secrets_hold_while_one_replaces_the_other() {
        let new = secret(&[7; 32]);
        let both = [SECRET, new.as_str()];
        let (ours, theirs) = (ledger(&both, T, BODY), standard(&both, ID, T, BODY).unwrap());
        for known in both {
            assert_eq!(verify_ledger(known, &ours, BODY, T, 0), Ok(()));
            assert_eq!(verify_standard(known, (ID, "1614265330", &theirs), BODY, T, 0), Ok(()));
        }
        let other = secret(&[8; 32]);
        assert_eq!(verify_ledger(&other, &ours, BODY, T, 0), Err(Unproven::Mismatch));
        assert_eq!(verify_standard(&other, (ID, "1614265330", &theirs), BODY, T, 0), Err(Unproven::Mismatch));
    }

    #[test]
    fn old_future_and_malformed_signatures_are_refused() {
        let header = ledger(&[SECRET], T, BODY);
        for now in [T + 301, T - 301, i64::MAX, i64::MIN] {
            assert_eq!(verify_ledger(SECRET, &header, BODY, now, 300), Err(Unproven::Age), "{now}");
        }
        for bad in ["", "t=", "t=x,v1=00", "v1=00", "t=1614265330"] {
            assert_eq!(verify_ledger(SECRET, bad, BODY, T, 0), Err(Unproven::Malformed), "{bad}");
        }
        for empty in ["t=1614265330,", "t=1614265330,v1=", "t=1614265330,v1=zz", "t=1614265330,v0=00"] {
            assert_eq!(verify_ledger(SECRET, empty, BODY, T, 0), Err(Unproven::Mismatch), "{empty}");
        }
        for bad in ["MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_!", "whsec_", "whsec_c2hvcnQ=", ""] {
            assert_eq!(standard(&[bad], ID, T, BODY), Err(MalformedSecret), "{bad}");
            assert_eq!(verify_standard(bad, (ID, "1614265330", "v1,AA=="), BODY, T, 0), Err(Unproven::Secret));
        }
    }

    proptest! {
        #[test]
        fn any_change_breaks_both_signatures(
            body in prop::collection::vec(any::<u8>(), 1..64),
            at in any::<prop::sample::Index>(),
            bit in 0..8_u32,
            t in 0..4_000_000_000_i64,
        ) {
            let ours = ledger(&[SECRET], t, &body);
            let theirs = standard(&[SECRET], ID, t, &body).unwrap();
            let mut changed = body.clone();
            changed[at.index(body.len())] ^= 1 << bit;
            let t = t.to_string();
            prop_assert!(verify_ledger(SECRET, &ours, &body, 0, i64::MAX).is_ok());
            prop_assert!(verify_ledger(SECRET, &ours, &changed, 0, i64::MAX).is_err());
            prop_assert!(verify_standard(SECRET, (ID, &t, &theirs), &body, 0, i64::MAX).is_ok());
            prop_assert!(verify_standard(SECRET, (ID, &t, &theirs), &changed, 0, i64::MAX).is_err());
            prop_assert!(verify_standard(SECRET, ("msg_x", &t, &theirs), &body, 0, i64::MAX).is_err());
        }

        #[test]
        fn nothing_a_stranger_sends_panics(header in "\\PC{0,80}", body in prop::collection::vec(any::<u8>(), 0..32)) {
            prop_assert!(verify_ledger(SECRET, &header, &body, 0, i64::MAX).is_err());
            prop_assert!(verify_standard(SECRET, (&header, &header, &header), &body, 0, i64::MAX).is_err());
        }
    }
}
