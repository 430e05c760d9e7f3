//! The rows of invitations.
use super::{Invitation, InviteStatus};
use crate::{
    Error, Result,
    access::{Grant, Permission, Role},
    db::{Db, sql},
    error::Noun,
    ids::InviteId,
    time::Timestamp,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: InviteId,
    email: String,
    role: Role,
    invited_by: String,
    sent_at: Timestamp,
    expires_at: Timestamp,
    accepted_at: Option<Timestamp>,
    withdrawn_at: Option<Timestamp>,
}

pub(super) fn status(
    now: Timestamp,
    expires_at: Timestamp,
    accepted_at: Option<Timestamp>,
    withdrawn_at: Option<Timestamp>,
) -> InviteStatus {
    match (accepted_at, withdrawn_at) {
        (Some(_), _) => InviteStatus::Accepted,
        (None, Some(_)) => InviteStatus::Withdrawn,
        (None, None) if expires_at <= now => InviteStatus::Expired,
        (None, None) => InviteStatus::Open,
    }
}

impl Row {
    fn invitation(self, now: Timestamp) -> Invitation {
        Invitation {
            status: status(now, self.expires_at, self.accepted_at, self.withdrawn_at),
            id: self.id,
            email: self.email,
            role: self.role,
            invited_by: self.invited_by,
            sent_at: self.sent_at,
            expires_at: self.expires_at,
        }
    }
}

/// The invitations that wait, expired ones too: they can be sent again.
pub async fn list(db: &Db, grant: &Grant) -> Result<Vec<Invitation>> {
    grant.require(Permission::ManageMembers)?;
    let rows: Vec<Row> = sql!(
        db,
        fetch_all,
        "select id, email, role, invited_by, sent_at, expires_at, accepted_at, withdrawn_at from invites
         where organisation_id = $1 and accepted_at is null and withdrawn_at is null order by id desc",
        grant.organisation()
    )?;
    let now = db.now();
    Ok(rows.into_iter().map(|row| row.invitation(now)).collect())
}

/// One invitation, whatever became of it.
pub async fn get(db: &Db, grant: &Grant, id: &InviteId) -> Result<Invitation> {
    grant.require(Permission::ManageMembers)?;
    let row: Option<Row> = sql!(
        db,
        fetch_optional,
        "select id, email, role, invited_by, sent_at, expires_at, accepted_at, withdrawn_at from invites
         where organisation_id = $1 and id = $2",
        grant.organisation(),
        id
    )?;
    row.map(|row| row.invitation(db.now())).ok_or(Error::NotFound(Noun::Invite))
}
