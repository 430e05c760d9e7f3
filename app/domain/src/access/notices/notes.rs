//! Bookkeeping of notices: what was read.
use crate::{
    Result,
    access::{Actor, Grant},
    db::{Tx, note::Note, sql},
};

/// The grant's holder has read everything that they were told so far.
pub struct SeenAll(pub Grant);

impl Note for SeenAll {
    type Output = ();

    async fn write(&self, tx: &mut Tx) -> Result<()> {
        let Actor::Person { id, .. } = self.0.actor() else { return Ok(()) };
        let now = tx.now();
        sql!(
            tx,
            execute,
            "update notices set seen_at = $3 where organisation_id = $1 and person_id = $2 and seen_at is null",
            self.0.organisation(),
            id,
            now
        )?;
        Ok(())
    }
}
