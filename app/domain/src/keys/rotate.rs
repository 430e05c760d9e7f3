//! Rotation: a successor with the same name and power, and an overlap in which both keys work.
use super::{
    KeyStatus, Overlap,
    create::{self, ending},
    life::{self, Expiry, Successor},
    store::lock,
};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    audit::Action,
    db::{Command, Subject, Trail, Tx, sql},
    error::{Code, Noun},
    ids::KeyId,
    name::Line,
    secret::Plain,
    time::{DAY, Timestamp},
};
use serde_json::json;

/// Gives an active key a successor with its name, scopes, addresses and length of life.
pub struct RotateKey {
    /// Which key.
    pub id: KeyId,
    /// How long the old one works beside the new one.
    pub overlap: Overlap,
    /// The overlap counts from the first use of the new key instead of from now.
    pub from_first_use: bool,
    /// When the new one ends.
    pub ends: Successor,
}

/// A successor just made: the only moment at which its text exists.
pub struct Rotated {
    /// Its id.
    pub id: KeyId,
    /// Its text.
    pub secret: Plain,
    /// When the old key ends; `None` when that counts from the first use of the new one.
    pub old_ends_at: Option<Timestamp>,
}

impl Command for RotateKey {
    type Output = Rotated;

    fn permission(&self) -> Permission {
        Permission::CreateKey
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Rotated, Trail)> {
        let key = lock(tx, grant, &self.id).await?;
        let why = match key.status {
            KeyStatus::Active => None,
            KeyStatus::Retiring | KeyStatus::Replaced => Some("This key was rotated before; rotate its successor."),
            KeyStatus::Disabled => Some("This key is disabled; resume it first, or create another."),
            KeyStatus::Expired => Some("This key has expired; create another."),
            KeyStatus::Revoked => Some("This key was revoked; create another."),
        };
        if let Some(why) = why {
            return Err(Error::state(Code::KeyState, why));
        }
        let now = tx.now();
        let end = life::successor_end(now, key.created_at, key.expires_at, self.ends);
        // A key that lives longer than is allowed by now can still be rotated: its successor gets what is allowed.
        let most = create::most_days(tx, grant).await?.map(|days| now + days * DAY);
        let end = end.into_iter().chain(most).min();
        let reason = key.never_reason.as_deref().and_then(|reason| Line::parse(reason).ok());
        let expiry = match end {
            Some(end) => Expiry::At(end),
            // A key of before reasons were asked for: its successor says where it comes from.
            None => Expiry::Never(reason.or_else(|| Line::parse("As the key that it replaces.").ok())),
        };
        let (expires_at, never_reason) = ending(tx, grant, now, &expiry).await?;
        let ends_at = (!self.from_first_use).then(|| now + self.overlap.ms());
        // Points at no key yet: the name has to be free before the successor takes it.
        sql!(
            tx,
            execute,
            "update api_keys set successor_id = '', ends_at = $4, overlap_ms = $5, version = version + 1
             where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &self.id,
            ends_at,
            self.from_first_use.then_some(self.overlap.ms())
        )?;
        let row = create::Row {
            name: &key.name,
            lives: key.lives.as_deref(),
            expires_at,
            never_reason: never_reason.as_deref(),
            scopes: key.scopes,
            addresses: &key.addresses,
            predecessor: Some(&self.id),
        };
        let (created, made) = create::insert(tx, grant, row).await?;
        sql!(
            tx,
            execute,
            "update api_keys set successor_id = $4 where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &self.id,
            &created.id
        )?;
        let trail = Trail::new(Action::KeyRotated, Subject::new(Noun::Key, &self.id, &key.name)).after(json!({
            "successorId": created.id, "overlap": self.overlap, "fromFirstUse": self.from_first_use, "endsAt": ends_at,
        }));
        Ok((Rotated { id: created.id, secret: created.secret, old_ends_at: ends_at }, trail.and(made)))
    }
}

/// Ends the overlap of a rotated key at once.
pub struct CutOverlap {
    /// The old key.
    pub id: KeyId,
}

impl Command for CutOverlap {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::CreateKey
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let key = lock(tx, grant, &self.id).await?;
        let paused = key.status == KeyStatus::Disabled && key.successor_id.is_some();
        if key.status != KeyStatus::Retiring && !paused {
            return Err(Error::state(Code::KeyState, "This key has no overlap that could be cut short."));
        }
        let now = tx.now();
        sql!(
            tx,
            execute,
            "update api_keys set ends_at = $4, version = version + 1
             where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &self.id,
            now
        )?;
        let trail = Trail::new(Action::KeyOverlapCut, Subject::new(Noun::Key, &self.id, &key.name))
            .before(json!({ "endsAt": key.overlap_end }))
            .after(json!({ "endsAt": now }));
        Ok(((), trail))
    }
}
