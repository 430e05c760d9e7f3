//! A person's own passkeys: added, renamed, removed.
use super::{
    Answer, Holder, Question, Said, Site, handle,
    question::{self, Once},
};
use crate::{
    Error, Result,
    access::{
        Actor, Grant, Origin, Permission, door,
        factors::{
            Changed,
            change::{taken_away, tell_of_factor},
            recovery,
        },
        members::house,
        notices::{self, tell},
        sessions,
    },
    audit::Action,
    db::{Command, Db, Subject, Trail, Tx, sql},
    environment::Environment,
    error::Noun,
    ids::{PasskeyId, SessionId},
    name::Name,
    time::{DAY, Timestamp},
};
use serde::{Deserialize, Serialize};
use webauthn_rs::prelude as webauthn;

/// Passkeys that a person may have at most.
const MOST: i64 = 20;

/// A passkey, as its owner sees it.
#[derive(Debug, Clone, Serialize, Deserialize, sqlx::FromRow)]
pub struct Passkey {
    /// Its id with us.
    pub id: PasskeyId,
    /// What its owner calls it.
    pub name: String,
    /// When it was added.
    pub created_at: Timestamp,
    /// When it was last used.
    pub used_at: Option<Timestamp>,
}

/// The grant's own passkeys, the newest first.
pub async fn passkeys(db: &Db, grant: &Grant) -> Result<Vec<Passkey>> {
    grant.require(Permission::Enter)?;
    Ok(sql!(
        db,
        fetch_all,
        "select id, name, created_at, used_at from passkeys
         where organisation_id = $1 and person_id = $2 order by id desc",
        grant.organisation(),
        sessions::person(grant)?.0
    )?)
}

/// Asks a browser to make a passkey for the grant's person. It must keep it itself, so that it opens the door without an
/// address typed; the device of another passkey of theirs says that it has one already.
pub async fn ask_new(db: &Db, grant: &Grant, browser: &str, site: &Site) -> Result<Question> {
    grant.require(Permission::ChangeFactors)?;
    let (person, name) = sessions::person(grant)?;
    let email: String = sql!(
        db,
        scalar,
        "select email from people where organisation_id = $1 and id = $2",
        grant.organisation(),
        person
    )?;
    let known: Vec<(Vec<u8>,)> = sql!(
        db,
        fetch_all,
        "select credential from passkeys where organisation_id = $1 and person_id = $2 order by id",
        grant.organisation(),
        person
    )?;
    let known = known.into_iter().map(|(credential,)| credential).collect();
    let (asked, judged_by) = site
        .judge()?
        .start_passkey_registration(handle(db, person)?, &email, name, Some(known))
        .map_err(Error::broken)?;
    let mut options = serde_json::to_value(asked.public_key).map_err(Error::broken)?;
    let kept_by_itself = &mut options["authenticatorSelection"];
    kept_by_itself["residentKey"] = "required".into();
    kept_by_itself["requireResidentKey"] = true.into();
    question::ask(db, browser, question::About::New(person.as_str()), &options, judged_by)
}

/// A passkey that was checked and is not yet kept.
pub struct AddPasskey {
    credential: Vec<u8>,
    kept: String,
    name: Name,
    once: Once,
    but: Option<SessionId>,
}

/// Checks what the browser says of a new passkey of the grant's person.
pub fn check_new(
    db: &Db,
    grant: &Grant,
    answer: &Answer<'_>,
    name: Name,
    but: Option<SessionId>,
) -> Result<AddPasskey> {
    let refused = |why: String| {
        tracing::info!(why, "a new passkey was refused");
        Error::field("passkey", "was not added: try again, or use another device")
    };
    let (person, _) = sessions::person(grant)?;
    let said: Said<webauthn::RegisterPublicKeyCredential> = answer.read().map_err(|why| refused(why.to_string()))?;
    let about = question::About::New(person.as_str());
    let (judged_by, once) =
        question::answered(db, answer.browser, about, &said.state).map_err(|why| refused(why.to_string()))?;
    let made = answer.site.judge()?.finish_passkey_registration(&said.credential, &judged_by);
    let passkey = made.map_err(|why| refused(why.to_string()))?;
    let kept = serde_json::to_string(&passkey).map_err(Error::broken)?;
    Ok(AddPasskey { credential: passkey.cred_id().clone(), kept, name, once, but })
}

impl Command for AddPasskey {
    /// New recovery codes, when the person had none left.
    type Output = Option<Changed>;

