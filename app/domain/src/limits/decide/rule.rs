//! The rules by name, and what each measures.
use crate::text::words;

words! {
    /// The rules by name.
    RuleName {
        /// Spending of the organisation must not be stopped.
        OrganisationActive = "organisationActive",
        /// The user must be approved.
        UserApproved = "userApproved",
        /// The agent must be active.
        AgentActive = "agentActive",
        /// The card must be active.
        CardActive = "cardActive",
        /// The card's lifetime must not be over.
        Lifetime = "lifetime",
        /// A single-use card must be unused.
        SingleUse = "singleUse",
        /// It must be an hour and a day of the card.
        ActiveTime = "activeTime",
        /// The merchant's category must be allowed.
        Category = "category",
        /// The merchant must be allowed.
        Merchant = "merchant",
        /// A multi-use card stays with its first merchant.
        MerchantDrift = "merchantDrift",
        /// The credentials must have been read for this purchase.
        Attestation = "attestation",
        /// The amount must not be above the most for one purchase.
        MaxAmount = "maxAmount",
        /// The last approved purchase must be long enough ago.
        Cooldown = "cooldown",
        /// There must be no more purchases in a while than set.
        Velocity = "velocity",
        /// The card must have approvals left.
        AuthCount = "authCount",
        /// The card must stay within its limit for 24 hours.
        CardDay = "cardDay",
        /// The card must stay within its limit for the month.
        CardMonth = "cardMonth",
        /// The card must stay within what it may ever spend.
        CardTotal = "cardTotal",
        /// The agent must stay within its limit.
        AgentLimit = "agentLimit",
        /// The balance must cover the amount.
        Balance = "balance",
    }
}

/// What a rule's numbers count.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unit {
    /// Minor units of the purchase's currency.
    Money,
    /// Purchases.
    Purchases,
    /// Milliseconds.
    Time,
}

impl RuleName {
    /// What the rule asks for, in words for people.
    pub const fn label(self) -> &'static str {
        match self {
            Self::OrganisationActive => "Spending is not stopped",
            Self::UserApproved => "User is approved",
            Self::AgentActive => "Agent is active",
            Self::CardActive => "Card is active",
            Self::Lifetime => "Card has not expired",
            Self::SingleUse => "Single-use card is unused",
            Self::ActiveTime => "Within active hours and days",
            Self::Category => "Category is allowed",
            Self::Merchant => "Merchant is allowed",
            Self::MerchantDrift => "Same merchant as before",
            Self::Attestation => "Credentials were read for it",
            Self::MaxAmount => "Within the most for one purchase",
            Self::Cooldown => "Long enough after the last purchase",
            Self::Velocity => "Within the number of purchases in a while",
            Self::AuthCount => "Within the number of approvals",
            Self::CardDay => "Within the card's 24-hour limit",
            Self::CardMonth => "Within the card's monthly limit",
            Self::CardTotal => "Within the card's lifetime limit",
            Self::AgentLimit => "Within the agent's limit",
            Self::Balance => "Covered by the balance",
        }
    }

    /// Whether the rule holds what people set, rather than a state of the user, agent or card.
    pub const fn is_set_by_people(self) -> bool {
        use RuleName::{AgentActive, Balance, CardActive, Lifetime, OrganisationActive, SingleUse, UserApproved};
        !matches!(self, OrganisationActive | UserApproved | AgentActive | CardActive | Lifetime | SingleUse | Balance)
    }

    /// What the numbers of [`super::Evaluated`] count.
    pub const fn unit(self) -> Unit {
        match self {
            Self::Velocity | Self::AuthCount => Unit::Purchases,
            Self::Cooldown => Unit::Time,
            _ => Unit::Money,
        }
    }
}
