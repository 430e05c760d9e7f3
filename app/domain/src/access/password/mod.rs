//! Passwords: argon2id with a pepper, never quickly, never unbounded.
mod breach;
mod rules;

pub use breach::{Breach, BreachError};
pub use rules::{About, PasswordError};

use crate::{Error, Result, db::Db, secret::Plain, vault::Vault};
use argon2::{
    Algorithm, Argon2, Params, PasswordHasher, PasswordVerifier, Version,
    password_hash::phc::{PasswordHash, Salt},
};
use std::sync::Arc;
use tokio::sync::Semaphore;
use unicode_normalization::UnicodeNormalization;

/// What one hash of a password costs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Cost {
    memory_kib: u32,
    passes: u32,
}

impl Cost {
    /// What every installation uses: 64 MiB and three passes, one lane (security X-A3).
    pub const FULL: Self = Self { memory_kib: 64 * 1024, passes: 3 };
    /// The least that may be used anywhere: 19 MiB and two passes. For the demo, whose passphrase is public, and for
    /// tests, which sign in by the thousand. A service that opens such a database later upgrades each hash at the
    /// person's next sign-in.
    pub const FLOOR: Self = Self { memory_kib: 19 * 1024, passes: 2 };
}

/// Hashes that may wait for their turn. Who comes later is told to come again (503).
const QUEUE: usize = 64;

/// How passwords are hashed and judged in this process.
pub(crate) struct Passwords {
    cost: Cost,
    breach: Option<Breach>,
    running: Arc<Semaphore>,
    queue: Arc<Semaphore>,
}

impl Passwords {
    /// Hashes at this cost; leaked passwords are looked up in `breach`.
    ///
    /// Half the cores, and at least one, hash at once: a flood of sign-ins must not slow every other page down.
    pub(crate) fn new(cost: Cost, breach: Option<Breach>) -> Self {
        let cores = std::thread::available_parallelism().map_or(1, |n| n.get().div_ceil(2));
        Self { cost, breach, running: Arc::new(Semaphore::new(cores)), queue: Arc::new(Semaphore::new(QUEUE)) }
    }
}

/// A password that may be set: 15 to 256 characters, any of them.
pub struct Password(Plain);

impl Password {
    /// Takes a password of allowed length that is no pattern and not on everybody's list. Composed characters are
    /// brought into one form (NFC), so that every keyboard types the same; nothing else is changed or cut.
    pub fn new(text: String) -> Result<Self, PasswordError> {
        let password = Self::typed(text);
        rules::check(password.0.expose())?;
        Ok(password)
    }

    /// Takes what was typed at sign-in, whatever it is.
    pub(crate) fn typed(text: String) -> Self {
        Self(Plain::new(text.nfc().collect()))
    }
}

fn hasher(vault: &Vault, cost: Cost) -> Result<Argon2<'_>> {
    let params = Params::new(cost.memory_kib, cost.passes, 1, None).map_err(|e| Error::broken(e.to_string()))?;
    Argon2::new_with_secret(vault.password_pepper(), Algorithm::Argon2id, Version::V0x13, params)
        .map_err(|e| Error::broken(e.to_string()))
}

/// Hashes a password for keeping, off the async threads, unless it can be guessed from what is known `about` its
/// person or was leaked: then the refusal is of the field `password`.
pub(super) async fn hash(db: &Db, password: Password, about: &About<'_>) -> Result<String> {
    let refused = |why: PasswordError| Error::field("password", why.to_string());
    rules::derived(password.0.expose(), about).map_err(refused)?;
    let salt: [u8; 16] = db.chance().bytes();
    run(db, move |db| {
        let passwords = db.passwords();
        if let Some(breach) = &passwords.breach
            && breach.holds(password.0.expose()).map_err(Error::broken)?
        {
            return Err(refused(PasswordError::Breached));
        }
        hash_with(db.vault(), passwords.cost, &salt, &password)
    })
    .await
}

fn hash_with(vault: &Vault, cost: Cost, salt: &[u8; 16], password: &Password) -> Result<String> {
    let salt = Salt::new(salt).map_err(|e| Error::broken(e.to_string()))?;
    let hash = hasher(vault, cost)?
        .hash_password_with_salt(password.0.expose().as_bytes(), &salt)
        .map_err(|e| Error::broken(e.to_string()))?;
    Ok(hash.to_string())
}

/// What came of comparing a password with its hash.
pub(super) struct Verdict {
    /// Whether it is the one.
    pub fits: bool,
    /// The hash at today's cost, when it fits and the kept one is weaker.
    pub upgrade: Option<String>,
}

/// Whether the password is the one that was hashed. Without a hash (an unknown address) it does the same
/// work and says no.
pub(super) async fn verify(db: &Db, hash: Option<String>, password: Password) -> Result<Verdict> {
    let salt: [u8; 16] = db.chance().bytes();
    run(db, move |db| {
        let cost = db.passwords().cost;
        let Some(hash) = hash else {
            return hash_with(db.vault(), cost, &salt, &password).map(|_| Verdict { fits: false, upgrade: None });
        };
        let parsed = PasswordHash::new(&hash).map_err(|e| Error::broken(e.to_string()))?;
        let fits = hasher(db.vault(), cost)?.verify_password(password.0.expose().as_bytes(), &parsed).is_ok();
        let upgrade = (fits && is_weaker(&parsed, cost)).then(|| hash_with(db.vault(), cost, &salt, &password));
        Ok(Verdict { fits, upgrade: upgrade.transpose()? })
    })
    .await
}

fn is_weaker(hash: &PasswordHash, cost: Cost) -> bool {
    let kept = Params::try_from(hash).ok();
    kept.is_none_or(|kept| kept.m_cost() < cost.memory_kib || kept.t_cost() < cost.passes)
}

/// Runs costly work off the async threads, in its turn; [`Error::Busy`] when too many wait already.
async fn run<T: Send + 'static>(db: &Db, work: impl FnOnce(&Db) -> Result<T> + Send + 'static) -> Result<T> {
    let (db, passwords) = (db.clone(), db.passwords());
    let place = passwords.queue.clone().try_acquire_owned().map_err(|_| Error::Busy)?;
    let turn = passwords.running.clone().acquire_owned().await.map_err(Error::broken)?;
    tokio::task::spawn_blocking(move || {
        let _held = (place, turn);
        work(&db)
    })
    .await
    .map_err(Error::broken)?
}
