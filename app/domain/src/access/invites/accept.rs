//! The link's own end: looked at, then used once.
use super::{InviteStatus, commands::digest, store};
use crate::{
    Error, Result,
    access::{About, Grant, Origin, Password, Permission, Role, commands::insert_person, door, password},
    alert,
    audit::Action,
    db::{Command, Db, Subject, Trail, Tx, sql},
    error::{Code, Noun},
    ids::{InviteId, OrganisationId, PersonId},
    name::Name,
    secret::Stored,
    time::Timestamp,
};
use serde_json::json;

/// What a link leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Whether it works, or why not.
    pub status: InviteStatus,
    /// The organisation's name.
    pub organisation: String,
    /// Who invited.
    pub invited_by: String,
    /// The address that the new member will sign in with.
    pub email: String,
    /// The role that they will have.
    pub role: Role,
    /// When the link ends.
    pub expires_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    organisation_id: OrganisationId,
    organisation: String,
    invited_by: String,
    email: String,
    role: Role,
    expires_at: Timestamp,
    accepted_at: Option<Timestamp>,
    withdrawn_at: Option<Timestamp>,
}

async fn find(db: &Db, token: &str) -> Result<Option<Row>> {
    Ok(alert::link(sql!(
        db,
        fetch_optional,
        "select i.organisation_id, o.name as organisation, i.invited_by, i.email, i.role, i.expires_at,
                i.accepted_at, i.withdrawn_at
         from invites i join organisations o on o.id = i.organisation_id where i.hash = $1",
        digest(db.vault(), token)
    )?))
}

/// What the link leads to: for showing its form, which changes nothing. None: no link of ours, or an old one that a
/// newer link has replaced.
pub async fn open(db: &Db, token: &str) -> Result<Option<Opened>> {
    let now = db.now();
    Ok(find(db, token).await?.map(|row| Opened {
        status: store::status(now, row.expires_at, row.accepted_at, row.withdrawn_at),
        organisation: row.organisation,
        invited_by: row.invited_by,
        email: row.email,
        role: row.role,
        expires_at: row.expires_at,
    }))
}

/// Uses the link: whoever holds it becomes a member with this name and password.
pub async fn accept(
    db: &Db,
    token: &str,
    name: Name,
    password: Password,
    origin: Origin,
) -> Result<(OrganisationId, PersonId)> {
    // Before the costly hash, so that nobody can make the server hash for nothing.
    let row = find(db, token).await?.ok_or(Error::NotFound(Noun::Invite))?;
    if store::status(db.now(), row.expires_at, row.accepted_at, row.withdrawn_at) != InviteStatus::Open {
        return Err(spent());
    }
    let about = About { organisation: &row.organisation, name: name.as_str(), email: &row.email };
    let password_hash = password::hash(db, password, &about).await?;
    let accept = Accept { hash: digest(db.vault(), token), name, password_hash };
    let person = db.commit(&door::door(row.organisation_id.clone(), origin), accept).await?;
    Ok((row.organisation_id, person))
}

fn spent() -> Error {
    Error::state(Code::LinkSpent, "This invitation was used, withdrawn or is too old. Ask for a new one.")
}

struct Accept {
    hash: Stored,
    name: Name,
    password_hash: String,
}

impl Command for Accept {
    type Output = PersonId;

    fn permission(&self) -> Permission {
        Permission::Enter
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(PersonId, Trail)> {
        let now = tx.now();
        let row: Option<(InviteId, String, Role)> = sql!(
            tx,
            fetch_optional,
            "update invites set accepted_at = $3
             where organisation_id = $1 and hash = $2 and accepted_at is null and withdrawn_at is null
               and expires_at > $3
             returning id, email, role",
            grant.organisation(),
            &self.hash,
            now
        )?;
        let Some((invite, email, role)) = row else { return Err(spent()) };
        let added =
            insert_person(tx, grant.organisation(), self.name.as_str(), &email, role, &self.password_hash).await;
        let person = match added {
            Err(Error::Refused(_)) => {
                let message = format!(
                    "{email} signs in to another organisation on this server. Ask for an invitation to another address."
                );
                return Err(Error::state(Code::NameTaken, message));
            }
            added => added?,
        };
        let trail = Trail::new(Action::InviteAccepted, Subject::new(Noun::Invite, &invite, &email))
            .also(Action::PersonAdded, Subject::new(Noun::Person, &person, self.name.as_str()))
            .after(json!({ "role": role }));
        Ok((person, trail.organisation_wide()))
    }
}
