//! What an authenticator says, checked step by step as WebAuthn Level 3 has it (7.1 for a new passkey, 7.2 for its use).
//!
//! Attestation is not asked for: which maker an authenticator has says nothing about who holds it. The user must have been
//! verified (a finger, a face, a PIN), so that a passkey is two factors in one.
use super::cbor::{self, Value};
use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use ring::signature::{self, RsaPublicKeyComponents, UnparsedPublicKey};
use serde::Deserialize;
use sha2::{Digest as _, Sha256};

/// Bits of the flags.
const PRESENT: u8 = 1;
const VERIFIED: u8 = 4;
const ATTESTED: u8 = 64;
/// Bytes before the flags: the hash of the relying party's id.
const HASH: usize = 32;

/// The algorithms that are taken, by their COSE numbers: ES256, EdDSA, RS256.
pub const ALGORITHMS: [i64; 3] = [-7, -8, -257];

/// Whom passkeys are for: this site, and no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The domain that passkeys belong to.
    pub id: String,
    /// The one origin at which they are used.
    pub origin: String,
}

/// Why an authenticator's word is not taken: for the log, since a person can do nothing about it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// It cannot be read.
    #[error("it cannot be read")]
    Malformed,
    /// It is for another purpose, challenge or origin.
    #[error("it was made for another page")]
    Elsewhere,
    /// It is for another site's id.
    #[error("it was made for another site")]
    OtherSite,
    /// Nobody touched the authenticator, or it did not check who did.
    #[error("the authenticator did not check who you are")]
    NotVerified,
    /// A key of a kind that is not taken.
    #[error("its kind of key is not supported")]
    Algorithm,
    /// The signature is not the key's.
    #[error("its signature is wrong")]
    Signature,
}

/// What the browser sends, base64url without padding.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct Said {
    pub id: String,
    #[serde(rename = "clientDataJSON")]
    client_data: String,
    /// A new passkey's.
    attestation_object: Option<String>,
    /// A use's.
    authenticator_data: Option<String>,
    signature: Option<String>,
    pub user_handle: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct ClientData {
    #[serde(rename = "type")]
    kind: String,
    challenge: String,
    origin: String,
    #[serde(default)]
    cross_origin: bool,
}

/// A passkey that was just made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Made {
    pub credential: Vec<u8>,
    pub algorithm: i64,
    pub public_key: Vec<u8>,
    pub sign_count: u32,
}

pub(super) fn decode(text: &str) -> Result<Vec<u8>, Refusal> {
    URL_SAFE_NO_PAD.decode(text.trim_end_matches('=')).map_err(|_| Refusal::Malformed)
}

/// The challenge that the browser says it answered.
pub(super) fn challenge(said: &Said) -> Result<String, Refusal> {
    let client: ClientData = serde_json::from_slice(&decode(&said.client_data)?).map_err(|_| Refusal::Malformed)?;
    String::from_utf8(decode(&client.challenge)?).map_err(|_| Refusal::Malformed)
}

/// Checks what the browser itself says; gives its bytes, which the authenticator has signed the hash of.
fn client_data(said: &Said, kind: &str, site: &Site) -> Result<Vec<u8>, Refusal> {
    let bytes = decode(&said.client_data)?;
    let client: ClientData = serde_json::from_slice(&bytes).map_err(|_| Refusal::Malformed)?;
    if client.kind != kind || client.origin != site.origin || client.cross_origin {
        return Err(Refusal::Elsewhere);
    }
    Ok(bytes)
}

/// Checks site and flags; gives the counter and what follows it.
fn authenticator<'a>(data: &'a [u8], site: &Site) -> Result<(u8, u32, &'a [u8]), Refusal> {
    let (hash, rest) = data.split_at_checked(HASH).ok_or(Refusal::Malformed)?;
    let ([flags, a, b, c, d], rest) = rest.split_first_chunk().ok_or(Refusal::Malformed)?;
    if hash != Sha256::digest(site.id.as_bytes()).as_slice() {
        return Err(Refusal::OtherSite);
    }
    if flags & PRESENT == 0 || flags & VERIFIED == 0 {
        return Err(Refusal::NotVerified);
    }
    Ok((*flags, u32::from_be_bytes([*a, *b, *c, *d]), rest))
}

