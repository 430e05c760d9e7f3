//! Passkeys: made, listed, renamed, removed; and what using one proves.
//!
//! What an authenticator says is judged by `webauthn-rs`: user verification is always asked for, so that a passkey is two
//! factors in one. Here is to whom it is put, whose it is, and that it counts once.
mod change;
mod question;

pub use change::{AddPasskey, Passkey, RemovePasskey, RenamePasskey, ask_new, check_new, passkeys};
pub use question::Question;

use crate::{
    Error, Result,
    access::{Grant, Role, sessions},
    alert::{self, Alert},
    db::{Db, Tx, sql},
    error::Code,
    ids::{OrganisationId, PasskeyId, PersonId},
};
use question::{About, Once};
use serde::Deserialize;
use url::Url;
use webauthn_rs::prelude::{self as webauthn, Uuid, Webauthn, WebauthnBuilder, WebauthnError};

/// Whom passkeys are for: this site, and no other.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Site {
    /// The domain that passkeys belong to.
    pub id: String,
    /// The one origin at which they are used.
    pub origin: String,
}

impl Site {
    fn judge(&self) -> Result<Webauthn> {
        let origin = Url::parse(&self.origin).map_err(Error::broken)?;
        let builder = WebauthnBuilder::new(&self.id, &origin).map_err(Error::broken)?;
        builder.rp_name("LedgerOS").build().map_err(Error::broken)
    }
}

/// What a browser sends of its authenticator, and the page that it was asked on.
pub struct Answer<'a> {
    /// The script's text.
    pub said: &'a str,
    /// What the forms of this browser are bound to: what it is asked too.
    pub browser: &'a str,
    /// This site.
    pub site: &'a Site,
}

/// The script's text: what the page carried, and what the authenticator says.
#[derive(Deserialize)]
struct Said<C> {
    state: String,
    credential: C,
}

impl<'a> Answer<'a> {
    fn read<C: Deserialize<'a>>(&self) -> Result<Said<C>> {
        serde_json::from_str(self.said).map_err(|_| refused())
    }
}

/// The use of a passkey that was checked, and is not yet used up.
#[derive(Clone)]
pub(in crate::access) struct Use {
    id: PasskeyId,
    name: String,
    /// The passkey as it is kept from now on.
    kept: String,
    count: i64,
    once: Once,
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
    person_name: String,
    role: Role,
    id: PasskeyId,
    name: String,
    kept: String,
}

/// The refusal that a person reads.
fn refused() -> Error {
    Error::field("passkey", "was not taken: try again, or sign in with your password")
}

/// By which authenticators know a person: it tells nothing to whoever takes one apart.
fn handle(db: &Db, person: &PersonId) -> Result<Uuid> {
    Uuid::parse_str(&db.vault().tag("passkey holder", person.as_str())).map_err(Error::broken)
}

/// Asks a browser for the use of any passkey that it has for this site.
pub fn ask_use(db: &Db, browser: &str, site: &Site) -> Result<Question> {
    let (asked, judged_by) = site.judge()?.start_discoverable_authentication().map_err(Error::broken)?;
    question::ask(db, browser, About::Use, &asked.public_key, judged_by)
}

/// Checks the use of a passkey and tells whose it is. Everything that is wrong is the same refusal; the log has the reason.
pub(in crate::access) async fn check(db: &Db, answer: &Answer<'_>) -> Result<Holder> {
    let said: Said<webauthn::PublicKeyCredential> = answer.read()?;
    let (judged_by, once) = question::answered(db, answer.browser, About::Use, &said.state)?;
    let told = |why: &dyn std::fmt::Display| {
        tracing::info!(%why, "a passkey was refused");
        alert::raise(Alert::Authentication, "passkey");
        refused()
    };
    let row: Option<Row> = sql!(
        db,
        fetch_optional,
        "select k.organisation_id, k.person_id, p.name as person_name, p.role, k.id, k.name, k.kept
         from passkeys k join people p on p.organisation_id = k.organisation_id and p.id = k.person_id
         where k.credential = $1 and p.disabled_at is null",
        said.credential.raw_id.as_slice()
    )?;
    let Some(row) = row else { return Err(told(&"it is unknown")) };
    if framed(&said.credential.response.client_data_json) {
        return Err(told(&"it was used inside another site's page"));
    }
    let own = handle(db, &row.person_id)?;
    if said.credential.get_user_unique_id().is_some_and(|named| named != own.as_bytes()) {
        return Err(told(&"it names another person"));
    }
    let mut passkey: webauthn::Passkey = serde_json::from_str(&row.kept).map_err(Error::broken)?;
    let judged = answer.site.judge()?.finish_discoverable_authentication_v2(&said.credential, judged_by, &passkey);
    let mut used = Use { id: row.id, name: row.name, kept: row.kept, count: 0, once };
    let holder = |used| Holder {
        organisation: row.organisation_id,
        person: row.person_id,
        name: row.person_name,
        role: row.role,
        used,
    };
    match judged {
        Ok(result) => {
            passkey.update_credential(&result);
            used.kept = serde_json::to_string(&passkey).map_err(Error::broken)?;
            used.count = result.counter().into();
            Ok(holder(used))
        }
        // An authenticator that counts never counts back: two of them with the same key are a theft.
        Err(WebauthnError::CredentialPossibleCompromise) => {
            change::alert(db, &holder(used)).await?;
            Err(told(&"its counter went back"))
        }
        Err(why) => Err(told(&why)),
    }
}

/// Whether the browser says that the page stood in a frame of another origin. The library asks that of a new passkey only;
/// what cannot be read it refuses itself.
fn framed(client_data: &[u8]) -> bool {
    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    struct Client {
        #[serde(default)]
        cross_origin: bool,
    }
    serde_json::from_slice::<Client>(client_data).is_ok_and(|client| client.cross_origin)
}

impl Use {
    /// Uses it up: its question is answered once, and its counter only rises.
    pub(super) async fn spend(&self, tx: &mut Tx, organisation: &OrganisationId, person: &PersonId) -> Result<u64> {
        let now = tx.now();
        self.once.spend(tx).await?;
        Ok(sql!(
            tx,
            execute,
            "update passkeys set kept = $4, sign_count = $5, used_at = $6
             where organisation_id = $1 and person_id = $2 and id = $3 and (sign_count < $5 or (sign_count = 0 and $5 = 0))",
            organisation,
            person,
            &self.id,
            &self.kept,
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
