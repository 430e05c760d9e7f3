//! The request log: every call of the API by a known key or token, for [`KEPT_MS`]. No bodies, no query strings.
use crate::{
    environment::Environment,
    ids::{AgentId, OrganisationId, RequestId},
    keys::Scope,
    text::words,
    time::{DAY, Timestamp},
};
use serde::{Deserialize, Serialize};

#[cfg(feature = "store")]
mod counts;
#[cfg(feature = "store")]
mod minutes;
#[cfg(feature = "store")]
mod names;
#[cfg(feature = "store")]
mod notes;
#[cfg(feature = "store")]
mod store;

#[cfg(feature = "store")]
pub use counts::{Counts, Source, Usage, calls_by_key, calls_since, sources, usage};
#[cfg(feature = "store")]
pub use minutes::{Drawn, Minute, minutes};
#[cfg(feature = "store")]
pub use names::{Names, names, names_of_keys};
#[cfg(feature = "store")]
pub use notes::Record;
#[cfg(feature = "store")]
pub use store::{Filter, get, list, prune};

/// For how long a call stays in the log.
pub const KEPT_MS: i64 = 30 * DAY;
/// For how long the counts of a key's calls stay, and the addresses that it called from.
pub const COUNTS_KEPT_MS: i64 = 90 * DAY;

words! {
    /// How a call went, by the first digit of its status.
    StatusClass {
        /// It was done.
        Done = "2xx",
        /// It was refused: the caller's matter.
        Refused = "4xx",
        /// It failed: ours.
        Failed = "5xx",
    }
}

impl StatusClass {
    /// The first digit of its statuses.
    pub const fn digit(self) -> i64 {
        match self {
            Self::Done => 2,
            Self::Refused => 4,
            Self::Failed => 5,
        }
    }
}

/// One call as the log keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "store", derive(sqlx::FromRow))]
pub struct Call {
    /// The id that its answer carried: in order of time.
    pub id: RequestId,
    /// When it came.
    pub at: Timestamp,
    /// Its method.
    pub method: String,
    /// The template of its route, such as `/v1/cards/{id}`.
    pub route: String,
    /// The status of its answer; 499 when the caller went away before.
    pub status: i64,
    /// Microseconds from its head to its answer.
    pub micros: i64,
    /// The source address.
    pub address: Option<String>,
    /// The client as it names itself, shortened.
    pub client: Option<String>,
    /// The id of its API key or agent token.
    pub key_id: String,
    /// The agent that it was about, where the token or the address says so.
    pub agent_id: Option<AgentId>,
    /// What its `Idempotency-Key` said.
    pub idempotency_key: Option<String>,
    /// The code of a refusal.
    pub error: Option<String>,
    /// The call whose answer it was given again.
    pub replay_of: Option<RequestId>,
}

/// A call on its way into the log.
#[derive(Debug, Clone)]
pub struct Entry {
    /// Whose key or token it came with.
    pub organisation: OrganisationId,
    /// The environment of that.
    pub environment: Environment,
    /// The call.
    pub call: Call,
    /// The scopes that it made use of.
    pub scopes: Vec<Scope>,
}
