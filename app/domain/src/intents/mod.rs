//! Intents: what an agent says it will buy, before it buys it.
use crate::text::words;

#[cfg(feature = "store")]
pub(crate) mod link;
pub mod matching;

words! {
    /// The state of an intent.
    IntentStatus {
        /// A person must approve it first.
        PendingApproval = "pending_approval",
        /// Waiting for its purchase.
        Pending = "pending",
        /// Its purchase was as declared.
        Matched = "matched",
        /// Its purchase was not as declared.
        Mismatched = "mismatched",
        /// No purchase came in time.
        Expired = "expired",
        /// A person rejected it.
        Rejected = "rejected",
        /// The agent took it back.
        Canceled = "canceled",
    }
}

impl IntentStatus {
    /// Whether an intent in this state may be moved to `next`.
    ///
    /// An intent that waits for approval can also expire or be canceled (ours: its time does not stand still).
    pub const fn can_become(self, next: Self) -> bool {
        use IntentStatus::{Canceled, Expired, Matched, Mismatched, Pending, PendingApproval, Rejected};
        matches!(
            (self, next),
            (PendingApproval, Pending | Rejected | Expired | Canceled)
                | (Pending, Matched | Mismatched | Expired | Canceled)
        )
    }

    /// Whether the intent is over: nothing leads out of this state.
    pub const fn is_final(self) -> bool {
        !matches!(self, Self::PendingApproval | Self::Pending)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn final_states_are_left_by_nothing() {
        for from in IntentStatus::ALL {
            let leaves = IntentStatus::ALL.iter().any(|to| from.can_become(*to));
            assert_eq!(leaves, !from.is_final(), "{from}");
        }
        assert!(!IntentStatus::PendingApproval.can_become(IntentStatus::Matched));
    }
}
