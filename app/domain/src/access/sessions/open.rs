//! A session begins: by signing in, under an identifier that nobody has seen before.
use super::{FORM_SECRET, LONGEST_MS, MOST, ORGANISATION, PERSON, SIGNED_IN_WITH, hash, new_id};
use crate::{
    Result,
    access::{
        Actor, Grant, Origin, Permission, Role,
        attempts::Try,
        commands::keep_password,
        door,
        factors::{Proof, SignInWay},
        notices::{About, tell},
    },
    audit::Action,
    db::{Command, Db, Subject, Trail, Tx, sql},
    environment::Environment,
    error::Noun,
    ids::{OrganisationId, PersonId, SessionId},
    secret::{Plain, Stored},
    time::Timestamp,
    vault::Vault,
};
use serde_json::json;

/// The browser that stands at the door, and the cookies that it brought.
#[derive(Debug, Clone, Default)]
pub struct Arrival {
    /// Where it comes from.
    pub origin: Origin,
    /// The cookie of a browser in which somebody signed in before.
    pub device: Option<String>,
    /// The cookie of a session, which ends when another begins.
    pub session: Option<String>,
}

impl Arrival {
    /// The hash under which the browser is known.
    pub(in crate::access) fn device(&self, vault: &Vault) -> Option<Stored> {
        self.device.as_ref().map(|device| device_hash(vault, device))
    }

    fn session(&self, vault: &Vault) -> Option<Stored> {
        self.session.as_deref().and_then(|text| text.parse().ok()).map(|id| hash(vault, id))
    }
}

fn device_hash(vault: &Vault, device: &str) -> Stored {
    vault.hash("device", &Plain::new(device.to_owned()))
}

/// A session that has begun: what the browser is given.
#[derive(Debug, Clone)]
pub struct Opened {
    /// The value of the session's cookie.
    pub session: String,
    /// The value of the cookie by which this browser is known from now on.
    pub device: String,
    /// The organisation.
    pub organisation: OrganisationId,
    /// The person.
    pub person: PersonId,
    /// Whether the person had never signed in from this browser.
    pub new_device: bool,
}

/// A person who has proved everything that the organisation asks for.
#[derive(Clone)]
pub(in crate::access) struct Welcome {
    pub organisation: OrganisationId,
    pub person: PersonId,
    pub name: String,
    pub role: Role,
}

impl Welcome {
    /// The power with which the person signs in.
    pub(in crate::access) fn grant(&self, origin: Origin) -> Grant {
        let actor = Actor::Person { id: self.person.clone(), name: self.name.clone(), role: self.role };
        door::recognised(self.organisation.clone(), actor, self.role.permissions(Environment::Live), origin)
    }

    /// Begins the session.
    pub(in crate::access) async fn open(self, db: &Db, open: Opening) -> Result<Opened> {
        let grant = self.grant(open.arrival.origin.clone());
        db.commit(&grant, Open { who: self, how: open }).await
    }
}

/// How somebody came in.
#[derive(Clone)]
pub(in crate::access) struct Opening {
    pub arrival: Arrival,
    pub way: SignInWay,
    /// What is used up by it.
    pub proof: Proof,
    /// The try that it was.
    pub tried: Option<Try>,
    /// The half of a sign-in that went before.
    pub pending: Option<Stored>,
    /// The password's hash at today's cost.
    pub upgrade: Option<String>,
}

/// Begins a session, and ends what must end with it.
struct Open {
    who: Welcome,
    how: Opening,
}

impl Command for Open {
    type Output = Opened;

    fn permission(&self) -> Permission {
        Permission::Enter
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Opened, Trail)> {
        let (who, how) = (&self.who, &self.how);
        how.proof.spend(tx, &who.organisation, &who.person).await?;
        let failures = match &how.tried {
            Some(tried) => tried.forgive(tx).await?,
            None => 0,
        };
        if let Some(pending) = &how.pending {
            let used = sql!(tx, execute, "delete from sign_ins where hash = $1", pending)?;
            if used == 0 {
                return Err(crate::access::factors::restart());
            }
        }
        if let Some(hash) = &how.upgrade {
            keep_password(tx, &who.organisation, &who.person, hash).await?;
        }
        let (device, new_device) = known_device(tx, who, &how.arrival).await?;
        tell_of_sign_in(tx, who, grant.origin(), new_device, failures).await?;
        if let Some(old) = how.arrival.session(tx.vault()) {
            sql!(tx, execute, "delete from sessions where hash = $1", old)?;
        }
        let session = insert(tx, who, how.way.as_str(), grant.origin()).await?;
        let ended = make_room(tx, who).await?;
        let subject = || Subject::new(Noun::Person, &who.person, &who.name);
        let mut trail =
            Trail::new(Action::SignedIn, subject()).after(json!({ "with": how.way.as_str(), "newDevice": new_device }));
        if ended > 0 {
            let why = format!("{MOST} sessions are the most at once: the one seen longest ago ended");
            trail = trail.also(Action::SignedOut, subject()).reason(why);
        }
        let opened =
            Opened { session, device, organisation: who.organisation.clone(), person: who.person.clone(), new_device };
        Ok((opened, trail.organisation_wide()))
    }
}

