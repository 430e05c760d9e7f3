//! The rows of calls with a key.
use super::{
    KEPT_MS,
    notes::Prune,
    once::{Answered, Keyed, Outcome},
};
use crate::{
    Error, Result,
    access::Grant,
    db::{Db, Tx, sql},
    environment::Environment,
    ids::{OrganisationId, RequestId},
    secret::{Plain, Sealed},
    time::Timestamp,
    vault::{Place, Vault},
};
use sha2::{Digest, Sha256};

/// Where a key's call is kept: whose it is, and a hash of what the key stands for.
pub(super) struct Slot {
    organisation: OrganisationId,
    environment: Environment,
    hash: String,
}

impl Slot {
    pub fn new(grant: &Grant, call: &Keyed) -> Self {
        let mut hash = Sha256::new();
        // An agent's token must not be answered with what another agent's was.
        let agent = grant.only_agent().map_or("", |agent| agent.as_str());
        for part in [call.route.as_str(), agent, call.key.as_str()] {
            hash.update((part.len() as u64).to_be_bytes());
            hash.update(part);
        }
        Self {
            organisation: grant.organisation().clone(),
            environment: grant.environment(),
            hash: hex::encode(hash.finalize()),
        }
    }

    pub fn name(&self) -> String {
        format!("{} {} {}", self.organisation, self.environment, self.hash)
    }

    fn place(&self) -> Place<'_> {
        Place { table: "idempotency", column: "body", organisation: self.organisation.as_str(), row: &self.hash }
    }
}

/// A call that was made before.
#[derive(sqlx::FromRow)]
pub(super) struct Found {
    fingerprint: String,
    request_id: Option<RequestId>,
    status: i64,
    body: Sealed,
}

impl Found {
    pub fn outcome<R>(self, db: &Db, slot: &Slot, fingerprint: &str) -> Result<Outcome<R>> {
        self.told(db.vault(), slot, fingerprint)
    }

    pub fn outcome_in<R>(self, tx: &Tx, slot: &Slot, fingerprint: &str) -> Result<Outcome<R>> {
        self.told(tx.vault(), slot, fingerprint)
    }

    fn told<R>(self, vault: &Vault, slot: &Slot, fingerprint: &str) -> Result<Outcome<R>> {
        if self.fingerprint != fingerprint {
            return Ok(Outcome::Changed);
        }
        let status = u16::try_from(self.status).map_err(Error::broken)?;
        let body = vault.open_sealed(slot.place(), &self.body)?.expose().to_owned();
        Ok(Outcome::Replayed(Answered { status, body, kept: None }, self.request_id))
    }
}

/// What was kept of the slot's call, while it is remembered.
pub(super) async fn find(db: &Db, slot: &Slot) -> Result<Option<Found>> {
    Ok(sql!(
        db,
        fetch_optional,
        "select fingerprint, request_id, status, body from idempotency
         where organisation_id = $1 and environment = $2 and hash = $3 and created_at > $4 and status is not null",
        &slot.organisation,
        slot.environment,
        &slot.hash,
        db.now() - KEPT_MS
    )?)
}

/// The same within the change that found the slot taken.
pub(super) async fn read(tx: &mut Tx, slot: &Slot) -> Result<Found> {
    Ok(sql!(
        tx,
        fetch_one,
        "select fingerprint, request_id, status, body from idempotency
         where organisation_id = $1 and environment = $2 and hash = $3",
        &slot.organisation,
        slot.environment,
        &slot.hash
    )?)
}

/// Takes the slot; false when it is taken. A row whose time is over makes room.
pub(super) async fn open(tx: &mut Tx, slot: &Slot, fingerprint: &str, request: Option<&RequestId>) -> Result<bool> {
    let now = tx.now();
    let taken = sql!(
        tx,
        execute,
        "insert into idempotency (organisation_id, environment, hash, fingerprint, request_id, created_at)
         values ($1, $2, $3, $4, $5, $6)
         on conflict (organisation_id, environment, hash) do update
             set fingerprint = excluded.fingerprint, request_id = excluded.request_id,
                 created_at = excluded.created_at, status = null, body = null
             where idempotency.created_at <= $7",
        &slot.organisation,
        slot.environment,
        &slot.hash,
        fingerprint,
        request,
        now,
        now - KEPT_MS
    )?;
    Ok(taken > 0)
}

/// Keeps what the slot's call was answered.
pub(super) async fn keep(tx: &mut Tx, slot: &Slot, answered: &Answered) -> Result<()> {
    let body = Plain::new(answered.kept.as_ref().unwrap_or(&answered.body).clone());
    let sealed = tx.vault().seal(slot.place(), &body, tx.chance());
    sql!(
        tx,
        execute,
        "update idempotency set status = $4, body = $5
         where organisation_id = $1 and environment = $2 and hash = $3",
        &slot.organisation,
        slot.environment,
        &slot.hash,
        i64::from(answered.status),
        sealed
    )?;
    Ok(())
}

/// Forgets answers that are older than [`KEPT_MS`]: of each organisation and environment at most `most`, so that no
/// other change waits for long. How many it forgot.
pub async fn prune(db: &Db, most: u16) -> Result<u64> {
    let before: Timestamp = db.now() - KEPT_MS;
    let organisations: Vec<OrganisationId> = sql!(db, scalars, "select id from organisations order by id")?;
    let mut removed = 0;
    for organisation in organisations {
        for environment in Environment::ALL.iter().copied() {
            removed += db.note(Prune { organisation: organisation.clone(), environment, before, most }).await?;
        }
    }
    Ok(removed)
}
