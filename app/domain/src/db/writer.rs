//! The one writer of a SQLite database: takes whatever is queued, one fsync for all.
//!
//! It never waits to fill a group: while one group is made durable the next queues up, so groups grow with
//! the load by themselves. Replies leave only after the shared commit.
use super::{Db, Surroundings, Tx, checkpoint::Checkpoints, command::Change, executor::Pools, group::Group, patient};
use crate::{Error, Result};
use futures::{FutureExt, future::BoxFuture};
use std::{io, panic::AssertUnwindSafe, sync::Arc, thread};
use tokio::{
    runtime::Handle,
    sync::{mpsc, oneshot},
};

/// The most changes that share one commit. Whoever just missed a group waits for all of it and then for its own: twice as
/// many would save one sync in two and make the slowest wait half as long again.
pub(super) const GROUP: usize = 32;
/// How many groups are careful after one of which something had to be undone.
const CAREFUL: u32 = 32;
/// Changes that may wait; a full queue makes the callers wait.
const QUEUE: usize = 1024;
/// Tries of a transaction that PostgreSQL refused for a conflict with another.
const TRIES: u32 = 4;

pub(crate) struct Writer(mpsc::Sender<Message>);

enum Message {
    Change(Box<dyn Pending>),
    Close(oneshot::Sender<()>),
}

pub(super) trait Pending: Send {
    /// Runs the change and keeps its outcome; whether it succeeded. It may be run again once its try was undone.
    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> BoxFuture<'a, bool>;
    /// Whether it succeeded when it was last run.
    fn stands(&self) -> bool;
    /// Drops a success that could not be committed.
    fn fail(&mut self);
    /// Gives the outcome to the caller.
    fn reply(self: Box<Self>);
}

struct Waiting<W: Change> {
    change: W,
    outcome: Result<W::Output>,
    reply: oneshot::Sender<Result<W::Output>>,
}

impl<W: Change> Pending for Waiting<W> {
    fn run<'a>(&'a mut self, tx: &'a mut Tx) -> BoxFuture<'a, bool> {
        Box::pin(async move {
            self.outcome = guarded(&self.change, tx).await;
            self.outcome.is_ok()
        })
    }
    fn stands(&self) -> bool {
        self.outcome.is_ok()
    }
    fn fail(&mut self) {
        if self.outcome.is_ok() {
            self.outcome = Err(Error::Busy);
        }
    }
    fn reply(self: Box<Self>) {
        let Self { change, outcome, reply } = *self;
        // What the change holds is free again before its caller can ask for it.
        drop(change);
        // A caller that went away does not need the answer; the change stands.
        drop(reply.send(outcome));
    }
}

/// A panic inside one change must not take the writer, and with it every later change, down.
async fn guarded<W: Change>(change: &W, tx: &mut Tx) -> Result<W::Output> {
    AssertUnwindSafe(change.apply(tx))
        .catch_unwind()
        .await
        .unwrap_or_else(|_| Err(Error::broken("a change panicked; see the log line above")))
}

impl Writer {
    /// On a thread of its own, which ends with the last sender.
    pub(crate) fn start(pools: Pools, around: Arc<Surroundings>, group: usize) -> io::Result<Self> {
        let (sender, queue) = mpsc::channel(QUEUE);
        let runtime = Handle::current();
        thread::Builder::new().name("writer".into()).spawn(move || {
            let _inside = runtime.enter();
            patient::run(work(pools, around, queue, group.clamp(1, GROUP)));
        })?;
        Ok(Self(sender))
    }

    pub(crate) async fn submit<W: Change>(&self, change: W) -> Result<W::Output> {
        let (reply, answer) = oneshot::channel();
        let waiting = Waiting { change, outcome: Err(Error::Busy), reply };
        self.0.send(Message::Change(Box::new(waiting))).await.map_err(|_| Error::Busy)?;
        answer.await.map_err(|_| Error::Busy)?
    }

    pub(crate) async fn close(&self) {
        let (reply, done) = oneshot::channel();
        if self.0.send(Message::Close(reply)).await.is_ok() {
            drop(done.await);
        }
    }
}

async fn work(pools: Pools, around: Arc<Surroundings>, mut queue: mpsc::Receiver<Message>, size: usize) {
    let Pools::Sqlite { readers, .. } = &pools else { return };
    let mut checkpoints = Checkpoints::start(readers.clone());
    let mut careful = 0_u32;
    let mut closing = None;
    while closing.is_none() {
        let first = match queue.recv().await {
            Some(Message::Change(change)) => change,
            Some(Message::Close(done)) => {
                closing = Some(done);
                break;
            }
            None => break,
        };
        let mut group = Group::new(careful > 0);
        let result = async {
            let mut next = Some(first);
            while let Some(change) = next.take() {
                group.add(&pools, &around, change).await?;
                if group.len() < size {
                    match queue.try_recv() {
                        Ok(Message::Change(change)) => next = Some(change),
                        Ok(Message::Close(done)) => closing = Some(done),
                        Err(_) => {}
                    }
                }
            }
            group.commit().await
        }
        .await;
        careful = if group.undid() { CAREFUL } else { careful.saturating_sub(1) };
        match result {
            Ok(()) => checkpoints.committed(group.len()),
            Err(error) => {
                tracing::error!(%error, changes = group.len(), "a group of changes could not be committed");
                group.fail();
            }
        }
        group.reply();
    }
    queue.close();
    checkpoints.stop().await;
    if let Some(done) = closing {
        // Who asked may have gone away.
        let _ = done.send(());
    }
}

/// PostgreSQL: one transaction each, tried again when the database chose it as the one to give way.
pub(crate) async fn commit_alone<W: Change>(db: &Db, change: &W) -> Result<W::Output> {
    let mut tries = 1;
    loop {
        match once(db, change).await {
            Err(Error::Busy) if tries < TRIES => tries += 1,
            other => return other,
        }
    }
}

async fn once<W: Change>(db: &Db, change: &W) -> Result<W::Output> {
    let mut tx = db.begin().await?;
    let output = guarded(change, &mut tx).await?;
    tx.commit().await.map_err(refused_or_unanswered)?;
    Ok(output)
}

/// What a commit ended in. One that the database refused changed nothing. Of one that it did not answer nobody knows
/// whether it stands: run again, it might be made twice.
fn refused_or_unanswered(error: sqlx::Error) -> Error {
    match error {
        sqlx::Error::Database(_) => error.into(),
        unanswered => Error::broken(format!("a commit was not answered, and may stand: {unanswered}")),
    }
}
