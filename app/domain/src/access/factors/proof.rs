//! What was shown at the door, used up in the transaction of what it allows: no proof counts twice.
use super::{passkey, recovery, totp};
use crate::{
    Error, Result,
    access::{Role, Roles},
    db::{Db, Tx, sql},
    ids::{OrganisationId, PersonId},
    secret::{Sealed, Stored},
    vault::Place,
};

/// A proof that was checked and is not yet used up.
#[derive(Clone)]
pub(in crate::access) enum Proof {
    /// A password; nothing of it is used up.
    Password,
    /// The code of an authenticator app, by its step.
    Totp(i64),
    /// A recovery code.
    Recovery(Stored),
    /// A passkey.
    Passkey(passkey::Use),
}

/// Where a person's seed is sealed.
pub(super) fn place<'a>(organisation: &'a OrganisationId, person: &'a PersonId) -> Place<'a> {
    Place { table: "totp_factors", column: "seed", organisation: organisation.as_str(), row: person.as_str() }
}

#[derive(sqlx::FromRow)]
struct AppRow {
    seed: Sealed,
    role: Role,
    passkey_roles: Roles,
    passkeys: i64,
}

fn used() -> Error {
    Error::field("code", "was used before: wait for the next one in your app")
}

impl Proof {
    /// Checks a code as it was typed: six digits of the app, or a recovery code.
    pub(super) async fn of_code(
        db: &Db,
        organisation: &OrganisationId,
        person: &PersonId,
        typed: &str,
    ) -> Result<Option<Self>> {
        if let Some(digits) = totp::digits(typed) {
            let app: Option<AppRow> = sql!(
                db,
                fetch_optional,
                "select t.seed, p.role, o.passkey_roles,
                        (select count(*) from passkeys k where k.organisation_id = $1 and k.person_id = $2) as passkeys
                 from totp_factors t
                 join people p on p.organisation_id = t.organisation_id and p.id = t.person_id
                 join organisations o on o.id = t.organisation_id
                 where t.organisation_id = $1 and t.person_id = $2",
                organisation,
                person
            )?;
            let Some(app) = app else { return Ok(None) };
            if app.passkeys > 0 && app.passkey_roles.has(app.role) {
                let why = "of an app is not enough for your role: use your passkey, or type a recovery code";
                return Err(Error::field("code", why));
            }
            let seed = db.vault().open_sealed(place(organisation, person), &app.seed)?;
            let seed = hex::decode(seed.expose()).map_err(Error::broken)?;
            return Ok(totp::matching(&seed, &digits, db.now()).map(Self::Totp));
        }
        let Some(hash) = recovery::hash(db.vault(), typed) else { return Ok(None) };
        let there: i64 = sql!(
            db,
            scalar,
            "select count(*) from recovery_codes
             where organisation_id = $1 and person_id = $2 and hash = $3 and used_at is null",
            organisation,
            person,
            &hash
        )?;
        Ok((there == 1).then_some(Self::Recovery(hash)))
    }

    /// Uses it up. A proof that was used meanwhile is refused.
    pub(in crate::access) async fn spend(
        &self,
        tx: &mut Tx,
        organisation: &OrganisationId,
        person: &PersonId,
    ) -> Result<()> {
        let now = tx.now();
        let spent = match self {
            Self::Password => 1,
            Self::Totp(step) => sql!(
                tx,
                execute,
                "update totp_factors set last_step = $3
                 where organisation_id = $1 and person_id = $2 and last_step < $3",
                organisation,
                person,
                step
            )?,
            Self::Recovery(hash) => sql!(
                tx,
                execute,
                "update recovery_codes set used_at = $4
                 where organisation_id = $1 and person_id = $2 and hash = $3 and used_at is null",
                organisation,
                person,
                hash,
                now
            )?,
            Self::Passkey(used) => used.spend(tx, organisation, person).await?,
        };
        if spent == 0 { Err(used()) } else { Ok(()) }
    }
}
