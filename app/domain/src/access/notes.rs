//! Bookkeeping of the door: sessions, and when a key was last used.
use crate::{
    Result,
    db::{Tx, note::Note, sql},
    environment::Environment,
    ids::OrganisationId,
    secret::Stored,
    time::Timestamp,
};

/// What the machine's clock said.
pub(super) struct ClockSeen(pub Timestamp);

impl Note for ClockSeen {
    type Output = ();
    async fn write(&self, tx: &mut Tx) -> Result<()> {
        sql!(tx, execute, "update clock_seen set latest = $1 where id = 1", self.0)?;
        Ok(())
    }
}

/// A session's record changed: a message for the next page.
pub(super) struct SaveSession {
    pub hash: Stored,
    pub data: String,
}

impl Note for SaveSession {
    type Output = ();
    async fn write(&self, tx: &mut Tx) -> Result<()> {
        let now = tx.now();
        sql!(tx, execute, "update sessions set data = $2, seen_at = $3 where hash = $1", &self.hash, &self.data, now)?;
        Ok(())
    }
}

/// A session was seen.
pub(super) struct TouchSession(pub Stored);

impl Note for TouchSession {
    type Output = ();
    async fn write(&self, tx: &mut Tx) -> Result<()> {
        let now = tx.now();
        sql!(tx, execute, "update sessions set seen_at = $2 where hash = $1 and seen_at < $2", &self.0, now)?;
        Ok(())
    }
}

/// A session ended, and with it those that ran out.
pub(super) struct EndSessionRow(pub Stored);

impl Note for EndSessionRow {
    type Output = ();
    async fn write(&self, tx: &mut Tx) -> Result<()> {
        let now = tx.now();
        sql!(tx, execute, "delete from sessions where hash = $1 or ends_at < $2", &self.0, now)?;
        Ok(())
    }
}

/// A key or token was used: at most one write a minute for each.
pub struct KeyUsed {
    /// The key's organisation.
    pub organisation: OrganisationId,
    /// The key's environment.
    pub environment: Environment,
    /// The key's or token's id.
    pub key: String,
    /// From where.
    pub address: Option<String>,
    /// By which client.
    pub client: Option<String>,
    /// For what kind of call: `cards:read`.
    pub scope: Option<String>,
}

impl Note for KeyUsed {
    type Output = ();
    async fn write(&self, tx: &mut Tx) -> Result<()> {
        let now = tx.now();
        sql!(
            tx,
            execute,
            "insert into key_uses
                 (organisation_id, environment, key_id, first_used_at, used_at, address, client, scope)
             values ($1, $2, $3, $4, $4, $5, $6, $7)
             on conflict (organisation_id, environment, key_id)
             do update set used_at = excluded.used_at, address = excluded.address, client = excluded.client,
                           scope = excluded.scope",
            &self.organisation,
            self.environment,
            &self.key,
            now,
            &self.address,
            &self.client,
            &self.scope
        )?;
        Ok(())
    }
}
