//! The rows of API keys.
use super::{
    Addresses, Ends, ExposedIn, Key, KeyStatus, Scopes,
    format::{KeyKind, mask},
    life::Trial,
};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    db::{Db, Tx, sql},
    environment::Environment,
    error::Noun,
    ids::KeyId,
    time::Timestamp,
};

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: KeyId,
    name: String,
    public_id: String,
    lives: Option<String>,
    scopes: Scopes,
    addresses: Addresses,
    created_at: Timestamp,
    created_by: String,
    expires_at: Option<Timestamp>,
    never_reason: Option<String>,
    revoked_at: Option<Timestamp>,
    disabled_at: Option<Timestamp>,
    predecessor_id: Option<KeyId>,
    successor_id: Option<KeyId>,
    ends_at: Option<Timestamp>,
    overlap_ms: Option<i64>,
    exposed_at: Option<Timestamp>,
    exposed_in: Option<ExposedIn>,
    trial_at: Option<Timestamp>,
    trial_ends_at: Option<Timestamp>,
    version: i64,
    first_used_at: Option<Timestamp>,
    used_at: Option<Timestamp>,
    address: Option<String>,
    client: Option<String>,
    scope: Option<String>,
}

impl Row {
    pub(super) fn key(self, environment: Environment, now: Timestamp) -> Key {
        let ends = Ends {
            revoked: self.revoked_at,
            expires: self.expires_at,
            disabled: self.disabled_at,
            rotated: self.successor_id.is_some(),
            overlap: self.ends_at,
        };
        Key {
            status: KeyStatus::at(now, ends),
            masked: mask(KeyKind::Organization, environment, &self.public_id),
            id: self.id,
            name: self.name,
            lives: self.lives,
            scopes: self.scopes,
            addresses: self.addresses,
            created_at: self.created_at,
            created_by: self.created_by,
            expires_at: self.expires_at,
            never_reason: self.never_reason,
            revoked_at: self.revoked_at,
            disabled_at: self.disabled_at,
            first_used_at: self.first_used_at,
            last_used_at: self.used_at,
            last_used_from: self.address,
            last_used_by: self.client,
            last_used_for: self.scope,
            exposed: self.exposed_at.zip(self.exposed_in),
            trial: self.trial_at.zip(self.trial_ends_at).map(|(from, to)| Trial { from, to }),
            predecessor: self.predecessor_id,
            successor: self.successor_id,
            ends_at: self.ends_at,
            overlap_ms: self.overlap_ms,
            version: self.version,
        }
    }
}

/// Every column of [`Row`], each key with its own use (`u`) and the first use of its successor (`n`).
macro_rules! keys_where {
    ($more:literal) => {
        concat!(
            "select k.id, k.name, k.public_id, k.lives, k.scopes, k.addresses, k.created_at, k.created_by,
                    k.expires_at, k.never_reason, k.revoked_at, k.disabled_at, k.predecessor_id, k.successor_id,
                    coalesce(k.ends_at, n.first_used_at + k.overlap_ms) as ends_at, k.overlap_ms, k.exposed_at,
                    k.exposed_in, k.trial_at, k.trial_ends_at, k.version, u.first_used_at, u.used_at, u.address, u.client, u.scope
             from api_keys k
             left join key_uses u on u.organisation_id = k.organisation_id and u.environment = k.environment
                                 and u.key_id = k.id
             left join key_uses n on n.organisation_id = k.organisation_id and n.environment = k.environment
                                 and n.key_id = k.successor_id
             where ",
            $more
        )
    };
}
pub(super) use keys_where;

/// One key.
pub async fn get(db: &Db, grant: &Grant, id: &KeyId) -> Result<Key> {
    grant.require(Permission::View)?;
    let row: Option<Row> = sql!(
        db,
        fetch_optional,
        keys_where!("k.organisation_id = $1 and k.environment = $2 and k.id = $3"),
        grant.organisation(),
        grant.environment(),
        id
    )?;
    row.map(|row| row.key(grant.environment(), db.now())).ok_or(Error::NotFound(Noun::Key))
}

/// The same within a change.
pub(super) async fn in_change(tx: &mut Tx, grant: &Grant, id: &KeyId) -> Result<Key> {
    let now = tx.now();
    let row: Option<Row> = sql!(
        tx,
        fetch_optional,
        keys_where!("k.organisation_id = $1 and k.environment = $2 and k.id = $3"),
        grant.organisation(),
        grant.environment(),
        id
    )?;
    row.map(|row| row.key(grant.environment(), now)).ok_or(Error::NotFound(Noun::Key))
}

/// A key while it is being changed.
pub(super) struct Locked {
    pub name: String,
    pub lives: Option<String>,
    pub scopes: Scopes,
    pub addresses: Addresses,
    pub created_at: Timestamp,
    pub expires_at: Option<Timestamp>,
    pub never_reason: Option<String>,
    pub successor_id: Option<KeyId>,
    /// When its overlap ends, where that is known.
    pub overlap_end: Option<Timestamp>,
    pub notice: i64,
    pub version: i64,
    pub status: KeyStatus,
}

#[derive(sqlx::FromRow)]
struct LockedRow {
    name: String,
    lives: Option<String>,
    scopes: Scopes,
    addresses: Addresses,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    never_reason: Option<String>,
    revoked_at: Option<Timestamp>,
    disabled_at: Option<Timestamp>,
    successor_id: Option<KeyId>,
    ends_at: Option<Timestamp>,
    overlap_ms: Option<i64>,
    notice: i64,
    version: i64,
}

/// The key, locked until the change is over.
pub(super) async fn lock(tx: &mut Tx, grant: &Grant, id: &KeyId) -> Result<Locked> {
    let row: Option<LockedRow> = sql!(
        tx,
        fetch_optional,
        "update api_keys set version = version where organisation_id = $1 and environment = $2 and id = $3
         returning name, lives, scopes, addresses, created_at, expires_at, never_reason, revoked_at, disabled_at,
                   successor_id, ends_at, overlap_ms, notice, version",
        grant.organisation(),
        grant.environment(),
        id
    )?;
    let row = row.ok_or(Error::NotFound(Noun::Key))?;
    let overlap_end = match (&row.successor_id, row.ends_at, row.overlap_ms) {
        (Some(successor), None, Some(overlap)) => {
            let first: Option<Timestamp> = sql!(
                tx,
                scalar_optional,
                "select first_used_at from key_uses
                 where organisation_id = $1 and environment = $2 and key_id = $3 and first_used_at is not null",
                grant.organisation(),
                grant.environment(),
                successor
            )?;
            first.map(|first| first + overlap)
        }
        (_, ends_at, _) => ends_at,
    };
    let ends = Ends {
        revoked: row.revoked_at,
        expires: row.expires_at,
        disabled: row.disabled_at,
        rotated: row.successor_id.is_some(),
        overlap: overlap_end,
    };
    Ok(Locked {
        status: KeyStatus::at(tx.now(), ends),
        name: row.name,
        lives: row.lives,
        scopes: row.scopes,
        addresses: row.addresses,
        created_at: row.created_at,
        expires_at: row.expires_at,
        never_reason: row.never_reason,
        successor_id: row.successor_id,
        overlap_end,
        notice: row.notice,
        version: row.version,
    })
}
