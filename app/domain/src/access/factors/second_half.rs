//! The second half of signing in: what a browser's short cookie stands for, and the factor that finishes it.
use super::{
    Held, Needs, Proof, SignInWay,
    change::{Changed, add_at_door, check_offer},
    notes::{CountCode, Restart},
    row,
    sign_in::{aim, hash_of, refused},
};
use crate::{
    Error, Result,
    access::{
        Arrival, Role, Roles,
        attempts::Try,
        sessions::{Opened, Opening, Welcome},
    },
    db::{Db, sql},
    error::Code,
    ids::{OrganisationId, PersonId},
    secret::{Plain, Stored},
    time::Timestamp,
};

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

    /// What it is kept under.
    pub(super) fn hash(self) -> Stored {
        self.hash
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
    let held = row.held(found.role);
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
