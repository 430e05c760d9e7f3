//! A change to the business: what it needs, what it does, what it leaves behind.
use super::{
    Trail, Tx,
    trail::{self, Done},
};
use crate::{
    Result,
    access::{Grant, Permission},
};
use std::future::Future;

/// A change: a permission, and a run that gives its output and its trail.
///
/// `run` may be called again after a rolled-back try (PostgreSQL retries serialization failures, SQLite's writer does again
/// what shared a group with a change that failed), so it keeps no state of its own. What it cannot know before reading (raising a limit is not lowering it) it
/// demands of the grant while running.
pub trait Command: Send + Sync + 'static {
    /// What the caller gets after the commit.
    type Output: Send + 'static;

    /// The permission without which nothing is run.
    fn permission(&self) -> Permission;

    /// Does the change in `tx`. An error undoes all of it.
    fn run(&self, grant: &Grant, tx: &mut Tx) -> impl Future<Output = Result<(Self::Output, Trail)>> + Send;
}

/// What the writer writes: a granted command with its trail, or a note.
pub(crate) trait Change: Send + Sync + 'static {
    type Output: Send + 'static;
    fn apply(&self, tx: &mut Tx) -> impl Future<Output = Result<Self::Output>> + Send;
}

pub(crate) struct Granted<C> {
    pub grant: Grant,
    pub command: C,
}

impl<C: Command> Change for Granted<C> {
    /// What the caller gets, and what the log is told once it stands.
    type Output = (C::Output, Vec<Done>);

    async fn apply(&self, tx: &mut Tx) -> Result<Self::Output> {
        let (output, trail) = self.command.run(&self.grant, tx).await?;
        let done = trail.done();
        trail::write(&self.grant, tx, trail).await?;
        Ok((output, done))
    }
}
