//! The link's own end: looked at, then used once.
use super::commands::digest;
use crate::{
    Error, Result,
    access::{
        Grant, Origin, Password, Permission, door,
        members::house,
        notices::{About, tell},
        password,
    },
    alert,
    audit::Action,
    db::{Command, Db, Subject, Trail, Tx, sql},
    error::{Code, Noun},
    ids::{OrganisationId, PersonId},
    secret::Stored,
    time::Timestamp,
};

/// Whose password a link replaces.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Opened {
    /// Their name.
    pub name: String,
    /// The address that they sign in with: password managers ask for it.
    pub email: String,
    /// When the link ends.
    pub expires_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    organisation_id: OrganisationId,
    organisation: String,
    name: String,
    email: String,
    expires_at: Timestamp,
}

async fn find(db: &Db, token: &str) -> Result<Option<Row>> {
    Ok(alert::link(sql!(
        db,
        fetch_optional,
        "select r.organisation_id, o.name as organisation, p.name, p.email, r.expires_at
         from password_resets r join people p on p.organisation_id = r.organisation_id and p.id = r.person_id
         join organisations o on o.id = r.organisation_id
         where r.hash = $1 and r.ended_at is null and r.expires_at > $2 and p.disabled_at is null",
        digest(db.vault(), token),
        db.now()
    )?))
}

/// Whose password the link replaces, while it works: for showing its form, which changes nothing.
pub async fn open(db: &Db, token: &str) -> Result<Option<Opened>> {
    let row = find(db, token).await?;
    Ok(row.map(|row| Opened { name: row.name, email: row.email, expires_at: row.expires_at }))
}

fn spent() -> Error {
    Error::state(Code::LinkSpent, "This link was used, replaced by a newer one, or is older than 30 minutes.")
}

/// Uses the link: the password is replaced and every session ends. Nobody is signed in by it.
pub async fn choose(db: &Db, token: &str, password: Password, origin: Origin) -> Result<()> {
    // Before the costly hash, so that nobody can make the server hash for nothing.
    let row = find(db, token).await?.ok_or_else(spent)?;
    let known = password::About { organisation: &row.organisation, name: &row.name, email: &row.email };
    let password_hash = password::hash(db, password, &known).await?;
    let choose = Choose { hash: digest(db.vault(), token), password_hash };
    db.commit(&door::door(row.organisation_id, origin), choose).await
}

struct Choose {
    hash: Stored,
    password_hash: String,
}

impl Command for Choose {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::Enter
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        house::lock(tx, grant).await?;
        let now = tx.now();
        let person: Option<PersonId> = sql!(
            tx,
            scalar_optional,
            "update password_resets set ended_at = $3
             where organisation_id = $1 and hash = $2 and ended_at is null and expires_at > $3 returning person_id",
            grant.organisation(),
            &self.hash,
            now
        )?;
        let person = person.ok_or_else(spent)?;
        let name: Option<String> = sql!(
            tx,
            scalar_optional,
            "update people set password_hash = $3
             where organisation_id = $1 and id = $2 and disabled_at is null returning name",
            grant.organisation(),
            &person,
            &self.password_hash
        )?;
        let name = name.ok_or_else(spent)?;
        house::end_sessions(tx, grant, &person).await?;
        house::void_resets(tx, grant, &person).await?;
        tell(tx, grant.organisation(), &person, &About::PasswordChanged, None).await?;
        let trail = Trail::new(Action::PasswordReset, Subject::new(Noun::Person, &person, name));
        Ok(((), trail.organisation_wide()))
    }
}
