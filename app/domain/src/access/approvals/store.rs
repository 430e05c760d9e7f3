//! The rows of proposals.
use super::{Proposal, ProposalState};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    db::{Db, Tx, sql},
    error::Noun,
    ids::{PersonId, ProposalId},
    time::Timestamp,
};

#[derive(sqlx::FromRow)]
pub(super) struct Row {
    id: ProposalId,
    subject_name: String,
    change: String,
    proposed_by: PersonId,
    proposed_by_name: String,
    state: ProposalState,
    created_at: Timestamp,
    expires_at: Timestamp,
    decided_at: Option<Timestamp>,
    decided_by_name: Option<String>,
}

impl Row {
    pub fn proposal(self, now: Timestamp) -> Result<Proposal> {
        let over = self.state == ProposalState::Proposed && self.expires_at <= now;
        Ok(Proposal {
            change: serde_json::from_str(&self.change).map_err(Error::broken)?,
            id: self.id,
            subject: self.subject_name,
            proposed_by: self.proposed_by,
            proposed_by_name: self.proposed_by_name,
            // However late the job comes, a proposal ends at its own moment.
            state: if over { ProposalState::Expired } else { self.state },
            created_at: self.created_at,
            expires_at: self.expires_at,
            decided_at: self.decided_at,
            decided_by: self.decided_by_name,
        })
    }
}

/// The latest proposals, those that wait among them, the newest first. Everybody sees what is being decided.
pub async fn list(db: &Db, grant: &Grant) -> Result<Vec<Proposal>> {
    grant.require(Permission::View)?;
    let rows: Vec<Row> = sql!(
        db,
        fetch_all,
        "select id, subject_name, change, proposed_by, proposed_by_name, state, created_at, expires_at, decided_at,
                decided_by_name
         from proposals where organisation_id = $1 order by id desc limit 100",
        grant.organisation()
    )?;
    let now = db.now();
    rows.into_iter().map(|row| row.proposal(now)).collect()
}

/// One proposal.
pub async fn get(db: &Db, grant: &Grant, id: &ProposalId) -> Result<Proposal> {
    grant.require(Permission::View)?;
    let row: Option<Row> = sql!(
        db,
        fetch_optional,
        "select id, subject_name, change, proposed_by, proposed_by_name, state, created_at, expires_at, decided_at,
                decided_by_name
         from proposals where organisation_id = $1 and id = $2",
        grant.organisation(),
        id
    )?;
    row.ok_or(Error::NotFound(Noun::Proposal))?.proposal(db.now())
}

/// The same inside a change, as it is stored: for moving it on.
pub(super) async fn find(tx: &mut Tx, grant: &Grant, id: &ProposalId) -> Result<Proposal> {
    let row: Option<Row> = sql!(
        tx,
        fetch_optional,
        "select id, subject_name, change, proposed_by, proposed_by_name, state, created_at, expires_at, decided_at,
                decided_by_name
         from proposals where organisation_id = $1 and id = $2",
        grant.organisation(),
        id
    )?;
    row.ok_or(Error::NotFound(Noun::Proposal))?.proposal(Timestamp(i64::MIN))
}

/// How many proposals wait for the grant's holder: those of others that their role may decide.
pub async fn waiting(db: &Db, grant: &Grant) -> Result<usize> {
    let crate::access::Actor::Person { id, role, .. } = grant.actor() else { return Ok(0) };
    let open = list(db, grant).await?;
    let mine = |p: &&Proposal| p.state == ProposalState::Proposed && p.proposed_by != *id;
    Ok(open.iter().filter(mine).filter(|p| p.change.kind().may_decide(*role)).count())
}
