//! Purchases: authorizations and what became of them.
use crate::{
    attestations::AttestationStatus,
    ids::{AccessId, AgentId, CardId, IntentId, PurchaseId, RequestId, UserId},
    limits::DeclineReason,
    money::Currency,
    text::words,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

#[cfg(feature = "store")]
mod annotate;
#[cfg(feature = "store")]
mod authorize;
mod check;
#[cfg(feature = "store")]
mod events;
#[cfg(feature = "store")]
mod lately;
mod merchant;
mod remarks;
#[cfg(feature = "store")]
mod settle;
#[cfg(feature = "store")]
mod store;
#[cfg(feature = "testing")]
pub mod testing;
#[cfg(feature = "store")]
mod unattested;

#[cfg(feature = "store")]
pub use annotate::{Annotate, Remark};
#[cfg(feature = "store")]
pub use authorize::Authorize;
pub use check::most_of_a_check;
#[cfg(feature = "store")]
pub use lately::{Brief, Lately, lately};
pub use merchant::Merchant;
pub use remarks::{NotTags, Tags, is_secret};
#[cfg(feature = "store")]
pub(crate) use settle::hold;
#[cfg(feature = "store")]
pub use settle::{Capture, Reverse};
#[cfg(feature = "store")]
pub use store::{Detail, Filter, get, list};
#[cfg(feature = "store")]
pub use unattested::{AtStake, MOST_ADDED, MOST_LOOKED_AT, Stake, UNATTESTED_DAYS, stakes, unattested};

words! {
    /// The state of a purchase.
    PurchaseStatus {
        /// Authorized, not settled.
        Pending = "pending",
        /// Settled.
        Completed = "completed",
        /// Never authorized; final.
        Declined = "declined",
        /// Given back as a whole; final.
        Reversed = "reversed",
    }
}

/// A purchase as lists show it. All amounts are minor units of `currency`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "store", derive(sqlx::FromRow))]
pub struct Purchase {
    /// Its id; carries the moment of the decision.
    pub id: PurchaseId,
    /// The card that was charged.
    pub card_id: CardId,
    /// The last four digits of that card.
    pub card_last4: String,
    /// The agent of the card.
    pub agent_id: AgentId,
    /// The agent's name.
    pub agent_name: String,
    /// The user who pays.
    pub user_id: UserId,
    /// What became of it.
    pub status: PurchaseStatus,
    /// Why it was declined; only when it was.
    pub declined_reason: Option<DeclineReason>,
    /// The currency of all amounts.
    pub currency: Currency,
    /// What it stands at: authorized, then captured, less what was reversed. A declined one keeps what was asked.
    pub amount: i64,
    /// What was asked for.
    pub authorized_amount: i64,
    /// What was settled.
    pub captured_amount: i64,
    /// What was given back after that, or released as a whole.
    pub reversed_amount: i64,
    /// The merchant as the network writes it.
    pub merchant_name: String,
    /// The merchant's category (MCC): four digits.
    pub merchant_category_code: String,
    /// The merchant's city.
    pub merchant_city: Option<String>,
    /// The merchant's country, two letters.
    pub merchant_country: Option<String>,
    /// How well it is tied to a credential read.
    pub attestation_status: AttestationStatus,
    /// That read.
    pub access_id: Option<AccessId>,
    /// The intent that it ended.
    pub intent_id: Option<IntentId>,
    /// The request that asked for it.
    pub request_id: Option<RequestId>,
    /// When it was decided.
    pub authorized_at: Timestamp,
    /// When it was settled.
    pub posted_at: Option<Timestamp>,
    /// When something was last given back.
    pub reversed_at: Option<Timestamp>,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// What people and backends noted on it.
    pub notes: Option<String>,
    /// The same in words to sort by.
    pub tags: Tags,
    /// The house's own category, beside the merchant's.
    pub category: Option<String>,
    /// Counts the changes of these three; an edit names the one it saw.
    pub remarked: i64,
}
