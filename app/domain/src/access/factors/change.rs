//! Changes of one's own factors: each ends the person's other sessions, and each asks for a factor shown lately.
use super::{Proof, proof::place, recovery, totp};
use crate::{
    Error, Result,
    access::{
        About, Grant, Password, Permission, Role,
        attempts::Try,
        commands::{RefusedProof, keep_password},
        members::house,
        notices::{self, tell},
        password, sessions,
    },
    audit::Action,
    db::{Command, Db, Subject, Trail, Tx, sql},
    error::{Code, Noun},
    ids::{OrganisationId, PersonId, SessionId},
    secret::{Plain, Revealed, Sealed, Stored},
    time::Timestamp,
};

/// An authenticator app that is offered and not yet kept: the page shows it, and its form brings it back sealed.
pub struct Offer {
    /// The secret as it is typed into an app.
    pub secret: Revealed,
    /// The address that the QR code carries.
    pub uri: Revealed,
    /// The same, sealed for this person.
    pub sealed: String,
}

/// Where an offered seed is sealed: it opens for nothing else.
fn offered<'a>(organisation: &'a OrganisationId, person: &'a PersonId) -> crate::vault::Place<'a> {
    crate::vault::Place { column: "offered seed", ..place(organisation, person) }
}

/// Offers an app to a person: the one that was `offered` before, when the form came back, or a new one.
pub fn offer(db: &Db, person: (&OrganisationId, &PersonId), names: (&str, &str), earlier: &str) -> Result<Offer> {
    let (organisation, person) = person;
    let seed = match open(db, organisation, person, earlier) {
        Some(seed) => seed,
        None => db.chance().bytes::<{ totp::SEED }>().to_vec(),
    };
    let sealed = db.vault().seal(offered(organisation, person), &Plain::new(hex::encode(&seed)), db.chance());
    let secret = totp::base32(&seed);
    let uri = totp::uri(names.0, names.1, &secret);
    Ok(Offer { secret: Plain::new(secret).reveal(), uri: Plain::new(uri).reveal(), sealed: hex::encode(sealed.0) })
}

fn open(db: &Db, organisation: &OrganisationId, person: &PersonId, sealed: &str) -> Option<Vec<u8>> {
    let sealed = Sealed(hex::decode(sealed).ok()?);
    let seed = db.vault().open_sealed(offered(organisation, person), &sealed).ok()?;
    hex::decode(seed.expose()).ok()
}

/// The app that was offered, once a code proves that the person has it; none when the code is not its own.
pub fn check_offer(
    db: &Db,
    organisation: &OrganisationId,
    person: &PersonId,
    sealed: &str,
    typed: &str,
) -> Result<Option<AddTotp>> {
    let Some(seed) = open(db, organisation, person, sealed) else {
        return Err(Error::state(Code::StaleEdit, "This code belonged to an older page. Scan the one below."));
    };
    let step = totp::digits(typed).and_then(|digits| totp::matching(&seed, &digits, db.now()));
    Ok(step.map(|step| AddTotp { seed: Plain::new(hex::encode(seed)), step, door: None, but: None }))
}

/// What a change of factors gives back, for the one page that shows it.
#[derive(Clone)]
pub struct Changed {
    /// New recovery codes; those of before are void.
    pub codes: Vec<Revealed>,
}

/// Keeps an authenticator app that [`check_offer`] has checked, in place of the one of before.
pub struct AddTotp {
    seed: Plain,
    step: i64,
    /// The sign-in under way at which the first app is set up.
    door: Option<Stored>,
    /// The session that stays.
    pub but: Option<SessionId>,
}

pub(super) async fn add_at_door(db: &Db, grant: &Grant, add: AddTotp, pending: &Stored) -> Result<Changed> {
    db.commit(grant, AddTotp { door: Some(pending.clone()), ..add }).await
}

impl Command for AddTotp {
    type Output = Changed;

