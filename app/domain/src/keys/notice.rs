//! Telling of keys that end: an event and a notice seven days before, one day before, and at the end.
use super::{due, life};
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
    ids::{KeyId, OrganisationId, PersonId},
    time::{DAY, Timestamp},
    webhooks::EventType,
};
use serde_json::json;

/// Tells of the ends that are due, at most `most` of them: how many were told. A key that was renewed, rotated
/// or revoked meanwhile is not told of.
pub async fn announce_due(db: &Db, most: u16) -> Result<u64> {
    let now = db.now();
    let due: Vec<(OrganisationId, Environment, KeyId)> = sql!(
        db,
        fetch_all,
        "select organisation_id, environment, id from api_keys
         where revoked_at is null and successor_id is null and notice < 3 and expires_at <= $2
           and (expires_at <= $1 or (notice < 2 and expires_at <= $3) or notice < 1)
         order by expires_at limit $4",
        now,
        now + 7 * DAY,
        now + DAY,
        i64::from(most)
    )?;
    due::each(db, due, |id| Announce { id }).await
}

struct Announce {
    id: KeyId,
}

impl Command for Announce {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::Housekeep
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let now = tx.now();
        let row: Option<(String, Timestamp, i64, Option<String>)> = sql!(
            tx,
            fetch_optional,
            "update api_keys set notice = notice
             where organisation_id = $1 and environment = $2 and id = $3
               and revoked_at is null and successor_id is null and expires_at is not null
             returning name, expires_at, notice, created_by_id",
            grant.organisation(),
            grant.environment(),
            &self.id
        )?;
        let due = row.map(|(name, end, told, by)| (name, end, by, life::notice(now, Some(end)), told));
        let Some((name, end, by, notice, _)) = due.filter(|(.., notice, told)| notice > told) else {
            return Err(Error::NotFound(Noun::Key));
        };
        sql!(
            tx,
            execute,
            "update api_keys set notice = $4 where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &self.id,
            notice
        )?;
        let (action, event) = match notice {
            3 => (Action::KeyExpired, EventType::KeyExpired),
            _ => (Action::KeyExpiring, EventType::KeyExpiring),
        };
        let days_left = match notice {
            3 => 0,
            2 => 1,
            _ => 7,
        };
        tell(tx, grant, (&self.id, &name, end), days_left, by).await?;
        let trail = Trail::new(action, Subject::new(Noun::Key, &self.id, &name))
            .after(json!({ "expiresAt": end, "daysLeft": days_left }))
            .event(event, json!({ "keyId": self.id, "name": name, "expiresAt": end, "daysLeft": days_left }));
        Ok(((), trail))
    }
}

/// Tells everybody who can make another key, and whoever made this one.
async fn tell(
    tx: &mut Tx,
    grant: &Grant,
    (key, name, at): (&KeyId, &str, Timestamp),
    days: i64,
    by: Option<String>,
) -> Result<()> {
    let environment = grant.environment();
    let about = About::KeyExpires { environment, key: key.clone(), name: name.to_owned(), at, days };
    // A renewed key has another end, and a series of its own.
    let once = format!("key:{key}:{}:{days}", at.0);
    let may = |role: Role| role.permissions(environment).has(Permission::CreateKey);
    notices::tell_roles(tx, grant.organisation(), may, None, &about, Some(&once)).await?;
    let Some(creator) = by.and_then(|id| id.parse::<PersonId>().ok()) else { return Ok(()) };
    let there: Option<PersonId> = sql!(
        tx,
        scalar_optional,
        "select id from people
         where organisation_id = $1 and id = $2 and disabled_at is null and removed_at is null",
        grant.organisation(),
        &creator
    )?;
    if there.is_some() {
        notices::tell(tx, grant.organisation(), &creator, &about, Some(&once)).await?;
    }
    Ok(())
}
