//! Virtual cards that an agent spends from.
use crate::{
    attestations::ExposureMode,
    ids::{AgentId, CardId, PolicyId, PurchaseId, UserId},
    intents::matching::Fraction,
    limits::{
        restrictions::Restrictions,
        terms::{OnExpiry, Terms},
    },
    money::{Amount, Currency},
    text::words,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

#[cfg(feature = "store")]
mod expiry;
#[cfg(feature = "store")]
mod issue;
#[cfg(feature = "store")]
pub(crate) mod life;
#[cfg(feature = "store")]
mod number;
#[cfg(feature = "store")]
mod reveal;
#[cfg(feature = "store")]
mod rules;
#[cfg(feature = "store")]
mod status;
#[cfg(feature = "store")]
mod store;
#[cfg(feature = "store")]
mod unused;
#[cfg(feature = "store")]
mod update;

#[cfg(feature = "store")]
pub use expiry::end_due;
#[cfg(feature = "store")]
pub use issue::{DEFAULT_WINDOW_MINUTES, IssueCard, LONGEST_WINDOW_MINUTES};
#[cfg(feature = "store")]
pub use number::by_number;
#[cfg(feature = "store")]
pub use reveal::{REVEALS_PER_CARD, REVEALS_PER_PERSON, RevealCard, RevealedCard};
#[cfg(feature = "store")]
pub use rules::SetCardRules;
#[cfg(feature = "store")]
pub(crate) use status::end_card;
#[cfg(feature = "store")]
pub use status::{CloseCard, FreezeCard, UnfreezeCard};
#[cfg(feature = "store")]
pub use store::{Filter, get, list};
#[cfg(feature = "store")]
pub use unused::{
    CloseUnused, Held, Idle, MOST_SWEPT, NotIdle, Place, Seen, Unused, count_unused, held_on, held_unused,
    longest_unused, still_unused, these, unused_cards,
};
#[cfg(feature = "store")]
pub use update::UpdateCard;

/// The `status_reason` of a card that somebody froze or closed.
pub const ON_REQUEST: &str = "requested";

/// The `status_reason` of a card whose lifetime, which people set, is over.
pub const LIFETIME_OVER: &str = "lifetime_over";

/// The `status_reason` of a card whose printed month is over.
pub const EXPIRED: &str = "expired";

/// The `status_reason` of a card that was frozen because its agent was suspended: resuming unfreezes it.
pub const FROZEN_WITH_AGENT: &str = "agent_suspended";

/// The `status_reason` of a card that was closed because its agent is to be deregistered.
pub const CLOSED_WITH_AGENT: &str = "agent_removed";

words! {
    /// The state of a card.
    CardStatus {
        /// Can be charged.
        Active = "active",
        /// Cannot be charged until it is unfrozen.
        Frozen = "frozen",
        /// Can never be charged again; final.
        Closed = "closed",
        /// Issued, and not usable before it is activated.
        NotActivated = "notActivated",
    }
}

words! {
    /// How often a card can be charged.
    CardType {
        /// Once: blocked at its first approved authorization, closed at settlement. A card check that is given back
        /// without being captured does not count.
        Single = "single",
        /// Again and again.
        Multi = "multi",
    }
}

/// A card without its credentials.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Card {
    /// Its id.
    pub id: CardId,
    /// The agent that spends from it.
    pub agent_id: AgentId,
    /// That agent's name.
    pub agent_name: String,
    /// The user who pays.
    pub user_id: UserId,
    /// What it is for.
    pub purpose: String,
    /// How often it can be charged.
    pub card_type: CardType,
    /// Its state.
    pub status: CardStatus,
    /// Why it is in that state: [`ON_REQUEST`], [`FROZEN_WITH_AGENT`], [`CLOSED_WITH_AGENT`], or what else froze or closed it.
    pub status_reason: Option<String>,
    /// The most that one purchase may take.
    pub max_amount: Option<Amount>,
    /// The currency it pays in: the user's.
    pub currency: Currency,
    /// The last four digits of its number.
    pub last4: String,
    /// 1 to 12; the card can be charged to the end of that month, UTC.
    pub expiration_month: i64,
    /// Four digits.
    pub expiration_year: i64,
    /// How its credentials may be read.
    pub credential_exposure: ExposureMode,
    /// For how many minutes a read attests a purchase.
    pub attestation_window_minutes: i64,
    /// How far a purchase may be from its intent, in basis points; none: the organisation's default.
    pub intent_tolerance_bp: Option<i64>,
    /// Whether an intent must be declared before its credentials are read; none: the organisation's default.
    pub require_intent: Option<bool>,
    /// The merchant that is expected.
    pub merchant_hint: Option<String>,
    /// The policy that it inherits.
    pub policy_id: Option<PolicyId>,
    /// The rules that it sets itself.
    pub rules: Restrictions,
    /// Its own lifetime in minutes; absent, its policy's counts.
    pub ttl_minutes: Option<i64>,
    /// Its own word on what happens at the end of its lifetime; absent, its policy's counts.
    pub on_expiry: Option<OnExpiry>,
    /// When the lifetime ends that people set; the printed month may end it before.
    pub ends_at: Option<Timestamp>,
    /// What happens then.
    pub at_end: Option<OnExpiry>,
    /// Of a single-use card: the approved purchase that counts as its one use.
    pub used_by: Option<PurchaseId>,
    /// Authorized and settled so far, reversals given back.
    pub spent: i64,
    /// Raised by every edit.
    pub version: i64,
    /// When it was issued.
    pub created_at: Timestamp,
    /// When it was last charged.
    pub last_used_at: Option<Timestamp>,
    /// When it was closed.
    pub closed_at: Option<Timestamp>,
}

impl Card {
    /// Everything that it sets itself and that can be changed: how its credentials may be read is settled when it is
    /// issued.
    pub fn terms(&self) -> Terms {
        Terms {
            rules: self.rules.clone(),
            ttl_minutes: self.ttl_minutes,
            on_expiry: self.on_expiry,
            merchant_hint: self.merchant_hint.clone(),
            intent_tolerance: self.intent_tolerance_bp.and_then(|points| Fraction::try_from(points).ok()),
            exposure: None,
        }
    }
}

impl CardStatus {
    /// Whether a card in this state may be moved to `next`; staying where it is is no move.
    ///
    /// `notActivated → active ⇄ frozen → closed` and `active → closed`; a card that was never activated can be
    /// closed as well (ours: an unwanted card must not stay open for ever).
    pub const fn can_become(self, next: Self) -> bool {
        use CardStatus::{Active, Closed, Frozen, NotActivated};
        matches!(
            (self, next),
            (NotActivated, Active) | (Active, Frozen) | (Frozen, Active) | (NotActivated | Active | Frozen, Closed)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arrows_are_these_and_no_others() {
        let allowed: Vec<String> = CardStatus::ALL
            .iter()
            .flat_map(|from| CardStatus::ALL.iter().map(move |to| (from, to)))
            .filter(|(from, to)| from.can_become(**to))
            .map(|(from, to)| format!("{from}>{to}"))
            .collect();
        assert_eq!(
            allowed,
            [
                "active>frozen",
                "active>closed",
                "frozen>active",
                "frozen>closed",
                "notActivated>active",
                "notActivated>closed"
            ]
        );
    }
}
