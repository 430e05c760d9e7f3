//! The second person: what touches owners, settings or a high limit waits until another entitled person approves it
//! (security X-Z6). Where nobody else is entitled there is nobody to ask: the change is made at once.
use super::{Role, Security};
use crate::{
    environment::Environment,
    ids::{AgentId, CardId, PersonId, PolicyId, ProposalId},
    limits::{Frequency, OnLimitExceeded, terms::Terms},
    money::Amount,
    text::words,
    time::{HOUR, Timestamp},
};
use serde::{Deserialize, Serialize};

#[cfg(feature = "store")]
mod commands;
#[cfg(feature = "store")]
mod gate;
#[cfg(feature = "store")]
mod store;

#[cfg(feature = "store")]
pub use commands::{Approve, Approved, Reject, WithdrawProposal, expire_due};
#[cfg(feature = "store")]
pub(crate) use gate::{Consent, proposed};
#[cfg(feature = "store")]
pub use store::{get, list, waiting};

/// How long a proposal waits.
pub const WAIT_MS: i64 = 24 * HOUR;

words! {
    /// What became of a proposal.
    ProposalState {
        /// It waits for a second person.
        Proposed = "proposed",
        /// A second person approved it, and the change was made.
        Approved = "approved",
        /// A second person rejected it.
        Rejected = "rejected",
        /// Nobody decided within 24 hours.
        Expired = "expired",
        /// Whoever proposed it took it back.
        Withdrawn = "withdrawn",
    }
}

words! {
    /// What can be proposed.
    ChangeKind {
        /// A person becomes or stops being an owner.
        Role = "role",
        /// An owner is disabled.
        Disable = "disable",
        /// A disabled owner is enabled again.
        Enable = "enable",
        /// An owner is removed.
        Remove = "remove",
        /// Somebody is invited as an owner.
        Invite = "invite",
        /// What needs a second person changes.
        Threshold = "threshold",
        /// The organisation asks less of its people at the door.
        Security = "security",
        /// A live limit is raised above the organisation's threshold.
        Limit = "limit",
        /// A live policy lets more through than before, above the threshold.
        Policy = "policy",
        /// Live rules of the organisation, an agent or a card let more through than before, above the threshold.
        Rules = "rules",
    }
}

impl ChangeKind {
    /// Whether a person of this role may propose and decide it.
    pub fn may_decide(self, role: Role) -> bool {
        match self {
            Self::Limit | Self::Policy | Self::Rules => {
                role.permissions(Environment::Live).has(super::Permission::RaiseLimit)
            }
            _ => role == Role::Owner,
        }
    }
}

/// A change that was proposed: everything that making it needs.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "kind", rename_all = "camelCase")]
pub enum Change {
    /// Another role for a person.
    Role {
        /// Who.
        person: PersonId,
        /// The role that they have.
        before: Role,
        /// The new role.
        role: Role,
        /// The version that the proposer saw.
        version: i64,
    },
    /// An owner is disabled.
    Disable {
        /// Who.
        person: PersonId,
        /// Why.
        reason: String,
    },
    /// A disabled owner is enabled again.
    Enable {
        /// Who.
        person: PersonId,
    },
    /// An owner is removed.
    Remove {
        /// Who.
        person: PersonId,
        /// Why.
        reason: String,
    },
    /// An invitation as owner.
    Invite {
        /// The address.
        email: String,
    },
    /// From which amount a raised limit needs a second person.
    Threshold {
        /// Minor units now.
        before: i64,
        /// Minor units then.
        threshold: i64,
        /// The version that the proposer saw.
        version: i64,
    },
    /// Other rules at the door.
    Security {
        /// Those in force.
        before: Security,
        /// The new ones.
        after: Security,
        /// The version of the settings then. What was proposed before versions were kept is stale.
        #[serde(default)]
        version: i64,
    },
    /// A policy that lets more through.
    Policy {
        /// Which.
        policy: PolicyId,
        /// Its name then.
        name: String,
        /// Its description then.
        description: Option<String>,
        /// What it sets.
        before: Terms,
        /// What it would set.
        after: Terms,
        /// Why; what was proposed before reasons were asked for has none.
        #[serde(default)]
        reason: Option<String>,
        /// The version that the proposer saw.
        version: i64,
    },
    /// Rules of the organisation that let more through.
    OrganisationRules {
        /// What it sets.
        before: Terms,
        /// What it would set.
        after: Terms,
        /// Why; what was proposed before reasons were asked for has none.
        #[serde(default)]
        reason: Option<String>,
        /// The version that the proposer saw.
        version: i64,
    },
    /// Rules of an agent that let more through.
    AgentRules {
        /// Whose.
        agent: AgentId,
        /// What it sets.
        before: Terms,
        /// What it would set.
        after: Terms,
        /// Why; what was proposed before reasons were asked for has none.
        #[serde(default)]
        reason: Option<String>,
        /// The version that the proposer saw.
        version: i64,
    },
    /// Rules of a card, or another policy of it, that let more through.
    CardRules {
        /// Which.
        card: CardId,
        /// What it sets.
        before: Terms,
        /// What it would set.
        after: Terms,
        /// The policy that it would inherit.
        policy: Option<PolicyId>,
        /// The name of the policy that it inherits.
        policy_before: Option<String>,
        /// The name of the policy that it would inherit, then.
        policy_after: Option<String>,
        /// Why.
        reason: Option<String>,
        /// The version that the proposer saw.
        version: i64,
    },
    /// A higher limit, or none.
    Limit {
        /// Whose.
        agent: AgentId,
        /// The limit that is in force.
        before: Option<(Amount, Frequency)>,
        /// The new limit; none lifts it.
        limit: Option<(Amount, Frequency)>,
        /// What happens beyond it.
        on_exceeded: Option<OnLimitExceeded>,
        /// Why.
        reason: String,
        /// The version that the proposer saw.
        version: i64,
        /// The currency's code.
        currency: crate::money::Currency,
    },
}

