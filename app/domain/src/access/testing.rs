//! Grants for tests. A release build has none of this.
use super::{
    Actor, Grant, NewOrganisation, Origin, Permission, Permissions, Role, Roles, commands::CreateOrganisation, door,
    permission,
};
use crate::{
    db::Db,
    environment::Environment,
    ids::{AgentId, KeyId, OrganisationId, PersonId, TokenId},
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
