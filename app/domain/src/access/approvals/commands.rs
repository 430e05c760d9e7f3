//! Deciding proposals.
use super::{Act, Change, ChangeKind, Consent, Proposal, ProposalState, next, store};
use crate::{
    Error, Result,
    access::{
        self, Actor, ChangeSecurity, Grant, Job, Permission, Role, invites,
        members::{self, MemberStatus, house},
        settings,
    },
    agents::SetLimit,
    audit::Action,
    cards::SetCardRules,
    db::{Command, Db, Subject, Trail, Tx, sql},
    environment::Environment,
    error::{Code, Noun},
    ids::{OrganisationId, ProposalId},
    limits::{
        levels::{SetAgentRules, SetOrganisationRules},
        policies::UpdatePolicy,
        terms::{self, Terms},
    },
    name::{Email, Line, Name},
    secret::Plain,
};
use serde_json::json;

/// Approves a proposal of somebody else: the change is made at once.
pub struct Approve {
    /// Which.
    pub id: ProposalId,
}

/// What an approved change gave.
pub struct Approved {
    /// The secret part of an invitation's link, to be passed on; none when it went by mail, and for other changes.
    pub link: Option<Plain>,
}

/// Rejects a proposal of somebody else.
pub struct Reject {
    /// Which.
    pub id: ProposalId,
}

/// Takes the own proposal back.
pub struct WithdrawProposal {
    /// Which.
    pub id: ProposalId,
}

fn subject(proposal: &Proposal) -> Subject {
    Subject::new(Noun::Proposal, &proposal.id, &proposal.subject)
}

/// Moves the proposal on, under the lock, if the acting person may do so.
async fn decide(tx: &mut Tx, grant: &Grant, id: &ProposalId, act: Act) -> Result<(Proposal, Role)> {
    house::lock(tx, grant).await?;
    let (actor, role) = house::acting(tx, grant).await?;
    let proposal = store::find(tx, grant, id).await?;
    let own = proposal.proposed_by == actor;
    if !own && !proposal.change.kind().may_decide(role) {
        return Err(Error::Denied(needed(proposal.change.kind())));
    }
    let now = tx.now();
    let state = next(proposal.state, act, now, proposal.expires_at, own)
        .map_err(|why| Error::state(Code::ProposalState, why.to_string()))?;
    let by = match grant.actor() {
        Actor::Person { name, .. } => Some(name.as_str()),
        _ => None,
    };
    sql!(
        tx,
        execute,
        "update proposals set state = $3, decided_at = $4, decided_by_name = $5
         where organisation_id = $1 and id = $2",
        grant.organisation(),
        id,
        state,
        now,
        by
    )?;
    Ok((proposal, role))
}

fn needed(kind: ChangeKind) -> Permission {
    match kind {
        ChangeKind::Limit | ChangeKind::Policy | ChangeKind::Rules => Permission::RaiseLimit,
        ChangeKind::Security => Permission::ChangeSecurity,
        _ => Permission::ManageOrganisation,
    }
}

/// Whoever proposed it must still be somebody who may.
async fn still_entitled(tx: &mut Tx, grant: &Grant, proposal: &Proposal) -> Result<()> {
    let proposer = members::find(tx, grant, &proposal.proposed_by).await;
    let entitled = match proposer {
        Ok(proposer) => proposer.status == MemberStatus::Active && proposal.change.kind().may_decide(proposer.role),
        Err(Error::NotFound(_)) => false,
        Err(error) => return Err(error),
    };
    if entitled {
        return Ok(());
    }
    let message = format!("{} may not propose this any more. Reject it.", proposal.proposed_by_name);
    Err(Error::state(Code::ProposalState, message))
}

impl Command for Approve {
    type Output = Approved;

    fn permission(&self) -> Permission {
        Permission::View
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Approved, Trail)> {
        let (proposal, role) = decide(tx, grant, &self.id, Act::Approve).await?;
        // What asks for a factor when it is done at once asks for one when it is approved.
        grant.demand(needed(proposal.change.kind()), tx.now())?;
        still_entitled(tx, grant, &proposal).await?;
        let trail = Trail::new(Action::ProposalApproved, subject(&proposal))
            .after(json!({ "proposedBy": proposal.proposed_by_name }))
            .organisation_wide();
        let (link, made) = make(tx, grant, role, proposal.change).await?;
        Ok((Approved { link }, trail.and(made)))
    }
}

