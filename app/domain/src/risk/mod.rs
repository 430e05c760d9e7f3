//! Risk: what looks wrong about a purchase after it was decided, and what is done about it.
//!
//! Seven rules look at each purchase in the transaction of its decision. A finding never changes that decision: what it
//! sets off (an alert, a frozen card, a suspended agent) holds from the next purchase on. [`rules::look`] is pure.
use crate::{
    ids::{AgentId, CardId, FindingId, PurchaseId, UserId},
    money::Currency,
    text::words,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

#[cfg(feature = "store")]
mod commands;
pub mod configuration;
mod presets;
#[cfg(feature = "store")]
mod repeat;
pub mod rules;
#[cfg(feature = "store")]
mod run;
#[cfg(feature = "store")]
mod settings;
#[cfg(feature = "store")]
mod state;
#[cfg(feature = "store")]
mod store;

#[cfg(feature = "store")]
pub use commands::{SetAgentRisk, SetCardRisk, SetRisk};
pub use presets::Preset;
#[cfg(feature = "store")]
pub(crate) use run::{Decided, after};
#[cfg(feature = "store")]
pub use settings::{OfAgent, OfCard, OfOrganisation, of_agent, of_card, of_organisation};
#[cfg(feature = "store")]
#[cfg(feature = "store")]
pub(crate) use store::purchase_of;
#[cfg(feature = "store")]
pub use store::{Filter, list, of_purchase};

words! {
    /// The seven rules, by their documented keys.
    Rule {
        /// The same merchant and amount again, in a while.
        DuplicateDetection = "duplicateDetection",
        /// Too many purchases of an agent in an hour or in 24 hours.
        VelocityLimit = "velocityLimit",
        /// An agent spends much faster than it used to.
        SpendSpike = "spendSpike",
        /// Nobody read the card's details in the 24 hours before.
        UnattestedSpend = "unattestedSpend",
        /// The purchase is not what was declared.
        IntentMismatch = "intentMismatch",
        /// Tried again before the pause that is set for the card was over.
        CooldownViolation = "cooldownViolation",
        /// A multi-use card at a merchant that is neither its first nor the expected one.
        MerchantDrift = "merchantDrift",
    }
}

words! {
    /// What a rule asks for when it fires.
    Reaction {
        /// Tell the webhooks.
        Alert = "alert",
        /// Freeze the card after the purchase, and tell.
        FreezeCard = "freeze_card",
        /// Suspend the agent after the purchase, which freezes all its cards, and tell.
        SuspendAgent = "suspend_agent",
    }
}

words! {
    /// What came of a finding.
    Effect {
        /// It was told.
        Alerted = "alerted",
        /// It was told, and the card was frozen.
        CardFrozen = "card_frozen",
        /// It was told, and the agent was suspended with all its cards.
        AgentSuspended = "agent_suspended",
        /// It was told; the card or the agent could not be charged any more as it was.
        NoChange = "no_change",
        /// It was told as a dry run, and nothing was done.
        DryRun = "dry_run",
    }
}

impl Rule {
    /// Its name for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::DuplicateDetection => "Duplicate purchase",
            Self::VelocityLimit => "Too many purchases",
            Self::SpendSpike => "Spend spike",
            Self::UnattestedSpend => "Unattested purchase",
            Self::IntentMismatch => "Not as declared",
            Self::CooldownViolation => "Too soon",
            Self::MerchantDrift => "Unexpected merchant",
        }
    }

    /// When it fires, in a sentence for people.
    pub const fn about(self) -> &'static str {
        match self {
            Self::DuplicateDetection => "The agent pays the same merchant the same amount again within the window.",
            Self::VelocityLimit => "The agent makes more purchases in an hour, or in 24 hours, than set.",
            Self::SpendSpike => {
                "What the agent spends within the window is more than so many times its usual: its average over the days \
                 before or, where that is more, its average purchase. It needs five purchases to compare with."
            }
            Self::UnattestedSpend => "Nobody read the card's details in the 24 hours before the purchase.",
            Self::IntentMismatch => {
                "The purchase ends an intent with another merchant, or with an amount outside its tolerance by at least \
                 so many percent of what was declared."
            }
            Self::CooldownViolation => {
                "The agent tries to buy before the pause that its card, policy or agent sets is over. The purchase is \
                 declined; this tells of the try."
            }
            Self::MerchantDrift => {
                "A multi-use card is charged by a merchant that is neither its first one nor the one it expects."
            }
        }
    }

    /// The `status_reason` of what the rule froze or suspended.
    pub const fn reason(self) -> &'static str {
        match self {
            Self::DuplicateDetection => "risk_duplicate_detection",
            Self::VelocityLimit => "risk_velocity_limit",
            Self::SpendSpike => "risk_spend_spike",
            Self::UnattestedSpend => "risk_unattested_spend",
            Self::IntentMismatch => "risk_intent_mismatch",
            Self::CooldownViolation => "risk_cooldown_violation",
            Self::MerchantDrift => "risk_merchant_drift",
        }
    }

    /// The rule that froze or suspended something for this reason.
    pub fn of_reason(reason: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|rule| rule.reason() == reason)
    }
}

