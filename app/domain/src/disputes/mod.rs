//! Disputes: what a cardholder says against a purchase, and what the card network makes of it.
use crate::{
    ids::{AgentId, CardId, DisputeId, PurchaseId, UserId},
    money::Currency,
    text::words,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

#[cfg(feature = "store")]
mod commands;
#[cfg(feature = "store")]
mod store;

#[cfg(feature = "store")]
pub use commands::{CancelDispute, DecideDispute, OpenDispute, ReviewDispute, may_be_disputed};
#[cfg(feature = "store")]
pub use store::{Filter, get, list, of_purchase};

words! {
    /// Why a purchase is disputed.
    DisputeReason {
        /// Nobody of the house made it.
        Unauthorized = "unauthorized",
        /// It was charged twice.
        Duplicate = "duplicate",
        /// What was bought did not come.
        ProductNotReceived = "product_not_received",
        /// What came is not what was bought.
        ProductUnacceptable = "product_unacceptable",
        /// What was given back did not arrive.
        CreditNotProcessed = "credit_not_processed",
        /// Something else: the description says what.
        Other = "other",
    }
}

words! {
    /// The state of a dispute: `pending → inReview → won | lost`, `pending → canceled`.
    DisputeStatus {
        /// Sent; the card network has not looked at it.
        Pending = "pending",
        /// The card network looks at it.
        InReview = "inReview",
        /// Decided for the cardholder: what was disputed was given back.
        Won = "won",
        /// Decided for the merchant.
        Lost = "lost",
        /// Taken back before anybody looked at it.
        Canceled = "canceled",
    }
}

impl DisputeStatus {
    /// The states that may follow.
    pub const fn next(self) -> &'static [Self] {
        match self {
            Self::Pending => &[Self::InReview, Self::Canceled],
            Self::InReview => &[Self::Won, Self::Lost],
            Self::Won | Self::Lost | Self::Canceled => &[],
        }
    }

    /// Whether nothing follows.
    pub const fn is_final(self) -> bool {
        self.next().is_empty()
    }
}

/// A dispute.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "store", derive(sqlx::FromRow))]
pub struct Dispute {
    /// Its id.
    pub id: DisputeId,
    /// About which purchase.
    pub purchase_id: PurchaseId,
    /// The merchant of that, as the network writes it.
    pub merchant_name: String,
    /// The purchase's card.
    pub card_id: CardId,
    /// The purchase's agent.
    pub agent_id: AgentId,
    /// The purchase's user.
    pub user_id: UserId,
    /// How much of it, in minor units.
    pub amount: i64,
    /// The currency of that.
    pub currency: Currency,
    /// Why.
    pub reason: DisputeReason,
    /// Why, in the words of whoever opened it.
    pub description: Option<String>,
    /// What speaks for it.
    pub text_evidence: Option<String>,
    /// What became of it.
    pub status: DisputeStatus,
    /// When it was opened.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When it came to its end.
    pub resolved_at: Option<Timestamp>,
}

#[cfg(test)]
mod tests {
    use super::DisputeStatus as S;

    #[test]
    fn the_arrows_are_the_documented_ones() {
        let mut arrows = Vec::new();
        for from in S::ALL {
            arrows.extend(from.next().iter().map(|to| (*from, *to)));
        }
        let documented =
            [(S::Pending, S::InReview), (S::Pending, S::Canceled), (S::InReview, S::Won), (S::InReview, S::Lost)];
        assert_eq!(arrows, documented);
    }
}
