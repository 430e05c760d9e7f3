//! Forgetting what calls with a key were answered.
use crate::{
    Result,
    db::{Tx, note::Note, sql},
    environment::Environment,
    ids::OrganisationId,
    time::Timestamp,
};

/// Removes answers of `before` and earlier, at most `most`.
pub(super) struct Prune {
    pub organisation: OrganisationId,
    pub environment: Environment,
    pub before: Timestamp,
    pub most: u16,
}

impl Note for Prune {
    /// How many it removed.
    type Output = u64;

    async fn write(&self, tx: &mut Tx) -> Result<u64> {
        Ok(sql!(
            tx,
            execute,
            "delete from idempotency where organisation_id = $1 and environment = $2 and hash in (
                 select hash from idempotency where organisation_id = $1 and environment = $2 and created_at <= $3
                 order by created_at limit $4)",
            &self.organisation,
            self.environment,
            self.before,
            i64::from(self.most)
        )?)
    }
}