/// Sign-ins that fail before somebody is told of the one that did not: once or twice is a slip of the hand.
const WORTH_TELLING: i64 = 3;

/// Notes when the person signed in, and tells them of a new browser and of tries that failed before. Whoever signs in
/// for the first time is told nothing: every browser is new then.
async fn tell_of_sign_in(tx: &mut Tx, who: &Welcome, origin: &Origin, new_device: bool, failures: i64) -> Result<()> {
    let (organisation, person, now) = (&who.organisation, &who.person, tx.now());
    let before: Option<Timestamp> = sql!(
        tx,
        scalar,
        "select signed_in_at from people where organisation_id = $1 and id = $2",
        organisation,
        person
    )?;
    sql!(
        tx,
        execute,
        "update people set signed_in_at = $3 where organisation_id = $1 and id = $2",
        organisation,
        person,
        now
    )?;
    let address = origin.address.map(|address| address.to_string());
    if new_device && before.is_some() {
        let about = About::NewDevice { client: origin.client.clone(), address: address.clone() };
        tell(tx, organisation, person, &about, None).await?;
    }
    if failures >= WORTH_TELLING {
        tell(tx, organisation, person, &About::AfterFailures { failures, address }, None).await?;
    }
    Ok(())
}

/// Knows the browser from now on; whether it was new.
async fn known_device(tx: &mut Tx, who: &Welcome, arrival: &Arrival) -> Result<(String, bool)> {
    let now = tx.now();
    let cookie = arrival.device.clone().unwrap_or_else(|| hex::encode(tx.chance().bytes::<16>()));
    let hash = device_hash(tx.vault(), &cookie);
    let seen: Timestamp = sql!(
        tx,
        scalar,
        "insert into devices (organisation_id, person_id, hash, created_at, seen_at) values ($1, $2, $3, $4, $4)
         on conflict (organisation_id, person_id, hash) do update set seen_at = excluded.seen_at returning created_at",
        &who.organisation,
        &who.person,
        hash,
        now
    )?;
    Ok((cookie, seen == now))
}

async fn insert(tx: &mut Tx, who: &Welcome, way: &str, origin: &Origin) -> Result<String> {
    let now = tx.now();
    let (id, hash) = new_id(tx);
    let own_id = SessionId::new(now, tx.chance());
    let data = json!({
        ORGANISATION: who.organisation,
        PERSON: who.person,
        SIGNED_IN_WITH: way,
        FORM_SECRET: hex::encode(tx.chance().bytes::<16>()),
    });
    sql!(
        tx,
        execute,
        "insert into sessions
             (hash, organisation_id, person_id, id, data, created_at, seen_at, ends_at, factor_at, address, client)
         values ($1, $2, $3, $4, $5, $6, $6, $7, $6, $8, $9)",
        hash,
        &who.organisation,
        &who.person,
        own_id,
        data.to_string(),
        now,
        now + LONGEST_MS,
        origin.address.map(|address| address.to_string()),
        &origin.client
    )?;
    Ok(id.to_string())
}

/// Ends what ran out, and the sessions seen longest ago beyond [`MOST`]; how many of these.
async fn make_room(tx: &mut Tx, who: &Welcome) -> Result<u64> {
    let now = tx.now();
    sql!(tx, execute, "delete from sessions where ends_at <= $1", now)?;
    Ok(sql!(
        tx,
        execute,
        "delete from sessions where hash in
             (select hash from sessions where organisation_id = $1 and person_id = $2
              order by seen_at desc, created_at desc, id desc limit 1000 offset $3)",
        &who.organisation,
        &who.person,
        MOST
    )?)
}
