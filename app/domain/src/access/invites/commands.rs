//! Inviting, sending again, taking back.
use super::{Invited, LINK_MS, NewLink};
use crate::{
    Error, Result,
    access::{
        Actor, Grant, Permission, Role,
        approvals::{Change, Consent, proposed},
        mail::{self, Draft},
        members::house,
    },
    audit::Action,
    db::{Command, Subject, Trail, Tx, sql},
    error::{Code, Noun},
    ids::InviteId,
    name::Email,
    secret::{Plain, Stored},
    time::Timestamp,
};
use serde_json::json;

/// Invites somebody under a new link.
pub struct Invite {
    /// The address that they will sign in with.
    pub email: Email,
    /// The role that they will have.
    pub role: Role,
}

/// Makes a new link for an invitation that waits; the old one stops working.
pub struct ResendInvite {
    /// Which.
    pub id: InviteId,
}

/// Takes an invitation back: its link stops working.
pub struct WithdrawInvite {
    /// Which.
    pub id: InviteId,
}

/// The keyed hash under which a link is kept.
pub(super) fn digest(vault: &crate::vault::Vault, token: &str) -> Stored {
    vault.hash("invitation", &Plain::new(token.to_owned()))
}

/// Nobody of the organisation has the address. Whether it is used elsewhere on this server is not said.
pub(in crate::access) async fn is_free(tx: &mut Tx, grant: &Grant, email: &Email) -> Result<()> {
    let taken: i64 = sql!(
        tx,
        scalar,
        "select count(*) from people where organisation_id = $1 and email = $2",
        grant.organisation(),
        email.as_str()
    )?;
    if taken > 0 { Err(Error::field("email", "belongs to a member already")) } else { Ok(()) }
}

/// Writes the invitation and its letter.
pub(in crate::access) async fn create(
    tx: &mut Tx,
    grant: &Grant,
    email: &Email,
    role: Role,
) -> Result<(NewLink, Trail)> {
    let (id, now) = (InviteId::new(tx.now(), tx.chance()), tx.now());
    let Actor::Person { name: invited_by, .. } = grant.actor() else {
        return Err(Error::Denied(Permission::ManageMembers));
    };
    sql!(
        tx,
        execute,
        "update invites set withdrawn_at = $3
         where organisation_id = $1 and email = $2 and accepted_at is null and withdrawn_at is null
           and expires_at <= $3",
        grant.organisation(),
        email.as_str(),
        now
    )?;
    let token = hex::encode(tx.chance().bytes::<32>());
    let hash = digest(tx.vault(), &token);
    let rows = sql!(
        tx,
        execute,
        "insert into invites (organisation_id, id, email, role, hash, invited_by, created_at, sent_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $7, $8) on conflict do nothing",
        grant.organisation(),
        &id,
        email.as_str(),
        role,
        hash,
        invited_by,
        now,
        now + LINK_MS
    )?;
    if rows == 0 {
        return Err(Error::field("email", "was invited already: send that invitation again, or withdraw it"));
    }
    let link = send(tx, grant, email.as_str(), role, token).await?;
    let trail = Trail::new(Action::InviteSent, Subject::new(Noun::Invite, &id, email.as_str()))
        .after(json!({ "email": email.as_str(), "role": role, "by": how(&link) }));
    Ok((NewLink { id, link }, trail.organisation_wide()))
}

fn how(link: &Option<Plain>) -> &'static str {
    if link.is_some() { "link" } else { "mail" }
}

