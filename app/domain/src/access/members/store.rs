//! The rows of people.
use super::{Member, MemberStatus};
use crate::{
    Error, Result,
    access::{Actor, Grant, Permission, Role, sessions},
    db::{Db, Tx, sql},
    error::Noun,
    ids::PersonId,
    time::{MINUTE, Timestamp},
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

#[derive(sqlx::FromRow)]
struct SessionRow {
    address: Option<String>,
    client: Option<String>,
    created_at: Timestamp,
    seen_at: Timestamp,
}

/// A session that a person has open.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OpenSession {
    /// The browser and its system, such as "Firefox on Linux".
    pub device: String,
    /// The address that it was begun from.
    pub address: Option<String>,
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
    let rows: Vec<SessionRow> = sql!(
        db,
        fetch_all,
        "select s.address, s.client, s.created_at, s.seen_at
         from sessions s join organisations o on o.id = s.organisation_id
         where s.organisation_id = $1 and s.person_id = $2 and s.ends_at > $3 and s.seen_at + o.idle_minutes * $4 > $3
         order by s.seen_at desc, s.created_at desc",
        grant.organisation(),
        id,
        now,
        MINUTE
    )?;
    let shown = |row: SessionRow| OpenSession {
        device: sessions::label(row.client.as_deref()),
        address: row.address,
        created_at: row.created_at,
        seen_at: row.seen_at,
    };
    Ok(rows.into_iter().map(shown).collect())
}
