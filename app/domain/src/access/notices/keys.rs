//! Keys that end soon are announced 14 and 3 days before, to those who can replace them.
use super::{About, tell_roles};
use crate::{
    Result,
    access::{self, Grant, Job, Permission},
    audit::Action,
    db::{Command, Db, Subject, Trail, Tx, sql},
    environment::Environment,
    error::Noun,
    ids::{KeyId, OrganisationId},
    time::{DAY, Timestamp},
};
use serde_json::json;

/// Days before the end at which a key is announced.
const DAYS: [i64; 2] = [14, 3];

#[derive(sqlx::FromRow)]
struct Due {
    organisation_id: OrganisationId,
    environment: Environment,
    id: KeyId,
    name: String,
    expires_at: Timestamp,
}

/// Announces the keys that came near their end, each once for each of the days, and says how many there were.
pub async fn announce_keys(db: &Db) -> Result<usize> {
    let (mut many, now) = (0, db.now());
    for days in DAYS {
        let nearer = DAYS.iter().copied().filter(|other| *other < days).max().unwrap_or(0);
        let due: Vec<Due> = sql!(
            db,
            fetch_all,
            "select k.organisation_id, k.environment, k.id, k.name, k.expires_at from api_keys k
             where k.revoked_at is null and k.successor_id is null and k.expires_at > $1 and k.expires_at <= $2
               and not exists (select 1 from notices n
                               where n.organisation_id = k.organisation_id and n.once = 'key:' || k.id || $3)
             order by k.expires_at limit 100",
            now + nearer * DAY,
            now + days * DAY,
            format!(":{days}")
        )?;
        many += due.len();
        for key in due {
            let grant = access::system(Job::Expiry, key.organisation_id, key.environment);
            let Due { id, name, expires_at: at, .. } = key;
            db.commit(&grant, Announce { id, name, at, days }).await?;
        }
    }
    Ok(many)
}

struct Announce {
    id: KeyId,
    name: String,
    at: Timestamp,
    days: i64,
}

impl Command for Announce {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::Housekeep
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let environment = grant.environment();
        let (key, name, at, days) = (self.id.clone(), self.name.clone(), self.at, self.days);
        let about = About::KeyExpires { environment, key, name, at, days };
        let once = format!("key:{}:{days}", self.id);
        let may = |role: access::Role| role.permissions(environment).has(Permission::CreateKey);
        tell_roles(tx, grant.organisation(), may, None, &about, Some(&once)).await?;
        let trail = Trail::new(Action::KeyExpiryAnnounced, Subject::new(Noun::Key, &self.id, &self.name))
            .after(json!({ "expiresAt": at, "days": days }));
        Ok(((), trail))
    }
}
