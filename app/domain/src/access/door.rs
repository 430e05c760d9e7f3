//! The door: turns a session or a job's row into a [`Grant`]. Keys and tokens come in by `caller`.
use super::{
    Actor, Grant, Job, Origin, Role, Roles,
    permission::{self, Permissions},
};
use crate::{
    Result,
    db::{Db, sql},
    environment::Environment,
    ids::{OrganisationId, PersonId, UserId},
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
    /// The person's own time zone, or else the organisation's.
    pub zone: Tz,
    /// The organisation's time zone, in which the windows of its limits begin.
    pub organisation_zone: Tz,
    /// Proposals of others that wait for this person's approval.
    pub proposals: i64,
    /// Notices that this person has not marked as read.
    pub notices: i64,
    /// When the person last showed a factor, as the session says.
    pub factor_at: Timestamp,
    /// After how many quiet minutes the session ends.
    pub idle_minutes: i64,
    /// Whether the organisation asks the role for a passkey and the person has none: until they add one, nothing else is
    /// open to them.
    pub owes_passkey: bool,
}

impl Visitor {
    /// The person's power in `environment`.
    pub fn grant(&self, environment: Environment, origin: Origin) -> Grant {
        let actor = Actor::Person { id: self.id.clone(), name: self.name.clone(), role: self.role };
        let permissions = if self.owes_passkey { permission::OWN } else { self.role.permissions(environment) };
        Grant::new(self.organisation.clone(), environment, actor, permissions, origin)
            .stepping(self.role.step_up(environment), self.factor_at)
    }
}

#[derive(sqlx::FromRow)]
struct VisitorRow {
    name: String,
    role: Role,
    organisation_name: String,
    time_zone: String,
    organisation_zone: String,
    proposals: i64,
    notices: i64,
    idle_minutes: i64,
    passkey_roles: Roles,
    passkeys: i64,
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
        "select p.name, p.role, o.name as organisation_name, coalesce(p.time_zone, o.time_zone) as time_zone,
                o.time_zone as organisation_zone,
                (select count(*) from proposals r
                 where r.organisation_id = p.organisation_id and r.state = 'proposed' and r.expires_at > $3
                   and r.proposed_by <> p.id
                   and (p.role = 'owner' or (r.kind = 'limit' and p.role in ('admin', 'finance')))) as proposals,
                (select count(*) from notices n
                 where n.organisation_id = p.organisation_id and n.person_id = p.id and n.seen_at is null) as notices,
                o.idle_minutes, o.passkey_roles,
                (select count(*) from passkeys k
                 where k.organisation_id = p.organisation_id and k.person_id = p.id) as passkeys
         from people p join organisations o on o.id = p.organisation_id
         where p.organisation_id = $1 and p.id = $2 and p.disabled_at is null",
        organisation,
        person,
        db.now()
    )?;
    Ok(row.map(|row| Visitor {
        id: person.clone(),
        name: row.name,
        role: row.role,
        organisation: organisation.clone(),
        organisation_name: row.organisation_name,
        zone: row.time_zone.parse().unwrap_or(Tz::UTC),
        organisation_zone: row.organisation_zone.parse().unwrap_or(Tz::UTC),
        proposals: row.proposals,
        notices: row.notices,
        factor_at,
        idle_minutes: row.idle_minutes,
        owes_passkey: row.passkeys == 0 && row.passkey_roles.has(row.role),
    }))
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
