//! The database: one SQL text, two engines; one way in for changes.
//!
//! Reads run on a pool. A change is a [`Command`]: it goes through [`Db::commit`], which writes its [`Trail`]
//! (audit, events, counters) in the same transaction. Bookkeeping is a closed list, [`note`].
pub(crate) mod batch;
mod checkpoint;
pub(crate) mod command;
pub(crate) mod executor;
#[cfg(feature = "testing")]
mod failing;
mod group;
mod lend;
pub mod note;
mod open;
mod patient;
mod readers;
pub(crate) mod select;
mod statistics;
pub(crate) mod trail;
mod unlock;
mod writer;

pub use command::Command;
pub use executor::Tx;
#[cfg(feature = "testing")]
pub(crate) use open::postgres_migrations;
pub use open::{Durability, OpenError, Options};
pub use trail::{Counter, Event, Subject, Trail};

pub(crate) use batch::{Batch, batch};
pub(crate) use executor::sql;
pub(crate) use lend::Told;

use crate::{
    Error, Result,
    access::{Grant, Passwords},
    chance::Chance,
    idempotency::Turns,
    time::{Clock, Latest, Timestamp},
    vault::Vault,
};
use executor::Pools;
use std::{
    path::PathBuf,
    sync::{Arc, OnceLock},
};

/// The house's database, shared by every door. Cheap to clone.
#[derive(Clone)]
pub struct Db(Arc<Inner>);

struct Inner {
    pools: Pools,
    writer: Option<writer::Writer>,
    around: Arc<Surroundings>,
}

/// What a change may use besides the database itself.
pub(crate) struct Surroundings {
    pub clock: Arc<dyn Clock>,
    pub chance: Arc<dyn Chance>,
    /// Empty only while the database is being opened.
    pub vault: OnceLock<Vault>,
    /// Where the master key is.
    pub key_file: PathBuf,
    pub mail: Option<String>,
    pub passwords: Passwords,
    pub turns: Turns,
    pub latest: Latest,
    #[cfg(feature = "testing")]
    pub failing: failing::Countdown,
}

impl Surroundings {
    pub fn vault(&self) -> &Vault {
        self.vault.get().expect("nothing is changed before the database is unlocked")
    }
}

impl Db {
    /// The present, by the clock that this database was opened with.
    pub fn now(&self) -> Timestamp {
        self.0.around.clock.now()
    }

    /// The latest moment that this process heard.
    pub(crate) fn latest(&self) -> &Latest {
        &self.0.around.latest
    }

    /// The randomness that this database was opened with.
    pub fn chance(&self) -> &dyn Chance {
        &*self.0.around.chance
    }

    /// The keys of this installation.
    pub fn vault(&self) -> &Vault {
        self.0.around.vault()
    }

    /// The dashboard's address as letters name it; none when this installation sends no mail.
    pub fn mail(&self) -> Option<&str> {
        self.0.around.mail.as_deref()
    }

    /// How passwords are hashed here.
    pub(crate) fn passwords(&self) -> &Passwords {
        &self.0.around.passwords
    }

    /// Whether this is SQLite, for the few statements that differ.
    pub(crate) fn is_sqlite(&self) -> bool {
        match &self.0.pools {
            Pools::Sqlite { .. } => true,
            Pools::Postgres(_) => false,
            Pools::Lent(lent) => lent.is_sqlite(),
        }
    }

    /// Runs a command with the power of `grant`: checks the permission and, where it asks for
    /// one, a factor shown lately, runs it in a transaction, writes its
    /// trail, commits, and only then answers. On [`Error`] nothing of it remains.
    pub async fn commit<C: Command>(&self, grant: &Grant, command: C) -> Result<C::Output> {
        grant.demand(command.permission(), self.now())?;
        let (output, done) = self.change(command::Granted { grant: grant.clone(), command }).await?;
        match &self.0.pools {
            // What is not committed yet may still be undone.
            Pools::Lent(lent) => lent.tell_later(grant, done),
            _ => done.iter().for_each(|entry| entry.log(grant)),
        }
        Ok(output)
    }

    /// Writes bookkeeping that needs no trail.
    pub async fn note<N: note::Note>(&self, note: N) -> Result<N::Output> {
        self.change(note::Noted(note)).await
    }

    /// Runs `change` in a transaction, whole or not at all.
    pub(crate) async fn change<W: command::Change>(&self, change: W) -> Result<W::Output> {
        match (&self.0.pools, &self.0.writer) {
            (Pools::Lent(lent), _) => lent.join(&change).await,
            (_, Some(writer)) => writer.submit(change).await,
            (_, None) => writer::commit_alone(self, &change).await,
        }
    }

    /// The calls under way that carry a key of their own.
    pub(crate) fn turns(&self) -> &Turns {
        &self.0.around.turns
    }

    pub(crate) async fn begin(&self) -> Result<Tx, sqlx::Error> {
        self.0.pools.begin(self.0.around.clone()).await
    }

    /// Whether the database answers: for the readiness probe.
    pub async fn ping(&self) -> Result<()> {
        sql!(self, scalar, "select 1").map(|_: i32| ()).map_err(Error::from)
    }

    /// Closes the pools after what is queued has been written.
    pub async fn close(&self) {
        if let Some(writer) = &self.0.writer {
            writer.close().await;
        }
        self.0.pools.close().await;
    }
}

impl std::fmt::Debug for Db {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(if self.is_sqlite() { "Db(SQLite)" } else { "Db(PostgreSQL)" })
    }
}
