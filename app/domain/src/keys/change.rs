//! Changing a key that is in use: its name, what it may do, its end; pausing it.
use super::{
    Addresses, Expiry, KeyStatus, Scopes,
    create::{ending, taken},
    life,
    store::{Locked, lock},
};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    audit::Action,
    db::{Command, Subject, Trail, Tx, sql},
    error::{Code, Noun},
    ids::KeyId,
    name::{Line, Name},
};
use serde_json::json;

/// Another name, place, power or end for a key that is active, rotated away or paused.
pub struct EditKey {
    /// Which key.
    pub id: KeyId,
    /// The version that the editor saw.
    pub version: i64,
    /// Its name.
    pub name: Name,
    /// Where it lives.
    pub lives: Option<Line>,
    /// When it ends; as before when absent. Another end begins the notices anew.
    pub expiry: Option<Expiry>,
    /// What it may do.
    pub scopes: Scopes,
    /// From where.
    pub addresses: Addresses,
}

impl Command for EditKey {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::CreateKey
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let key = lock(tx, grant, &self.id).await?;
        in_use(&key)?;
        if key.version != self.version {
            return Err(Error::state(
                Code::StaleEdit,
                "Somebody changed this key while you were editing. What is in force now is shown below with your \
                 entries; send them again to put them in its place.",
            ));
        }
        let (expires_at, never_reason) = match &self.expiry {
            Some(expiry) => ending(tx, grant, key.created_at, expiry).await?,
            None => (key.expires_at, key.never_reason.clone()),
        };
        let notice = if expires_at == key.expires_at { key.notice } else { life::notice(tx.now(), expires_at) };
        let renamed = sql!(
            tx,
            execute,
            "update api_keys set name = $4, lives = $5, expires_at = $6, never_reason = $7, scopes = $8,
                    addresses = $9, notice = $10, version = version + 1
             where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &self.id,
            self.name.as_str(),
            self.lives.as_ref().map(Line::as_str),
            expires_at,
            &never_reason,
            self.scopes,
            &self.addresses,
            notice
        );
        if let Err(error) = renamed {
            let unique = error.as_database_error().is_some_and(|e| e.is_unique_violation());
            return Err(if unique { taken() } else { error.into() });
        }
        let trail = Trail::new(Action::KeyChanged, Subject::new(Noun::Key, &self.id, self.name.as_str()))
            .before(json!({
                "name": key.name, "lives": key.lives, "expiresAt": key.expires_at, "neverReason": key.never_reason,
                "scopes": key.scopes, "addresses": key.addresses,
            }))
            .after(json!({
                "name": self.name.as_str(), "lives": self.lives.as_ref().map(Line::as_str), "expiresAt": expires_at,
                "neverReason": never_reason, "scopes": self.scopes, "addresses": self.addresses,
            }));
        Ok(((), trail))
    }
}

/// Refuses a key whose end is for good.
pub(super) fn in_use(key: &Locked) -> Result<()> {
    let why = match key.status {
        KeyStatus::Active | KeyStatus::Retiring | KeyStatus::Disabled => return Ok(()),
        KeyStatus::Expired => "This key has expired; create another.",
        KeyStatus::Replaced => "This key was replaced; change its successor.",
        KeyStatus::Revoked => "This key was revoked; create another.",
    };
    Err(Error::state(Code::KeyState, why))
}

/// Pauses a key: calls with it are refused until it is resumed.
pub struct DisableKey {
    /// Which key.
    pub id: KeyId,
}

impl Command for DisableKey {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::CreateKey
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let key = lock(tx, grant, &self.id).await?;
        in_use(&key)?;
        if key.status == KeyStatus::Disabled {
            return Err(Error::state(Code::KeyState, "This key is disabled already."));
        }
        let now = tx.now();
        sql!(
            tx,
            execute,
            "update api_keys set disabled_at = $4, version = version + 1
             where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &self.id,
            now
        )?;
        Ok(((), turned(Action::KeyDisabled, &self.id, &key, KeyStatus::Disabled)))
    }
}

/// Ends the pause of a key.
pub struct ResumeKey {
    /// Which key.
    pub id: KeyId,
}

impl Command for ResumeKey {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::CreateKey
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let key = lock(tx, grant, &self.id).await?;
        in_use(&key)?;
        if key.status != KeyStatus::Disabled {
            return Err(Error::state(Code::KeyState, "This key is not disabled."));
        }
        sql!(
            tx,
            execute,
            "update api_keys set disabled_at = null, idle_told_at = null, version = version + 1
             where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &self.id
        )?;
        let next = if key.successor_id.is_some() { KeyStatus::Retiring } else { KeyStatus::Active };
        Ok(((), turned(Action::KeyResumed, &self.id, &key, next)))
    }
}

fn turned(action: Action, id: &KeyId, key: &Locked, next: KeyStatus) -> Trail {
    Trail::new(action, Subject::new(Noun::Key, id, &key.name))
        .before(json!({ "status": key.status }))
        .after(json!({ "status": next }))
}
