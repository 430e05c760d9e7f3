//! The door: passwords, tries, second factors, sessions, and the rules that hold there.
mod passkeys;
mod rules;
mod second_factors;
mod sessions;
mod timing;
mod told;
mod tries;

use super::common::raw;
use domain::{
    access::{
        self, Admission, Arrival, Grant, Origin, Password, Role, Roles,
        factors::{self, Finish, Needs, Pending, totp},
        sessions::{FACTOR_AT, ORGANISATION, PERSON},
    },
    environment::Environment,
    ids::{OrganisationId, PersonId},
    name::Name,
    testing::{Fresh, email},
    time::Timestamp,
};
use tower_sessions::{SessionStore, session::Id};

pub const PASSWORD: &str = "seven quiet harbour robots";

/// A person of this role who can sign in as `role@acme.example`.
pub async fn person(fresh: &Fresh, role: Role) -> (String, PersonId) {
    let address = format!("{role}@acme.example");
    let password = Password::new(PASSWORD.into()).unwrap();
    let name = Name::parse("Ada Lovelace").unwrap();
    let id = access::add_person(&fresh.db, &fresh.organisation, name, email(&address), role, password).await.unwrap();
    (address, id)
}

/// From this address, with the cookies of a browser.
pub fn from(address: &str) -> Arrival {
    let origin = Origin { address: Some(address.parse().unwrap()), ..Origin::default() };
    Arrival { origin, ..Arrival::default() }
}

pub async fn sign_in(fresh: &Fresh, address: &str, password: &str, arrival: Arrival) -> Admission {
    access::sign_in(&fresh.db, address, password.into(), arrival).await.unwrap()
}

/// The organisation asks these roles for a second factor.
pub async fn require(fresh: &Fresh, roles: &[Role]) {
    let roles = Roles::of(roles.iter().copied());
    raw(fresh, format!("update organisations set second_factor_roles = '{roles}'")).await;
}

/// The half of a sign-in, by its cookie.
pub async fn half(fresh: &Fresh, signed: Admission) -> (String, Needs) {
    match signed {
        Admission::Half(cookie, needs) => (cookie.text().to_owned(), needs),
        Admission::Wrong => panic!("wrong"),
        Admission::Wait(until) => panic!("wait until {until}"),
        Admission::In(_) => panic!("in at once at {}", fresh.db.now()),
    }
}

pub async fn pending(fresh: &Fresh, cookie: &str) -> Option<Pending> {
    factors::pending(&fresh.db, cookie, &Arrival::default()).await.unwrap()
}

/// What a session's cookie opens: the grant of its person, while it lasts.
pub async fn grant_of(fresh: &Fresh, cookie: &str) -> Option<Grant> {
    let store = access::Sessions(fresh.db.clone());
    let record = store.load(&cookie.parse::<Id>().unwrap()).await.unwrap()?;
    let text = |key: &str| record.data[key].as_str().unwrap().to_owned();
    let organisation: OrganisationId = text(ORGANISATION).parse().unwrap();
    let person: PersonId = text(PERSON).parse().unwrap();
    let factor_at = Timestamp(record.data[FACTOR_AT].as_i64().unwrap());
    let visitor = access::visitor(&fresh.db, &organisation, &person, factor_at).await.unwrap()?;
    Some(visitor.grant(Environment::Live, Origin::default()))
}

/// An app that was set up: it shows codes.
#[derive(Clone)]
pub struct App(Vec<u8>);

impl App {
    /// Reads the key that a page shows.
    pub fn scan(secret: &str) -> Self {
        const LETTERS: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZ234567";
        let value = |c: u8| LETTERS.iter().position(|l| *l == c).unwrap();
        let bits: Vec<bool> = secret.bytes().flat_map(|c| (0..5).rev().map(move |n| value(c) >> n & 1 == 1)).collect();
        Self(bits.chunks_exact(8).map(|byte| byte.iter().fold(0, |n, bit| n << 1 | u8::from(*bit))).collect())
    }

    /// The code at this moment, or `steps` later.
    pub fn code(&self, fresh: &Fresh, steps: i64) -> String {
        totp::code(&self.0, totp::step(fresh.db.now()) + steps)
    }
}

/// Signs in to an organisation that asks for a second factor, and sets one up: the app, recovery codes, the session.
pub async fn enrolled(fresh: &Fresh, address: &str) -> (App, Vec<String>, access::Opened) {
    let (cookie, needs) = half(fresh, sign_in(fresh, address, PASSWORD, Arrival::default()).await).await;
    assert_eq!(needs, Needs::Enrolment);
    let waiting = pending(fresh, &cookie).await.unwrap();
    let offer = factors::offer(&fresh.db, waiting.person(), ("Acme", address), "").unwrap();
    let app = App::scan(offer.secret.text());
    let code = app.code(fresh, 0);
    let (finish, changed) = factors::enrol(&fresh.db, waiting, &offer.sealed, &code, Arrival::default()).await.unwrap();
    let Finish::In(opened) = finish else { panic!("not in") };
    let codes = changed.unwrap().codes.iter().map(|code| code.text().to_owned()).collect();
    (app, codes, opened)
}
