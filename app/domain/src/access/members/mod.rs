//! The people of an organisation: who they are, what role they have, and how that changes.
use super::Role;
use crate::{ids::PersonId, text::words, time::Timestamp};
use serde::{Deserialize, Serialize};

#[cfg(feature = "store")]
mod commands;
#[cfg(feature = "store")]
mod factors;
#[cfg(feature = "store")]
pub(in crate::access) mod house;
#[cfg(feature = "store")]
mod store;

#[cfg(feature = "store")]
pub use commands::{ChangeRole, DisableMember, EnableMember, EndSessions, Leave, RemoveMember};
#[cfg(feature = "store")]
pub use factors::ClearFactors;
#[cfg(feature = "store")]
pub(in crate::access) use store::find;
#[cfg(feature = "store")]
pub use store::{OpenSession, get, list, sessions};

words! {
    /// Whether a person may come in.
    MemberStatus {
        /// May sign in.
        Active = "active",
        /// May not, until enabled again.
        Disabled = "disabled",
        /// Was removed, for good.
        Removed = "removed",
    }
}

impl MemberStatus {
    fn of(disabled_at: Option<Timestamp>, removed_at: Option<Timestamp>) -> Self {
        match (disabled_at, removed_at) {
            (_, Some(_)) => Self::Removed,
            (Some(_), None) => Self::Disabled,
            (None, None) => Self::Active,
        }
    }
}

/// A person of an organisation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Their id.
    pub id: PersonId,
    /// Their name.
    pub name: String,
    /// The address that they sign in with; none once removed.
    pub email: Option<String>,
    /// Their role.
    pub role: Role,
    /// Whether they may come in.
    pub status: MemberStatus,
    /// The name of the zone in which they read times; none: the organisation's.
    pub zone: Option<String>,
    /// When they were added.
    pub created_at: Timestamp,
    /// When they last signed in.
    pub signed_in_at: Option<Timestamp>,
    /// When they were disabled.
    pub disabled_at: Option<Timestamp>,
    /// When they were removed.
    pub removed_at: Option<Timestamp>,
    /// Raised by every change of role or state.
    pub version: i64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn removed_is_the_last_word() {
        let at = Some(Timestamp(1));
        assert_eq!(MemberStatus::of(None, None), MemberStatus::Active);
        assert_eq!(MemberStatus::of(at, None), MemberStatus::Disabled);
        assert_eq!(MemberStatus::of(at, at), MemberStatus::Removed);
    }

    #[test]
    fn roles_are_given_downwards() {
        for role in Role::ALL {
            assert!(Role::Owner.may_give(*role), "an owner gives {role}");
            assert_eq!(
                Role::Admin.may_give(*role),
                ![Role::Owner, Role::Admin].contains(role),
                "an admin gives {role}"
            );
            for other in [Role::Developer, Role::Support, Role::Finance, Role::Auditor] {
                assert!(!other.may_give(*role), "{other} gives {role}");
            }
        }
    }
}
