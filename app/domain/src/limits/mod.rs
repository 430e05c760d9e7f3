//! Limits and the decision about one purchase.
//!
//! [`decide::decide`] is the heart of the product: what it declines never costs money, and what it was told and
//! answered is stored, so every decision can be explained and replayed.
use crate::text::words;

pub mod alerts;
pub mod decide;
#[cfg(feature = "store")]
pub mod evaluate;
pub mod hours;
#[cfg(feature = "store")]
pub mod levels;
pub mod mcc;
#[cfg(feature = "store")]
pub mod policies;
#[cfg(feature = "store")]
mod rebuild;
#[cfg(feature = "store")]
mod recount;
#[cfg(feature = "store")]
mod replay;
pub mod restrictions;
pub mod standing;
pub mod starters;
#[cfg(feature = "store")]
pub mod stop;
#[cfg(feature = "store")]
pub(crate) mod store;
pub mod terms;
#[cfg(feature = "testing")]
pub mod testing;
pub mod today;
pub mod wider;
pub mod window;
mod zone_name;

#[cfg(feature = "store")]
pub(crate) use rebuild::{rebuild, rebuild_all};
#[cfg(feature = "store")]
pub use recount::{Difference, recount};
#[cfg(feature = "store")]
pub use replay::{Different, Replayed, replay};
#[cfg(feature = "store")]
pub use store::current_spend;

words! {
    /// Over which time an agent's limit is counted.
    Frequency {
        /// Each purchase alone.
        PerTransaction = "perTransaction",
        /// The last 24 hours, rolling.
        Per24HourPeriod = "per24HourPeriod",
        /// The calendar week from Monday, in the organisation's time zone.
        PerWeek = "perWeek",
        /// The calendar month in the organisation's time zone.
        PerMonth = "perMonth",
        /// The calendar year in the organisation's time zone.
        PerYear = "perYear",
        /// For ever; never resets.
        AllTime = "allTime",
    }
}

words! {
    /// What happens when a purchase would pass the agent's limit. Where nothing is set the purchase is declined.
    OnLimitExceeded {
        /// Decline the purchase and suspend the agent.
        Suspend = "suspend",
        /// Approve the purchase and announce it; the limit is not enforced.
        Notify = "notify",
        /// Approve the purchase; the limit is only tracked.
        None = "none",
    }
}

impl OnLimitExceeded {
    /// Whether a purchase over the limit is declined: always but for `notify` and `none`.
    pub const fn enforces(set: Option<Self>) -> bool {
        matches!(set, None | Some(Self::Suspend))
    }

    /// Whether passing the limit is announced with `agent.limit_exceeded`: always but for `none`.
    pub const fn announces(set: Option<Self>) -> bool {
        !matches!(set, Some(Self::None))
    }
}

words! {
    /// Why a purchase was declined. The first seven are the documented ones, the rest are ours.
    DeclineReason {
        /// The balance does not cover the amount.
        InsufficientFunds = "insufficient_funds",
        /// The card is frozen.
        CardFrozen = "card_frozen",
        /// The card is closed.
        CardClosed = "card_closed",
        /// The agent's limit would be passed.
        SpendingLimitExceeded = "spending_limit_exceeded",
        /// The merchant is on the card's block list.
        BlockedMerchant = "blocked_merchant",
        /// The merchant's category is not allowed.
        BlockedMcc = "blocked_mcc",
        /// A risk rule stopped the purchase.
        FraudSuspected = "fraud_suspected",
        /// The card was never activated.
        CardNotActivated = "card_not_activated",
        /// A single-use card was used before.
        CardUsed = "card_used",
        /// The card's lifetime is over.
        CardExpired = "card_expired",
        /// The amount is above the card's maximum for one purchase.
        MaxAmountExceeded = "max_amount_exceeded",
        /// The agent is suspended.
        AgentSuspended = "agent_suspended",
        /// All spending of the organisation is stopped.
        OrganisationSuspended = "organization_suspended",
        /// The user the agent spends for is not approved.
        UserNotApproved = "user_not_approved",
        /// It is not an hour or a day at which the card can be charged.
        OutsideActiveTime = "outside_active_time",
        /// The last approved purchase with the card is too recent.
        CooldownActive = "cooldown_active",
        /// Too many purchases in too short a time.
        VelocityExceeded = "velocity_exceeded",
        /// The card has no approvals left.
        AuthCountExceeded = "auth_count_exceeded",
        /// A limit of the card for a day, a month or its lifetime would be passed.
        CardLimitExceeded = "card_limit_exceeded",
        /// The card's credentials were not read for this purchase.
        AttestationRequired = "attestation_required",
    }
}

impl DeclineReason {
    /// One sentence for people: what stopped the purchase.
    pub const fn plain(self) -> &'static str {
        match self {
            Self::InsufficientFunds => "The balance is too low for this amount.",
            Self::CardFrozen => "The card is frozen.",
            Self::CardClosed => "The card is closed.",
            Self::SpendingLimitExceeded => "This purchase would take the agent over its spending limit.",
            Self::BlockedMerchant => "This merchant is blocked for the card.",
            Self::BlockedMcc => "This kind of merchant is not allowed for the card.",
            Self::FraudSuspected => "A risk rule stopped this purchase.",
            Self::CardNotActivated => "The card has not been activated yet.",
            Self::CardUsed => "This single-use card has been used already.",
            Self::CardExpired => "The card has expired.",
            Self::MaxAmountExceeded => "The amount is above the most this card allows for one purchase.",
            Self::AgentSuspended => "The agent is suspended.",
            Self::OrganisationSuspended => "All spending of the organisation is stopped.",
            Self::UserNotApproved => "The user this agent spends for is not approved.",
            Self::OutsideActiveTime => "The card cannot be charged at this hour or on this day.",
            Self::CooldownActive => "The last purchase with this card is too recent.",
            Self::VelocityExceeded => "There were too many purchases in a short time.",
            Self::AuthCountExceeded => "The card has no approvals left.",
            Self::CardLimitExceeded => "This purchase would take the card over its own limit.",
            Self::AttestationRequired => "Nobody read the card's details for this purchase shortly before it.",
        }
    }
}
