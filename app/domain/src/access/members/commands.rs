//! Changes of people: role, disabled, enabled, removed. The sessions of whom it concerns end with the change, so
//! that it holds for their next request.
use super::{
    Member, MemberStatus,
    house::{self, Managed},
    store,
};
use crate::{
    Error, Result,
    access::{
        Actor, Grant, Permission, Role,
        approvals::{Change, Consent, Effect, proposed},
        notices::{About, tell},
    },
    audit::Action,
    db::{Command, Subject, Trail, Tx, sql},
    error::{Code, Noun},
    ids::{PersonId, ProposalId},
    name::Line,
};
use serde_json::json;

/// Gives a person another role.
pub struct ChangeRole {
    /// Who.
    pub id: PersonId,
    /// The new role.
    pub role: Role,
    /// The version that the caller saw.
    pub version: i64,
}

/// Keeps a person out until they are enabled again.
pub struct DisableMember {
    /// Who.
    pub id: PersonId,
    /// Why, for the audit log.
    pub reason: Line,
}

/// Lets a disabled person in again.
pub struct EnableMember {
    /// Who.
    pub id: PersonId,
}

/// Removes a person for good. The audit log keeps their name; their address may be invited again.
pub struct RemoveMember {
    /// Who.
    pub id: PersonId,
    /// Why, for the audit log.
    pub reason: Line,
}

/// The acting person leaves the organisation, for good.
pub struct Leave;

/// Ends every session of a person: they sign in again.
pub struct EndSessions {
    /// Who.
    pub id: PersonId,
}

fn subject(member: &Member) -> Subject {
    Subject::new(Noun::Person, &member.id, &member.name)
}

fn refused(message: impl Into<String>) -> Error {
    Error::state(Code::MemberState, message)
}

/// Asks a second person where the change is about an owner.
async fn asked(
    tx: &mut Tx,
    grant: &Grant,
    consent: Consent,
    change: Change,
    member: &Member,
) -> Result<Option<(ProposalId, Trail)>> {
    if member.role != Role::Owner {
        return Ok(None);
    }
    proposed(tx, grant, consent, &change, &subject(member)).await
}

impl Command for ChangeRole {
    type Output = Effect;

    fn permission(&self) -> Permission {
        Permission::ManageMembers
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Effect, Trail)> {
        self.make(grant, tx, Consent::NotAsked).await
    }
}

impl ChangeRole {
    /// Makes the change, or proposes it where a second person has to be asked.
    pub(in crate::access) async fn make(
        &self,
        grant: &Grant,
        tx: &mut Tx,
        consent: Consent,
    ) -> Result<(Effect, Trail)> {
        let Managed { acting, member, .. } = house::managed(tx, grant, &self.id).await?;
        house::may_give(acting, self.role)?;
        if member.version != self.version {
            let message =
                format!("{} was changed meanwhile: their role is {} now. Look again.", member.name, member.role);
            return Err(Error::state(Code::StaleEdit, message));
        }
        if member.role == self.role {
            return Err(Error::field("role", format!("of {} is {} already; choose another", member.name, self.role)));
        }
        house::keeps_an_owner(tx, grant, &member).await?;
        if [member.role, self.role].contains(&Role::Owner) {
            let (person, before, role) = (member.id.clone(), member.role, self.role);
            let change = Change::Role { person, before, role, version: self.version };
            if let Some((id, trail)) = proposed(tx, grant, consent, &change, &subject(&member)).await? {
                return Ok((Effect::Proposed(id), trail));
            }
        }
        sql!(
            tx,
            execute,
            "update people set role = $3, version = version + 1 where organisation_id = $1 and id = $2",
            grant.organisation(),
            &self.id,
            self.role
        )?;
        house::end_sessions(tx, grant, &self.id).await?;
        if let Actor::Person { name, .. } = grant.actor() {
            let about = About::RoleChanged { before: member.role, after: self.role, by: name.clone() };
            tell(tx, grant.organisation(), &member.id, &about, None).await?;
        }
        let trail = Trail::new(Action::RoleChanged, subject(&member))
            .before(json!({ "role": member.role }))
            .after(json!({ "role": self.role }));
        Ok((Effect::Done, trail.organisation_wide()))
    }
}

impl Command for DisableMember {
    type Output = Effect;

    fn permission(&self) -> Permission {
        Permission::ManageMembers
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Effect, Trail)> {
        self.make(grant, tx, Consent::NotAsked).await
    }
}

