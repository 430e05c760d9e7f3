//! Second factors: authenticator apps, recovery codes and passkeys; what each proves, and that it proves it once.
mod change;
mod notes;
pub mod passkey;
mod proof;
mod recovery;
mod second_half;
mod sign_in;
mod step_up;
pub mod totp;

pub use change::{AddTotp, Changed, NewRecoveryCodes, Offer, RemoveTotp, change_password, check_offer, offer, waiting};
pub(in crate::access) use proof::Proof;
pub(in crate::access) use second_half::restart;
pub use second_half::{Finish, Pending, enrol, finish, pending};
pub use sign_in::{Admission, Needs, SignInWay, admit, sign_in, sign_in_with_passkey};
pub use step_up::{Asked, Shown, asked, step_up};

use super::{Actor, Grant, Permission, Role, Roles};
use crate::{
    Error, Result,
    db::{Db, Tx, sql},
    error::Noun,
    ids::{OrganisationId, PersonId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// What a person can show besides a password.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Since when there is an authenticator app.
    pub totp_since: Option<Timestamp>,
    /// Recovery codes that were not used.
    pub recovery_left: i64,
    /// How many passkeys.
    pub passkeys: i64,
    /// Whether the organisation asks the role for a passkey: the code of an app does not count where there is one.
    pub passkey_asked: bool,
}

/// A factor that its owner may take away.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Factor {
    /// The authenticator app.
    App,
    /// One passkey.
    Passkey,
}

impl Held {
    /// Whether there is a second factor.
    pub fn any(&self) -> bool {
        self.totp_since.is_some() || self.passkeys > 0
    }

    /// What is left once this factor is taken away. Without any, recovery codes have nothing to stand in for.
    #[must_use]
    pub fn without(&self, factor: Factor) -> Self {
        let mut left = self.clone();
        match factor {
            Factor::App => left.totp_since = None,
            Factor::Passkey => left.passkeys = (left.passkeys - 1).max(0),
        }
        if !left.any() {
            left.recovery_left = 0;
        }
        left
    }

    /// Why this is less than the organisation asks of the role, in words; `asked`: for a second factor of any kind.
    pub fn too_few(&self, asked: bool) -> Option<&'static str> {
        match self {
            Self { passkeys: 0, passkey_asked: true, .. } => {
                Some("Your organisation asks your role for a passkey. Add another one first.")
            }
            held if asked && !held.any() => {
                Some("Your organisation asks your role for a second factor. Add another one first.")
            }
            _ => None,
        }
    }
}

#[derive(sqlx::FromRow)]
struct Row {
    totp_since: Option<Timestamp>,
    recovery_left: i64,
    passkeys: i64,
    required: Roles,
    passkeys_required: Roles,
}

impl Row {
    fn held(&self, role: Role) -> Held {
        Held {
            totp_since: self.totp_since,
            recovery_left: self.recovery_left,
            passkeys: self.passkeys,
            passkey_asked: self.passkeys_required.has(role),
        }
    }
}

const ROW: &str = "
    select (select created_at from totp_factors t where t.organisation_id = o.id and t.person_id = $2) as totp_since,
           (select count(*) from recovery_codes r
            where r.organisation_id = o.id and r.person_id = $2 and r.used_at is null) as recovery_left,
           (select count(*) from passkeys k where k.organisation_id = o.id and k.person_id = $2) as passkeys,
           o.second_factor_roles as required, o.passkey_roles as passkeys_required
    from organisations o where o.id = $1";

async fn row(db: &Db, organisation: &OrganisationId, person: &PersonId) -> Result<Row> {
    Ok(sql!(db, fetch_one, ROW, organisation, person)?)
}

async fn row_within(tx: &mut Tx, organisation: &OrganisationId, person: &PersonId) -> Result<Row> {
    Ok(sql!(tx, fetch_one, ROW, organisation, person)?)
}

/// What the grant's person can show, and whether the organisation asks the person's role for a second factor.
pub async fn held(db: &Db, grant: &Grant) -> Result<(Held, bool)> {
    grant.require(Permission::Enter)?;
    let row = row(db, grant.organisation(), super::sessions::person(grant)?.0).await?;
    let Actor::Person { role, .. } = grant.actor() else { return Err(Error::NotFound(Noun::Person)) };
    Ok((row.held(*role), row.required.has(*role)))
}