    fn permission(&self) -> Permission {
        Permission::ChangeFactors
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Changed, Trail)> {
        let (organisation, now) = (grant.organisation(), tx.now());
        let (person, name) = sessions::person(grant)?;
        let seed = tx.vault().seal(place(organisation, person), &self.seed, tx.chance());
        if let Some(pending) = &self.door {
            first_factor(tx, organisation, person, pending).await?;
        } else {
            sessions::end_all(tx, organisation, person, self.but.as_ref()).await?;
        }
        sql!(
            tx,
            execute,
            "insert into totp_factors (organisation_id, person_id, seed, last_step, created_at)
             values ($1, $2, $3, $4, $5)
             on conflict (organisation_id, person_id)
             do update set seed = excluded.seed, last_step = excluded.last_step, created_at = excluded.created_at",
            organisation,
            person,
            seed,
            self.step,
            now
        )?;
        let codes = recovery::replace(tx, organisation, person).await?;
        tell_of_factor(tx, grant, "An authenticator app was set up.").await?;
        let trail = Trail::new(Action::TotpAdded, Subject::new(Noun::Person, person, name));
        Ok((Changed { codes }, trail.organisation_wide()))
    }
}

/// Tells the grant's person that a factor of theirs changed.
pub(super) async fn tell_of_factor(tx: &mut Tx, grant: &Grant, what: &str) -> Result<()> {
    let (person, _) = sessions::person(grant)?;
    let about = notices::About::FactorChanged { what: what.to_owned() };
    tell(tx, grant.organisation(), person, &about, None).await.map(drop)
}

/// At the door a factor is set up by whoever has none, and by one of two who try at once.
async fn first_factor(tx: &mut Tx, organisation: &OrganisationId, person: &PersonId, pending: &Stored) -> Result<()> {
    let held: i64 = sql!(
        tx,
        scalar,
        "select (select count(*) from totp_factors where organisation_id = $1 and person_id = $2)
              + (select count(*) from passkeys where organisation_id = $1 and person_id = $2)",
        organisation,
        person
    )?;
    let mine = sql!(tx, execute, "update sign_ins set wrong = 0 where hash = $1", pending)?;
    if held > 0 || mine == 0 { Err(super::restart()) } else { Ok(()) }
}

/// Takes the authenticator app away, and the recovery codes with the last factor.
pub struct RemoveTotp {
    /// The session that stays.
    pub but: Option<SessionId>,
}

impl Command for RemoveTotp {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::ChangeFactors
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let (person, name) = sessions::person(grant)?;
        // Of two factors that go at once, the second must see that the first is gone.
        house::lock(tx, grant).await?;
        let removed = sql!(
            tx,
            execute,
            "delete from totp_factors where organisation_id = $1 and person_id = $2",
            grant.organisation(),
            person
        )?;
        if removed == 0 {
            return Err(Error::state(Code::StaleEdit, "There is no authenticator app any more."));
        }
        taken_away(tx, grant, self.but.as_ref(), "The authenticator app was removed.").await?;
        let trail = Trail::new(Action::TotpRemoved, Subject::new(Noun::Person, person, name));
        Ok(((), trail.organisation_wide()))
    }
}

/// After a factor is taken away under the organisation's lock: enough must be left for what the organisation asks, the
/// person's other sessions end, and the person is told.
pub(super) async fn taken_away(tx: &mut Tx, grant: &Grant, but: Option<&SessionId>, what: &str) -> Result<()> {
    let organisation = grant.organisation();
    let (person, _) = sessions::person(grant)?;
    let role: Role =
        sql!(tx, scalar, "select role from people where organisation_id = $1 and id = $2", organisation, person)?;
    let row = super::row_within(tx, organisation, person).await?;
    let left = row.held(role);
    if let Some(why) = left.too_few(row.required.has(role)) {
        return Err(Error::state(Code::FactorRequired, why));
    }
    if !left.any() {
        // Without a factor, recovery codes have nothing to stand in for.
        recovery::void(tx, organisation, person).await?;
    }
    sessions::end_all(tx, organisation, person, but).await?;
    tell_of_factor(tx, grant, what).await
}

/// A new set of recovery codes; the old one is void.
pub struct NewRecoveryCodes;

impl Command for NewRecoveryCodes {
    type Output = Changed;