    fn permission(&self) -> Permission {
        Permission::ChangeFactors
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Option<Changed>, Trail)> {
        let (organisation, now) = (grant.organisation(), tx.now());
        let (person, name) = sessions::person(grant)?;
        self.once.spend(tx).await?;
        let (held, codes): (i64, i64) = sql!(
            tx,
            fetch_one,
            "select (select count(*) from passkeys where organisation_id = $1 and person_id = $2),
                    (select count(*) from recovery_codes
                     where organisation_id = $1 and person_id = $2 and used_at is null)",
            organisation,
            person
        )?;
        if held >= MOST {
            return Err(Error::field("passkey", format!("is one too many: {MOST} are the most, remove one first")));
        }
        let id = PasskeyId::new(now, tx.chance());
        let added = sql!(
            tx,
            execute,
            "insert into passkeys (organisation_id, id, person_id, name, credential, kept, sign_count, created_at)
             values ($1, $2, $3, $4, $5, $6, 0, $7) on conflict do nothing",
            organisation,
            &id,
            person,
            self.name.as_str(),
            self.credential.as_slice(),
            &self.kept,
            now
        )?;
        if added == 0 {
            return Err(Error::field("passkey", "is here already: this device has one"));
        }
        sessions::end_all(tx, organisation, person, self.but.as_ref()).await?;
        let changed = match codes {
            0 => Some(Changed { codes: recovery::replace(tx, organisation, person).await? }),
            _ => None,
        };
        tell_of_factor(tx, grant, "A passkey was added.").await?;
        let trail = Trail::new(Action::PasskeyAdded, Subject::new(Noun::Person, person, name))
            .after(serde_json::json!({ "passkey": id, "name": self.name.as_str() }));
        Ok((changed, trail.organisation_wide()))
    }
}

/// Another name for a passkey.
pub struct RenamePasskey {
    /// Which.
    pub id: PasskeyId,
    /// The name.
    pub name: Name,
}

impl Command for RenamePasskey {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::ChangeFactors
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let (person, name) = sessions::person(grant)?;
        let renamed = sql!(
            tx,
            execute,
            "update passkeys set name = $4 where organisation_id = $1 and person_id = $2 and id = $3",
            grant.organisation(),
            person,
            &self.id,
            self.name.as_str()
        )?;
        if renamed == 0 {
            return Err(Error::NotFound(Noun::Passkey));
        }
        let trail = Trail::new(Action::PasskeyRenamed, Subject::new(Noun::Person, person, name))
            .after(serde_json::json!({ "passkey": self.id, "name": self.name.as_str() }));
        Ok(((), trail.organisation_wide()))
    }
}

/// Takes a passkey away.
pub struct RemovePasskey {
    /// Which.
    pub id: PasskeyId,
    /// The session that stays.
    pub but: Option<SessionId>,
}

impl Command for RemovePasskey {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::ChangeFactors
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let (person, name) = sessions::person(grant)?;
        house::lock(tx, grant).await?;
        let called: Option<String> = sql!(
            tx,
            scalar_optional,
            "delete from passkeys where organisation_id = $1 and person_id = $2 and id = $3 returning name",
            grant.organisation(),
            person,
            &self.id
        )?;
        let Some(called) = called else { return Err(Error::NotFound(Noun::Passkey)) };
        taken_away(tx, grant, self.but.as_ref(), "A passkey was removed.").await?;
        let trail = Trail::new(Action::PasskeyRemoved, Subject::new(Noun::Person, person, name))
            .before(serde_json::json!({ "passkey": self.id, "name": called }));
        Ok(((), trail.organisation_wide()))
    }
}

/// Leaves a record that a passkey's counter went back, and tells its owner: somebody may have a copy of it.
pub(super) async fn alert(db: &Db, holder: &Holder) -> Result<()> {
    let actor = Actor::Person { id: holder.person.clone(), name: holder.name.clone(), role: holder.role };
    let permissions = holder.role.permissions(Environment::Live);
    let grant = door::recognised(holder.organisation.clone(), actor, permissions, Origin::default());
    let alert = Alert { passkey: holder.used.id.clone(), called: holder.used.name.clone() };
    db.commit(&grant, alert).await
}

struct Alert {
    passkey: PasskeyId,
    called: String,
}

impl Command for Alert {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::Enter
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let (person, name) = sessions::person(grant)?;
        // Told once a day, however often it is tried.
        let once = format!("{} {}", self.passkey, tx.now().0 / DAY);
        let about = notices::About::PasskeyCopied { name: self.called.clone() };
        tell(tx, grant.organisation(), person, &about, Some(&once)).await?;
        let why = format!("the counter of passkey {} went back: it may have been copied", self.passkey);
        let trail = Trail::new(Action::SignedIn, Subject::new(Noun::Person, person, name)).refused().reason(why);
        Ok(((), trail.organisation_wide()))
    }
}
