//! Changes that need two people.
use super::{
    common::{amount, key, line},
    members::{get_by_name, id, member},
};
use domain::{
    Error,
    access::{
        Grant, Role,
        approvals::{self, Approve, Change, Effect, ProposalState, Reject, WithdrawProposal},
        invites::{self, Invite, Invited},
        members::{self, ChangeRole, DisableMember, MemberStatus, RemoveMember},
    },
    agents::{self, SetLimit},
    audit,
    error::Code,
    ids::{AgentId, ProposalId},
    limits::Frequency,
    name::Email,
    page::Paging,
    testing::Fresh,
    time::HOUR,
};

/// Two owners who are there, besides the first whom nobody can be.
async fn owners(fresh: &Fresh) -> (Grant, Grant) {
    let ada = member(&fresh.db, &fresh.organisation, Role::Owner, "ada@acme.example").await;
    let bob = member(&fresh.db, &fresh.organisation, Role::Owner, "bob@acme.example").await;
    (ada, bob)
}

fn waits(effect: Effect) -> ProposalId {
    match effect {
        Effect::Proposed(id) => id,
        Effect::Done => panic!("nobody was asked"),
    }
}

fn promote(of: &Grant) -> ChangeRole {
    ChangeRole { id: id(of), role: Role::Owner, version: 1 }
}

fn not_so<T>(result: Result<T, Error>) -> bool {
    matches!(result, Err(Error::State { code: Code::ProposalState, .. }))
}

#[tokio::test]
async fn a_second_owner_approves_what_the_first_proposed() {
    let fresh = Fresh::new().await;
    let (ada, bob) = owners(&fresh).await;
    let dev = member(&fresh.db, &fresh.organisation, Role::Developer, "dev@acme.example").await;
    let admin = member(&fresh.db, &fresh.organisation, Role::Admin, "cy@acme.example").await;
    let proposal = waits(fresh.db.commit(&ada, promote(&dev)).await.unwrap());
    assert_eq!(members::get(&fresh.db, &ada, &id(&dev)).await.unwrap().role, Role::Developer, "nothing changed yet");
    assert_eq!(approvals::waiting(&fresh.db, &bob).await.unwrap(), 1);
    assert_eq!(approvals::waiting(&fresh.db, &ada).await.unwrap(), 0);
    assert_eq!(approvals::waiting(&fresh.db, &admin).await.unwrap(), 0);
    let approve = || Approve { id: proposal.clone() };
    assert!(not_so(fresh.db.commit(&ada, approve()).await), "nobody approves their own");
    assert!(not_so(fresh.db.commit(&ada, Reject { id: proposal.clone() }).await));
    assert!(matches!(fresh.db.commit(&admin, approve()).await, Err(Error::Denied(_))));
    assert!(not_so(fresh.db.commit(&bob, WithdrawProposal { id: proposal.clone() }).await));
    let twice = fresh.db.commit(&bob, promote(&dev)).await;
    assert!(not_so(twice), "the same waits already");
    fresh.db.commit(&bob, approve()).await.unwrap();
    assert_eq!(members::get(&fresh.db, &ada, &id(&dev)).await.unwrap().role, Role::Owner);
    assert!(not_so(fresh.db.commit(&bob, approve()).await), "once");
    let done = approvals::get(&fresh.db, &ada, &proposal).await.unwrap();
    assert_eq!((done.state, done.decided_by.as_deref()), (ProposalState::Approved, Some("Member owner")));
    let log = audit::list(&fresh.db, &ada, &audit::Filter::default(), &Paging::newest(50)).await.unwrap().rows;
    for action in ["person.role_changed", "proposal.approved", "proposal.made"] {
        assert_eq!(log.iter().filter(|r| r.action.as_str() == action).count(), 1, "{action}");
    }
}