    fn permission(&self) -> Permission {
        Permission::ChangeFactors
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Changed, Trail)> {
        let (person, name) = sessions::person(grant)?;
        let codes = recovery::replace(tx, grant.organisation(), person).await?;
        tell_of_factor(tx, grant, "New recovery codes were made; the old ones are void.").await?;
        let trail = Trail::new(Action::RecoveryCodesMade, Subject::new(Noun::Person, person, name));
        Ok((Changed { codes }, trail.organisation_wide()))
    }
}

/// A new password, after the present one was checked.
struct ChangePassword {
    hash: String,
    tried: Try,
    but: SessionId,
}

impl Command for ChangePassword {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::ChangeFactors
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let (person, name) = sessions::person(grant)?;
        keep_password(tx, grant.organisation(), person, &self.hash).await?;
        self.tried.forgive(tx).await?;
        sessions::end_all(tx, grant.organisation(), person, Some(&self.but)).await?;
        tell(tx, grant.organisation(), person, &notices::About::PasswordChanged, None).await?;
        let trail = Trail::new(Action::PasswordChanged, Subject::new(Noun::Person, person, name));
        Ok(((), trail.organisation_wide()))
    }
}

/// Sets a new password for the grant's person and ends the other sessions. The present one must be right: tries are
/// counted like sign-ins.
pub async fn change_password(db: &Db, grant: &Grant, present: String, new: Password, but: &SessionId) -> Result<()> {
    grant.demand(Permission::ChangeFactors, db.now())?;
    let (person, name) = sessions::person(grant)?;
    let (email, organisation): (String, String) = sql!(
        db,
        fetch_one,
        "select p.email, o.name from people p join organisations o on o.id = p.organisation_id
         where p.organisation_id = $1 and p.id = $2",
        grant.organisation(),
        person
    )?;
    let tried = check_password(db, grant, present, "current_password").await?;
    let hash = password::hash(db, new, &About { organisation: &organisation, name, email: &email }).await?;
    db.commit(grant, ChangePassword { hash, tried, but: but.clone() }).await
}

/// Checks the grant's person's own password; a wrong one is a refusal of `field`.
pub(super) async fn check_password(db: &Db, grant: &Grant, typed: String, field: &'static str) -> Result<Try> {
    let (person, _) = sessions::person(grant)?;
    let tried = own_try(db, grant, person);
    if let Some(until) = tried.count(db).await? {
        return Err(too_early(db.now(), until, field));
    }
    let hash: String = sql!(
        db,
        scalar,
        "select password_hash from people where organisation_id = $1 and id = $2",
        grant.organisation(),
        person
    )?;
    let verdict = password::verify(db, Some(hash), Password::typed(typed)).await?;
    if verdict.fits {
        return Ok(tried);
    }
    db.commit(grant, RefusedProof { what: "password" }).await?;
    Err(Error::field(field, "is not right"))
}

/// A try of somebody who is signed in at the own factors.
pub(super) fn own_try(db: &Db, grant: &Grant, person: &PersonId) -> Try {
    Try::at(db, &["own factor", person.as_str()], grant.origin().address)
}

/// The refusal of a try that comes too early.
pub(super) fn too_early(now: Timestamp, until: Timestamp, field: &'static str) -> Error {
    Error::field(field, format!("was wrong too often: try again in {}", waiting(now, until)))
}

/// A waiting time in words: "40 seconds", "30 minutes".
pub fn waiting(now: Timestamp, until: Timestamp) -> String {
    let seconds = (until.since(now).max(1) + 999) / 1_000;
    match seconds {
        1 => "a second".into(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", (seconds + 59) / 60),
    }
}

/// Proves with a code that the grant's person is there; a wrong one is a refusal of the field `code`.
pub(super) async fn check_code(db: &Db, grant: &Grant, typed: &str) -> Result<(Proof, Try)> {
    let (person, _) = sessions::person(grant)?;
    let tried = own_try(db, grant, person);
    if let Some(until) = tried.count(db).await? {
        return Err(too_early(db.now(), until, "code"));
    }
    if let Some(proof) = Proof::of_code(db, grant.organisation(), person, typed).await? {
        return Ok((proof, tried));
    }
    db.commit(grant, RefusedProof { what: "second factor" }).await?;
    Err(Error::field("code", "is not right: take the newest one of your app"))
}
