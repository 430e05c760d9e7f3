//! Passkeys: made, listed, renamed, removed; and what using one proves.
mod cbor;
mod challenge;
mod change;
mod verify;

pub use challenge::challenge;
pub use change::{AddPasskey, Passkey, RemovePasskey, RenamePasskey, check_new, passkeys};
pub use verify::{ALGORITHMS, Site};

use crate::{
    Error, Result,
    access::{Grant, Role, sessions},
    db::{Db, Tx, sql},
    error::Code,
    ids::{OrganisationId, PasskeyId, PersonId},
    secret::Stored,
    time::Timestamp,
};
use verify::Said;

/// What a browser sends of its authenticator, and the page that it was asked on.
pub struct Answer<'a> {
    /// The script's text.
    pub said: &'a str,
    /// What the forms of this browser are bound to: its challenges too.
    pub browser: &'a str,
    /// This site.
    pub site: &'a Site,
}

/// The use of a passkey that was checked, and is not yet used up.
#[derive(Clone)]
pub(in crate::access) struct Use {
    id: PasskeyId,
    count: i64,
    challenge: Stored,
    ends_at: Timestamp,
}

/// Whose passkey was used.
pub(in crate::access) struct Holder {
    pub organisation: OrganisationId,
    pub person: PersonId,
    pub name: String,
    pub role: Role,
    pub used: Use,
}

#[derive(sqlx::FromRow)]
struct Row {
    organisation_id: OrganisationId,
    person_id: PersonId,
    name: String,
    role: Role,
    disabled_at: Option<Timestamp>,
    id: PasskeyId,
    algorithm: i64,
    public_key: Vec<u8>,
    sign_count: i64,
}

/// The refusal that a person reads.
fn refused() -> Error {
    Error::field("passkey", "was not taken: try again, or sign in with your password")
}

fn read(text: &str) -> Result<Said> {
    serde_json::from_str(text).map_err(|_| refused())
}

/// Checks the use of a passkey and tells whose it is. Everything that is wrong is the same refusal; the log has the reason.
pub(in crate::access) async fn check(db: &Db, answer: &Answer<'_>) -> Result<Holder> {
    let said = read(answer.said)?;
    let told = |why: String| {
        tracing::info!(why, "a passkey was refused");
        refused()
    };
    let (challenge, ends_at) = challenge::spendable(db, answer.browser, &said).map_err(|e| told(e.to_string()))?;
    let credential = verify::decode(&said.id).map_err(|e| told(e.to_string()))?;
    let row: Option<Row> = sql!(
        db,
        fetch_optional,
        "select k.organisation_id, k.person_id, p.name, p.role, p.disabled_at, k.id, k.algorithm, k.public_key,
                k.sign_count
         from passkeys k join people p on p.organisation_id = k.organisation_id and p.id = k.person_id
         where k.credential = $1",
        credential
    )?;
    let Some(row) = row.filter(|row| row.disabled_at.is_none()) else { return Err(told("it is unknown".into())) };
    let own_handle = said.user_handle.as_deref().filter(|handle| !handle.is_empty()).map(verify::decode);
    if own_handle.is_some_and(|handle| handle.ok().as_deref() != Some(row.person_id.as_str().as_bytes())) {
        return Err(told("it belongs to another person".into()));
    }
    let count = verify::used(&said, answer.site, row.algorithm, &row.public_key).map_err(|e| told(e.to_string()))?;
    let count = i64::from(count);
    let used = Use { id: row.id, count, challenge, ends_at };
    let holder =
        Holder { organisation: row.organisation_id, person: row.person_id, name: row.name, role: row.role, used };
    // An authenticator that counts never counts back: two of them with the same key are a theft.
    if (count > 0 || row.sign_count > 0) && count <= row.sign_count {
        change::alert(db, &holder).await?;
        return Err(told("its counter went back".into()));
    }
    Ok(holder)
}

impl Use {
    /// Uses it up: its challenge counts once, and its counter only rises.
    pub(super) async fn spend(&self, tx: &mut Tx, organisation: &OrganisationId, person: &PersonId) -> Result<u64> {
        let now = tx.now();
        if challenge::spend(tx, &self.challenge, self.ends_at).await? == 0 {
            return Err(refused());
        }
        Ok(sql!(
            tx,
            execute,
            "update passkeys set sign_count = $4, used_at = $5
             where organisation_id = $1 and person_id = $2 and id = $3 and (sign_count < $4 or (sign_count = 0 and $4 = 0))",
            organisation,
            person,
            &self.id,
            self.count,
            now
        )?)
    }
}

/// The use of one of the grant's own passkeys.
pub(super) async fn own_use(db: &Db, grant: &Grant, answer: &Answer<'_>) -> Result<Use> {
    let holder = check(db, answer).await?;
    let (person, _) = sessions::person(grant)?;
    if holder.organisation != *grant.organisation() || holder.person != *person {
        return Err(Error::state(Code::StaleEdit, "This passkey belongs to somebody else."));
    }
    Ok(holder.used)
}
