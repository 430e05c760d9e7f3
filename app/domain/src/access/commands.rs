//! Changes at the door: set-up, people, sign-ins that fail or are half done, signing out.
use super::{Actor, Grant, Permission, Role, attempts::Try, sessions, setup::NewOrganisation};
use crate::{
    Error, Result,
    audit::Action,
    db::{Command, Subject, Trail, Tx, sql},
    error::{Code, Noun},
    ids::{OrganisationId, PersonId},
    secret::Stored,
    time::Timestamp,
};
use serde_json::json;

/// A sign-in that did not fit.
pub(super) struct RefusedSignIn {
    pub person: PersonId,
    pub name: String,
    /// What was wrong.
    pub what: &'static str,
}

impl Command for RefusedSignIn {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::Enter
    }

    async fn run(&self, _: &Grant, _: &mut Tx) -> Result<((), Trail)> {
        let trail = Trail::new(Action::SignedIn, Subject::new(Noun::Person, &self.person, &self.name));
        Ok(((), trail.refused().reason(format!("wrong {}", self.what)).organisation_wide()))
    }
}

/// A proof that did not fit, of somebody who is signed in.
pub(super) struct RefusedProof {
    /// What was wrong.
    pub what: &'static str,
}

impl Command for RefusedProof {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::Enter
    }

    async fn run(&self, grant: &Grant, _: &mut Tx) -> Result<((), Trail)> {
        let (person, name) = sessions::person(grant)?;
        let trail = Trail::new(Action::FactorShown, Subject::new(Noun::Person, person, name));
        Ok(((), trail.refused().reason(format!("wrong {}", self.what)).organisation_wide()))
    }
}

/// A password that was right where more is asked for: the browser keeps a cookie for the half that is done.
pub(super) struct HalfSignIn {
    pub hash: Stored,
    pub person: PersonId,
    pub name: String,
    pub ends_at: Timestamp,
    pub tried: Option<Try>,
    pub upgrade: Option<String>,
}

impl Command for HalfSignIn {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::Enter
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let (organisation, now) = (grant.organisation(), tx.now());
        if let Some(tried) = &self.tried {
            tried.half_forgive(tx).await?;
        }
        sql!(tx, execute, "delete from sign_ins where ends_at <= $1", now)?;
        sql!(
            tx,
            execute,
            "insert into sign_ins (hash, organisation_id, person_id, wrong, created_at, ends_at)
             values ($1, $2, $3, 0, $4, $5)",
            &self.hash,
            organisation,
            &self.person,
            now,
            self.ends_at
        )?;
        if let Some(hash) = &self.upgrade {
            keep_password(tx, organisation, &self.person, hash).await?;
        }
        let trail = Trail::new(Action::HalfSignedIn, Subject::new(Noun::Person, &self.person, &self.name));
        Ok(((), trail.organisation_wide()))
    }
}

/// Keeps the hash of a person's password.
pub(super) async fn keep_password(
    tx: &mut Tx,
    organisation: &OrganisationId,
    person: &PersonId,
    hash: &str,
) -> Result<()> {
    sql!(
        tx,
        execute,
        "update people set password_hash = $3 where organisation_id = $1 and id = $2",
        organisation,
        person,
        hash
    )?;
    Ok(())
}

/// A person leaves.
pub(super) struct SignOut;

impl Command for SignOut {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::Enter
    }

    async fn run(&self, grant: &Grant, _: &mut Tx) -> Result<((), Trail)> {
        let Actor::Person { id, name, .. } = grant.actor() else { return Err(Error::NotFound(Noun::Person)) };
        Ok(((), Trail::new(Action::SignedOut, Subject::new(Noun::Person, id, name)).organisation_wide()))
    }
}

/// An organisation with its first person, its owner; the set-up link, if one led here, is used up.
pub(super) struct CreateOrganisation {
    pub organisation: NewOrganisation,
    pub password_hash: String,
    pub link: Option<Stored>,
}

impl Command for CreateOrganisation {
    type Output = PersonId;

    fn permission(&self) -> Permission {
        Permission::Enter
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(PersonId, Trail)> {
        let (new, now) = (&self.organisation, tx.now());
        if let Some(link) = &self.link {
            let used = sql!(
                tx,
                execute,
                "update setup_links set used_at = $2 where hash = $1 and used_at is null and expires_at > $2",
                link,
                now
            )?;
            if used == 0 {
                return Err(Error::state(Code::LinkSpent, "This set-up address was used or is too old."));
            }
        }
        sql!(
            tx,
            execute,
            "insert into organisations
                 (id, name, time_zone, require_intent_live, require_intent_dev, created_at, second_factor_roles)
             values ($1, $2, $3, $4, $5, $6, $7)",
            grant.organisation(),
            &new.name,
            new.zone.name(),
            true,
            false,
            now,
            new.second_factor_roles
        )?;
        let person = insert_person(
            tx,
            grant.organisation(),
            &new.owner_name,
            &new.owner_email,
            Role::Owner,
            &self.password_hash,
        )
        .await?;
        let trail =
            Trail::new(Action::OrganisationCreated, Subject::new(Noun::Organisation, grant.organisation(), &new.name))
                .after(json!({ "name": new.name, "timeZone": new.zone.name() }))
                .also(Action::PersonAdded, Subject::new(Noun::Person, &person, &new.owner_name))
                .after(json!({ "role": Role::Owner }));
        Ok((person, trail.organisation_wide()))
    }
}

/// A further person.
pub(crate) struct AddPerson {
    pub name: String,
    pub email: String,
    pub role: Role,
    pub password_hash: String,
}

impl Command for AddPerson {
    type Output = PersonId;

    fn permission(&self) -> Permission {
        Permission::Enter
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(PersonId, Trail)> {
        let id =
            insert_person(tx, grant.organisation(), &self.name, &self.email, self.role, &self.password_hash).await?;
        let trail = Trail::new(Action::PersonAdded, Subject::new(Noun::Person, &id, &self.name))
            .after(json!({ "role": self.role }));
        Ok((id, trail.organisation_wide()))
    }
}

pub(super) async fn insert_person(
    tx: &mut Tx,
    organisation: &OrganisationId,
    name: &str,
    email: &str,
    role: Role,
    password_hash: &str,
) -> Result<PersonId> {
    let (id, now) = (PersonId::new(tx.now(), tx.chance()), tx.now());
    let rows = sql!(
        tx,
        execute,
        "insert into people (organisation_id, id, name, email, role, password_hash, created_at)
         values ($1, $2, $3, $4, $5, $6, $7) on conflict (email) do nothing",
        organisation,
        &id,
        name,
        email,
        role,
        password_hash,
        now
    )?;
    if rows == 0 {
        return Err(Error::field("email", "is used by somebody else on this server"));
    }
    Ok(id)
}
