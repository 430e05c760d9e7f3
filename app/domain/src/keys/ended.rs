//! Keys that had ended before the machine's clock was set back.
use super::due;
use crate::{
    Error, Result,
    access::{Grant, Permission},
    audit::Action,
    db::{Command, Db, Subject, Trail, Tx, sql},
    environment::Environment,
    error::Noun,
    ids::{KeyId, OrganisationId},
    time::Timestamp,
};
use serde_json::json;

/// Why a key or token ended at another moment than was set.
pub(crate) const CLOCK_SET_BACK: &str = "The machine's clock was set back; what had ended stays ended.";

/// An end that had come by `latest` and is ahead again `now`.
pub(crate) fn again(end: Option<Timestamp>, now: Timestamp, latest: Timestamp) -> Option<Timestamp> {
    end.filter(|end| *end > now && *end <= latest)
}

/// Ends now whatever key, or overlap of a rotated one, had ended by `latest` and would open again: how many.
pub(crate) async fn keep(db: &Db, latest: Timestamp) -> Result<u64> {
    let due: Vec<(OrganisationId, Environment, KeyId)> = sql!(
        db,
        fetch_all,
        "select k.organisation_id, k.environment, k.id from api_keys k
         left join key_uses n on n.organisation_id = k.organisation_id and n.environment = k.environment
                             and n.key_id = k.successor_id
         where k.revoked_at is null
           and (k.expires_at > $1 and k.expires_at <= $2
                or coalesce(k.ends_at, n.first_used_at + k.overlap_ms) > $1
                   and coalesce(k.ends_at, n.first_used_at + k.overlap_ms) <= $2)
         order by k.organisation_id, k.environment, k.id",
        db.now(),
        latest
    )?;
    due::each(db, due, |id| KeepEnded { id, latest }).await
}

struct KeepEnded {
    id: KeyId,
    latest: Timestamp,
}

impl Command for KeepEnded {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::Housekeep
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let key = super::store::lock(tx, grant, &self.id).await?;
        let now = tx.now();
        let (expired, overlapped) = (again(key.expires_at, now, self.latest), again(key.overlap_end, now, self.latest));
        if expired.or(overlapped).is_none() {
            return Err(Error::NotFound(Noun::Key));
        }
        let (expired_now, overlapped_now) = (expired.map(|_| now), overlapped.map(|_| now));
        sql!(
            tx,
            execute,
            "update api_keys set expires_at = $4, ends_at = coalesce($5, ends_at), version = version + 1
             where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &self.id,
            expired_now.or(key.expires_at),
            overlapped_now
        )?;
        let trail = Trail::new(Action::KeyExpired, Subject::new(Noun::Key, &self.id, key.name))
            .before(json!({ "expiresAt": expired, "endsAt": overlapped }))
            .after(json!({ "expiresAt": expired_now, "endsAt": overlapped_now }))
            .reason(CLOCK_SET_BACK);
        Ok(((), trail))
    }
}
