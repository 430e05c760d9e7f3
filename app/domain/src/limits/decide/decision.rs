//! What a decision says, rule by rule.
use super::RuleName;
use crate::{
    limits::{DeclineReason, restrictions::Level},
    text::words,
};
use serde::{Deserialize, Serialize};

words! {
    /// What one rule says.
    Verdict {
        /// The purchase keeps to the rule, or the rule is not set.
        Pass = "pass",
        /// The purchase breaks the rule.
        Fail = "fail",
        /// The purchase breaks the rule, and people have set that this does not stop it.
        NotEnforced = "notEnforced",
    }
}

/// One rule's look at the purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Evaluated {
    /// The rule.
    pub rule: RuleName,
    /// What it says.
    pub verdict: Verdict,
    /// The reason a purchase is declined for when this rule decides; only where the rule fails.
    pub reason: Option<DeclineReason>,
    /// The number that was measured, in the rule's own unit, this purchase included; none for a rule without numbers.
    pub input: Option<i64>,
    /// The most that the number may be, the least for a cooldown; none for a rule without numbers or a
    /// limit that is not set.
    pub limit: Option<i64>,
    /// Who set what decided here, the tightest of all levels; none where only one level can.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub level: Option<Level>,
}

/// Approved or declined.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum Outcome {
    /// The purchase goes through.
    Approved,
    /// The purchase is stopped.
    Declined {
        /// By the first rule that failed, for this reason.
        reason: DeclineReason,
    },
}

/// The answer about one purchase, with every rule's part in it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Decision {
    /// The version of the rules that decided.
    pub version: u32,
    /// Approved or declined.
    pub outcome: Outcome,
    /// Every rule, in the order they were asked.
    pub evaluated: Vec<Evaluated>,
    /// The first rule that failed; none when approved.
    pub decided_by: Option<RuleName>,
    /// The agent must be suspended with this decision (its limit decided and is set to `suspend`).
    pub suspend_agent: bool,
    /// The agent's limit stopped this purchase, or was passed by it because it is not enforced.
    pub limit_exceeded: bool,
    /// The purchase went through at another merchant than the card's first, which is to be announced.
    #[serde(default, skip_serializing_if = "is_false")]
    pub drifted: bool,
    /// The card must be frozen after this decision, for drifting.
    #[serde(default, skip_serializing_if = "is_false")]
    pub freeze_card: bool,
    /// The card must be closed after this decision: it has spent all that it may.
    #[serde(default, skip_serializing_if = "is_false")]
    pub close_card: bool,
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde gives the field by reference")]
pub(super) const fn is_false(flag: &bool) -> bool {
    !*flag
}

impl Decision {
    /// Whether the purchase goes through.
    pub const fn approved(&self) -> bool {
        matches!(self.outcome, Outcome::Approved)
    }

    /// Why the purchase was declined; none when approved.
    pub const fn reason(&self) -> Option<DeclineReason> {
        match self.outcome {
            Outcome::Approved => None,
            Outcome::Declined { reason } => Some(reason),
        }
    }
}
