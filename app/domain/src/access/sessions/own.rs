//! A person's own sessions: seen and ended.
use super::label;
use crate::{
    Error, Result,
    access::{Actor, Grant, Permission, Role},
    audit::Action,
    db::{Command, Db, Subject, Trail, Tx, sql},
    error::Noun,
    ids::{OrganisationId, PersonId, SessionId},
    time::{MINUTE, Timestamp},
};
use serde::{Deserialize, Serialize};

/// A session, as its owner sees it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct OwnSession {
    /// What it is ended by.
    pub id: SessionId,
    /// The browser and its system, such as "Firefox on Linux".
    pub device: String,
    /// The address it was begun from.
    pub address: Option<String>,
    /// When it began.
    pub created_at: Timestamp,
    /// When it was last used, to a minute.
    pub seen_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    id: SessionId,
    address: Option<String>,
    client: Option<String>,
    created_at: Timestamp,
    seen_at: Timestamp,
}

/// The person that a grant is of; [`Error::NotFound`] when it is nobody's.
pub(in crate::access) fn person(grant: &Grant) -> Result<(&PersonId, &str)> {
    match grant.actor() {
        Actor::Person { id, name, .. } => Ok((id, name)),
        _ => Err(Error::NotFound(Noun::Person)),
    }
}

/// The grant's own open sessions, the last used first: at most [`super::MOST`].
pub async fn own_sessions(db: &Db, grant: &Grant) -> Result<Vec<OwnSession>> {
    grant.require(Permission::Enter)?;
    let now = db.now();
    let rows: Vec<Row> = sql!(
        db,
        fetch_all,
        "select s.id, s.address, s.client, s.created_at, s.seen_at
         from sessions s join organisations o on o.id = s.organisation_id
         where s.organisation_id = $1 and s.person_id = $2 and s.ends_at > $3 and s.seen_at + o.idle_minutes * $4 > $3
         order by s.seen_at desc, s.id desc",
        grant.organisation(),
        person(grant)?.0,
        now,
        MINUTE
    )?;
    let shown = |row: Row| OwnSession {
        id: row.id,
        device: label(row.client.as_deref()),
        address: row.address,
        created_at: row.created_at,
        seen_at: row.seen_at,
    };
    Ok(rows.into_iter().map(shown).collect())
}

/// Ends with [`Error::Denied`] once this session of the grant's person has ended or their role is another: for work that
/// goes on after its request was let in. That the session went quiet meanwhile does not matter: the work is its use.
pub async fn still_open(db: &Db, grant: &Grant, session: &SessionId) -> Result<()> {
    let role: Option<Role> = sql!(
        db,
        scalar_optional,
        "select p.role from sessions s
             join people p on p.organisation_id = s.organisation_id and p.id = s.person_id
         where s.organisation_id = $1 and s.person_id = $2 and s.id = $3 and s.ends_at > $4 and p.disabled_at is null",
        grant.organisation(),
        person(grant)?.0,
        session,
        db.now()
    )?;
    match grant.actor() {
        Actor::Person { role: begun, .. } if role == Some(*begun) => Ok(()),
        _ => Err(Error::Denied(Permission::Enter)),
    }
}

/// Ends one of the person's own sessions, before the answer is sent.
pub struct EndSession {
    /// Which.
    pub id: SessionId,
}

impl Command for EndSession {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::Enter
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let (id, name) = person(grant)?;
        let client: Option<Option<String>> = sql!(
            tx,
            scalar_optional,
            "delete from sessions where organisation_id = $1 and person_id = $2 and id = $3 returning client",
            grant.organisation(),
            id,
            &self.id
        )?;
        let Some(client) = client else { return Err(Error::NotFound(Noun::Session)) };
        let trail = Trail::new(Action::SignedOut, Subject::new(Noun::Person, id, name));
        Ok(((), trail.reason(format!("ended from another page: {}", label(client.as_deref()))).organisation_wide()))
    }
}

/// Ends all of the person's own sessions but one.
pub struct EndOtherSessions {
    /// The one that stays.
    pub but: SessionId,
}

impl Command for EndOtherSessions {
    /// How many ended.
    type Output = u64;

    fn permission(&self) -> Permission {
        Permission::Enter
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(u64, Trail)> {
        let (id, name) = person(grant)?;
        let ended = end_all(tx, grant.organisation(), id, Some(&self.but)).await?;
        let trail = Trail::new(Action::SignedOut, Subject::new(Noun::Person, id, name));
        Ok((ended, trail.reason(format!("ended all others: {ended}")).organisation_wide()))
    }
}

/// Ends a person's sessions in the transaction of a change that makes them void (a new password, another role), and
/// sign-ins under way; `but` one stays. Gives how many ended.
pub(crate) async fn end_all(
    tx: &mut Tx,
    organisation: &OrganisationId,
    person: &PersonId,
    but: Option<&SessionId>,
) -> Result<u64> {
    sql!(tx, execute, "delete from sign_ins where organisation_id = $1 and person_id = $2", organisation, person)?;
    Ok(sql!(
        tx,
        execute,
        "delete from sessions where organisation_id = $1 and person_id = $2 and id <> $3",
        organisation,
        person,
        but.map_or("", SessionId::as_str)
    )?)
}