#[tokio::test]
async fn every_change_of_an_owner_is_asked_for_and_can_be_refused_or_taken_back() {
    let fresh = Fresh::new().await;
    let (ada, bob) = owners(&fresh).await;
    let carol = member(&fresh.db, &fresh.organisation, Role::Owner, "carol@acme.example").await;
    let demote = ChangeRole { id: id(&carol), role: Role::Admin, version: 1 };
    let demote = waits(fresh.db.commit(&ada, demote).await.unwrap());
    let disable = DisableMember { id: id(&carol), reason: line("away") };
    let disable = waits(fresh.db.commit(&ada, disable).await.unwrap());
    let remove = RemoveMember { id: id(&carol), reason: line("gone") };
    let remove = waits(fresh.db.commit(&ada, remove).await.unwrap());
    let invite = Invite { email: Email::parse("dan@acme.example").unwrap(), role: Role::Owner };
    let Invited::Proposed(invite) = fresh.db.commit(&ada, invite).await.unwrap() else { panic!("nobody was asked") };
    assert!(invites::list(&fresh.db, &ada).await.unwrap().is_empty());
    fresh.db.commit(&bob, Reject { id: demote.clone() }).await.unwrap();
    fresh.db.commit(&ada, WithdrawProposal { id: remove.clone() }).await.unwrap();
    assert!(not_so(fresh.db.commit(&bob, Approve { id: demote }).await));
    assert!(not_so(fresh.db.commit(&bob, Approve { id: remove }).await));
    let carol_now = members::get(&fresh.db, &ada, &id(&carol)).await.unwrap();
    assert_eq!((carol_now.role, carol_now.status), (Role::Owner, MemberStatus::Active));
    // The person whom it concerns is an owner too, and may agree.
    fresh.db.commit(&carol, Approve { id: disable }).await.unwrap();
    assert_eq!(members::get(&fresh.db, &ada, &id(&carol)).await.unwrap().status, MemberStatus::Disabled);
    let approved = fresh.db.commit(&bob, Approve { id: invite }).await.unwrap();
    let link = approved.link.expect("no mail here").reveal();
    assert_eq!(invites::open(&fresh.db, link.text()).await.unwrap().unwrap().role, Role::Owner);
}

#[tokio::test]
async fn a_proposal_expires_after_24_hours_and_leaves_room_for_another() {
    let fresh = Fresh::new().await;
    let (ada, bob) = owners(&fresh).await;
    let dev = member(&fresh.db, &fresh.organisation, Role::Developer, "dev@acme.example").await;
    let first = waits(fresh.db.commit(&ada, promote(&dev)).await.unwrap());
    fresh.clock.advance(24 * HOUR - 1);
    assert_eq!(approvals::expire_due(&fresh.db).await.unwrap(), 0);
    fresh.clock.advance(1);
    assert!(not_so(fresh.db.commit(&bob, Approve { id: first.clone() }).await));
    assert_eq!(approvals::get(&fresh.db, &ada, &first).await.unwrap().state, ProposalState::Expired, "before the job");
    let second = waits(fresh.db.commit(&ada, promote(&dev)).await.unwrap());
    fresh.clock.advance(24 * HOUR);
    assert_eq!(approvals::expire_due(&fresh.db).await.unwrap(), 1);
    assert_eq!(approvals::expire_due(&fresh.db).await.unwrap(), 0);
    for id in [&first, &second] {
        let filter = audit::Filter { subject_id: Some(id.to_string()), ..Default::default() };
        let log = audit::list(&fresh.db, &ada, &filter, &Paging::newest(5)).await.unwrap().rows;
        let actions: Vec<&str> = log.iter().map(|r| r.action.as_str()).collect();
        assert!(actions.contains(&"proposal.expired") && actions.len() == 2, "{actions:?}");
    }
}

#[tokio::test]
async fn what_changed_meanwhile_is_looked_at_again() {
    let fresh = Fresh::new().await;
    let (ada, bob) = owners(&fresh).await;
    let dev = member(&fresh.db, &fresh.organisation, Role::Developer, "dev@acme.example").await;
    let proposal = waits(fresh.db.commit(&ada, promote(&dev)).await.unwrap());
    let other = ChangeRole { id: id(&dev), role: Role::Auditor, version: 1 };
    assert_eq!(fresh.db.commit(&bob, other).await.unwrap(), Effect::Done);
    let stale = fresh.db.commit(&bob, Approve { id: proposal.clone() }).await;
    assert!(matches!(stale, Err(Error::State { code: Code::StaleEdit, .. })));
    assert_eq!(approvals::get(&fresh.db, &bob, &proposal).await.unwrap().state, ProposalState::Proposed);
    // Whoever proposed it is no owner any more when it is approved.
    let carol = member(&fresh.db, &fresh.organisation, Role::Owner, "carol@acme.example").await;
    let sue = member(&fresh.db, &fresh.organisation, Role::Support, "sue@acme.example").await;
    let proposal = waits(fresh.db.commit(&carol, promote(&sue)).await.unwrap());
    fresh.db.commit(&carol, members::Leave).await.unwrap();
    assert!(not_so(fresh.db.commit(&bob, Approve { id: proposal }).await));
    assert_eq!(members::get(&fresh.db, &bob, &id(&sue)).await.unwrap().role, Role::Support);
}

