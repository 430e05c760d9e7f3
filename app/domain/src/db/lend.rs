//! A transaction lent out as a database: what is read and changed through it sees what the transaction has done so far,
//! and stands or falls with it. So a whole answer, its changes and its reads, can be made within one change.
use super::{
    Db, Inner, Tx,
    command::Change,
    executor::{Executor, Pools, TxInner},
    readers::Reader,
    sql,
    trail::Done,
};
use crate::{Error, Result, access::Grant};
use sqlx::{PgConnection, Postgres, SqliteConnection, pool::PoolConnection};
use std::{
    mem,
    ops::{Deref, DerefMut},
    sync::{Arc, PoisonError},
};
use tokio::sync::{MappedMutexGuard, Mutex, MutexGuard};

/// What was done through a loan, for the log, once it stands.
pub(crate) type Told = Vec<(Grant, Vec<Done>)>;

/// The transaction while it is lent.
pub(crate) struct Lent {
    /// None once the loan is over.
    tx: Mutex<Option<Tx>>,
    sqlite: bool,
    told: std::sync::Mutex<Told>,
}

/// Ends with the loan: the transaction is its owner's again, whatever became of the borrower.
pub(crate) struct Loan<'a> {
    owner: &'a mut Tx,
    lent: Arc<Lent>,
}

impl Tx {
    /// Lends the transaction: until the loan is dropped, all that is done goes through the database.
    pub(crate) fn lend(&mut self) -> (Db, Loan<'_>) {
        let sqlite = self.is_sqlite();
        let inner = mem::replace(&mut self.inner, TxInner::Away);
        let tx = Tx { inner, now: self.now, around: self.around.clone() };
        let lent = Arc::new(Lent { tx: Mutex::new(Some(tx)), sqlite, told: std::sync::Mutex::default() });
        let inner = Inner { pools: Pools::Lent(lent.clone()), writer: None, around: self.around.clone() };
        (Db(Arc::new(inner)), Loan { owner: self, lent })
    }
}

impl Loan<'_> {
    /// What has been done through it.
    pub(crate) fn told(&self) -> Told {
        mem::take(&mut *self.lent.told.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Drop for Loan<'_> {
    fn drop(&mut self) {
        // Nobody can be in the middle of a statement: the borrower's future has ended or was dropped.
        if let Some(tx) = self.lent.tx.try_lock().ok().and_then(|mut slot| slot.take()) {
            self.owner.inner = tx.inner;
        }
    }
}

impl Lent {
    pub(super) fn is_sqlite(&self) -> bool {
        self.sqlite
    }

    /// Keeps for later what the log is told of a change that is not committed yet.
    pub(super) fn tell_later(&self, grant: &Grant, done: Vec<Done>) {
        self.told.lock().unwrap_or_else(PoisonError::into_inner).push((grant.clone(), done));
    }

    /// The connection of the transaction, for one read.
    pub(super) async fn executor(&self) -> sqlx::Result<Executor<SqliteReader<'_>, PostgresReader<'_>>> {
        let guard = self.tx.lock().await;
        let over = |_| sqlx::Error::PoolClosed;
        if self.sqlite {
            MutexGuard::try_map(guard, sqlite).map(SqliteReader::Lent).map(Executor::Sqlite).map_err(over)
        } else {
            MutexGuard::try_map(guard, postgres).map(PostgresReader::Lent).map(Executor::Postgres).map_err(over)
        }
    }

    /// Runs a change within the transaction; of one that fails nothing remains.
    pub(super) async fn join<W: Change>(&self, change: &W) -> Result<W::Output> {
        let mut slot = self.tx.lock().await;
        let tx = slot.as_mut().ok_or(Error::Busy)?;
        sql!(tx, execute, "savepoint step")?;
        let result = change.apply(tx).await;
        if result.is_err() {
            sql!(tx, execute, "rollback to savepoint step")?;
        }
        sql!(tx, execute, "release savepoint step")?;
        result
    }
}

fn sqlite(tx: &mut Option<Tx>) -> Option<&mut SqliteConnection> {
    match tx {
        Some(Tx { inner: TxInner::Sqlite(tx), .. }) => Some(&mut **tx),
        _ => None,
    }
}

fn postgres(tx: &mut Option<Tx>) -> Option<&mut PgConnection> {
    match tx {
        Some(Tx { inner: TxInner::Postgres(tx), .. }) => Some(&mut **tx),
        _ => None,
    }
}

/// What a read of SQLite runs on.
pub(crate) enum SqliteReader<'a> {
    Own(Reader<'a>),
    Lent(MappedMutexGuard<'a, SqliteConnection>),
}

impl SqliteReader<'_> {
    /// Looks at the result of its statement: a connection that is gone does not come back.
    pub(crate) fn settle<T>(&mut self, result: &sqlx::Result<T>) {
        if let Self::Own(reader) = self {
            reader.settle(result);
        }
    }
}

impl Deref for SqliteReader<'_> {
    type Target = SqliteConnection;
    fn deref(&self) -> &SqliteConnection {
        match self {
            Self::Own(reader) => reader,
            Self::Lent(guard) => guard,
        }
    }
}

impl DerefMut for SqliteReader<'_> {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        match self {
            Self::Own(reader) => reader,
            Self::Lent(guard) => guard,
        }
    }
}

/// What a read of PostgreSQL runs on.
pub(crate) enum PostgresReader<'a> {
    Own(PoolConnection<Postgres>),
    Lent(MappedMutexGuard<'a, PgConnection>),
}

impl Deref for PostgresReader<'_> {
    type Target = PgConnection;
    fn deref(&self) -> &PgConnection {
        match self {
            Self::Own(connection) => connection,
            Self::Lent(guard) => guard,
        }
    }
}

impl DerefMut for PostgresReader<'_> {
    fn deref_mut(&mut self) -> &mut PgConnection {
        match self {
            Self::Own(connection) => connection,
            Self::Lent(guard) => guard,
        }
    }
}