impl Change {
    /// Its kind.
    pub fn kind(&self) -> ChangeKind {
        match self {
            Self::Role { .. } => ChangeKind::Role,
            Self::Disable { .. } => ChangeKind::Disable,
            Self::Enable { .. } => ChangeKind::Enable,
            Self::Remove { .. } => ChangeKind::Remove,
            Self::Invite { .. } => ChangeKind::Invite,
            Self::Threshold { .. } => ChangeKind::Threshold,
            Self::Security { .. } => ChangeKind::Security,
            Self::Limit { .. } => ChangeKind::Limit,
            Self::Policy { .. } => ChangeKind::Policy,
            Self::OrganisationRules { .. } | Self::AgentRules { .. } | Self::CardRules { .. } => ChangeKind::Rules,
        }
    }
}

/// What became of a change that may need a second person.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Effect {
    /// It was made.
    Done,
    /// It waits for a second person under this id.
    Proposed(ProposalId),
}

/// A proposal.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    /// Its id.
    pub id: ProposalId,
    /// The name of whom or what it would change.
    pub subject: String,
    /// The change.
    pub change: Change,
    /// Who proposed it.
    pub proposed_by: PersonId,
    /// Their name.
    pub proposed_by_name: String,
    /// What became of it.
    pub state: ProposalState,
    /// When it was proposed.
    pub created_at: Timestamp,
    /// Until when it waits.
    pub expires_at: Timestamp,
    /// When it was decided.
    pub decided_at: Option<Timestamp>,
    /// Who decided it.
    pub decided_by: Option<String>,
}

/// What somebody does with a proposal.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Makes the change.
    Approve,
    /// Refuses the change.
    Reject,
    /// Takes the proposal back.
    Withdraw,
    /// Nobody did anything in time.
    Expire,
}

/// Why an act cannot be done.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotSo {
    /// It is over.
    #[error("This proposal is {0} already.")]
    Over(ProposalState),
    /// Its time is over.
    #[error("This proposal is older than 24 hours. Propose the change again.")]
    TooLate,
    /// Its time is not over.
    #[error("This proposal waits still.")]
    TooEarly,
    /// Approving and rejecting are for others.
    #[error("You proposed this. Another person must approve or reject it; you can withdraw it.")]
    Own,
    /// Withdrawing is the proposer's.
    #[error("Only whoever proposed this can withdraw it. You can reject it.")]
    NotOwn,
}

/// The state after an act at `now`, by the proposer or by somebody else.
pub fn next(
    state: ProposalState,
    act: Act,
    now: Timestamp,
    expires_at: Timestamp,
    own: bool,
) -> Result<ProposalState, NotSo> {
    if state != ProposalState::Proposed {
        return Err(NotSo::Over(state));
    }
    match (act, now < expires_at) {
        (Act::Expire, true) => Err(NotSo::TooEarly),
        (Act::Expire, false) => Ok(ProposalState::Expired),
        (_, false) => Err(NotSo::TooLate),
        (Act::Withdraw, _) if !own => Err(NotSo::NotOwn),
        (Act::Withdraw, _) => Ok(ProposalState::Withdrawn),
        (Act::Approve | Act::Reject, _) if own => Err(NotSo::Own),
        (Act::Approve, _) => Ok(ProposalState::Approved),
        (Act::Reject, _) => Ok(ProposalState::Rejected),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ACTS: [Act; 4] = [Act::Approve, Act::Reject, Act::Withdraw, Act::Expire];

    proptest! {
        /// Whatever is tried, in whatever order: one act decides, it never is the proposer's own approval, and
        /// nothing but expiry comes after the end.
        #[test]
        fn a_proposal_is_decided_once(acts in proptest::collection::vec((0usize..4, 0i64..20, any::<bool>()), 0..30)) {
            let (mut state, mut now, end) = (ProposalState::Proposed, Timestamp(0), Timestamp(100));
            for (act, later, own) in acts {
                now = now + later;
                let act = ACTS[act];
                match next(state, act, now, end, own) {
                    Ok(after) => {
                        prop_assert_eq!(state, ProposalState::Proposed);
                        prop_assert_ne!(after, ProposalState::Proposed);
                        let decided = matches!(after, ProposalState::Approved | ProposalState::Rejected);
                        prop_assert!(!(decided && own));
                        prop_assert_eq!(after == ProposalState::Expired, now >= end);
                        state = after;
                    }
                    Err(NotSo::Over(over)) => prop_assert_eq!(over, state),
                    Err(_) => prop_assert_eq!(state, ProposalState::Proposed),
                }
            }
        }
    }

    #[test]
    fn who_may_do_what() {
        let at = |act, own, now| next(ProposalState::Proposed, act, Timestamp(now), Timestamp(10), own);
        assert_eq!(at(Act::Approve, false, 9), Ok(ProposalState::Approved));
        assert_eq!(at(Act::Approve, true, 9), Err(NotSo::Own));
        assert_eq!(at(Act::Reject, true, 9), Err(NotSo::Own));
        assert_eq!(at(Act::Withdraw, true, 9), Ok(ProposalState::Withdrawn));
        assert_eq!(at(Act::Withdraw, false, 9), Err(NotSo::NotOwn));
        assert_eq!(at(Act::Approve, false, 10), Err(NotSo::TooLate));
        assert_eq!(at(Act::Expire, false, 10), Ok(ProposalState::Expired));
        assert_eq!(at(Act::Expire, false, 9), Err(NotSo::TooEarly));
    }
}
