//! The rows of API keys.
use super::{
    Key, KeyStatus,
    format::{KeyKind, mask},
};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    db::{Db, sql},
    error::Noun,
    ids::KeyId,
    time::Timestamp,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: KeyId,
    name: String,
    public_id: String,
    created_at: Timestamp,
    created_by: String,
    expires_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
    used_at: Option<Timestamp>,
    address: Option<String>,
    client: Option<String>,
}

impl Row {
    fn key(self, grant: &Grant, now: Timestamp) -> Key {
        Key {
            status: KeyStatus::at(now, self.revoked_at, self.expires_at),
            masked: mask(KeyKind::Organization, grant.environment(), &self.public_id),
            id: self.id,
            name: self.name,
            created_at: self.created_at,
            created_by: self.created_by,
            expires_at: self.expires_at,
            revoked_at: self.revoked_at,
            last_used_at: self.used_at,
            last_used_from: self.address,
            last_used_by: self.client,
        }
    }
}

/// Every key of the environment, the newest first: an organisation has few.
pub async fn list(db: &Db, grant: &Grant) -> Result<Vec<Key>> {
    grant.require(Permission::View)?;
    let rows: Vec<Row> = sql!(
        db,
        fetch_all,
        "select k.id, k.name, k.public_id, k.created_at, k.created_by, k.expires_at, k.revoked_at,
                u.used_at, u.address, u.client
         from api_keys k
         left join key_uses u on u.organisation_id = k.organisation_id and u.environment = k.environment
                             and u.key_id = k.id
         where k.organisation_id = $1 and k.environment = $2
         order by k.id desc",
        grant.organisation(),
        grant.environment()
    )?;
    let now = db.now();
    Ok(rows.into_iter().map(|row| row.key(grant, now)).collect())
}

/// One key.
pub async fn get(db: &Db, grant: &Grant, id: &KeyId) -> Result<Key> {
    grant.require(Permission::View)?;
    let row: Option<Row> = sql!(
        db,
        fetch_optional,
        "select k.id, k.name, k.public_id, k.created_at, k.created_by, k.expires_at, k.revoked_at,
                u.used_at, u.address, u.client
         from api_keys k
         left join key_uses u on u.organisation_id = k.organisation_id and u.environment = k.environment
                             and u.key_id = k.id
         where k.organisation_id = $1 and k.environment = $2 and k.id = $3",
        grant.organisation(),
        grant.environment(),
        id
    )?;
    row.map(|row| row.key(grant, db.now())).ok_or(Error::NotFound(Noun::Key))
}
