//! The gate before a change: does it need a second person, and is there one?
use super::{Change, ChangeKind, WAIT_MS};
use crate::{
    Error, Result,
    access::{
        Actor, Grant, Role,
        notices::{About, tell_roles},
    },
    audit::Action,
    db::{Subject, Trail, Tx, sql},
    error::{Code, Noun},
    ids::{PersonId, ProposalId},
};
use serde_json::json;

/// Whether a second person was asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Consent {
    /// Nobody was asked yet.
    NotAsked,
    /// A second person approved the change.
    Given,
}

/// How many people besides this one may decide.
async fn others(tx: &mut Tx, grant: &Grant, kind: ChangeKind, besides: &PersonId) -> Result<usize> {
    let roles: Vec<Role> = sql!(
        tx,
        scalars,
        "select role from people
         where organisation_id = $1 and disabled_at is null and removed_at is null and id <> $2",
        grant.organisation(),
        besides
    )?;
    Ok(roles.into_iter().filter(|role| kind.may_decide(*role)).count())
}

/// Makes a proposal of the change when it needs a second person and there is one. None: go on and make it.
pub(crate) async fn proposed(
    tx: &mut Tx,
    grant: &Grant,
    consent: Consent,
    change: &Change,
    subject: &Subject,
) -> Result<Option<(ProposalId, Trail)>> {
    let Actor::Person { id: proposer, name, .. } = grant.actor() else { return Ok(None) };
    let kind = change.kind();
    if consent == Consent::Given || others(tx, grant, kind, proposer).await? == 0 {
        return Ok(None);
    }
    let (id, now) = (ProposalId::new(tx.now(), tx.chance()), tx.now());
    // One that waited in vain stands in nobody's way, although the job has not come to it yet.
    let open: i64 = sql!(
        tx,
        scalar,
        "select count(*) from proposals
         where organisation_id = $1 and kind = $2 and subject_id = $3 and state = 'proposed' and expires_at <= $4",
        grant.organisation(),
        kind,
        &subject.id,
        now
    )?;
    let mut trail = Trail::new(Action::ProposalMade, Subject::new(Noun::Proposal, &id, &subject.name))
        .after(json!({ "change": change }));
    if open > 0 {
        trail = trail.and(super::commands::expire(tx, grant, kind, &subject.id).await?);
    }
    let rows = sql!(
        tx,
        execute,
        "insert into proposals
             (organisation_id, id, kind, subject_id, subject_name, change, proposed_by, proposed_by_name, state,
              created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, 'proposed', $9, $10) on conflict do nothing",
        grant.organisation(),
        &id,
        kind,
        &subject.id,
        &subject.name,
        serde_json::to_string(change).map_err(Error::broken)?,
        proposer,
        name,
        now,
        now + WAIT_MS
    )?;
    if rows == 0 {
        let message = format!("A change like this of {} waits for approval already. Decide it first.", subject.name);
        return Err(Error::state(Code::ProposalState, message));
    }
    let about = About::Proposal { id: id.clone(), by: name.clone(), subject: subject.name.clone() };
    tell_roles(tx, grant.organisation(), |role| kind.may_decide(role), Some(proposer), &about, None).await?;
    Ok(Some((id, trail.organisation_wide())))
}