#[tokio::test]
async fn the_only_owner_decides_alone() {
    let fresh = Fresh::new().await;
    let (ada, bob) = owners(&fresh).await;
    let first = get_by_name(&fresh.db, &ada, "Owner").await;
    let first = domain::access::testing::acting(&ada, &first);
    fresh.db.commit(&first, members::Leave).await.unwrap();
    fresh.db.commit(&bob, members::Leave).await.unwrap();
    let dev = member(&fresh.db, &fresh.organisation, Role::Developer, "dev@acme.example").await;
    assert_eq!(fresh.db.commit(&ada, promote(&dev)).await.unwrap(), Effect::Done);
    let demote = ChangeRole { id: id(&dev), role: Role::Developer, version: 2 };
    waits(fresh.db.commit(&ada, demote).await.unwrap());
}

async fn limited(fresh: &Fresh) -> AgentId {
    let user = super::common::funded(fresh).await;
    let agent = super::common::new_agent(&user);
    fresh.db.commit(&key(fresh), agent).await.unwrap().id
}

fn raise(agent: &AgentId, minor: i64) -> SetLimit {
    let limit = Some((amount(minor), Frequency::PerMonth));
    SetLimit { id: agent.clone(), limit, on_exceeded: None, reason: line("more"), version: None }
}

#[tokio::test]
async fn a_live_limit_above_the_threshold_needs_a_second_person() {
    let fresh = Fresh::new().await;
    let (ada, _) = owners(&fresh).await;
    let finance = member(&fresh.db, &fresh.organisation, Role::Finance, "fin@acme.example").await;
    let support = member(&fresh.db, &fresh.organisation, Role::Support, "sue@acme.example").await;
    let agent = limited(&fresh).await;
    fresh.db.commit(&key(&fresh), raise(&agent, 5_000)).await.unwrap();
    assert_eq!(fresh.db.commit(&finance, raise(&agent, 1_000_000)).await.unwrap(), Effect::Done, "up to the threshold");
    let proposal = waits(fresh.db.commit(&finance, raise(&agent, 1_000_001)).await.unwrap());
    let now = || async { agents::get(&fresh.db, &ada, &agent).await.unwrap().spending_limit.map(|l| l.minor()) };
    assert_eq!(now().await, Some(1_000_000));
    assert!(matches!(fresh.db.commit(&support, Approve { id: proposal.clone() }).await, Err(Error::Denied(_))));
    let seen = approvals::get(&fresh.db, &support, &proposal).await.unwrap();
    assert!(matches!(seen.change, Change::Limit { limit: Some((l, _)), .. } if l.minor() == 1_000_001));
    fresh.db.commit(&ada, Approve { id: proposal }).await.unwrap();
    assert_eq!(now().await, Some(1_000_001));
    assert_eq!(fresh.db.commit(&finance, raise(&agent, 900_000)).await.unwrap(), Effect::Done, "lowering needs nobody");
    let lift = SetLimit { limit: None, ..raise(&agent, 1) };
    waits(fresh.db.commit(&finance, lift).await.unwrap());
}

#[tokio::test]
async fn proposals_of_another_organisation_are_not_there() {
    let fresh = Fresh::new().await;
    let (ada, _) = owners(&fresh).await;
    let dev = member(&fresh.db, &fresh.organisation, Role::Developer, "dev@acme.example").await;
    let proposal = waits(fresh.db.commit(&ada, promote(&dev)).await.unwrap());
    let other = domain::testing::organisation(&fresh.db, "Other").await;
    let stranger = member(&fresh.db, &other, Role::Owner, "eve@other.example").await;
    assert!(approvals::list(&fresh.db, &stranger).await.unwrap().is_empty());
    assert!(matches!(approvals::get(&fresh.db, &stranger, &proposal).await, Err(Error::NotFound(_))));
    let missing = |result: Result<(), Error>| matches!(result, Err(Error::NotFound(_)));
    assert!(missing(fresh.db.commit(&stranger, Approve { id: proposal.clone() }).await.map(drop)));
    assert!(missing(fresh.db.commit(&stranger, Reject { id: proposal.clone() }).await));
    assert!(missing(fresh.db.commit(&stranger, WithdrawProposal { id: proposal }).await));
}
