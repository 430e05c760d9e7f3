//! Signing in: the password, then what the organisation asks for besides.
//!
//! An unknown address is answered like a known one with a wrong password, and takes as long (security X-A5).
use super::{
    Held, Proof,
    change::{Changed, add_at_door, check_offer},
    notes::{CountCode, Nobody, Restart},
    passkey, row,
};
use crate::{
    Error, Result,
    access::{
        Arrival, Password, Role, Roles,
        attempts::Try,
        commands, door, password,
        sessions::{Opened, Opening, Welcome},
    },
    db::{Db, sql},
    error::Code,
    ids::{OrganisationId, PersonId},
    secret::{Plain, Revealed, Stored},
    text::words,
    time::{MINUTE, Timestamp},
};

/// How long a sign-in may take from the password to the second factor.
pub(super) const PENDING_MS: i64 = 10 * MINUTE;

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
fn aim(db: &Db, email: &str, known: Option<&str>, arrival: &Arrival) -> Try {
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
        tracing::info!("a sign-in with an unknown address was refused");
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

/// Signs in with a passkey alone: the authenticator has checked who holds it. A wrong one is a refusal of the field
/// `passkey`.
pub async fn sign_in_with_passkey(db: &Db, answer: &passkey::Answer<'_>, arrival: Arrival) -> Result<Opened> {
    let holder = passkey::check(db, answer).await?;
    let who =
        Welcome { organisation: holder.organisation, person: holder.person, name: holder.name, role: holder.role };
    let proof = Proof::Passkey(holder.used);
    let opening = Opening { arrival, way: SignInWay::Passkey, proof, tried: None, pending: None, upgrade: None };
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
    if factor || held.required.has(who.role) {
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

async fn refused(db: &Db, who: &Welcome, arrival: &Arrival, what: &'static str) -> Result<()> {
    let grant = door::door(who.organisation.clone(), arrival.origin.clone());
    db.commit(&grant, commands::RefusedSignIn { person: who.person.clone(), name: who.name.clone(), what }).await
}

fn hash_of(db: &Db, token: &Plain) -> Stored {
    db.vault().hash("sign-in", token)
}

/// The sign-in is over before it was done: it begins again.
pub(in crate::access) fn restart() -> Error {
    Error::state(Code::SignInOver, "This sign-in is over. Begin again with your address and password.")
}

/// The half of a sign-in that is done.
pub struct Pending {
    hash: Stored,
    who: Welcome,
    /// The person's address.
    pub email: String,
    /// The organisation's name.
    pub organisation_name: String,
    /// What the person can show.
    pub held: Held,
    known: Option<Timestamp>,
}

impl Pending {
    /// What is still asked for.
    pub fn needs(&self) -> Needs {
        if self.held.any() { Needs::Factor } else { Needs::Enrolment }
    }

    /// Who is about to sign in.
    pub fn person(&self) -> (&OrganisationId, &PersonId) {
        (&self.who.organisation, &self.who.person)
    }
}

#[derive(sqlx::FromRow)]
struct PendingRow {
    organisation_id: OrganisationId,
    person_id: PersonId,
    name: String,
    role: Role,
    email: String,
    organisation_name: String,
    required: Roles,
    known_since: Option<Timestamp>,
}

/// The sign-in that a browser's cookie stands for, while it lasts.
pub async fn pending(db: &Db, cookie: &str, arrival: &Arrival) -> Result<Option<Pending>> {
    let hash = hash_of(db, &Plain::new(cookie.to_owned()));
    let found: Option<PendingRow> = sql!(
        db,
        fetch_optional,
        "select s.organisation_id, s.person_id, p.name, p.role, p.email, o.name as organisation_name,
                o.second_factor_roles as required, d.created_at as known_since
         from sign_ins s
         join people p on p.organisation_id = s.organisation_id and p.id = s.person_id
         join organisations o on o.id = s.organisation_id
         left join devices d on d.organisation_id = p.organisation_id and d.person_id = p.id and d.hash = $3
         where s.hash = $1 and s.ends_at > $2 and p.disabled_at is null",
        &hash,
        db.now(),
        arrival.device(db.vault())
    )?;
    let Some(found) = found else { return Ok(None) };
    let row = row(db, &found.organisation_id, &found.person_id).await?;
    let held = Held { totp_since: row.totp_since, recovery_left: row.recovery_left, passkeys: row.passkeys };
    if !held.any() && !found.required.has(found.role) {
        // Asked for no longer: the password alone does, from the beginning.
        return Ok(None);
    }
    let who =
        Welcome { organisation: found.organisation_id, person: found.person_id, name: found.name, role: found.role };
    let (email, organisation_name) = (found.email, found.organisation_name);
    Ok(Some(Pending { hash, who, email, organisation_name, held, known: found.known_since }))
}

/// What came of a second factor.
pub enum Finish {
    /// The session has begun.
    In(Opened),
    /// It was wrong and may be tried again.
    Wrong,
    /// Nothing is tried before this moment.
    Wait(Timestamp),
    /// The sign-in begins again with the password.
    Over,
}

/// A try at the second half, counted.
struct Waiting {
    tried: Try,
    count: i64,
}

/// Counts a try at the second half before it is judged.
async fn count(db: &Db, pending: &Pending, arrival: &Arrival) -> Result<std::result::Result<Waiting, Finish>> {
    let known = pending.known.and(arrival.device.as_deref());
    let tried = aim(db, &pending.email, known, arrival);
    if let Some(until) = tried.count(db).await? {
        return Ok(Err(Finish::Wait(until)));
    }
    match db.note(CountCode(pending.hash.clone())).await? {
        Some(count) => Ok(Ok(Waiting { tried, count })),
        None => {
            db.note(Restart(pending.hash.clone())).await?;
            Ok(Err(Finish::Over))
        }
    }
}

/// The second factor was wrong: a record, and the end after the fifth.
async fn wrong(db: &Db, pending: &Pending, arrival: &Arrival, waiting: &Waiting) -> Result<Finish> {
    refused(db, &pending.who, arrival, "second factor").await?;
    if !CountCode::was_last(waiting.count) {
        return Ok(Finish::Wrong);
    }
    db.note(Restart(pending.hash.clone())).await?;
    Ok(Finish::Over)
}

/// Finishes a sign-in with the code of an app or a recovery code.
pub async fn finish(db: &Db, pending: Pending, typed: &str, arrival: Arrival) -> Result<Finish> {
    let waiting = match count(db, &pending, &arrival).await? {
        Ok(waiting) => waiting,
        Err(finish) => return Ok(finish),
    };
    let (organisation, person) = pending.person();
    let Some(proof) = Proof::of_code(db, organisation, person, typed).await? else {
        return wrong(db, &pending, &arrival, &waiting).await;
    };
    let way = if matches!(proof, Proof::Recovery(_)) { SignInWay::Recovery } else { SignInWay::Code };
    open(db, pending, way, proof, waiting, arrival).await
}

async fn open(
    db: &Db,
    pending: Pending,
    way: SignInWay,
    proof: Proof,
    waiting: Waiting,
    arrival: Arrival,
) -> Result<Finish> {
    let opening =
        Opening { arrival, way, proof, tried: Some(waiting.tried), pending: Some(pending.hash), upgrade: None };
    match pending.who.open(db, opening).await {
        Err(Error::State { code: Code::SignInOver, .. }) => Ok(Finish::Over),
        opened => opened.map(Finish::In),
    }
}

/// Sets up an authenticator app at the door, for a person who has no second factor and needs one, and signs in.
pub async fn enrol(
    db: &Db,
    pending: Pending,
    offered: &str,
    typed: &str,
    arrival: Arrival,
) -> Result<(Finish, Option<Changed>)> {
    // Whoever has a factor shows it: a password alone adds none.
    if pending.held.any() {
        return Ok((Finish::Over, None));
    }
    let waiting = match count(db, &pending, &arrival).await? {
        Ok(waiting) => waiting,
        Err(finish) => return Ok((finish, None)),
    };
    let (organisation, person) = pending.person();
    let Some(add) = check_offer(db, organisation, person, offered, typed)? else {
        return Ok((wrong(db, &pending, &arrival, &waiting).await?, None));
    };
    let grant = pending.who.grant(arrival.origin.clone());
    let changed = add_at_door(db, &grant, add, &pending.hash).await?;
    let finish = open(db, pending, SignInWay::Enrolled, Proof::Password, waiting, arrival).await?;
    Ok((finish, Some(changed)))
}
