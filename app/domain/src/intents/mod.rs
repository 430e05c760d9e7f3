//! Intents: what an agent says it will buy, before it buys it.
use crate::{
    ids::{AgentId, CardId, IntentId, PurchaseId},
    money::{Amount, Currency},
    text::words,
    time::Timestamp,
};
use approval::{Decision, Failed, Party};
use matching::MatchResult;
use serde::{Deserialize, Serialize};

pub mod approval;
#[cfg(feature = "store")]
pub(crate) mod commands;
#[cfg(feature = "store")]
pub(crate) mod counts;
#[cfg(feature = "store")]
mod decide;
#[cfg(feature = "store")]
mod held;
#[cfg(feature = "store")]
pub(crate) mod link;
pub mod matching;
#[cfg(feature = "store")]
pub(crate) mod reuse;
#[cfg(feature = "store")]
mod store;

#[cfg(feature = "store")]
pub use commands::{CancelIntent, DeclareIntent, Declared, ExpireIntent, MOST_OPEN};
#[cfg(feature = "store")]
pub use counts::counts;
#[cfg(feature = "store")]
pub use decide::{ApproveIntent, Decided, RejectIntent};
#[cfg(feature = "store")]
pub use held::{Held, MOST_HELD, held, held_one, how_many_held};
#[cfg(feature = "store")]
pub use reuse::{Reuse, of_intent as reuses_of_intent, of_purchase as reuses_of_purchase};
#[cfg(feature = "store")]
pub use store::{Filter, expire_due, get, list};

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

/// An intent as lists show it. Amounts are minor units of `expected_currency`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Intent {
    /// Its id; carries the moment of the declaration.
    pub id: IntentId,
    /// The card it was declared for.
    pub card_id: CardId,
    /// The last four digits of that card.
    pub card_last4: String,
    /// The agent of the card.
    pub agent_id: AgentId,
    /// The agent's name.
    pub agent_name: String,
    /// The caller's own id.
    pub intent_id: String,
    /// What will be bought.
    pub summary: String,
    /// What it is expected to cost.
    pub expected_amount: Option<Amount>,
    /// The currency of that.
    pub expected_currency: Currency,
    /// Where it will be bought.
    pub expected_merchant: Option<String>,
    /// How far from the amount is still as declared, each way.
    pub tolerance: Option<i64>,
    /// The caller's own data, a JSON object.
    pub metadata: Option<serde_json::Value>,
    /// Its state. One whose time is over counts as pending until the expiry job has ended it, but no purchase and
    /// no read finds it any more.
    pub status: IntentStatus,
    /// Who declared it; none for those of before this was kept.
    pub declared_by: Option<Party>,
    /// Whether it had to be approved by a person.
    pub approval_required: bool,
    /// What was said to it, where it was.
    pub decision: Option<Decision>,
    /// The last approval that something stood in the way of.
    pub approval_failed: Option<Failed>,
    /// When it was declared.
    pub created_at: Timestamp,
    /// When its time is over.
    pub expires_at: Timestamp,
    /// When the card's details were first read for it.
    pub revealed_at: Option<Timestamp>,
    /// When it was matched, mismatched, canceled, rejected or expired.
    pub ended_at: Option<Timestamp>,
    /// The purchase that ended it.
    pub purchase_id: Option<PurchaseId>,
    /// What comparing it with that purchase gave.
    pub match_result: Option<MatchResult>,
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
