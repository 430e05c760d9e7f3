//! Keys that nobody uses: where the organisation wants that, they are announced and, seven days later, disabled.
use super::{KeyStatus, due, life::IDLE_MS, store::lock};
use crate::{
    Error, Result,
    access::{
        Grant, Permission, Role,
        notices::{self, About},
    },
    audit::Action,
    db::{Command, Db, Subject, Trail, Tx, sql},
    environment::Environment,
    error::Noun,
    ids::{KeyId, OrganisationId},
    time::{DAY, Timestamp},
};
use serde_json::json;

/// From the announcement to the end of patience.
pub const PATIENCE_MS: i64 = 7 * DAY;

/// Announces and disables the idle keys that are due, at most `most` of them: how many there were.
pub async fn care_for_idle(db: &Db, most: u16) -> Result<u64> {
    let now = db.now();
    let due: Vec<(OrganisationId, Environment, KeyId)> = sql!(
        db,
        fetch_all,
        "select k.organisation_id, k.environment, k.id
         from organisations o
         join api_keys k on k.organisation_id = o.id
         left join key_uses u on u.organisation_id = k.organisation_id and u.environment = k.environment
                             and u.key_id = k.id
         where o.key_idle_disable = $1 and k.revoked_at is null and k.disabled_at is null and k.successor_id is null
           and (k.expires_at is null or k.expires_at > $2) and coalesce(u.used_at, k.created_at) <= $3
           and (k.idle_told_at is null or k.idle_told_at < coalesce(u.used_at, k.created_at) or k.idle_told_at <= $4)
         order by k.id limit $5",
        true,
        now,
        now - IDLE_MS,
        now - PATIENCE_MS,
        i64::from(most)
    )?;
    due::each(db, due, |id| Care { id }).await
}

struct Care {
    id: KeyId,
}

impl Command for Care {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::Housekeep
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let (key, now) = (lock(tx, grant, &self.id).await?, tx.now());
        let nothing = || Error::NotFound(Noun::Key);
        let (used, told): (Option<Timestamp>, Option<Timestamp>) = sql!(
            tx,
            fetch_one,
            "select u.used_at, k.idle_told_at from api_keys k
             left join key_uses u on u.organisation_id = k.organisation_id and u.environment = k.environment
                                 and u.key_id = k.id
             where k.organisation_id = $1 and k.environment = $2 and k.id = $3",
            grant.organisation(),
            grant.environment(),
            &self.id
        )?;
        let last = used.unwrap_or(key.created_at);
        if key.status != KeyStatus::Active || now.since(last) < IDLE_MS {
            return Err(nothing());
        }
        let subject = Subject::new(Noun::Key, &self.id, &key.name);
        let (organisation, environment) = (grant.organisation(), grant.environment());
        let (at, disabled, trail) = match told.filter(|told| *told >= last) {
            None => {
                sql!(
                    tx,
                    execute,
                    "update api_keys set idle_told_at = $4
                     where organisation_id = $1 and environment = $2 and id = $3",
                    organisation,
                    environment,
                    &self.id,
                    now
                )?;
                let at = now + PATIENCE_MS;
                (at, false, Trail::new(Action::KeyIdle, subject).after(json!({ "lastUsedAt": used, "disabledAt": at })))
            }
            Some(told) if now.since(told) >= PATIENCE_MS => {
                sql!(
                    tx,
                    execute,
                    "update api_keys set disabled_at = $4, version = version + 1
                     where organisation_id = $1 and environment = $2 and id = $3",
                    organisation,
                    environment,
                    &self.id,
                    now
                )?;
                let trail = Trail::new(Action::KeyDisabled, subject)
                    .before(json!({ "status": key.status }))
                    .after(json!({ "status": KeyStatus::Disabled }))
                    .reason("It was not used for 90 days, and for 7 more after that was announced.");
                (now, true, trail)
            }
            Some(_) => return Err(nothing()),
        };
        let about = About::KeyIdle { environment, key: self.id.clone(), name: key.name, at, disabled };
        let may = |role: Role| role.permissions(environment).has(Permission::CreateKey);
        notices::tell_roles(tx, grant.organisation(), may, None, &about, None).await?;
        Ok(((), trail))
    }
}
