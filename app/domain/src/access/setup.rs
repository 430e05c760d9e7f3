//! The first minutes of an installation: one-time set-up address, organisation and owner.
use super::{
    About, Admission, Arrival, Origin, Password, Role, Roles,
    commands::{AddPerson, CreateOrganisation},
    door,
    factors::{self, SignInWay},
    password,
};
use crate::{
    Error, Result, alert,
    db::{Db, sql},
    error::{Code, Refused},
    ids::{OrganisationId, PersonId},
    name::{Email, Name},
    secret::{Plain, Stored},
    time::{MINUTE, Timestamp},
};
use chrono_tz::Tz;

/// How long a set-up address is good for.
const LINK_MS: i64 = 60 * MINUTE;

/// What the owner types to begin.
#[derive(Debug, Clone)]
pub struct NewOrganisation {
    /// The organisation's name, 1 to 64 characters.
    pub name: String,
    /// Its time zone: calendar windows turn there.
    pub zone: Tz,
    /// The owner's name.
    pub owner_name: String,
    /// The owner's address, in lower case.
    pub owner_email: String,
    /// The roles that must show a second factor: owner, admin and finance, unless told otherwise.
    pub second_factor_roles: Roles,
}

impl NewOrganisation {
    /// Checks every entry and names each that cannot be taken.
    pub fn parse(name: &str, zone: &str, owner_name: &str, owner_email: &str) -> Result<Self> {
        let mut refused = Refused::default();
        let name = refused.take("organisation", Name::parse(name));
        let zone = refused.take(
            "time_zone",
            zone.trim().parse::<Tz>().map_err(|_| "must be a time zone such as Europe/Berlin or America/New_York"),
        );
        let owner_name = refused.take("name", Name::parse(owner_name));
        let owner_email = refused.take("email", Email::parse(owner_email));
        match (name, zone, owner_name, owner_email) {
            (Some(name), Some(zone), Some(owner), Some(email)) => {
                let second_factor_roles = Roles::of([Role::Owner, Role::Admin, Role::Finance]);
                let (name, owner_name, owner_email) = (name.into(), owner.into(), email.into());
                Ok(Self { name, zone, owner_name, owner_email, second_factor_roles })
            }
            _ => Err(Error::Refused(refused)),
        }
    }

    /// The same, asking nobody for a second factor: for the demo.
    #[must_use]
    pub fn without_second_factor(self) -> Self {
        Self { second_factor_roles: Roles::default(), ..self }
    }

    /// What is known about the owner, who must not make a password of it.
    fn about(&self) -> About<'_> {
        About { organisation: &self.name, name: &self.owner_name, email: &self.owner_email }
    }
}

/// A set-up address' secret part, shown on the console once.
pub struct SetupLink(pub crate::secret::Revealed);

fn digest(db: &Db, token: &str) -> Stored {
    db.vault().hash("set-up link", &Plain::new(token.to_owned()))
}

/// A new set-up address, when there is no organisation yet: earlier ones stop working.
pub async fn issue_setup_link(db: &Db) -> Result<Option<SetupLink>> {
    let organisations: i64 = sql!(db, scalar, "select count(*) from organisations")?;
    if organisations > 0 {
        return Ok(None);
    }
    let token = hex::encode(db.chance().bytes::<32>());
    let mut tx = db.begin().await?;
    let now = tx.now();
    sql!(&mut tx, execute, "update setup_links set used_at = $1 where used_at is null", now)?;
    sql!(
        &mut tx,
        execute,
        "insert into setup_links (hash, created_at, expires_at) values ($1, $2, $3)",
        digest(db, &token),
        now,
        now + LINK_MS
    )?;
    tx.commit().await?;
    Ok(Some(SetupLink(Plain::new(token).reveal())))
}

/// Whether a set-up address still works: for showing its form.
pub async fn setup_link_works(db: &Db, token: &str) -> Result<bool> {
    let ends: Option<Timestamp> = sql!(
        db,
        scalar_optional,
        "select expires_at from setup_links where hash = $1 and used_at is null",
        digest(db, token)
    )?;
    Ok(alert::link(ends.filter(|ends| db.now() < *ends)).is_some())
}

/// Makes the organisation and its owner with a set-up address, which is used up by it, and lets the owner in, who
/// sets up a second factor first.
pub async fn set_up(
    db: &Db,
    token: &str,
    organisation: NewOrganisation,
    password: Password,
    arrival: Arrival,
) -> Result<Admission> {
    // Before the costly hash, so that nobody can make the server hash for nothing.
    if !setup_link_works(db, token).await? {
        return Err(Error::state(Code::LinkSpent, "This set-up address was used or is too old."));
    }
    let link = Some(digest(db, token));
    let (organisation, person) = create(db, organisation, password, link, arrival.origin.clone()).await?;
    factors::admit(db, &organisation, &person, SignInWay::SetUp, arrival).await
}

/// Makes an organisation and its owner from the command line of the host.
pub async fn add_organisation(
    db: &Db,
    organisation: NewOrganisation,
    password: Password,
) -> Result<(OrganisationId, PersonId)> {
    create(db, organisation, password, None, Origin::default()).await
}

/// Adds a person who can sign in, from the command line of the host or the demo.
pub async fn add_person(
    db: &Db,
    organisation: &OrganisationId,
    name: Name,
    email: Email,
    role: Role,
    password: Password,
) -> Result<PersonId> {
    let organisation_name: String = sql!(db, scalar, "select name from organisations where id = $1", organisation)?;
    let about = About { organisation: &organisation_name, name: name.as_str(), email: email.as_str() };
    let password_hash = password::hash(db, password, &about).await?;
    let command = AddPerson { name: name.into(), email: email.into(), role, password_hash };
    db.commit(&door::door(organisation.clone(), Origin::default()), command).await
}

async fn create(
    db: &Db,
    organisation: NewOrganisation,
    password: Password,
    link: Option<Stored>,
    origin: Origin,
) -> Result<(OrganisationId, PersonId)> {
    let password_hash = password::hash(db, password, &organisation.about()).await?;
    let id = OrganisationId::new(db.now(), db.chance());
    let grant = door::door(id.clone(), origin);
    let person = db.commit(&grant, CreateOrganisation { organisation, password_hash, link }).await?;
    Ok((id, person))
}
