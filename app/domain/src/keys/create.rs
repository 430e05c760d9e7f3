//! A new key.
use super::{
    Addresses, Expiry, Scopes,
    format::KeyKind,
    life,
    text::{self, Made},
};
use crate::{
    Error, Result,
    access::{Actor, Grant, Permission},
    audit::Action,
    db::{Command, Subject, Trail, Tx, sql},
    environment::Environment,
    error::Noun,
    ids::KeyId,
    name::{Line, Name},
    secret::Plain,
    time::{DAY, Timestamp},
};
use serde_json::json;

/// A new API key of the grant's environment.
pub struct CreateKey {
    /// Its name, unique among the keys in use.
    pub name: Name,
    /// Where it will live: "vault, path billing/ledger".
    pub lives: Option<Line>,
    /// When it ends.
    pub expiry: Expiry,
    /// What it may do.
    pub scopes: Scopes,
    /// From where it may be used.
    pub addresses: Addresses,
}

impl CreateKey {
    /// A key that may do everything from everywhere.
    pub fn new(name: Name, expiry: Expiry) -> Self {
        Self { name, lives: None, expiry, scopes: Scopes::FULL, addresses: Addresses::default() }
    }
}

/// A key that was just made: the only moment at which its text exists.
pub struct Created {
    /// Its id.
    pub id: KeyId,
    /// Its text.
    pub secret: Plain,
}

/// The row of a new key.
pub(super) struct Row<'a> {
    pub name: &'a str,
    pub lives: Option<&'a str>,
    pub expires_at: Option<Timestamp>,
    pub never_reason: Option<&'a str>,
    pub scopes: Scopes,
    pub addresses: &'a Addresses,
    pub predecessor: Option<&'a KeyId>,
}

impl Command for CreateKey {
    type Output = Created;

    fn permission(&self) -> Permission {
        Permission::CreateKey
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Created, Trail)> {
        let now = tx.now();
        let (expires_at, never_reason) = ending(tx, grant, now, &self.expiry).await?;
        let row = Row {
            name: self.name.as_str(),
            lives: self.lives.as_ref().map(Line::as_str),
            expires_at,
            never_reason: never_reason.as_deref(),
            scopes: self.scopes,
            addresses: &self.addresses,
            predecessor: None,
        };
        insert(tx, grant, row).await
    }
}

/// The end of a key made at `created`, and the reason for none, or why it cannot be had.
pub(super) async fn ending(
    tx: &mut Tx,
    grant: &Grant,
    created: Timestamp,
    expiry: &Expiry,
) -> Result<(Option<Timestamp>, Option<String>)> {
    let most = most_days(tx, grant).await?;
    let too_long = |most: i64| {
        let why =
            format!("must be at most {most} days after the key was made: your organisation allows no longer life");
        Error::field("expires", why)
    };
    match (expiry, most) {
        (Expiry::At(end), _) if *end <= tx.now() => Err(Error::field("expires", "must be in the future")),
        (Expiry::At(end), Some(most)) if end.since(created) > most * DAY => Err(too_long(most)),
        (Expiry::Never(_), Some(most)) => Err(too_long(most)),
        (Expiry::Never(None), None) if grant.environment() == Environment::Live => {
            Err(Error::field("reason", "must say why a live key never ends"))
        }
        (Expiry::At(end), _) => Ok((Some(*end), None)),
        (Expiry::Never(reason), None) => Ok((None, reason.clone().map(String::from))),
    }
}

/// The longest life of a key in days, where the organisation set one.
pub(super) async fn most_days(tx: &mut Tx, grant: &Grant) -> Result<Option<i64>> {
    Ok(sql!(tx, scalar, "select key_max_age_days from organisations where id = $1", grant.organisation())?)
}

/// Writes a new key and its record; a name in use is refused.
pub(super) async fn insert(tx: &mut Tx, grant: &Grant, row: Row<'_>) -> Result<(Created, Trail)> {
    let now = tx.now();
    let Made { secret, public_id, digest } = text::make(tx, KeyKind::Organization, grant);
    let id = KeyId::new(now, tx.chance());
    let (created_by, created_by_id) = match grant.actor() {
        Actor::Person { name, id, .. } => (name.clone(), id.to_string()),
        Actor::Key { name, id } => (name.clone(), id.to_string()),
        Actor::Token { .. } | Actor::Job(_) | Actor::Door => return Err(Error::Denied(Permission::CreateKey)),
    };
    let rows = sql!(
        tx,
        execute,
        "insert into api_keys
             (organisation_id, environment, id, name, public_id, digest, created_by, created_by_id, created_at,
              expires_at, lives, never_reason, scopes, addresses, predecessor_id, notice)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16) on conflict do nothing",
        grant.organisation(),
        grant.environment(),
        &id,
        row.name,
        &public_id,
        digest,
        created_by,
        created_by_id,
        now,
        row.expires_at,
        row.lives,
        row.never_reason,
        row.scopes,
        row.addresses,
        row.predecessor,
        life::notice(now, row.expires_at)
    )?;
    if rows == 0 {
        return Err(taken());
    }
    let trail = Trail::new(Action::KeyCreated, Subject::new(Noun::Key, &id, row.name)).after(json!({
        "name": row.name, "publicId": public_id, "lives": row.lives, "expiresAt": row.expires_at,
        "neverReason": row.never_reason, "scopes": row.scopes, "addresses": row.addresses,
        "predecessorId": row.predecessor,
    }));
    Ok((Created { id, secret }, trail))
}

/// The refusal of a name that another key in use has.
pub(super) fn taken() -> Error {
    Error::field("name", "is used by another key of this environment; choose another")
}
