//! Step-up: before an act that hurts when a stranger does it, the person shows a factor again.
//!
//! Signing in counts. The session goes on under a new identifier; the old one is dead in the same transaction.
use super::{
    Proof,
    change::{check_code, check_password, own_try},
    held, passkey,
};
use crate::{
    Error, Result,
    access::{Grant, Permission, attempts::Try, sessions},
    audit::Action,
    db::{Command, Db, Subject, Trail, Tx, sql},
    error::Noun,
    secret::Stored,
};

/// What a person is asked for: the strongest factor that there is, else the password.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Asked {
    /// A code of the app, or a recovery code.
    pub code: bool,
    /// A passkey.
    pub passkey: bool,
}

impl Asked {
    /// Whether the password is what is asked for, as there is no second factor.
    pub fn password(self) -> bool {
        !self.code && !self.passkey
    }
}

/// What the grant's person is asked for at step-up.
pub async fn asked(db: &Db, grant: &Grant) -> Result<Asked> {
    let (held, _) = held(db, grant).await?;
    let app = held.totp_since.is_some() && !(held.passkey_asked && held.passkeys > 0);
    let code = app || (held.passkeys > 0 && held.recovery_left > 0);
    Ok(Asked { code, passkey: held.passkeys > 0 })
}

/// What a person shows at step-up.
pub enum Shown {
    /// The password; counts only where there is no second factor.
    Password(String),
    /// A code of the app, or a recovery code.
    Code(String),
    /// A passkey: what the browser sends, what its forms are bound to, and this site.
    Passkey(String, String, passkey::Site),
}

/// Takes what is shown and gives the value of the session's new cookie. A wrong one is a refusal of its field.
pub async fn step_up(db: &Db, grant: &Grant, session: &str, shown: Shown) -> Result<String> {
    let (proof, tried) = match shown {
        Shown::Password(typed) => {
            if !asked(db, grant).await?.password() {
                return Err(Error::field("code", "is asked for, as you have a second factor"));
            }
            (Proof::Password, check_password(db, grant, typed, "password").await?)
        }
        Shown::Code(typed) => check_code(db, grant, &typed).await?,
        Shown::Passkey(said, browser, site) => {
            let answer = passkey::Answer { said: &said, browser: &browser, site: &site };
            let proof = Proof::Passkey(passkey::own_use(db, grant, &answer).await?);
            (proof, own_try(db, grant, sessions::person(grant)?.0))
        }
    };
    renew(db, grant, session, proof, tried).await
}

async fn renew(db: &Db, grant: &Grant, session: &str, proof: Proof, tried: Try) -> Result<String> {
    let Some(old) = sessions::hash_of_cookie(db, session) else { return Err(Error::NotFound(Noun::Session)) };
    db.commit(grant, StepUp { old, proof, tried }).await
}

struct StepUp {
    old: Stored,
    proof: Proof,
    tried: Try,
}

impl Command for StepUp {
    type Output = String;

    fn permission(&self) -> Permission {
        Permission::Enter
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(String, Trail)> {
        let (person, name) = sessions::person(grant)?;
        let now = tx.now();
        self.proof.spend(tx, grant.organisation(), person).await?;
        self.tried.forgive(tx).await?;
        let (id, new) = sessions::new_id(tx);
        let renewed = sql!(
            tx,
            execute,
            "update sessions set hash = $4, factor_at = $5, seen_at = $5
             where hash = $1 and organisation_id = $2 and person_id = $3",
            &self.old,
            grant.organisation(),
            person,
            new,
            now
        )?;
        if renewed == 0 {
            return Err(Error::NotFound(Noun::Session));
        }
        let trail = Trail::new(Action::FactorShown, Subject::new(Noun::Person, person, name));
        Ok((id.to_string(), trail.organisation_wide()))
    }
}
