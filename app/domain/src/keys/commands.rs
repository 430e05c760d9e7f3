//! Changes to API keys.
use super::{format::KeyKind, text};
use crate::{
    Error, Result,
    access::{Actor, Grant, Permission},
    audit::Action,
    db::{Command, Subject, Trail, Tx, sql},
    error::{Code, Noun},
    ids::KeyId,
    name::Name,
    secret::Plain,
    time::Timestamp,
};
use serde_json::json;

/// A new API key of the grant's environment.
pub struct CreateKey {
    /// Its name, unique among the keys in use.
    pub name: Name,
    /// When it ends; never, when absent.
    pub expires_at: Option<Timestamp>,
}

/// A key that was just made: the only moment at which its text exists.
pub struct Created {
    /// Its id.
    pub id: KeyId,
    /// Its text.
    pub secret: Plain,
}

impl Command for CreateKey {
    type Output = Created;

    fn permission(&self) -> Permission {
        Permission::CreateKey
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Created, Trail)> {
        let now = tx.now();
        if self.expires_at.is_some_and(|end| end <= now) {
            return Err(Error::field("expires", "must be in the future"));
        }
        let made = text::make(tx, KeyKind::Organization, grant);
        let id = KeyId::new(now, tx.chance());
        let created_by = match grant.actor() {
            Actor::Person { name, .. } | Actor::Key { name, .. } => name.clone(),
            Actor::Token { .. } | Actor::Job(_) | Actor::Door => return Err(Error::Denied(Permission::CreateKey)),
        };
        let rows = sql!(
            tx,
            execute,
            "insert into api_keys
                 (organisation_id, environment, id, name, public_id, digest, created_by, created_at, expires_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
            grant.organisation(),
            grant.environment(),
            &id,
            self.name.as_str(),
            &made.public_id,
            made.digest,
            created_by,
            now,
            self.expires_at
        )?;
        if rows == 0 {
            return Err(Error::field("name", "is used by another key of this environment; choose another"));
        }
        let trail = Trail::new(Action::KeyCreated, Subject::new(Noun::Key, &id, self.name.as_str()))
            .after(json!({ "name": self.name.as_str(), "publicId": made.public_id, "expiresAt": self.expires_at }));
        Ok((Created { id, secret: made.secret }, trail))
    }
}

/// Ends a key at once and for good.
pub struct RevokeKey {
    /// Which key.
    pub id: KeyId,
}

impl Command for RevokeKey {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::RevokeKey
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let now = tx.now();
        let name: Option<String> = sql!(
            tx,
            scalar_optional,
            "update api_keys set revoked_at = $4
             where organisation_id = $1 and environment = $2 and id = $3 and revoked_at is null returning name",
            grant.organisation(),
            grant.environment(),
            &self.id,
            now
        )?;
        let Some(name) = name else {
            let there: i64 = sql!(
                tx,
                scalar,
                "select count(*) from api_keys where organisation_id = $1 and environment = $2 and id = $3",
                grant.organisation(),
                grant.environment(),
                &self.id
            )?;
            return Err(match there {
                0 => Error::NotFound(Noun::Key),
                _ => Error::state(Code::AlreadyRevoked, "This key was revoked before."),
            });
        };
        Ok(((), Trail::new(Action::KeyRevoked, Subject::new(Noun::Key, &self.id, name))))
    }
}
