//! Webhooks: every change told to the customer's own servers.
use crate::text::words;

#[cfg(feature = "store")]
mod commands;
#[cfg(feature = "store")]
pub mod deliver;
pub mod excerpt;
pub mod guard;
#[cfg(feature = "store")]
mod notes;
#[cfg(feature = "store")]
pub(crate) mod outbox;
pub mod schedule;
mod shape;
pub mod signature;
#[cfg(feature = "store")]
mod store;
#[cfg(feature = "store")]
mod test;

#[cfg(feature = "store")]
pub use commands::{CreateEndpoint, CreatedEndpoint, DeleteEndpoint, MOST_ENDPOINTS, UpdateEndpoint};
pub use shape::{Attempt, Delivery, DeliveryDetail, DeliveryState, Endpoint, EndpointStatus, Fault};
#[cfg(feature = "store")]
pub use store::{AttemptFilter, DeliveryFilter, attempts, deliveries, delivery, endpoint, endpoints};
#[cfg(feature = "store")]
pub use test::SendTest;

/// A network that webhooks may reach although it is not public.
pub use ipnet::IpNet as AllowedNet;

words! {
    /// What can be told.
    EventType {
        /// A purchase was approved and is pending.
        TransactionAuthorized = "transaction.authorized",
        /// A purchase was settled.
        TransactionCompleted = "transaction.completed",
        /// A purchase was declined.
        TransactionDeclined = "transaction.declined",
        /// A purchase was given back, in part or whole.
        TransactionReversed = "transaction.reversed",
        /// A purchase broke a rule that people set: stopped by it, or let through because it is not enforced.
        PolicyViolated = "policy.violated",
        /// A risk rule found something. The documents do not show this event's name.
        RiskAnomaly = "risk.anomaly",
        /// All spending of the environment was stopped.
        SpendingStopped = "organization.spending_stopped",
        /// Spending of the environment was allowed again.
        SpendingResumed = "organization.spending_resumed",
        /// A card was issued.
        CardCreated = "card.created",
        /// A card was frozen.
        CardFrozen = "card.frozen",
        /// A card was closed.
        CardClosed = "card.closed",
        /// An agent was made.
        AgentCreated = "agent.created",
        /// An agent was suspended.
        AgentSuspended = "agent.suspended",
        /// An agent was deregistered.
        AgentClosed = "agent.closed",
        /// An agent's spend reached a level of its limit that the organisation wants to be told of.
        AgentLimitReached = "agent.limit_reached",
        /// A purchase passed, or would have passed, an agent's limit.
        AgentLimitExceeded = "agent.limit_exceeded",
        /// An intent was declared.
        IntentCreated = "intent.created",
        /// An intent waits for a person.
        IntentPendingApproval = "intent.pending_approval",
        /// A person approved an intent.
        IntentApproved = "intent.approved",
        /// A person rejected an intent.
        IntentRejected = "intent.rejected",
        /// An intent was taken back.
        IntentCanceled = "intent.canceled",
        /// An intent's purchase was as declared.
        IntentMatched = "intent.matched",
        /// An intent's purchase was not as declared.
        IntentMismatched = "intent.mismatched",
        /// A second purchase used an intent.
        IntentReused = "intent.reused",
        /// An intent's time ran out.
        IntentExpired = "intent.expired",
        /// A user may deposit and spend.
        UserApplicationApproved = "user.application.approved",
        /// A user was refused.
        UserApplicationDenied = "user.application.denied",
        /// A user's balance changed.
        UserBalanceUpdated = "user.balance.updated",
        /// A deposit arrived.
        DepositReceived = "deposit.received",
        /// An address for deposits can be used.
        DepositAddressReady = "deposit.address_ready",
        /// A withdrawal was sent.
        WithdrawalSubmitted = "withdrawal.submitted",
        /// A withdrawal arrived.
        WithdrawalConfirmed = "withdrawal.confirmed",
        /// A withdrawal failed.
        WithdrawalFailed = "withdrawal.failed",
        /// An API key ends in seven days, or in one.
        KeyExpiring = "api_key.expiring",
        /// An API key's time is over.
        KeyExpired = "api_key.expired",
        /// A person asked for a test call.
        WebhookTest = "webhook.test",
    }
}

impl EventType {
    /// The types that a caller's list names; an empty list, and so one with `"*"`, means all.
    pub fn wanted(words: &[impl AsRef<str>]) -> Result<Vec<Self>, crate::UnknownWord> {
        if words.iter().any(|w| w.as_ref() == "*") {
            return Ok(Vec::new());
        }
        let mut list = words.iter().map(|w| w.as_ref().parse()).collect::<Result<Vec<Self>, _>>()?;
        list.sort_unstable();
        list.dedup();
        Ok(list)
    }

    /// Whether an endpoint with this list (a JSON array of types; an empty one or one with `"*"` means all)
    /// asks for the event.
    pub fn is_wanted(self, wanted: &str) -> bool {
        let list: Vec<String> = serde_json::from_str(wanted).unwrap_or_default();
        list.is_empty() || list.iter().any(|w| w == "*" || w == self.as_str())
    }
}