/// What a rule saw: the numbers that made it fire.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "rule", rename_all = "camelCase", rename_all_fields = "camelCase")]
pub enum Evidence {
    /// See [`Rule::DuplicateDetection`].
    DuplicateDetection {
        /// The latest purchase like it.
        earlier: PurchaseId,
        /// How long before this one it was, in milliseconds.
        gap_ms: i64,
        /// How many like it lie in the window, this one included.
        count: i64,
        /// The window.
        window_minutes: i64,
    },
    /// See [`Rule::VelocityLimit`].
    VelocityLimit {
        /// Over how many hours: 1 or 24.
        hours: i64,
        /// How many purchases, this one included.
        count: i64,
        /// How many there may be.
        limit: i64,
    },
    /// See [`Rule::SpendSpike`]. Amounts are minor units of the purchase's currency.
    SpendSpike {
        /// Spent within the window, this purchase included.
        spent: i64,
        /// The window.
        window_minutes: i64,
        /// The usual for that long.
        usual: i64,
        /// The usual times the multiplier: the most that is no spike.
        limit: i64,
    },
    /// See [`Rule::UnattestedSpend`].
    UnattestedSpend,
    /// See [`Rule::IntentMismatch`].
    IntentMismatch {
        /// What the purchase was above what was declared, in minor units; none where that cannot be said.
        gap: Option<i64>,
        /// The same in hundredths of a percent of what was declared.
        gap_basis_points: Option<i64>,
        /// Whether the merchant is the declared one.
        merchant_match: bool,
    },
    /// See [`Rule::CooldownViolation`].
    CooldownViolation {
        /// Since the last approved purchase, in milliseconds.
        waited_ms: i64,
        /// How long the pause is, in milliseconds.
        pause_ms: i64,
    },
    /// See [`Rule::MerchantDrift`].
    MerchantDrift {
        /// The merchants that it might have been.
        expected: Vec<String>,
    },
}

impl Evidence {
    /// The rule that saw it.
    pub const fn rule(&self) -> Rule {
        match self {
            Self::DuplicateDetection { .. } => Rule::DuplicateDetection,
            Self::VelocityLimit { .. } => Rule::VelocityLimit,
            Self::SpendSpike { .. } => Rule::SpendSpike,
            Self::UnattestedSpend => Rule::UnattestedSpend,
            Self::IntentMismatch { .. } => Rule::IntentMismatch,
            Self::CooldownViolation { .. } => Rule::CooldownViolation,
            Self::MerchantDrift { .. } => Rule::MerchantDrift,
        }
    }
}

/// Something that looked wrong about a purchase.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Its id; carries the moment of the purchase.
    pub id: FindingId,
    /// What was asked for, for this rule, card and agent at that moment.
    pub action: Reaction,
    /// What came of it.
    pub effect: Effect,
    /// What was seen, by which rule.
    pub evidence: Evidence,
    /// The purchase.
    pub purchase_id: PurchaseId,
    /// Its merchant.
    pub merchant_name: String,
    /// What was asked for, in minor units of `currency`.
    pub amount: i64,
    /// The currency of all amounts.
    pub currency: Currency,
    /// Its card.
    pub card_id: CardId,
    /// The last four digits of that card.
    pub card_last4: String,
    /// Its agent.
    pub agent_id: AgentId,
    /// The agent's name.
    pub agent_name: String,
    /// The user who pays.
    pub user_id: UserId,
    /// The moment of the purchase.
    pub found_at: Timestamp,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_reason_leads_back_to_its_rule() {
        for rule in Rule::ALL {
            assert_eq!(Rule::of_reason(rule.reason()), Some(*rule));
        }
        assert_eq!(Rule::of_reason("requested"), None);
    }
}