/// Makes the change with the power of whoever approves it, checked against what is there now.
async fn make(tx: &mut Tx, grant: &Grant, role: Role, change: Change) -> Result<(Option<Plain>, Trail)> {
    let consent = Consent::Given;
    match change {
        Change::Role { person, role, version, .. } => {
            let (_, trail) = members::ChangeRole { id: person, role, version }.make(grant, tx, consent).await?;
            Ok((None, trail))
        }
        Change::Disable { person, reason } => {
            let reason = line(&reason)?;
            let (_, trail) = members::DisableMember { id: person, reason }.make(grant, tx, consent).await?;
            Ok((None, trail))
        }
        Change::Enable { person } => {
            let (_, trail) = members::EnableMember { id: person }.make(grant, tx, consent).await?;
            Ok((None, trail))
        }
        Change::Remove { person, reason } => {
            let reason = line(&reason)?;
            let (_, trail) = members::RemoveMember { id: person, reason }.make(grant, tx, consent).await?;
            Ok((None, trail))
        }
        Change::Invite { email } => {
            let email = Email::parse(&email).map_err(Error::broken)?;
            invites::is_free(tx, grant, &email).await?;
            let (made, trail) = invites::create(tx, grant, &email, Role::Owner).await?;
            Ok((made.link, trail))
        }
        Change::Threshold { threshold, version, .. } => {
            let (_, trail) = settings::ChangeThreshold { threshold, version }.make(grant, tx, consent).await?;
            Ok((None, trail))
        }
        Change::Security { after, version, .. } => {
            let (_, trail) = ChangeSecurity { after, version }.make(grant, tx, consent).await?;
            Ok((None, trail))
        }
        Change::Limit { agent, limit, on_exceeded, reason, version, .. } => {
            let live = live(grant, role);
            let reason = line(&reason)?;
            let command = SetLimit { id: agent, limit, on_exceeded, reason, version: Some(version) };
            live.require(command.permission())?;
            let (_, trail) = command.make(&live, tx, consent).await?;
            Ok((None, trail))
        }
        Change::Policy { policy, name, description, after, reason, version, .. } => {
            let name = Some(Name::parse(&name).map_err(Error::broken)?);
            let description = Some(description.as_deref().map(line).transpose()?);
            let (set, reason) = ((&after).into(), reason.as_deref().map(line).transpose()?);
            let command = UpdatePolicy { id: policy, name, description, set, reason, version: Some(version) };
            let live = live(grant, role);
            live.require(command.permission())?;
            let (_, trail) = command.make(&live, tx, consent).await?;
            Ok((None, trail))
        }
        Change::OrganisationRules { after, reason, version, .. } => {
            let reason = reason.as_deref().map(line).transpose()?;
            let command = SetOrganisationRules { set: rules(&after), reason, version: Some(version) };
            let live = live(grant, role);
            live.require(command.permission())?;
            let (_, trail) = command.make(&live, tx, consent).await?;
            Ok((None, trail))
        }
        Change::AgentRules { agent, after, reason, version, .. } => {
            let reason = reason.as_deref().map(line).transpose()?;
            let command = SetAgentRules { id: agent, set: rules(&after), reason, version: Some(version) };
            let live = live(grant, role);
            live.require(command.permission())?;
            let (_, trail) = command.make(&live, tx, consent).await?;
            Ok((None, trail))
        }
        Change::CardRules { card, after, policy, reason, version, .. } => {
            let reason = reason.as_deref().map(line).transpose()?;
            let (set, version) = ((&after).into(), Some(version));
            let command = SetCardRules { id: card, set, policy_id: Some(policy), reason, version };
            let live = live(grant, role);
            live.require(command.permission())?;
            let (_, trail) = command.make(&live, tx, consent).await?;
            Ok((None, trail))
        }
    }
}

/// The change that makes of any rules these.
fn rules(after: &Terms) -> terms::Change {
    let own = terms::Change::from(after);
    terms::Change {
        ttl_minutes: None,
        on_expiry: None,
        merchant_hint: None,
        intent_tolerance: None,
        exposure: None,
        ..own
    }
}

/// The same power in live: what is proposed of limits and rules is live, whatever page it is approved on.
fn live(grant: &Grant, role: Role) -> Grant {
    let (organisation, actor, origin) = (grant.organisation().clone(), grant.actor().clone(), grant.origin().clone());
    Grant::new(organisation, Environment::Live, actor, role.permissions(Environment::Live), origin)
}

fn line(text: &str) -> Result<Line> {
    Line::parse(text).map_err(Error::broken)
}

impl Command for Reject {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::View
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let (proposal, _) = decide(tx, grant, &self.id, Act::Reject).await?;
        let trail = Trail::new(Action::ProposalRejected, subject(&proposal))
            .before(json!({ "change": proposal.change, "proposedBy": proposal.proposed_by_name }));
        Ok(((), trail.organisation_wide()))
    }
}

impl Command for WithdrawProposal {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::View
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let (proposal, _) = decide(tx, grant, &self.id, Act::Withdraw).await?;
        let trail =
            Trail::new(Action::ProposalWithdrawn, subject(&proposal)).before(json!({ "change": proposal.change }));
        Ok(((), trail.organisation_wide()))
    }
}

/// Ends proposals that nobody decided in time, and says how many there were.
pub async fn expire_due(db: &Db) -> Result<usize> {
    let due: Vec<(OrganisationId, ChangeKind, String)> = sql!(
        db,
        fetch_all,
        "select organisation_id, kind, subject_id from proposals
         where state = 'proposed' and expires_at <= $1 order by organisation_id, id limit 100",
        db.now()
    )?;
    let many = due.len();
    for (organisation, kind, subject) in due {
        let grant = access::system(Job::Expiry, organisation, Environment::Live);
        match db.commit(&grant, Expire { kind, subject }).await {
            // Somebody proposed anew meanwhile, and ended it on the way.
            Ok(()) | Err(Error::NotFound(_)) => {}
            Err(error) => return Err(error),
        }
    }
    Ok(many)
}

struct Expire {
    kind: ChangeKind,
    subject: String,
}

impl Command for Expire {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::Housekeep
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        house::lock(tx, grant).await?;
        Ok(((), expire(tx, grant, self.kind, &self.subject).await?))
    }
}

/// Ends the proposal of this kind about this thing whose time is over.
pub(super) async fn expire(tx: &mut Tx, grant: &Grant, kind: ChangeKind, subject_id: &str) -> Result<Trail> {
    let now = tx.now();
    let row: Option<(ProposalId, String)> = sql!(
        tx,
        fetch_optional,
        "update proposals set state = $5, decided_at = expires_at
         where organisation_id = $1 and kind = $2 and subject_id = $3 and state = 'proposed' and expires_at <= $4
         returning id, subject_name",
        grant.organisation(),
        kind,
        subject_id,
        now,
        ProposalState::Expired
    )?;
    let (id, name) = row.ok_or(Error::NotFound(Noun::Proposal))?;
    Ok(Trail::new(Action::ProposalExpired, Subject::new(Noun::Proposal, id, name)).organisation_wide())
}
