//! Grants for tests. A release build has none of this.
use super::{
    Actor, Grant, NewOrganisation, Origin, Permission, Permissions, Role, Roles,
    commands::{AddPerson, CreateOrganisation},
    door,
    members::Member,
    permission,
};
use crate::{
    db::{Db, sql},
    environment::Environment,
    ids::{AgentId, KeyId, OrganisationId, PasskeyId, PersonId, TokenId},
    time::Timestamp,
};

/// A moment that is never over: the factors of tests are always fresh.
const ALWAYS: Timestamp = Timestamp(i64::MAX);

/// A person's grant without signing in, with a factor that is always fresh.
pub fn person(db: &Db, organisation: &OrganisationId, environment: Environment, role: Role) -> Grant {
    let actor = Actor::Person { id: PersonId::new(db.now(), db.chance()), name: format!("Test {role}"), role };
    Grant::new(organisation.clone(), environment, actor, role.permissions(environment), Origin::default())
        .stepping(role.step_up(environment), ALWAYS)
}

/// A person who is there and cannot sign in, and their grant: no costly hash in every test.
pub async fn member(db: &Db, organisation: &OrganisationId, role: Role, name: &str, email: &str) -> Grant {
    let name = name.to_owned();
    let command = AddPerson { name: name.clone(), email: email.into(), role, password_hash: "none".into() };
    let id = db.commit(&door::door(organisation.clone(), Origin::default()), command).await.expect("a person");
    let actor = Actor::Person { id, name, role };
    let environment = Environment::Live;
    Grant::new(organisation.clone(), environment, actor, role.permissions(environment), Origin::default())
        .stepping(role.step_up(environment), ALWAYS)
}

/// A passkey of the grant's person that opens nothing: for the pages that list and remove it.
pub async fn passkey(db: &Db, grant: &Grant, name: &str) -> PasskeyId {
    let Actor::Person { id: person, .. } = grant.actor() else { panic!("a person") };
    let id = PasskeyId::new(db.now(), db.chance());
    sql!(
        db,
        execute,
        "insert into passkeys (organisation_id, id, person_id, name, credential, kept, sign_count, created_at)
         values ($1, $2, $3, $4, $5, '{}', 0, $6)",
        grant.organisation(),
        &id,
        person,
        name,
        id.as_str().as_bytes(),
        db.now()
    )
    .expect("a passkey");
    id
}

/// What this person of `grant`'s organisation may do in live.
pub fn acting(grant: &Grant, member: &Member) -> Grant {
    let actor = Actor::Person { id: member.id.clone(), name: member.name.clone(), role: member.role };
    let permissions = member.role.permissions(Environment::Live);
    Grant::new(grant.organisation().clone(), Environment::Live, actor, permissions, Origin::default())
        .stepping(member.role.step_up(Environment::Live), ALWAYS)
}

/// An API key's grant without a key.
pub fn key(db: &Db, organisation: &OrganisationId, environment: Environment) -> Grant {
    let actor = Actor::Key { id: KeyId::new(db.now(), db.chance()), name: "Test key".into() };
    Grant::new(organisation.clone(), environment, actor, permission::KEY, Origin::default())
}

/// An organisation with an owner who cannot sign in: no costly hash in every test.
pub async fn organisation(db: &Db, name: String) -> OrganisationId {
    let id = OrganisationId::new(db.now(), db.chance());
    let organisation = NewOrganisation {
        name,
        zone: chrono_tz::UTC,
        owner_name: "Owner".into(),
        owner_email: format!("owner@{id}.example"),
        second_factor_roles: Roles::default(),
    };
    let command = CreateOrganisation { organisation, password_hash: "none".into(), link: None };
    db.commit(&door::door(id.clone(), Origin::default()), command).await.expect("an organisation");
    id
}

/// The same person, whose factor was shown at `factor_at`.
pub fn with_factor_at(grant: &Grant, factor_at: Timestamp) -> Grant {
    let Actor::Person { role, .. } = grant.actor() else { return grant.clone() };
    grant.clone().stepping(role.step_up(grant.environment()), factor_at)
}

/// The same grant with these permissions only.
pub fn only(grant: &Grant, permissions: &[Permission]) -> Grant {
    Grant::new(
        grant.organisation().clone(),
        grant.environment(),
        grant.actor().clone(),
        Permissions::of(permissions),
        grant.origin().clone(),
    )
}

/// The power of an API key as the key of this id.
pub fn key_of(grant: &Grant, id: &KeyId) -> Grant {
    let actor = Actor::Key { id: id.clone(), name: "Test key".into() };
    let (organisation, environment) = (grant.organisation().clone(), grant.environment());
    Grant::new(organisation, environment, actor, permission::KEY, Origin::default())
}

/// An agent token's grant without a token.
pub fn token(db: &Db, organisation: &OrganisationId, environment: Environment, agent: &AgentId) -> Grant {
    let actor = Actor::Token { id: TokenId::new(db.now(), db.chance()), agent: agent.clone() };
    Grant::new(organisation.clone(), environment, actor, permission::TOKEN, Origin::default())
}

/// The same person, asking from elsewhere.
pub fn from(grant: &Grant, origin: Origin) -> Grant {
    let (organisation, environment, actor) = (grant.organisation(), grant.environment(), grant.actor());
    let Actor::Person { role, .. } = actor else { return grant.clone() };
    let permissions = role.permissions(environment);
    Grant::new(organisation.clone(), environment, actor.clone(), permissions, origin)
        .stepping(role.step_up(environment), ALWAYS)
}

/// The same person in this environment.
pub fn in_environment(grant: &Grant, environment: Environment) -> Grant {
    let (organisation, actor) = (grant.organisation().clone(), grant.actor().clone());
    let Actor::Person { role, .. } = actor else { return grant.clone() };
    Grant::new(organisation, environment, actor, role.permissions(environment), Origin::default())
        .stepping(role.step_up(environment), ALWAYS)
}
