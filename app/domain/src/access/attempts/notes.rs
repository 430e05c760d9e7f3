//! Bookkeeping of tries at the door.
use super::{FORGOTTEN, Kind, Tally, Try};
use crate::{
    Result,
    db::{Tx, note::Note, sql},
    secret::Stored,
    time::Timestamp,
};

/// Counts a try as a failure, unless it comes too early.
pub(super) struct Count(pub Try);

impl Note for Count {
    /// Until when nothing is tried; none when the try may go on.
    type Output = Option<Timestamp>;

    async fn write(&self, tx: &mut Tx) -> Result<Option<Timestamp>> {
        let now = tx.now();
        sql!(tx, execute, "delete from sign_in_failures where last_at < $1 and until < $2", now - FORGOTTEN, now)?;
        // The source first, always: two tries must not wait for each other's rows.
        if let Some(source) = &self.0.source
            && let Some(until) = count(tx, source, Kind::Source).await?
        {
            return Ok(Some(until));
        }
        count(tx, &self.0.aim, Kind::Aim).await
    }
}

async fn count(tx: &mut Tx, subject: &Stored, kind: Kind) -> Result<Option<Timestamp>> {
    let now = tx.now();
    // Writes nothing new where there is a row already, but holds it until the commit.
    let tally: Tally = sql!(
        tx,
        fetch_one,
        "insert into sign_in_failures (subject, n, since, last_at, until) values ($1, 0, $2, $2, 0)
         on conflict (subject) do update set n = sign_in_failures.n
         returning n, since, last_at, until",
        subject,
        now
    )?;
    match tally.next(kind, now) {
        Err(until) => Ok(Some(until)),
        Ok(next) => {
            sql!(
                tx,
                execute,
                "update sign_in_failures set n = $2, since = $3, last_at = $4, until = $5 where subject = $1",
                subject,
                next.n,
                next.since,
                next.last_at,
                next.until
            )?;
            Ok(None)
        }
    }
}
