//! Agents: programs that spend for a user, each under one limit over all its cards.
use crate::text::words;

words! {
    /// Whether an agent may spend. Suspending freezes its cards; resuming unfreezes what the suspension froze.
    AgentStatus {
        /// May spend.
        Active = "active",
        /// Nothing it tries is approved.
        Suspended = "suspended",
    }
}
