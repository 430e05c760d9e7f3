//! Agents: programs that spend for a user, each under one limit over all its cards.
use crate::{
    ids::{AgentId, PolicyId, TokenId, UserId},
    keys::KeyStatus,
    limits::{Frequency, OnLimitExceeded},
    metadata::Metadata,
    money::{Amount, Currency},
    text::words,
    time::Timestamp,
    users::ApplicationStatus,
};
use serde::{Deserialize, Serialize};

#[cfg(feature = "store")]
mod commands;
#[cfg(feature = "store")]
mod end;
#[cfg(feature = "store")]
pub(crate) mod ended;
#[cfg(feature = "store")]
mod held;
#[cfg(feature = "store")]
mod limit;
#[cfg(feature = "store")]
mod nearest;
mod purpose;
#[cfg(feature = "store")]
mod rotate;
#[cfg(feature = "store")]
mod spend;
#[cfg(feature = "store")]
mod store;
#[cfg(feature = "store")]
mod suspension;
pub mod templates;
#[cfg(feature = "store")]
mod tokens;
#[cfg(feature = "store")]
mod update;

#[cfg(feature = "store")]
pub use commands::{CARD_WINDOWS, ChangeAgent, CreateAgent, Created, MOST_CARDS};
#[cfg(feature = "store")]
pub use end::{CloseAgent, CloseCards, Closed, Hold, MOST_SHOWN, Open, OpenCard, open};
#[cfg(feature = "store")]
pub use held::held;
#[cfg(feature = "store")]
pub use limit::SetLimit;
#[cfg(feature = "store")]
pub use nearest::{Nearest, nearest};
pub use purpose::{Broad, broad};
#[cfg(feature = "store")]
pub use rotate::{RotateToken, RotatedToken};
#[cfg(feature = "store")]
pub(crate) use store::lock;
#[cfg(feature = "store")]
pub use store::{Filter, by_external_id, get, list, status};
#[cfg(feature = "store")]
pub(crate) use suspension::suspend_for;
#[cfg(feature = "store")]
pub use suspension::{ResumeAgent, SuspendAgent, frozen_with};
#[cfg(feature = "store")]
pub use tokens::{CreateToken, MOST_TOKENS, RevokeToken, get as token, list as tokens};
#[cfg(feature = "store")]
pub use update::UpdateAgent;

words! {
    /// Whether an agent may spend. Suspending freezes its cards; resuming unfreezes what the suspension froze.
    AgentStatus {
        /// May spend.
        Active = "active",
        /// Nothing it tries is approved.
        Suspended = "suspended",
        /// Deregistered; final. It is kept for its history.
        Closed = "closed",
    }
}

/// An agent and where it stands under its limit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Agent {
    /// Its id.
    pub id: AgentId,
    /// The user it spends for.
    pub user_id: UserId,
    /// That user's name.
    pub user_name: String,
    /// Where that user's application stands: nothing is approved before it is approved.
    pub user_status: ApplicationStatus,
    /// The caller's own id for it, unique in the environment.
    pub external_id: Option<String>,
    /// Its name.
    pub name: String,
    /// What it is for; may be empty.
    pub description: String,
    /// Whether it may spend.
    pub status: AgentStatus,
    /// Why it is suspended, or was deregistered.
    pub suspended_reason: Option<String>,
    /// The most it may spend in one window; none: no limit.
    pub spending_limit: Option<Amount>,
    /// The window of the limit; set exactly when there is a limit.
    pub spending_limit_frequency: Option<Frequency>,
    /// What happens when a purchase would pass the limit.
    pub on_limit_exceeded: Option<OnLimitExceeded>,
    /// Authorized and settled in the running window, reversals given back; without a limit: ever. Always 0 for a
    /// limit on each purchase alone.
    pub current_spend: i64,
    /// The currency of the limit and of the spend: the user's.
    pub currency: Currency,
    /// The first moment of the running window; none where it has no beginning.
    pub window_start: Option<Timestamp>,
    /// The first moment after the running window; none where it has no end.
    pub window_end: Option<Timestamp>,
    /// When the spend starts again from nothing; none where it rolls or never does.
    pub next_reset: Option<Timestamp>,
    /// The most cards that may be open at once; none: any number.
    pub max_cards: Option<i64>,
    /// Cards that are open now.
    pub card_count: i64,
    /// What a new card may spend unless it says itself.
    pub default_card_limit: Option<Amount>,
    /// The window of that; set exactly when it is.
    pub default_card_limit_frequency: Option<Frequency>,
    /// The policy that its new cards inherit.
    pub default_policy_id: Option<PolicyId>,
    /// The caller's own data.
    pub metadata: Option<Metadata>,
    /// Raised by every edit.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it last did something.
    pub last_activity_at: Option<Timestamp>,
    /// When it was deregistered.
    pub closed_at: Option<Timestamp>,
}

impl Agent {
    /// What is left of the limit in the running window, never below 0; none without a limit.
    pub fn remaining(&self) -> Option<i64> {
        self.spending_limit.map(|limit| limit.minor().saturating_sub(self.current_spend).max(0))
    }
}

/// A token of an agent without its secret.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Token {
    /// Its id.
    pub id: TokenId,
    /// The only agent that it reaches.
    pub agent_id: AgentId,
    /// Its name.
    pub name: String,
    /// Prefix and the last four characters of the public part.
    pub masked: String,
    /// Whether it opens now.
    pub status: KeyStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// The token that replaces it.
    pub successor: Option<TokenId>,
    /// When it ends beside that one; set exactly when it has one.
    pub ends_at: Option<Timestamp>,
    /// When it was last used, at most 60 s stale; `None`: never.
    pub last_used_at: Option<Timestamp>,
}

impl Token {
    /// When it ends by itself, whatever comes first.
    pub fn end(&self) -> Option<Timestamp> {
        self.expires_at.into_iter().chain(self.ends_at).min()
    }
}
