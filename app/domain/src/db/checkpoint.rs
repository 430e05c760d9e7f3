//! Moving SQLite's journal into the database file, beside the writer.
//!
//! Left to itself, SQLite does that within the commit that finds the journal long, and whoever waits for the writer waits
//! for it. Here another connection does it while the writer goes on. The journal begins anew once nothing of it is left to
//! move, for which it never has the time under steady load: the writer therefore still does it itself when the journal is
//! several times as long. It then finds little that is left to move, but syncs all that was moved until then.
use super::readers::{Readers, close};
use sqlx::SqliteConnection;
use tokio::{sync::mpsc, task::JoinHandle};

/// After how many changes the journal is moved: some thousand pages.
const EACH: usize = 128;

pub(super) struct Checkpoints {
    ask: mpsc::Sender<()>,
    done: JoinHandle<()>,
    changes: usize,
}

impl Checkpoints {
    /// On a task of its own, which ends with this.
    pub fn start(readers: Readers) -> Self {
        let (ask, asked) = mpsc::channel(1);
        Self { ask, done: tokio::spawn(work(readers, asked)), changes: 0 }
    }

    /// Counts changes that were committed, and has the journal moved when there are enough.
    pub fn committed(&mut self, changes: usize) {
        self.changes += changes;
        if self.changes >= EACH && self.ask.try_send(()).is_ok() {
            self.changes = 0;
        }
    }

    /// Waits until nothing is moved any more and the connection is closed.
    pub async fn stop(self) {
        drop(self.ask);
        // It has nothing to say, and a panic of it is in the log.
        drop(self.done.await);
    }
}

async fn work(readers: Readers, mut asked: mpsc::Receiver<()>) {
    let mut own: Option<SqliteConnection> = None;
    while asked.recv().await.is_some() {
        own = match checkpoint(&readers, own).await {
            Ok(connection) => Some(connection),
            Err(error) => {
                tracing::warn!(%error, "the journal could not be moved; the writer will do it");
                None
            }
        };
    }
    if let Some(connection) = own {
        close(connection).await;
    }
}

async fn checkpoint(readers: &Readers, own: Option<SqliteConnection>) -> sqlx::Result<SqliteConnection> {
    let mut connection = match own {
        Some(connection) => connection,
        None => readers.another().await?,
    };
    sqlx::query("pragma wal_checkpoint(passive)").execute(&mut connection).await?;
    Ok(connection)
}
