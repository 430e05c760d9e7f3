//! What every change of people holds on to: the organisation's lock, the power of this moment, the last owner.
use super::{Member, MemberStatus, store};
use crate::{
    Error, Result,
    access::{Actor, Grant, Permission, Role, sessions},
    db::{Tx, sql},
    error::{Code, Noun},
    ids::PersonId,
};

/// Locks the organisation: changes of its people and settings happen one after the other.
pub(crate) async fn lock(tx: &mut Tx, grant: &Grant) -> Result<()> {
    let rows = sql!(tx, execute, "update organisations set version = version where id = $1", grant.organisation())?;
    if rows == 0 { Err(Error::NotFound(Noun::Organisation)) } else { Ok(()) }
}

/// The role that the acting person has at this moment, under the lock: a grant is as old as its request, and an
/// admin who was demoted meanwhile must not get a last change through.
pub(in crate::access) async fn acting(tx: &mut Tx, grant: &Grant) -> Result<(PersonId, Role)> {
    let Actor::Person { id, .. } = grant.actor() else { return Err(Error::Denied(Permission::ManageMembers)) };
    let actor = match store::find(tx, grant, id).await {
        Err(Error::NotFound(_)) => return Err(Error::Denied(Permission::ManageMembers)),
        found => found?,
    };
    if actor.status != MemberStatus::Active {
        return Err(Error::Denied(Permission::ManageMembers));
    }
    Ok((actor.id, actor.role))
}

/// What a change of a person begins with, under the lock.
pub(in crate::access) struct Managed {
    /// Whoever makes it.
    pub actor: PersonId,
    /// Their role at this moment.
    pub acting: Role,
    /// Whom it is about.
    pub member: Member,
}

/// The person, if the acting role may manage people of the role that they have, and the organisation's lock.
pub(in crate::access) async fn managed(tx: &mut Tx, grant: &Grant, id: &PersonId) -> Result<Managed> {
    lock(tx, grant).await?;
    let (actor, acting) = self::acting(tx, grant).await?;
    let member = store::find(tx, grant, id).await?;
    may_give(acting, member.role)?;
    if member.status == MemberStatus::Removed {
        return Err(Error::state(
            Code::MemberState,
            "This person was removed. Invite them again if they are to come back.",
        ));
    }
    Ok(Managed { actor, acting, member })
}

/// Refuses a role that the acting role may neither give nor take.
pub(in crate::access) fn may_give(acting: Role, role: Role) -> Result<()> {
    if acting.may_give(role) {
        return Ok(());
    }
    Err(Error::Denied(match acting {
        Role::Admin => Permission::ManageOrganisation,
        _ => Permission::ManageMembers,
    }))
}

/// Refuses to take the ownership of the only owner who can sign in.
pub(in crate::access) async fn keeps_an_owner(tx: &mut Tx, grant: &Grant, leaving: &Member) -> Result<()> {
    if leaving.role != Role::Owner || leaving.status != MemberStatus::Active {
        return Ok(());
    }
    if other_owners(tx, grant, &leaving.id).await? == 0 {
        let message = format!(
            "{} is the only owner. Make another person an owner first: an organisation always keeps one.",
            leaving.name
        );
        return Err(Error::state(Code::LastOwner, message));
    }
    Ok(())
}

/// Owners who can sign in, besides this person.
pub(in crate::access) async fn other_owners(tx: &mut Tx, grant: &Grant, besides: &PersonId) -> Result<i64> {
    Ok(sql!(
        tx,
        scalar,
        "select count(*) from people
         where organisation_id = $1 and role = 'owner' and disabled_at is null and removed_at is null and id <> $2",
        grant.organisation(),
        besides
    )?)
}

/// Ends every session of a person, and says how many there were. The next request with one of them is a stranger's.
pub(in crate::access) async fn end_sessions(tx: &mut Tx, grant: &Grant, id: &PersonId) -> Result<u64> {
    sessions::end_all(tx, grant.organisation(), id, None).await
}

/// Voids the links under which a person could choose a new password.
pub(in crate::access) async fn void_resets(tx: &mut Tx, grant: &Grant, id: &PersonId) -> Result<()> {
    let now = tx.now();
    sql!(
        tx,
        execute,
        "update password_resets set ended_at = $3
         where organisation_id = $1 and person_id = $2 and ended_at is null",
        grant.organisation(),
        id,
        now
    )?;
    Ok(())
}

/// Forgets the factors and browsers of a person who is removed for good.
pub(in crate::access) async fn forget_factors(tx: &mut Tx, grant: &Grant, id: &PersonId) -> Result<()> {
    let organisation = grant.organisation();
    for text in [
        "delete from totp_factors where organisation_id = $1 and person_id = $2",
        "delete from passkeys where organisation_id = $1 and person_id = $2",
        "delete from recovery_codes where organisation_id = $1 and person_id = $2",
        "delete from devices where organisation_id = $1 and person_id = $2",
    ] {
        sql!(tx, execute, text, organisation, id)?;
    }
    Ok(())
}
