//! Attestations: proof that a purchase follows a declared reading of the card's details.
use crate::{
    ids::{AccessId, AgentId, CardId, IntentId, PurchaseId},
    intents::{IntentStatus, matching::MatchResult},
    limits::{DeclineReason, restrictions::Level},
    money::{Amount, Currency},
    purchases::PurchaseStatus,
    text::words,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

#[cfg(feature = "store")]
mod commands;
pub mod correlate;
#[cfg(feature = "store")]
pub(crate) mod link;
#[cfg(feature = "store")]
mod redeem;
#[cfg(feature = "store")]
mod store;

#[cfg(feature = "store")]
pub(crate) use commands::never;
#[cfg(feature = "store")]
pub use commands::{CredentialRead, READS_PER_HOUR, ReadCredentials};
#[cfg(feature = "store")]
pub use redeem::{Redeem, Redeemed, TOKEN_MS};
#[cfg(feature = "store")]
pub use store::{Filter, Followed, get, list};

words! {
    /// How well a purchase is tied to a reading of the card's details.
    AttestationStatus {
        /// A reading lies within the card's attestation window.
        Attested = "attested",
        /// A reading lies outside the window, and within 24 hours.
        Stale = "stale",
        /// There was no recent reading.
        Unattested = "unattested",
    }
}

words! {
    /// How a card's details may be read.
    ExposureMode {
        /// Never; hosted checkout only.
        Never = "never",
        /// By a short-lived token that only the browser extension can redeem.
        ExtensionOnly = "extensionOnly",
        /// In full; acknowledged when the card was made.
        RawPan = "rawPan",
    }
}

/// How details may be read, and who says so: the stricter of what a card and its policy say.
pub fn stricter(card: ExposureMode, policy: Option<ExposureMode>) -> (Level, ExposureMode) {
    match policy {
        Some(policy) if policy < card => (Level::Policy, policy),
        _ => (Level::Card, card),
    }
}

words! {
    /// What a reading is for.
    ReadReason {
        /// One purchase.
        OneTime = "one-time",
        /// The first of many.
        Subscription = "subscription",
        /// A hold that is settled later.
        Preauth = "preauth",
    }
}

/// A credential read as lists show it: what was claimed, what was declared, what followed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Access {
    /// Its id; carries the moment of the read.
    pub id: AccessId,
    /// The card that was read.
    pub card_id: CardId,
    /// The last four digits of that card.
    pub card_last4: String,
    /// The agent of the card.
    pub agent_id: AgentId,
    /// The agent's name.
    pub agent_name: String,
    /// What the details are for, in the caller's words.
    pub summary: String,
    /// What it is expected to cost.
    pub expected_amount: Option<Amount>,
    /// The currency of that.
    pub expected_currency: Currency,
    /// The merchant, in the caller's words.
    pub merchant_text: Option<String>,
    /// What the reading is for.
    pub reason: Option<ReadReason>,
    /// The caller's own data, a JSON object.
    pub client_context: Option<serde_json::Value>,
    /// How the details were shown.
    pub exposure_mode: ExposureMode,
    /// `person`, `api_key`, `agent_token` or `job`: who read.
    pub actor_kind: String,
    /// The reader's name at the time.
    pub actor_name: String,
    /// When it was read.
    pub created_at: Timestamp,
    /// Until when its token could be redeemed; none where there was no token.
    pub token_expires_at: Option<Timestamp>,
    /// When its token was redeemed.
    pub redeemed_at: Option<Timestamp>,
    /// The intent it belongs to.
    pub intent: Option<AccessIntent>,
    /// How soon a purchase followed; none while none did.
    pub attestation_status: Option<AttestationStatus>,
    /// The purchase that followed.
    pub purchase: Option<AccessPurchase>,
}

/// The intent of a read, and the verdict on it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessIntent {
    /// Its id.
    pub id: IntentId,
    /// Its state.
    pub status: IntentStatus,
    /// What comparing it with its purchase gave.
    pub match_result: Option<MatchResult>,
}

/// The purchase that followed a read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AccessPurchase {
    /// Its id.
    pub id: PurchaseId,
    /// What became of it.
    pub status: PurchaseStatus,
    /// Why it was declined; only when it was.
    pub declined_reason: Option<DeclineReason>,
    /// What it stands at, in minor units of `currency`.
    pub amount: i64,
    /// Its currency.
    pub currency: Currency,
    /// The merchant as the network writes it.
    pub merchant_name: String,
    /// When it was decided.
    pub authorized_at: Timestamp,
}
