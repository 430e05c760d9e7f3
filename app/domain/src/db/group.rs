//! Changes that share a commit, each whole or not at all.
//!
//! A savepoint before each change would have SQLite keep every page as it was before, which costs a purchase a quarter of
//! its time, and most changes succeed. So a group begins without: the first change that fails takes what was done before it
//! along, and that is done again, from then on with savepoints. Whoever fails on purpose makes nobody wait much longer,
//! because the groups that follow are careful from their beginning.
use super::{Surroundings, Tx, executor::Pools, sql, writer::Pending};
use std::{mem, sync::Arc};

pub(super) struct Group {
    changes: Vec<Box<dyn Pending>>,
    /// None before the first change, after the group was undone, and once it is committed.
    tx: Option<Tx>,
    savepoints: Savepoints,
    undid: bool,
}

/// How the changes of a group can be undone, each by itself.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Savepoints {
    /// Not at all.
    Without,
    /// The next change begins with the first one.
    Careful,
    /// There is one already.
    Standing,
}

impl Group {
    /// An empty one.
    pub fn new(careful: bool) -> Self {
        let savepoints = if careful { Savepoints::Careful } else { Savepoints::Without };
        Self { changes: Vec::new(), tx: None, savepoints, undid: false }
    }

    /// How many changes it has, those that failed included.
    pub fn len(&self) -> usize {
        self.changes.len()
    }

    /// Whether a change of it failed.
    pub fn undid(&self) -> bool {
        self.undid
    }

    /// Runs a change as the last of it. One that fails is undone, and nothing else is.
    pub async fn add(
        &mut self,
        pools: &Pools,
        around: &Arc<Surroundings>,
        mut change: Box<dyn Pending>,
    ) -> sqlx::Result<()> {
        let done = self.run(pools, around, &mut change).await;
        self.changes.push(change);
        if done? {
            return Ok(());
        }
        self.undid = true;
        if self.savepoints == Savepoints::Without {
            self.savepoints = Savepoints::Careful;
            if let Some(tx) = self.tx.take() {
                tx.rollback().await?;
            }
            let mut changes = mem::take(&mut self.changes);
            let mut again = Ok(());
            for change in changes.iter_mut().filter(|change| change.stands()) {
                again = self.run(pools, around, change).await.map(drop);
                if again.is_err() {
                    break;
                }
            }
            self.changes = changes;
            again?;
        }
        Ok(())
    }

    /// Runs a change; whether it succeeded. With savepoints, one that fails is undone.
    async fn run(
        &mut self,
        pools: &Pools,
        around: &Arc<Surroundings>,
        change: &mut Box<dyn Pending>,
    ) -> sqlx::Result<bool> {
        if self.tx.is_none() {
            self.tx = Some(pools.begin(around.clone()).await?);
        }
        let Some(tx) = &mut self.tx else { return Err(sqlx::Error::BeginFailed) };
        match self.savepoints {
            Savepoints::Without => {}
            Savepoints::Careful => {
                sql!(tx, execute, "savepoint change")?;
                self.savepoints = Savepoints::Standing;
            }
            // One statement for both, as each changes threads; the commit releases the last.
            Savepoints::Standing => {
                sql!(tx, execute, "release savepoint change; savepoint change")?;
            }
        }
        tx.next_change();
        let done = change.run(tx).await;
        if !done && self.savepoints == Savepoints::Standing {
            sql!(tx, execute, "rollback to savepoint change")?;
        }
        Ok(done)
    }

    /// Makes durable what succeeded.
    pub async fn commit(&mut self) -> sqlx::Result<()> {
        match self.tx.take() {
            Some(tx) => tx.commit().await,
            None => Ok(()),
        }
    }

    /// Drops every success: none could be committed.
    pub fn fail(&mut self) {
        self.changes.iter_mut().for_each(|change| change.fail());
    }

    /// Gives each caller its outcome.
    pub fn reply(self) {
        self.changes.into_iter().for_each(|change| change.reply());
    }
}

#[cfg(all(test, feature = "testing"))]
mod tests {
    use super::*;
    use crate::{Result, db::command::Change, testing::Fresh};

    struct Run(&'static [&'static str]);

    impl Change for Run {
        type Output = ();

        async fn apply(&self, tx: &mut Tx) -> Result<()> {
            for text in self.0 {
                sql!(tx, execute, *text)?;
            }
            Ok(())
        }
    }

    #[tokio::test]
    async fn a_database_that_was_full_is_written_again() {
        let fresh = Fresh::new().await;
        if !fresh.db.is_sqlite() {
            return;
        }
        fresh.db.change(Run(&["create table filler (content blob)"])).await.unwrap();
        let full = Run(&["pragma max_page_count = 1", "insert into filler values (zeroblob(1000000))"]);
        assert!(fresh.db.change(full).await.is_err());
        fresh.db.change(Run(&["insert into filler values (zeroblob(10))"])).await.unwrap();
    }
}
