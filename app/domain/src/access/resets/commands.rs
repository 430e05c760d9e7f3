//! Starting a reset: by the person, through the page for forgotten passwords, or by staff.
use super::{LINK_MS, notes::Answered};
use crate::{
    Error, Result,
    access::{
        self, Actor, Grant, Job, Permission, Role,
        mail::{self, Draft},
        members::{
            MemberStatus,
            house::{self, Managed},
        },
    },
    audit::Action,
    db::{Command, Db, Subject, Trail, Tx, sql},
    environment::Environment,
    error::{Code, Noun},
    ids::{OrganisationId, PersonId, ResetId},
    secret::{Plain, Stored},
    time::MINUTE,
    vault::Vault,
};
use serde_json::json;

/// No second letter to the same person within so long.
const PAUSE_MS: i64 = 5 * MINUTE;

/// Starts a reset for somebody else.
pub struct StartReset {
    /// Who.
    pub id: PersonId,
}

/// A reset that was just started.
pub struct Started {
    /// The secret part of the link, to be passed on; none when it went by mail.
    pub link: Option<Plain>,
}

/// The keyed hash under which a link is kept.
pub(super) fn digest(vault: &Vault, token: &str) -> Stored {
    vault.hash("password reset", &Plain::new(token.to_owned()))
}

impl Command for StartReset {
    type Output = Started;

    fn permission(&self) -> Permission {
        Permission::ManageMembers
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Started, Trail)> {
        let Managed { actor, member, .. } = house::managed(tx, grant, &self.id).await?;
        if member.status != MemberStatus::Active {
            return Err(Error::state(Code::MemberState, format!("{} is disabled. Enable them first.", member.name)));
        }
        // Whoever holds the link can set the password: an owner must not come to hold another owner's.
        if tx.mail().is_none() && member.role == Role::Owner && member.id != actor {
            let message = "This server sends no mail, so the link would be yours to use. Whoever runs the server can \
                           reset an owner's password there.";
            return Err(Error::state(Code::MemberState, message));
        }
        let by = match grant.actor() {
            Actor::Person { name, .. } => Some(name.as_str()),
            _ => None,
        };
        let email = member.email.unwrap_or_default();
        let link = start(tx, grant, &member.id, &member.name, &email, by).await?;
        let trail = Trail::new(Action::ResetStarted, Subject::new(Noun::Person, &member.id, &member.name))
            .after(json!({ "by": if link.is_some() { "link" } else { "mail" } }));
        Ok((Started { link }, trail.organisation_wide()))
    }
}

/// Voids the earlier links, makes a new one, and mails it or gives it back.
async fn start(
    tx: &mut Tx,
    grant: &Grant,
    person: &PersonId,
    name: &str,
    email: &str,
    by: Option<&str>,
) -> Result<Option<Plain>> {
    house::void_resets(tx, grant, person).await?;
    let (id, now) = (ResetId::new(tx.now(), tx.chance()), tx.now());
    let token = hex::encode(tx.chance().bytes::<32>());
    let hash = digest(tx.vault(), &token);
    sql!(
        tx,
        execute,
        "insert into password_resets (organisation_id, id, person_id, hash, started_by, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7)",
        grant.organisation(),
        id,
        person,
        hash,
        by,
        now,
        now + LINK_MS
    )?;
    let Some(address) = tx.mail().map(str::to_owned) else { return Ok(Some(Plain::new(token))) };
    let why = match by {
        Some(by) => format!("{by} started a password reset for you on LedgerOS."),
        None => "Somebody, most likely you, said on LedgerOS that you forgot your password.".to_owned(),
    };
    let body = format!(
        "Hello {name},\n\n{why}\n\n\
         Open this address to choose a new password. It works once, for 30 minutes:\n\n    {address}/reset/{token}\n\n\
         If you did not ask for this, do nothing: your password stays as it is. Your second factor is asked for as \
         always.\n"
    );
    let draft =
        Draft { to: email.to_owned(), subject: "Choose a new password".to_owned(), body, expires_at: now + LINK_MS };
    mail::post(tx, grant.organisation(), draft).await?;
    Ok(None)
}

#[derive(sqlx::FromRow)]
struct Forgetful {
    organisation_id: OrganisationId,
    id: PersonId,
    name: String,
}

/// Looks at what was typed on the page for forgotten passwords: known addresses get a letter, others nothing.
pub async fn run_asked(db: &Db) -> Result<usize> {
    let asked: Vec<String> =
        sql!(db, scalars, "select email from reset_requests order by requested_at, email limit 100")?;
    for email in &asked {
        let person: Option<Forgetful> = sql!(
            db,
            fetch_optional,
            "select organisation_id, id, name from people
             where email = $1 and disabled_at is null and removed_at is null",
            email
        )?;
        if let Some(Forgetful { organisation_id, id, name }) = person {
            let grant = access::system(Job::Mail, organisation_id, Environment::Live);
            match db.commit(&grant, StartOwn { id, name, email: email.clone() }).await {
                // A link was sent a moment ago.
                Ok(()) | Err(Error::State { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        db.note(Answered(email.clone())).await?;
    }
    Ok(asked.len())
}

struct StartOwn {
    id: PersonId,
    name: String,
    email: String,
}

impl Command for StartOwn {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::Housekeep
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let now = tx.now();
        let lately: i64 = sql!(
            tx,
            scalar,
            "select count(*) from password_resets
             where organisation_id = $1 and person_id = $2 and started_by is null and created_at > $3",
            grant.organisation(),
            &self.id,
            now - PAUSE_MS
        )?;
        if lately > 0 {
            return Err(Error::state(Code::MemberState, "A link was sent a moment ago."));
        }
        start(tx, grant, &self.id, &self.name, &self.email, None).await?;
        let trail = Trail::new(Action::ResetStarted, Subject::new(Noun::Person, &self.id, &self.name));
        Ok(((), trail.organisation_wide()))
    }
}
