//! The key check: turns an API key or agent token into a [`Grant`], or says why it does not open.
use super::{Actor, Grant, Origin, Permission, Permissions, clock, permission};
use crate::{
    Error, Result,
    db::{Db, sql},
    environment::Environment,
    ids::{AgentId, KeyId, OrganisationId, TokenId},
    keys::{
        self, Addresses, Ends, ExposedIn, KeyStatus, Scopes,
        exposed::NoteExposed,
        format::{KeyKind, Parsed},
    },
    secret::Stored,
    time::Timestamp,
};

/// What a key or token opens, or why it does not.
#[derive(Debug)]
pub enum Caller {
    /// It opens: the power, and the id under which its use is noted.
    Known(Grant, String),
    /// It does not; whose it is, where it was proved.
    Shut(Shut, Option<Bearer>),
}

/// Whose key or token it is that was proved and does not open: no power, only what the request log keeps of it.
#[derive(Debug)]
pub struct Bearer {
    /// Its organisation.
    pub organisation: OrganisationId,
    /// Its environment.
    pub environment: Environment,
    /// Its id.
    pub key: String,
    /// The agent of a token.
    pub agent: Option<AgentId>,
}

/// Why a key or token does not open.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shut {
    /// It is no key: wrong form or checksum.
    Malformed,
    /// It has the form of a key and is none of ours.
    Unknown,
    /// It was revoked.
    Revoked,
    /// It was rotated, and the overlap is over.
    Replaced,
    /// Its time is over.
    Expired,
    /// It is paused.
    Disabled,
    /// It is good, and its list of addresses does not have the caller's.
    Address,
}

#[derive(sqlx::FromRow)]
struct KeyRow {
    organisation_id: OrganisationId,
    environment: Environment,
    id: String,
    name: String,
    agent_id: Option<String>,
    digest: Stored,
    scopes: Scopes,
    addresses: Addresses,
    expires_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
    disabled_at: Option<Timestamp>,
    successor_id: Option<String>,
    ends_at: Option<Timestamp>,
    overlap_ms: Option<i64>,
}

/// Checks the text of an API key or agent token. A malformed one never reaches the database; an unknown one
/// costs as much as a known one. Nothing is remembered from call to call, so that a key is shut for every call
/// that begins after its end was acknowledged.
pub async fn caller(db: &Db, text: &str, origin: Origin) -> Result<Caller> {
    let Ok(parsed) = keys::format::parse(text) else { return Ok(Caller::Shut(Shut::Malformed, None)) };
    // Before the key is read: what it finds to end is ended in its row.
    let now = clock::present(db).await?;
    let Some(row) = known(db, text, &parsed).await? else { return Ok(Caller::Shut(Shut::Unknown, None)) };
    let ends = Ends {
        revoked: row.revoked_at,
        expires: row.expires_at,
        disabled: row.disabled_at,
        rotated: row.successor_id.is_some(),
        overlap: overlap_end(db, &row).await?,
    };
    let shut = match KeyStatus::at(now, ends) {
        KeyStatus::Active | KeyStatus::Retiring if row.addresses.allow(origin.address) => None,
        KeyStatus::Active | KeyStatus::Retiring => Some(Shut::Address),
        KeyStatus::Disabled => Some(Shut::Disabled),
        KeyStatus::Expired => Some(Shut::Expired),
        KeyStatus::Replaced => Some(Shut::Replaced),
        KeyStatus::Revoked => Some(Shut::Revoked),
    };
    let agent = row.agent_id.as_deref().map(id::<AgentId>).transpose()?;
    if let Some(shut) = shut {
        let bearer = Bearer { organisation: row.organisation_id, environment: row.environment, key: row.id, agent };
        return Ok(Caller::Shut(shut, Some(bearer)));
    }
    let (actor, permissions) = match agent {
        Some(agent) => (Actor::Token { id: id::<TokenId>(&row.id)?, agent }, permission::TOKEN),
        None => (Actor::Key { id: id::<KeyId>(&row.id)?, name: row.name }, permission::KEY),
    };
    let grant = Grant::new(row.organisation_id, row.environment, actor, permissions, origin).scoped(row.scopes);
    Ok(Caller::Known(grant, row.id))
}

/// The row whose key this is; the comparison takes as long for an unknown one.
async fn known(db: &Db, text: &str, parsed: &Parsed) -> Result<Option<KeyRow>> {
    let row: Option<KeyRow> = match parsed.kind {
        KeyKind::Organization => sql!(
            db,
            fetch_optional,
            "select organisation_id, environment, id, name, null as agent_id, digest, scopes, addresses, expires_at,
                    revoked_at, disabled_at, successor_id, ends_at, overlap_ms
             from api_keys where public_id = $1",
            &parsed.public_id
        )?,
        KeyKind::Agent => sql!(
            db,
            fetch_optional,
            "select organisation_id, environment, id, name, agent_id, digest, 'full' as scopes, '' as addresses,
                    expires_at, revoked_at, cast(null as bigint) as disabled_at, successor_id, ends_at,
                    cast(null as bigint) as overlap_ms
             from agent_tokens where public_id = $1",
            &parsed.public_id
        )?,
    };
    let digest = keys::text::digest(db.vault(), text);
    let fits = row.as_ref().map_or(&digest, |row| &row.digest).matches(&digest);
    Ok(row.filter(|row| fits && row.environment == parsed.environment))
}

/// When a rotated key ends, where that is known.
async fn overlap_end(db: &Db, row: &KeyRow) -> Result<Option<Timestamp>> {
    let (Some(successor), None, Some(overlap)) = (&row.successor_id, row.ends_at, row.overlap_ms) else {
        return Ok(row.ends_at);
    };
    let first: Option<Timestamp> = sql!(
        db,
        scalar_optional,
        "select first_used_at from key_uses
         where organisation_id = $1 and environment = $2 and key_id = $3 and first_used_at is not null",
        &row.organisation_id,
        row.environment,
        successor
    )?;
    Ok(first.map(|first| first + overlap))
}

/// Notes on the page of a key of ours that it was sent in the open; whatever else the text is changes nothing.
pub async fn note_exposed(db: &Db, text: &str, place: ExposedIn, origin: Origin) -> Result<()> {
    let Ok(parsed) = keys::format::parse(text) else { return Ok(()) };
    let Some(row) = known(db, text, &parsed).await? else { return Ok(()) };
    // A token has no page of its own to note it on.
    let Ok(key) = row.id.parse::<KeyId>() else { return Ok(()) };
    let actor = Actor::Key { id: key.clone(), name: row.name };
    let power = Permissions::of(&[Permission::Housekeep]);
    let grant = Grant::new(row.organisation_id, row.environment, actor, power, origin);
    match db.commit(&grant, NoteExposed { id: key, place }).await {
        // Noted within the hour.
        Err(Error::NotFound(_)) => Ok(()),
        other => other,
    }
}

fn id<T: std::str::FromStr<Err = crate::ids::NotAnId>>(text: &str) -> Result<T> {
    text.parse().map_err(|e: crate::ids::NotAnId| Error::broken(format!("a stored id {text}: {e}")))
}
