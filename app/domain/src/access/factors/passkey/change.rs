//! A person's own passkeys: added, renamed, removed.
use super::{Answer, Holder, challenge, read, refused, verify};
use crate::{
    Error, Result,
    access::{
        Actor, Grant, Origin, Permission, door,
        factors::{Changed, change::still_enough, recovery},
        sessions,
    },
    audit::Action,
    db::{Command, Db, Subject, Trail, Tx, sql},
    environment::Environment,
    error::Noun,
    ids::{PasskeyId, SessionId},
    name::Name,
    secret::Stored,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

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
    /// Its id with the authenticator.
    #[serde(skip)]
    pub credential: Vec<u8>,
}

/// The grant's own passkeys, the newest first.
pub async fn passkeys(db: &Db, grant: &Grant) -> Result<Vec<Passkey>> {
    grant.require(Permission::Enter)?;
    Ok(sql!(
        db,
        fetch_all,
        "select id, name, created_at, used_at, credential from passkeys
         where organisation_id = $1 and person_id = $2 order by id desc",
        grant.organisation(),
        sessions::person(grant)?.0
    )?)
}

/// A passkey that was checked and is not yet kept.
pub struct AddPasskey {
    made: verify::Made,
    name: Name,
    challenge: Stored,
    ends_at: Timestamp,
    but: Option<SessionId>,
}

/// Checks what the browser says of a new passkey.
pub fn check_new(db: &Db, answer: &Answer<'_>, name: Name, but: Option<SessionId>) -> Result<AddPasskey> {
    let said = read(answer.said)?;
    let checked = challenge::spendable(db, answer.browser, &said)
        .and_then(|(challenge, ends_at)| Ok((challenge, ends_at, verify::made(&said, answer.site)?)));
    match checked {
        Ok((challenge, ends_at, made)) => Ok(AddPasskey { made, name, challenge, ends_at, but }),
        Err(why) => Err(Error::field("passkey", format!("could not be added: {why}"))),
    }
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
        if challenge::spend(tx, &self.challenge, self.ends_at).await? == 0 {
            return Err(refused());
        }
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
            "insert into passkeys (organisation_id, id, person_id, name, credential, algorithm, public_key, sign_count,
                                   created_at)
             values ($1, $2, $3, $4, $5, $6, $7, $8, $9) on conflict do nothing",
            organisation,
            &id,
            person,
            self.name.as_str(),
            &self.made.credential,
            self.made.algorithm,
            &self.made.public_key,
            i64::from(self.made.sign_count),
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
        let organisation = grant.organisation();
        let (person, name) = sessions::person(grant)?;
        let called: Option<String> = sql!(
            tx,
            scalar_optional,
            "delete from passkeys where organisation_id = $1 and person_id = $2 and id = $3 returning name",
            organisation,
            person,
            &self.id
        )?;
        let Some(called) = called else { return Err(Error::NotFound(Noun::Passkey)) };
        still_enough(tx, grant).await?;
        sessions::end_all(tx, organisation, person, self.but.as_ref()).await?;
        let trail = Trail::new(Action::PasskeyRemoved, Subject::new(Noun::Person, person, name))
            .before(serde_json::json!({ "passkey": self.id, "name": called }));
        Ok(((), trail.organisation_wide()))
    }
}

/// Leaves a record that a passkey's counter went back: somebody may have a copy of it.
pub(super) async fn alert(db: &Db, holder: &Holder) -> Result<()> {
    let actor = Actor::Person { id: holder.person.clone(), name: holder.name.clone(), role: holder.role };
    let permissions = holder.role.permissions(Environment::Live);
    let grant = door::recognised(holder.organisation.clone(), actor, permissions, Origin::default());
    let alert = Alert { passkey: holder.used.id.clone() };
    db.commit(&grant, alert).await
}

struct Alert {
    passkey: PasskeyId,
}

impl Command for Alert {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::Enter
    }

    async fn run(&self, grant: &Grant, _: &mut Tx) -> Result<((), Trail)> {
        let (person, name) = sessions::person(grant)?;
        let why = format!("the counter of passkey {} went back: it may have been copied", self.passkey);
        let trail = Trail::new(Action::SignedIn, Subject::new(Noun::Person, person, name)).refused().reason(why);
        Ok(((), trail.organisation_wide()))
    }
}
