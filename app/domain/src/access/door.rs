//! The door: turns a session, an API key, an agent token or a job's row into a [`Grant`].
use super::{
    Actor, Grant, Job, Origin, Role,
    permission::{self, Permissions},
};
use crate::{
    Error, Result,
    db::{Db, sql},
    environment::Environment,
    ids::{AgentId, KeyId, OrganisationId, PersonId, TokenId, UserId},
    keys::{
        self,
        format::{KeyKind, Parsed},
    },
    secret::Stored,
    time::Timestamp,
    users,
};
use chrono_tz::Tz;

/// A person who is signed in.
#[derive(Debug, Clone)]
pub struct Visitor {
    /// Who.
    pub id: PersonId,
    /// The person's name.
    pub name: String,
    /// The person's role, read with this request.
    pub role: Role,
    /// The organisation.
    pub organisation: OrganisationId,
    /// The organisation's name.
    pub organisation_name: String,
    /// The organisation's time zone.
    pub zone: Tz,
    /// When the person last showed a factor, as the session says.
    pub factor_at: Timestamp,
}

impl Visitor {
    /// The person's power in `environment`.
    pub fn grant(&self, environment: Environment, origin: Origin) -> Grant {
        let actor = Actor::Person { id: self.id.clone(), name: self.name.clone(), role: self.role };
        Grant::new(self.organisation.clone(), environment, actor, self.role.permissions(environment), origin)
            .stepping(self.role.step_up(environment), self.factor_at)
    }
}

#[derive(sqlx::FromRow)]
struct VisitorRow {
    name: String,
    role: Role,
    organisation_name: String,
    time_zone: String,
}

/// The person of a session, with the role of this moment; none when disabled meanwhile. The factor was last shown at
/// `factor_at`.
pub async fn visitor(
    db: &Db,
    organisation: &OrganisationId,
    person: &PersonId,
    factor_at: Timestamp,
) -> Result<Option<Visitor>> {
    let row: Option<VisitorRow> = sql!(
        db,
        fetch_optional,
        "select p.name, p.role, o.name as organisation_name, o.time_zone
         from people p join organisations o on o.id = p.organisation_id
         where p.organisation_id = $1 and p.id = $2 and p.disabled_at is null",
        organisation,
        person
    )?;
    Ok(row.map(|row| Visitor {
        id: person.clone(),
        name: row.name,
        role: row.role,
        organisation: organisation.clone(),
        organisation_name: row.organisation_name,
        zone: row.time_zone.parse().unwrap_or(Tz::UTC),
        factor_at,
    }))
}

/// Why a key or token does not open, or what it opens.
#[derive(Debug)]
pub enum Caller {
    /// It opens: the power, and the id under which its use is noted.
    Known(Grant, String),
    /// Malformed, or well formed and unknown.
    Unknown,
    /// It was revoked.
    Revoked(Bearer),
    /// Its time is over.
    Expired(Bearer),
}

/// Whose key or token it is that was proved and does not open: no power, only what the request log keeps of it.
#[derive(Debug)]
pub struct Bearer {
    /// Its organisation.
    pub organisation: OrganisationId,
    /// Its environment.
    pub environment: Environment,
    /// Its id.
    pub key: String,
    /// The agent of a token.
    pub agent: Option<AgentId>,
}

#[derive(sqlx::FromRow)]
struct KeyRow {
    organisation_id: OrganisationId,
    environment: Environment,
    id: String,
    name: String,
    agent_id: Option<String>,
    digest: Stored,
    expires_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
}

/// Checks the text of an API key or agent token. A malformed one never reaches the database; an unknown one
/// costs as much as a known one.
pub async fn caller(db: &Db, text: &str, origin: Origin) -> Result<Caller> {
    let Ok(Parsed { kind, environment, public_id }) = keys::format::parse(text) else {
        return Ok(Caller::Unknown);
    };
    let row: Option<KeyRow> = match kind {
        KeyKind::Organization => sql!(
            db,
            fetch_optional,
            "select organisation_id, environment, id, name, null as agent_id, digest, expires_at, revoked_at
             from api_keys where public_id = $1",
            public_id
        )?,
        KeyKind::Agent => sql!(
            db,
            fetch_optional,
            "select organisation_id, environment, id, name, agent_id, digest, expires_at, revoked_at
             from agent_tokens where public_id = $1",
            public_id
        )?,
    };
    let digest = keys::text::digest(db.vault(), text);
    let Some(row) = row else {
        // The comparison that a known key would have cost.
        digest.matches(&digest);
        return Ok(Caller::Unknown);
    };
    if !row.digest.matches(&digest) || row.environment != environment {
        return Ok(Caller::Unknown);
    }
    let agent = row.agent_id.as_deref().map(id::<AgentId>).transpose()?;
    let over = row.expires_at.is_some_and(|end| end <= db.now());
    if row.revoked_at.is_some() || over {
        let bearer = Bearer { organisation: row.organisation_id, environment, key: row.id, agent };
        return Ok(if row.revoked_at.is_some() { Caller::Revoked(bearer) } else { Caller::Expired(bearer) });
    }
    let (actor, permissions) = match agent {
        Some(agent) => (Actor::Token { id: id::<TokenId>(&row.id)?, agent }, permission::TOKEN),
        None => (Actor::Key { id: id::<KeyId>(&row.id)?, name: row.name }, permission::KEY),
    };
    let grant = Grant::new(row.organisation_id, row.environment, actor, permissions, origin);
    Ok(Caller::Known(grant, row.id))
}

fn id<T: std::str::FromStr<Err = crate::ids::NotAnId>>(text: &str) -> Result<T> {
    text.parse().map_err(|e: crate::ids::NotAnId| Error::broken(format!("a stored id {text}: {e}")))
}

/// The power of a job over one organisation's row that it claimed.
pub fn system(job: Job, organisation: OrganisationId, environment: Environment) -> Grant {
    Grant::new(organisation, environment, Actor::Job(job), permission::JOB, Origin::default())
}

/// The power of a completion link over its user's application, when the link is one of ours; none otherwise.
///
/// It stays within this crate, where it is spent on that one application and nothing else.
pub(crate) async fn applicant(db: &Db, token: &str, origin: Origin) -> Result<Option<(Grant, UserId)>> {
    let Some(user) = users::token::user(db.vault(), token) else { return Ok(None) };
    let row: Option<(OrganisationId, Environment)> =
        sql!(db, fetch_optional, "select organisation_id, environment from users where id = $1", &user)?;
    Ok(row.map(|(organisation, environment)| {
        (Grant::new(organisation, environment, Actor::Door, permission::APPLICANT, origin), user)
    }))
}

/// The power to sign in or set up, before anybody is known.
pub(super) fn door(organisation: OrganisationId, origin: Origin) -> Grant {
    Grant::new(organisation, Environment::Live, Actor::Door, permission::DOOR, origin)
}

/// The power of somebody whom this slice has just recognised.
pub(super) fn recognised(
    organisation: OrganisationId,
    actor: Actor,
    permissions: Permissions,
    origin: Origin,
) -> Grant {
    Grant::new(organisation, Environment::Live, actor, permissions, origin)
}