impl DisableMember {
    /// Makes the change, or proposes it where a second person has to be asked.
    pub(in crate::access) async fn make(
        &self,
        grant: &Grant,
        tx: &mut Tx,
        consent: Consent,
    ) -> Result<(Effect, Trail)> {
        let Managed { actor, member, .. } = house::managed(tx, grant, &self.id).await?;
        house::keeps_an_owner(tx, grant, &member).await?;
        if actor == member.id && consent == Consent::NotAsked {
            return Err(refused("You cannot disable yourself. Ask another owner, or leave the organisation."));
        }
        if member.status == MemberStatus::Disabled {
            return Err(refused(format!("{} was disabled before.", member.name)));
        }
        let change = Change::Disable { person: member.id.clone(), reason: self.reason.to_string() };
        if let Some((id, trail)) = asked(tx, grant, consent, change, &member).await? {
            return Ok((Effect::Proposed(id), trail));
        }
        let now = tx.now();
        sql!(
            tx,
            execute,
            "update people set disabled_at = $3, version = version + 1 where organisation_id = $1 and id = $2",
            grant.organisation(),
            &self.id,
            now
        )?;
        house::end_sessions(tx, grant, &self.id).await?;
        house::void_resets(tx, grant, &self.id).await?;
        let trail = Trail::new(Action::PersonDisabled, subject(&member))
            .before(json!({ "status": MemberStatus::Active }))
            .after(json!({ "status": MemberStatus::Disabled }))
            .reason(self.reason.as_str());
        Ok((Effect::Done, trail.organisation_wide()))
    }
}

impl Command for EnableMember {
    type Output = Effect;

    fn permission(&self) -> Permission {
        Permission::ManageMembers
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Effect, Trail)> {
        self.make(grant, tx, Consent::NotAsked).await
    }
}

impl EnableMember {
    /// Makes the change, or proposes it where a second person has to be asked.
    pub(in crate::access) async fn make(
        &self,
        grant: &Grant,
        tx: &mut Tx,
        consent: Consent,
    ) -> Result<(Effect, Trail)> {
        let Managed { member, .. } = house::managed(tx, grant, &self.id).await?;
        if member.status == MemberStatus::Active {
            return Err(refused(format!("{} is not disabled.", member.name)));
        }
        let change = Change::Enable { person: member.id.clone() };
        if let Some((id, trail)) = asked(tx, grant, consent, change, &member).await? {
            return Ok((Effect::Proposed(id), trail));
        }
        sql!(
            tx,
            execute,
            "update people set disabled_at = null, version = version + 1 where organisation_id = $1 and id = $2",
            grant.organisation(),
            &self.id
        )?;
        let trail = Trail::new(Action::PersonEnabled, subject(&member))
            .before(json!({ "status": MemberStatus::Disabled }))
            .after(json!({ "status": MemberStatus::Active }));
        Ok((Effect::Done, trail.organisation_wide()))
    }
}

impl Command for RemoveMember {
    type Output = Effect;

    fn permission(&self) -> Permission {
        Permission::ManageMembers
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Effect, Trail)> {
        self.make(grant, tx, Consent::NotAsked).await
    }
}

impl RemoveMember {
    /// Makes the change, or proposes it where a second person has to be asked.
    pub(in crate::access) async fn make(
        &self,
        grant: &Grant,
        tx: &mut Tx,
        consent: Consent,
    ) -> Result<(Effect, Trail)> {
        let Managed { actor, member, .. } = house::managed(tx, grant, &self.id).await?;
        house::keeps_an_owner(tx, grant, &member).await?;
        if actor == member.id && consent == Consent::NotAsked {
            return Err(refused("You cannot remove yourself here. To go, leave the organisation from your own page."));
        }
        let change = Change::Remove { person: member.id.clone(), reason: self.reason.to_string() };
        if let Some((id, trail)) = asked(tx, grant, consent, change, &member).await? {
            return Ok((Effect::Proposed(id), trail));
        }
        let trail = remove(tx, grant, &member).await?.reason(self.reason.as_str());
        Ok((Effect::Done, trail.organisation_wide()))
    }
}

impl Command for Leave {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::Enter
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        house::lock(tx, grant).await?;
        let (actor, _) = house::acting(tx, grant).await?;
        let member = store::find(tx, grant, &actor).await?;
        house::keeps_an_owner(tx, grant, &member).await?;
        let trail = remove(tx, grant, &member).await?.reason("left");
        Ok(((), trail.organisation_wide()))
    }
}

/// Marks the row as removed and frees the address. What stands there then matches nothing that is typed, which is
/// put into lower case first.
async fn remove(tx: &mut Tx, grant: &Grant, member: &Member) -> Result<Trail> {
    let now = tx.now();
    sql!(
        tx,
        execute,
        "update people set removed_at = $3, disabled_at = coalesce(disabled_at, $3), email = 'Removed ' || id,
                           version = version + 1
         where organisation_id = $1 and id = $2",
        grant.organisation(),
        &member.id,
        now
    )?;
    house::end_sessions(tx, grant, &member.id).await?;
    house::void_resets(tx, grant, &member.id).await?;
    house::forget_factors(tx, grant, &member.id).await?;
    Ok(Trail::new(Action::PersonRemoved, subject(member))
        .before(json!({ "role": member.role, "status": member.status, "email": member.email }))
        .after(json!({ "status": MemberStatus::Removed })))
}

impl Command for EndSessions {
    type Output = u64;

    fn permission(&self) -> Permission {
        Permission::ManageMembers
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(u64, Trail)> {
        let Managed { member, .. } = house::managed(tx, grant, &self.id).await?;
        let ended = house::end_sessions(tx, grant, &self.id).await?;
        let trail = Trail::new(Action::SessionsEnded, subject(&member)).after(json!({ "ended": ended }));
        Ok((ended, trail.organisation_wide()))
    }
}