/// Mails the link, or gives it back where there is no mail.
async fn send(tx: &mut Tx, grant: &Grant, to: &str, role: Role, token: String) -> Result<Option<Plain>> {
    let Some(address) = tx.mail().map(str::to_owned) else { return Ok(Some(Plain::new(token))) };
    let organisation: String = sql!(tx, scalar, "select name from organisations where id = $1", grant.organisation())?;
    let by = match grant.actor() {
        Actor::Person { name, .. } => name.as_str(),
        _ => "An owner",
    };
    let expires_at: Timestamp = tx.now() + LINK_MS;
    let body = format!(
        "{by} invites you to {organisation} on LedgerOS as {role}.\n\n\
         Open this address to choose your name and password. It works once, until {}:\n\n    {address}/invite/{token}\n\n\
         If you did not expect this, do nothing: without the address nobody becomes a member.\n",
        expires_at.utc().format("%-d %b %Y, %H:%M UTC")
    );
    let draft = Draft { to: to.to_owned(), subject: format!("Invitation to {organisation}"), body, expires_at };
    mail::post(tx, grant.organisation(), draft).await?;
    Ok(None)
}

impl Command for Invite {
    type Output = Invited;

    fn permission(&self) -> Permission {
        Permission::ManageMembers
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Invited, Trail)> {
        house::lock(tx, grant).await?;
        let (_, acting) = house::acting(tx, grant).await?;
        house::may_give(acting, self.role)?;
        is_free(tx, grant, &self.email).await?;
        if self.role == Role::Owner {
            let change = Change::Invite { email: self.email.as_str().to_owned() };
            let subject = Subject::new(Noun::Invite, self.email.as_str(), self.email.as_str());
            if let Some((id, trail)) = proposed(tx, grant, Consent::NotAsked, &change, &subject).await? {
                return Ok((Invited::Proposed(id), trail));
            }
        }
        let (made, trail) = create(tx, grant, &self.email, self.role).await?;
        Ok((Invited::Made(made), trail))
    }
}

/// The waiting invitation, if the acting role may give its role.
async fn waiting(tx: &mut Tx, grant: &Grant, id: &InviteId) -> Result<(String, Role)> {
    house::lock(tx, grant).await?;
    let (_, acting) = house::acting(tx, grant).await?;
    let row: Option<(String, Role, bool, bool)> = sql!(
        tx,
        fetch_optional,
        "select email, role, accepted_at is not null, withdrawn_at is not null from invites
         where organisation_id = $1 and id = $2",
        grant.organisation(),
        id
    )?;
    let Some((email, role, accepted, withdrawn)) = row else { return Err(Error::NotFound(Noun::Invite)) };
    house::may_give(acting, role)?;
    match (accepted, withdrawn) {
        (true, _) => Err(Error::state(Code::LinkSpent, format!("{email} has accepted this invitation."))),
        (_, true) => Err(Error::state(Code::LinkSpent, "This invitation was withdrawn. Invite them anew.")),
        _ => Ok((email, role)),
    }
}

impl Command for ResendInvite {
    type Output = NewLink;

    fn permission(&self) -> Permission {
        Permission::ManageMembers
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(NewLink, Trail)> {
        let (email, role) = waiting(tx, grant, &self.id).await?;
        let now = tx.now();
        let token = hex::encode(tx.chance().bytes::<32>());
        let hash = digest(tx.vault(), &token);
        sql!(
            tx,
            execute,
            "update invites set hash = $3, sent_at = $4, expires_at = $5 where organisation_id = $1 and id = $2",
            grant.organisation(),
            &self.id,
            hash,
            now,
            now + LINK_MS
        )?;
        let link = send(tx, grant, &email, role, token).await?;
        let trail = Trail::new(Action::InviteResent, Subject::new(Noun::Invite, &self.id, &email))
            .after(json!({ "email": email, "role": role, "by": how(&link) }));
        Ok((NewLink { id: self.id.clone(), link }, trail.organisation_wide()))
    }
}

impl Command for WithdrawInvite {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::ManageMembers
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let (email, role) = waiting(tx, grant, &self.id).await?;
        let now = tx.now();
        sql!(
            tx,
            execute,
            "update invites set withdrawn_at = $3 where organisation_id = $1 and id = $2",
            grant.organisation(),
            &self.id,
            now
        )?;
        let trail = Trail::new(Action::InviteWithdrawn, Subject::new(Noun::Invite, &self.id, &email))
            .before(json!({ "email": email, "role": role }));
        Ok(((), trail.organisation_wide()))
    }
}
