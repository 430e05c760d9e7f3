//! The rows of people.
use super::{Member, MemberStatus};
use crate::{
    Error, Result,
    access::{Actor, Grant, Permission, Role, sessions::IDLE_MS},
    db::{Db, Tx, sql},
    error::Noun,
    ids::PersonId,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: PersonId,
    name: String,
    email: String,
    role: Role,
    time_zone: Option<String>,
    created_at: Timestamp,
    signed_in_at: Option<Timestamp>,
    disabled_at: Option<Timestamp>,
    removed_at: Option<Timestamp>,
    version: i64,
}

impl From<Row> for Member {
    fn from(row: Row) -> Self {
        Self {
            status: MemberStatus::of(row.disabled_at, row.removed_at),
            email: row.removed_at.is_none().then_some(row.email),
            id: row.id,
            name: row.name,
            role: row.role,
            zone: row.time_zone,
            created_at: row.created_at,
            signed_in_at: row.signed_in_at,
            disabled_at: row.disabled_at,
            removed_at: row.removed_at,
            version: row.version,
        }
    }
}

/// Everybody who is in the organisation, the first to come first: an organisation has few. Everybody sees who
/// else is there, to know whom to ask.
pub async fn list(db: &Db, grant: &Grant) -> Result<Vec<Member>> {
    grant.require(Permission::View)?;
    let rows: Vec<Row> = sql!(
        db,
        fetch_all,
        "select id, name, email, role, time_zone, created_at, signed_in_at, disabled_at, removed_at, version
         from people where organisation_id = $1 and removed_at is null order by id",
        grant.organisation()
    )?;
    Ok(rows.into_iter().map(Member::from).collect())
}

/// One person, also one who was removed.
pub async fn get(db: &Db, grant: &Grant, id: &PersonId) -> Result<Member> {
    grant.require(Permission::View)?;
    let row: Option<Row> = sql!(
        db,
        fetch_optional,
        "select id, name, email, role, time_zone, created_at, signed_in_at, disabled_at, removed_at, version
         from people where organisation_id = $1 and id = $2",
        grant.organisation(),
        id
    )?;
    row.map(Member::from).ok_or(Error::NotFound(Noun::Person))
}

/// The same inside a change, which has locked the organisation.
pub(in crate::access) async fn find(tx: &mut Tx, grant: &Grant, id: &PersonId) -> Result<Member> {
    let row: Option<Row> = sql!(
        tx,
        fetch_optional,
        "select id, name, email, role, time_zone, created_at, signed_in_at, disabled_at, removed_at, version
         from people where organisation_id = $1 and id = $2",
        grant.organisation(),
        id
    )?;
    row.map(Member::from).ok_or(Error::NotFound(Noun::Person))
}

/// A session that a person has open.
#[derive(Debug, Clone, Serialize, Deserialize, sqlx::FromRow)]
pub struct OpenSession {
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, at most a minute stale.
    pub seen_at: Timestamp,
}

/// The sessions that a person has open, the latest used first. Their own, or those of somebody whom the grant's
/// holder may manage.
pub async fn sessions(db: &Db, grant: &Grant, id: &PersonId) -> Result<Vec<OpenSession>> {
    let own = matches!(grant.actor(), Actor::Person { id: actor, .. } if actor == id);
    grant.require(if own { Permission::View } else { Permission::ManageMembers })?;
    let now = db.now();
    Ok(sql!(
        db,
        fetch_all,
        "select created_at, seen_at from sessions
         where organisation_id = $1 and person_id = $2 and ends_at > $3 and seen_at > $4
         order by seen_at desc, created_at desc",
        grant.organisation(),
        id,
        now,
        now - IDLE_MS
    )?)
}
