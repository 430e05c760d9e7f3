//! The connections that SQLite is read on.
//!
//! sqlx's own pool asks a connection whether it is well each time it comes back, by a task and two changes of thread:
//! more than most of our reads cost. These are taken from a list and put back. Nothing but single reads runs on them,
//! and a read that is given up is reset by its connection, so that none comes back in a state of its own.
use sqlx::{Connection, SqliteConnection, sqlite::SqliteConnectOptions};
use std::{
    ops::{Deref, DerefMut},
    sync::{Arc, Mutex, PoisonError},
};
use tokio::sync::{Semaphore, SemaphorePermit};

/// Cheap to clone; the clones share the connections.
#[derive(Clone)]
pub(crate) struct Readers(Arc<Inner>);

struct Inner {
    connect: SqliteConnectOptions,
    /// As many as may be read on at once.
    turns: Semaphore,
    idle: Mutex<Vec<SqliteConnection>>,
}

/// A connection while a statement runs on it.
pub(crate) struct Reader<'a> {
    /// Taken only when it is dropped.
    connection: Option<SqliteConnection>,
    readers: &'a Inner,
    _turn: SemaphorePermit<'a>,
}

impl Readers {
    /// Up to `most` connections, made when they are needed.
    pub(crate) fn new(connect: SqliteConnectOptions, most: usize) -> Self {
        Self(Arc::new(Inner { connect, turns: Semaphore::new(most), idle: Mutex::default() }))
    }

    /// A connection, as soon as there is one; [`sqlx::Error::PoolClosed`] after [`Self::close`].
    pub(crate) async fn read(&self) -> sqlx::Result<Reader<'_>> {
        let turn = self.0.turns.acquire().await.map_err(|_| sqlx::Error::PoolClosed)?;
        let idle = self.0.idle().pop();
        let connection = match idle {
            Some(connection) => connection,
            None => self.another().await?,
        };
        Ok(Reader { connection: Some(connection), readers: &self.0, _turn: turn })
    }

    /// A connection that is none of these.
    pub(super) async fn another(&self) -> sqlx::Result<SqliteConnection> {
        SqliteConnection::connect_with(&self.0.connect).await
    }

    /// Closes what is idle, and what is in use as soon as it comes back.
    pub(crate) async fn close(&self) {
        self.0.turns.close();
        let idle = std::mem::take(&mut *self.0.idle());
        for connection in idle {
            close(connection).await;
        }
    }
}

/// Closes a connection; one that does not close is only worth a line in the log.
pub(super) async fn close(connection: SqliteConnection) {
    if let Err(error) = connection.close().await {
        tracing::debug!(%error, "a connection did not close");
    }
}

impl Inner {
    fn idle(&self) -> std::sync::MutexGuard<'_, Vec<SqliteConnection>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Reader<'_> {
    /// Does not come back when its thread is gone.
    pub(crate) fn settle<T>(&mut self, result: &sqlx::Result<T>) {
        if matches!(result, Err(sqlx::Error::WorkerCrashed)) {
            self.connection = None;
        }
    }
}

impl Drop for Reader<'_> {
    fn drop(&mut self) {
        let connection = self.connection.take().filter(|_| !self.readers.turns.is_closed());
        // The last one back is the first one out: its cache is warm.
        self.readers.idle().extend(connection);
    }
}

impl Deref for Reader<'_> {
    type Target = SqliteConnection;
    fn deref(&self) -> &SqliteConnection {
        self.connection.as_ref().expect("it is there until the reader is dropped")
    }
}

impl DerefMut for Reader<'_> {
    fn deref_mut(&mut self) -> &mut SqliteConnection {
        self.connection.as_mut().expect("it is there until the reader is dropped")
    }
}
