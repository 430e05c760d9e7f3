//! Signing in: the password, then what the organisation asks for besides.
//!
//! An unknown address is answered like a known one with a wrong password, and takes as long (security X-A5).
use super::{Pending, Proof, notes::Nobody, passkey, row};
use crate::{
    Error, Result,
    access::{
        Arrival, Password, Role,
        attempts::Try,
        commands, door, password,
        sessions::{Opened, Opening, Welcome},
    },
    alert::{self, Alert},
    db::{Db, sql},
    ids::{OrganisationId, PersonId},
    secret::{Plain, Revealed, Stored},
    text::words,
    time::{MINUTE, Timestamp},
};

/// How long a sign-in may take from the password to the second factor.
const PENDING_MS: i64 = 10 * MINUTE;

words! {
    /// What somebody signed in with.
    SignInWay {
        /// A password alone.
        Password = "password",
        /// A password and the code of an app.
        Code = "password and code",
        /// A password and a recovery code.
        Recovery = "password and recovery code",
        /// A password, and an app that was set up at the door.
        Enrolled = "password and a new authenticator app",
        /// A passkey, which is two factors in one.
        Passkey = "passkey",
        /// The set-up address.
        SetUp = "set-up address",
        /// An invitation.
        Invitation = "invitation",
    }
}

/// What came of an address and a password.
pub enum Admission {
    /// They do not fit.
    Wrong,
    /// Too many tries: nothing is tried before this moment.
    Wait(Timestamp),
    /// They fit, and something is still asked for. The cookie stands for the half that is done.
    Half(Revealed, Needs),
    /// The session has begun.
    In(Opened),
}

/// What a sign-in still lacks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Needs {
    /// A second factor that the person has.
    Factor,
    /// A second factor must be set up first.
    Enrolment,
}

#[derive(sqlx::FromRow)]
struct PersonRow {
    organisation_id: OrganisationId,
    id: PersonId,
    name: String,
    role: Role,
    password_hash: String,
    disabled_at: Option<Timestamp>,
    known_since: Option<Timestamp>,
}

impl PersonRow {
    fn welcome(&self) -> Welcome {
        Welcome {
            organisation: self.organisation_id.clone(),
            person: self.id.clone(),
            name: self.name.clone(),
            role: self.role,
        }
    }
}

/// Whom a try at the door aims at: strangers' tries at one address count together, a known browser's apart.
pub(super) fn aim(db: &Db, email: &str, known: Option<&str>, arrival: &Arrival) -> Try {
    let device = known.unwrap_or_default();
    Try::at(db, &["sign-in", email, device], arrival.origin.address)
}

/// Checks address and password, and leaves a record either way.
pub async fn sign_in(db: &Db, email: &str, typed: String, arrival: Arrival) -> Result<Admission> {
    let email = email.trim().to_lowercase();
    let person: Option<PersonRow> = sql!(
        db,
        fetch_optional,
        "select p.organisation_id, p.id, p.name, p.role, p.password_hash, p.disabled_at, d.created_at as known_since
         from people p left join devices d
             on d.organisation_id = p.organisation_id and d.person_id = p.id and d.hash = $2
         where p.email = $1",
        &email,
        arrival.device(db.vault())
    )?;
    let known = person.as_ref().and_then(|person| person.known_since).and(arrival.device.as_deref());
    let tried = aim(db, &email, known, &arrival);
    if let Some(until) = tried.count(db).await? {
        return Ok(Admission::Wait(until));
    }
    let hash = person.as_ref().map(|person| person.password_hash.clone());
    let verdict = password::verify(db, hash, Password::typed(typed)).await?;
    let Some(person) = person else {
        alert::raise(Alert::Authentication, "unknown_person");
        db.note(Nobody(tried)).await?;
        return Ok(Admission::Wrong);
    };
    if !verdict.fits || person.disabled_at.is_some() {
        refused(db, &person.welcome(), &arrival, "password").await?;
        return Ok(Admission::Wrong);
    }
    let who = person.welcome();
    go_on(db, who, arrival, SignInWay::Password, Some(tried), verdict.upgrade).await
}

/// Lets somebody in who was recognised without a password: by a set-up address or an invitation. A second factor is
/// asked for as at any sign-in.
pub async fn admit(
    db: &Db,
    organisation: &OrganisationId,
    person: &PersonId,
    way: SignInWay,
    arrival: Arrival,
) -> Result<Admission> {
    let found: Option<(String, Role)> = sql!(
        db,
        fetch_optional,
        "select name, role from people where organisation_id = $1 and id = $2 and disabled_at is null",
        organisation,
        person
    )?;
    let Some((name, role)) = found else { return Ok(Admission::Wrong) };
    let who = Welcome { organisation: organisation.clone(), person: person.clone(), name, role };
    go_on(db, who, arrival, way, None, None).await
}

/// Signs in with a passkey: alone, as the authenticator has checked who holds it, or after a password, when it must be
/// that person's. A wrong one is a refusal of the field `passkey`.
pub async fn sign_in_with_passkey(
    db: &Db,
    answer: &passkey::Answer<'_>,
    half: Option<Pending>,
    arrival: Arrival,
) -> Result<Opened> {
    let holder = passkey::check(db, answer).await?;
    if half.as_ref().is_some_and(|half| half.person() != (&holder.organisation, &holder.person)) {
        return Err(Error::field("passkey", "belongs to somebody else: begin again, or use your own"));
    }
    let who =
        Welcome { organisation: holder.organisation, person: holder.person, name: holder.name, role: holder.role };
    let proof = Proof::Passkey(holder.used);
    let opening = Opening {
        arrival,
        way: SignInWay::Passkey,
        proof,
        tried: None,
        pending: half.map(Pending::hash),
        upgrade: None,
    };
    who.open(db, opening).await
}

/// The first half is done: begins the session, or asks for the second.
async fn go_on(
    db: &Db,
    who: Welcome,
    arrival: Arrival,
    way: SignInWay,
    tried: Option<Try>,
    upgrade: Option<String>,
) -> Result<Admission> {
    let held = row(db, &who.organisation, &who.person).await?;
    let factor = held.totp_since.is_some() || held.passkeys > 0;
    // Whose role owes a passkey adds one inside, and sees nothing else before.
    if factor || held.required.has(who.role) && !held.passkeys_required.has(who.role) {
        let token = Plain::new(hex::encode(db.chance().bytes::<32>()));
        let half = commands::HalfSignIn {
            hash: hash_of(db, &token),
            person: who.person.clone(),
            name: who.name.clone(),
            ends_at: db.now() + PENDING_MS,
            tried,
            upgrade,
        };
        db.commit(&who.grant(arrival.origin), half).await?;
        let needs = if factor { Needs::Factor } else { Needs::Enrolment };
        return Ok(Admission::Half(token.reveal(), needs));
    }
    let opening = Opening { arrival, way, proof: Proof::Password, tried, pending: None, upgrade };
    who.open(db, opening).await.map(Admission::In)
}

pub(super) async fn refused(db: &Db, who: &Welcome, arrival: &Arrival, what: &'static str) -> Result<()> {
    let grant = door::door(who.organisation.clone(), arrival.origin.clone());
    db.commit(&grant, commands::RefusedSignIn { person: who.person.clone(), name: who.name.clone(), what }).await
}

pub(super) fn hash_of(db: &Db, token: &Plain) -> Stored {
    db.vault().hash("sign-in", token)
}
