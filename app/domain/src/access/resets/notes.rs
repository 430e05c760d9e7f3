//! Bookkeeping of forgotten passwords: what was typed, until a job has looked at it.
use crate::{
    Result,
    db::{Tx, note::Note, sql},
    name::Email,
};

/// The most that wait: a flood of addresses must not fill the disk.
const MOST: i64 = 1_000;

/// Somebody says that they forgot the password of this address. The same write for a known address and an unknown
/// one; a job finds out later which it is (security X-A5).
pub struct AskReset(pub Email);

impl Note for AskReset {
    type Output = ();

    async fn write(&self, tx: &mut Tx) -> Result<()> {
        let now = tx.now();
        sql!(
            tx,
            execute,
            "insert into reset_requests (email, requested_at)
             select $1, $2 where (select count(*) from reset_requests) < $3
             on conflict (email) do nothing",
            self.0.as_str(),
            now,
            MOST
        )?;
        Ok(())
    }
}

/// A request was looked at.
pub(super) struct Answered(pub String);

impl Note for Answered {
    type Output = ();

    async fn write(&self, tx: &mut Tx) -> Result<()> {
        sql!(tx, execute, "delete from reset_requests where email = $1", &self.0)?;
        Ok(())
    }
}
