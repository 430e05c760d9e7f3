//! The root and what is derived from it: hashes of keys and sessions, sealing, card numbers.
//!
//! One random master key lives in a file beside the database, never in it, and seals the root. Every use has a key of
//! its own (HKDF), so none can stand in for another, and a stolen database alone opens nothing (security C1, C3, K3).
mod cursor;
mod master;

pub(crate) use master::MasterKey;

use crate::{
    Error, Result,
    alert::{self, Alert},
    chance::Chance,
    secret::{Plain, Sealed, Stored},
};
use chacha20poly1305::{
    Key, KeyInit, XChaCha20Poly1305, XNonce,
    aead::{Aead, Payload},
};
use hkdf::Hkdf;
use hmac::{Hmac, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

/// The 32 bytes of a key, wiped when dropped.
pub(crate) type Key32 = Zeroizing<[u8; 32]>;

/// The derived keys of one installation.
pub struct Vault {
    hashing: Key32,
    password: Key32,
    sealing: Key32,
    cards: Key32,
    tokens: Key32,
}

/// Names the row that a sealed value belongs to: it opens nowhere else.
#[derive(Debug, Clone, Copy)]
pub struct Place<'a> {
    /// The table.
    pub table: &'a str,
    /// The column.
    pub column: &'a str,
    /// The organisation.
    pub organisation: &'a str,
    /// The row's id.
    pub row: &'a str,
}

impl Place<'_> {
    fn bytes(&self) -> Vec<u8> {
        // Length-prefixed, so that no two places read the same; the version is the key's.
        let mut bytes = b"v1".to_vec();
        for part in [self.table, self.column, self.organisation, self.row] {
            bytes.extend((part.len() as u64).to_be_bytes());
            bytes.extend(part.as_bytes());
        }
        bytes
    }
}

impl Vault {
    /// Derives every key from the root.
    pub fn new(root: &[u8; 32]) -> Self {
        let hkdf = Hkdf::<Sha256>::new(Some(b"ledgeros"), root);
        let derive = |purpose: &str| {
            let mut key = Key32::default();
            hkdf.expand(purpose.as_bytes(), key.as_mut()).expect("32 bytes are a valid HKDF length");
            key
        };
        Self {
            hashing: derive("hash of keys and sessions"),
            password: derive("pepper of passwords"),
            sealing: derive("sealing of stored secrets"),
            cards: derive("root of sandbox card numbers"),
            tokens: derive("links, cursors and form tokens"),
        }
    }

    fn mac(key: &Key32, purpose: &str, data: &[u8]) -> Hmac<Sha256> {
        let mut mac = Hmac::<Sha256>::new_from_slice(key.as_ref()).expect("HMAC takes any key length");
        mac.update(&(purpose.len() as u64).to_be_bytes());
        mac.update(purpose.as_bytes());
        mac.update(data);
        mac
    }

    /// The keyed hash under which a random secret is stored. Fast on purpose: 190 random bits cannot be guessed.
    pub fn hash(&self, purpose: &str, secret: &Plain) -> Stored {
        Stored(Self::mac(&self.hashing, purpose, secret.expose().as_bytes()).finalize().into_bytes().to_vec())
    }

    /// The pepper of password hashes.
    pub(crate) fn password_pepper(&self) -> &[u8] {
        self.password.as_ref()
    }

    /// The root of the sandbox issuer's card numbers.
    pub(crate) fn card_root(&self) -> &[u8; 32] {
        &self.cards
    }

    /// A tag that only this installation can make: for links, cursors and form tokens.
    pub fn tag(&self, purpose: &str, data: &str) -> String {
        hex::encode(&Self::mac(&self.tokens, purpose, data.as_bytes()).finalize().into_bytes()[..16])
    }

    /// Whether `tag` is this installation's over `data`, in constant time.
    pub fn tagged(&self, purpose: &str, data: &str, tag: &str) -> bool {
        let Ok(tag) = hex::decode(tag) else { return false };
        tag.len() == 16 && Self::mac(&self.tokens, purpose, data.as_bytes()).verify_truncated_left(&tag).is_ok()
    }

    /// Seals a secret for its row.
    pub(crate) fn seal(&self, place: Place<'_>, secret: &Plain, chance: &dyn Chance) -> Sealed {
        Sealed(encrypt(&self.sealing, secret.expose().as_bytes(), &place.bytes(), chance))
    }

    /// Opens what was sealed for this row; every other fault is the same error.
    pub(crate) fn open_sealed(&self, place: Place<'_>, sealed: &Sealed) -> Result<Plain> {
        let fault = || {
            alert::raise(Alert::Encryption, "sealed_value");
            Error::broken(format!("{}.{} of {} does not open", place.table, place.column, place.row))
        };
        let bytes = decrypt(&self.sealing, &sealed.0, &place.bytes()).ok_or_else(fault)?;
        String::from_utf8(bytes.to_vec()).map(Plain::new).map_err(|_| fault())
    }
}

/// A random nonce and the sealed message after it. What it is about (`aad`) is not in it, and must be the same to open it.
fn encrypt(key: &Key32, msg: &[u8], aad: &[u8], chance: &dyn Chance) -> Vec<u8> {
    let nonce: [u8; 24] = chance.bytes();
    let cipher = XChaCha20Poly1305::new(&Key::from(**key));
    let sealed = cipher
        .encrypt(&XNonce::from(nonce), Payload { msg, aad })
        .expect("a secret is shorter than the cipher's limit");
    [nonce.as_slice(), &sealed].concat()
}

/// What [`encrypt`] sealed; none for every fault alike.
fn decrypt(key: &Key32, sealed: &[u8], aad: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let (nonce, msg) = sealed.split_at_checked(24)?;
    let nonce: [u8; 24] = nonce.try_into().ok()?;
    let cipher = XChaCha20Poly1305::new(&Key::from(**key));
    cipher.decrypt(&XNonce::from(nonce), Payload { msg, aad }).ok().map(Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::SystemChance;

    fn place(row: &str) -> Place<'_> {
        Place { table: "webhook_endpoints", column: "secret", organisation: "org_1", row }
    }

    #[test]
    fn a_sealed_value_opens_in_its_own_row_only() {
        let vault = Vault::new(&[7; 32]);
        let sealed = vault.seal(place("whk_1"), &Plain::new("whsec_x".into()), &SystemChance);
        assert_eq!(vault.open_sealed(place("whk_1"), &sealed).ok().unwrap().expose(), "whsec_x");
        assert!(vault.open_sealed(place("whk_2"), &sealed).is_err());
        assert!(Vault::new(&[8; 32]).open_sealed(place("whk_1"), &sealed).is_err());
    }

    #[test]
    fn nonces_do_not_repeat() {
        let vault = Vault::new(&[7; 32]);
        let secret = Plain::new("same".into());
        let seen: std::collections::HashSet<Vec<u8>> =
            (0..1000).map(|_| vault.seal(place("whk_1"), &secret, &SystemChance).0).collect();
        assert_eq!(seen.len(), 1000);
    }
}