/// Checks a new passkey; its challenge is checked by the caller.
pub(super) fn made(said: &Said, site: &Site) -> Result<Made, Refusal> {
    client_data(said, "webauthn.create", site)?;
    let object = decode(said.attestation_object.as_deref().ok_or(Refusal::Malformed)?)?;
    let (object, _) = cbor::read(&object).ok_or(Refusal::Malformed)?;
    let data = object.get(&Value::Text("authData")).and_then(Value::bytes).ok_or(Refusal::Malformed)?;
    let (flags, sign_count, rest) = authenticator(data, site)?;
    if flags & ATTESTED == 0 {
        return Err(Refusal::Malformed);
    }
    // The model of the authenticator (16 bytes), then the length of the id.
    let (_, rest) = rest.split_at_checked(16).ok_or(Refusal::Malformed)?;
    let (length, rest) = rest.split_first_chunk().ok_or(Refusal::Malformed)?;
    let (credential, rest) = rest.split_at_checked(u16::from_be_bytes(*length).into()).ok_or(Refusal::Malformed)?;
    if credential.is_empty() || credential.len() > 1_023 || decode(&said.id)? != credential {
        return Err(Refusal::Malformed);
    }
    let (key, _) = cbor::read(rest).ok_or(Refusal::Malformed)?;
    let (algorithm, public_key) = public_key(&key)?;
    Ok(Made { credential: credential.to_vec(), algorithm, public_key, sign_count })
}

/// A COSE key as it is kept: what its algorithm needs, and nothing else.
fn public_key(key: &Value<'_>) -> Result<(i64, Vec<u8>), Refusal> {
    let int = |at: i64| key.at(at).and_then(Value::int);
    let bytes = |at: i64, length: usize| key.at(at).and_then(Value::bytes).filter(|bytes| bytes.len() == length);
    let algorithm = int(3).ok_or(Refusal::Malformed)?;
    let kept = match (algorithm, int(1)) {
        (-7, Some(2)) if int(-1) == Some(1) => bytes(-2, 32).zip(bytes(-3, 32)).map(|(x, y)| [&[4], x, y].concat()),
        (-8, Some(1)) if int(-1) == Some(6) => bytes(-2, 32).map(<[u8]>::to_vec),
        (-257, Some(3)) => {
            let modulus = key.at(-1).and_then(Value::bytes).filter(|n| (256..=1_024).contains(&n.len()));
            let exponent = key.at(-2).and_then(Value::bytes).filter(|e| (1..=8).contains(&e.len()));
            modulus.zip(exponent).map(|(n, e)| [&(n.len() as u32).to_be_bytes(), n, e].concat())
        }
        _ => return Err(Refusal::Algorithm),
    };
    kept.map(|key| (algorithm, key)).ok_or(Refusal::Malformed)
}

/// Checks the use of a passkey; its challenge is checked by the caller. Gives the authenticator's counter.
pub(super) fn used(said: &Said, site: &Site, algorithm: i64, public_key: &[u8]) -> Result<u32, Refusal> {
    let client = client_data(said, "webauthn.get", site)?;
    let data = decode(said.authenticator_data.as_deref().ok_or(Refusal::Malformed)?)?;
    let signature = decode(said.signature.as_deref().ok_or(Refusal::Malformed)?)?;
    let (_, sign_count, _) = authenticator(&data, site)?;
    let signed = [&data[..], &Sha256::digest(&client)].concat();
    let fits = match algorithm {
        -7 => UnparsedPublicKey::new(&signature::ECDSA_P256_SHA256_ASN1, public_key).verify(&signed, &signature),
        -8 => UnparsedPublicKey::new(&signature::ED25519, public_key).verify(&signed, &signature),
        -257 => {
            let (length, rest) = public_key.split_first_chunk().ok_or(Refusal::Malformed)?;
            let length = u32::from_be_bytes(*length) as usize;
            let (n, e) = rest.split_at_checked(length).ok_or(Refusal::Malformed)?;
            RsaPublicKeyComponents { n, e }.verify(&signature::RSA_PKCS1_2048_8192_SHA256, &signed, &signature)
        }
        _ => return Err(Refusal::Algorithm),
    };
    fits.map(|()| sign_count).map_err(|_| Refusal::Signature)
}

#[cfg(test)]
mod tests;
