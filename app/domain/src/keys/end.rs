//! Ending a key for good.
use super::{KeyStatus, store::lock};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    audit::Action,
    db::{Command, Subject, Trail, Tx, sql},
    error::{Code, Noun},
    ids::KeyId,
};
use serde_json::json;

/// Ends a key at once and for good.
pub struct RevokeKey {
    /// Which key.
    pub id: KeyId,
}

impl Command for RevokeKey {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::RevokeKey
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let key = lock(tx, grant, &self.id).await?;
        if key.status == KeyStatus::Revoked {
            return Err(Error::state(Code::AlreadyRevoked, "This key was revoked before."));
        }
        let now = tx.now();
        sql!(
            tx,
            execute,
            "update api_keys set revoked_at = $4, version = version + 1
             where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &self.id,
            now
        )?;
        let trail = Trail::new(Action::KeyRevoked, Subject::new(Noun::Key, &self.id, &key.name))
            .before(json!({ "status": key.status }))
            .after(json!({ "status": KeyStatus::Revoked }));
        Ok(((), trail))
    }
}
