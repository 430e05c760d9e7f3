//! Passwords: argon2id with a pepper, never quickly, never unbounded.
use crate::{Error, Result, db::Db, secret::Plain, vault::Vault};
use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::phc::{PasswordHash, Salt},
};
use std::sync::{Arc, LazyLock};
use tokio::sync::Semaphore;

/// Memory in KiB, passes and lanes of a password's hash (security X-A3).
const COST: (u32, u32, u32) = (64 * 1024, 3, 1);

/// One hash per core at once: a flood of sign-ins must not slow every other page down.
static AT_ONCE: LazyLock<Arc<Semaphore>> =
    LazyLock::new(|| Arc::new(Semaphore::new(std::thread::available_parallelism().map_or(1, |n| n.get().div_ceil(2)))));

/// A password that may be set: 15 to 256 characters, any of them.
pub struct Password(Plain);

/// Why a password cannot be set.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too short.
    #[error("must have at least 15 characters; a few unrelated words do")]
    TooShort,
    /// Too long.
    #[error("must have at most 256 characters")]
    TooLong,
}

impl Password {
    /// Takes a password of allowed length; nothing of it is changed or cut.
    pub fn new(text: String) -> Result<Self, PasswordError> {
        match text.chars().count() {
            0..15 => Err(PasswordError::TooShort),
            15..=256 => Ok(Self(Plain::new(text))),
            _ => Err(PasswordError::TooLong),
        }
    }

    /// Takes what was typed at sign-in, whatever its length.
    pub(crate) fn typed(text: String) -> Self {
        Self(Plain::new(text))
    }
}

fn hasher(vault: &Vault, (memory, passes, lanes): (u32, u32, u32)) -> Result<Argon2<'_>> {
    let params = Params::new(memory, passes, lanes, None).map_err(|e| Error::broken(e.to_string()))?;
    Argon2::new_with_secret(vault.password_pepper(), Algorithm::Argon2id, Version::V0x13, params)
        .map_err(|e| Error::broken(e.to_string()))
}

/// Hashes a password for keeping, off the async threads.
pub(super) async fn hash(db: &Db, password: Password) -> Result<String> {
    let salt: [u8; 16] = db.chance().bytes();
    run(db.clone(), move |db| hash_with(db.vault(), COST, &salt, &password)).await
}

fn hash_with(vault: &Vault, cost: (u32, u32, u32), salt: &[u8; 16], password: &Password) -> Result<String> {
    let salt = Salt::new(salt).map_err(|e| Error::broken(e.to_string()))?;
    let hash = hasher(vault, cost)?
        .hash_password_with_salt(password.0.expose().as_bytes(), &salt)
        .map_err(|e| Error::broken(e.to_string()))?;
    Ok(hash.to_string())
}

/// Whether the password is the one that was hashed. Without a hash (an unknown address) it does the same
/// work and says no.
pub(super) async fn verify(db: &Db, hash: Option<String>, password: Password) -> Result<bool> {
    run(db.clone(), move |db| {
        let Some(hash) = hash else {
            return hash_with(db.vault(), COST, &[0; 16], &password).map(|_| false);
        };
        let parsed = PasswordHash::new(&hash).map_err(|e| Error::broken(e.to_string()))?;
        Ok(hasher(db.vault(), COST)?.verify_password(password.0.expose().as_bytes(), &parsed).is_ok())
    })
    .await
}

async fn run<T: Send + 'static>(db: Db, work: impl FnOnce(&Db) -> Result<T> + Send + 'static) -> Result<T> {
    let permit = AT_ONCE.clone().acquire_owned().await.map_err(Error::broken)?;
    tokio::task::spawn_blocking(move || {
        let _permit = permit;
        work(&db)
    })
    .await
    .map_err(Error::broken)?
}
