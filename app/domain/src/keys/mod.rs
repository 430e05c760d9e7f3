//! API keys of organisations, and the shape that agent tokens share with them.
use crate::{ids::KeyId, text::words, time::Timestamp};
use serde::{Deserialize, Serialize};

#[cfg(feature = "store")]
mod commands;
pub mod format;
#[cfg(feature = "store")]
mod store;
#[cfg(feature = "store")]
pub(crate) mod text;

#[cfg(feature = "store")]
pub use commands::{CreateKey, Created, RevokeKey};
#[cfg(feature = "store")]
pub use store::{get, list};

words! {
    /// Whether a key opens.
    KeyStatus {
        /// It opens.
        Active = "active",
        /// Its time is over.
        Expired = "expired",
        /// It was revoked, for good.
        Revoked = "revoked",
    }
}

impl KeyStatus {
    /// The status at `now` of a key with these ends; a revoked key stays revoked after its expiry.
    pub fn at(now: Timestamp, revoked_at: Option<Timestamp>, expires_at: Option<Timestamp>) -> Self {
        match (revoked_at, expires_at) {
            (Some(_), _) => Self::Revoked,
            (None, Some(end)) if end <= now => Self::Expired,
            _ => Self::Active,
        }
    }
}

/// An API key without its secret.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Key {
    /// Its id.
    pub id: KeyId,
    /// Its name.
    pub name: String,
    /// Prefix and the last four characters of the public part.
    pub masked: String,
    /// Whether it opens now.
    pub status: KeyStatus,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: String,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was last used, at most 60 s stale; `None`: never.
    pub last_used_at: Option<Timestamp>,
    /// From which address.
    pub last_used_from: Option<String>,
    /// By which client.
    pub last_used_by: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_ends_at_its_moment_and_stays_revoked() {
        let at = |now, revoked, expires: Option<i64>| {
            KeyStatus::at(Timestamp(now), Option::map(revoked, Timestamp), expires.map(Timestamp))
        };
        assert_eq!(at(9, None, Some(10)), KeyStatus::Active);
        assert_eq!(at(10, None, Some(10)), KeyStatus::Expired);
        assert_eq!(at(11, Some(5), Some(10)), KeyStatus::Revoked);
        assert_eq!(at(11, None, None), KeyStatus::Active);
    }
}
