//! Grants for tests. A release build has none of this.
use super::{Actor, Grant, Origin, Role, permission};
use crate::{
    db::Db,
    environment::Environment,
    ids::{KeyId, OrganisationId, PersonId},
};

/// A person's grant without signing in.
pub fn person(db: &Db, organisation: &OrganisationId, environment: Environment, role: Role) -> Grant {
    let actor = Actor::Person { id: PersonId::new(db.now(), db.chance()), name: format!("Test {role}"), role };
    Grant::new(organisation.clone(), environment, actor, role.permissions(environment), Origin::default())
}

/// An API key's grant without a key.
pub fn key(db: &Db, organisation: &OrganisationId, environment: Environment) -> Grant {
    let actor = Actor::Key { id: KeyId::new(db.now(), db.chance()), name: "Test key".into() };
    Grant::new(organisation.clone(), environment, actor, permission::KEY, Origin::default())
}
