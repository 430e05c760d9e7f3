//! Bookkeeping of the door: sessions, and when a key was last used.
use crate::{
    Result,
    db::{Tx, note::Note, sql},
    environment::Environment,
    ids::OrganisationId,
    secret::Stored,
    time::Timestamp,
};

/// A session's row is made or renewed.
pub(super) struct SaveSession {
    pub hash: Stored,
    pub organisation: Option<OrganisationId>,
    pub person: Option<String>,
    pub data: String,
    pub ends_at: Timestamp,
    /// Fails when the row is there already: a new id must be new.
    pub new: bool,
}

impl Note for SaveSession {
    /// Whether the row was written.
    type Output = bool;

    async fn write(&self, tx: &mut Tx) -> Result<bool> {
        let now = tx.now();
        let rows = if self.new {
            sql!(
                tx,
                execute,
                "insert into sessions (hash, organisation_id, person_id, data, created_at, seen_at, ends_at)
                 values ($1, $2, $3, $4, $5, $5, $6) on conflict (hash) do nothing",
                &self.hash,
                &self.organisation,
                &self.person,
                &self.data,
                now,
                self.ends_at
            )?
        } else {
            sql!(
                tx,
                execute,
                "update sessions set organisation_id = $2, person_id = $3, data = $4, seen_at = $5 where hash = $1",
                &self.hash,
                &self.organisation,
                &self.person,
                &self.data,
                now
            )?
        };
        Ok(rows == 1)
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
pub(super) struct EndSession(pub Stored);

impl Note for EndSession {
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
