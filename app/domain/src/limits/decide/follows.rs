//! What else follows from a decision, told before it is made.
use super::{Case, Decision};
use crate::{limits::OnLimitExceeded, text::words};

words! {
    /// What follows from a decision besides its outcome. Risk rules, which look at what was decided, may do more.
    Consequence {
        /// The agent is suspended and its cards are frozen: its limit decided, and is set to that.
        AgentSuspended = "agentSuspended",
        /// The agent's limit is passed, which is not enforced and is announced.
        LimitPassed = "limitPassed",
        /// It is another merchant than the one that the card first paid, which is announced.
        MerchantDrift = "merchantDrift",
        /// The card is frozen, for that.
        CardFrozen = "cardFrozen",
        /// The card is closed: it has spent all that it may.
        CardClosed = "cardClosed",
    }
}

impl Consequence {
    /// What would follow, as a sentence for people.
    pub const fn plain(self) -> &'static str {
        match self {
            Self::AgentSuspended => "The agent would be suspended.",
            Self::LimitPassed => "It passes the agent's limit, which is not enforced: that would be announced.",
            Self::MerchantDrift => "It is not the merchant that the card first paid: that would be announced.",
            Self::CardFrozen => "The card would be frozen.",
            Self::CardClosed => "The card would be closed: it would have spent all that it may.",
        }
    }
}

impl Case {
    /// What follows from this decision about it.
    pub fn follows(&self, decision: &Decision) -> Vec<Consequence> {
        let announced = self.rules.agent_limit.is_some_and(|limit| OnLimitExceeded::announces(limit.on_exceeded));
        [
            (decision.suspend_agent, Consequence::AgentSuspended),
            (decision.approved() && decision.limit_exceeded && announced, Consequence::LimitPassed),
            (decision.drifted, Consequence::MerchantDrift),
            // A card that is closed is not frozen before.
            (decision.freeze_card && !decision.close_card, Consequence::CardFrozen),
            (decision.close_card, Consequence::CardClosed),
        ]
        .into_iter()
        .filter_map(|(is, what)| is.then_some(what))
        .collect()
    }
}
