//! API keys of organisations, and the shape that agent tokens share with them.
use crate::{ids::KeyId, text::words, time::Timestamp};
use serde::{Deserialize, Serialize};

/// Serde through `Display` and `FromStr`.
macro_rules! text_serde {
    ($name:ident) => {
        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
                s.collect_str(self)
            }
        }
        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                <String as serde::Deserialize>::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}
use text_serde;

pub mod addresses;
#[cfg(feature = "store")]
mod change;
#[cfg(feature = "store")]
mod create;
#[cfg(feature = "store")]
pub(crate) mod due;
#[cfg(feature = "store")]
mod end;
#[cfg(feature = "store")]
pub(crate) mod ended;
#[cfg(feature = "store")]
pub(crate) mod exposed;
#[cfg(feature = "store")]
mod exposure;
pub mod format;
#[cfg(feature = "store")]
mod identify;
#[cfg(feature = "store")]
mod idle;
pub mod life;
#[cfg(feature = "store")]
mod list;
#[cfg(feature = "store")]
mod notice;
#[cfg(feature = "store")]
mod policy;
#[cfg(feature = "store")]
mod preview;
#[cfg(feature = "store")]
mod rotate;
pub mod scopes;
#[cfg(feature = "store")]
mod store;
#[cfg(feature = "store")]
pub(crate) mod text;
#[cfg(feature = "store")]
mod trial;

pub use addresses::Addresses;
#[cfg(feature = "store")]
pub use change::{DisableKey, EditKey, ResumeKey};
#[cfg(feature = "store")]
pub use create::{CreateKey, Created};
#[cfg(feature = "store")]
pub use end::RevokeKey;
#[cfg(feature = "store")]
pub use exposed::key_in;
#[cfg(feature = "store")]
pub use exposure::{Exposure, FreezeTouched, TouchedCard, exposure};
#[cfg(feature = "store")]
pub use identify::{Found, IdentifyKey, PER_MINUTE};
#[cfg(feature = "store")]
pub use idle::{PATIENCE_MS, care_for_idle};
pub use life::{Expiry, Overlap};
#[cfg(feature = "store")]
pub use list::{Concern, Filter, MOST_COUNTED, Order, Sort, count, creators, list, unused};
#[cfg(feature = "store")]
pub use notice::announce_due;
#[cfg(feature = "store")]
pub use policy::{KeyPolicy, MOST_DAYS, SetKeyPolicy, policy};
#[cfg(feature = "store")]
pub use preview::{CALLS, Preview, preview};
#[cfg(feature = "store")]
pub use rotate::{CutOverlap, RotateKey, Rotated};
pub use scopes::{Scope, Scopes};
#[cfg(feature = "store")]
pub use store::get;
#[cfg(feature = "store")]
pub use trial::{Broken, TALLIED, TryRevoking, tally};

words! {
    /// Whether a key opens.
    KeyStatus {
        /// It opens.
        Active = "active",
        /// It was rotated and still opens beside its successor.
        Retiring = "retiring",
        /// It is paused and can be resumed.
        Disabled = "disabled",
        /// Its time is over.
        Expired = "expired",
        /// It was rotated, and the overlap is over.
        Replaced = "replaced",
        /// It was revoked, for good.
        Revoked = "revoked",
    }
}

/// The moments that decide what a key is: what its row says, with the end of its overlap worked out.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ends {
    /// Revoked.
    pub revoked: Option<Timestamp>,
    /// Its expiry.
    pub expires: Option<Timestamp>,
    /// Paused.
    pub disabled: Option<Timestamp>,
    /// Whether it has a successor.
    pub rotated: bool,
    /// The end of the overlap with its successor, once that is known.
    pub overlap: Option<Timestamp>,
}

impl KeyStatus {
    /// The status at `now`. What is for good comes first: a revoked key stays revoked after its expiry.
    pub fn at(now: Timestamp, ends: Ends) -> Self {
        let over = |end: Option<Timestamp>| end.is_some_and(|end| end <= now);
        match ends {
            Ends { revoked: Some(_), .. } => Self::Revoked,
            Ends { rotated: true, overlap, .. } if over(overlap) => Self::Replaced,
            Ends { expires, .. } if over(expires) => Self::Expired,
            Ends { disabled: Some(_), .. } => Self::Disabled,
            Ends { rotated: true, .. } => Self::Retiring,
            _ => Self::Active,
        }
    }

    /// Whether a call with the key is let in.
    pub fn opens(self) -> bool {
        matches!(self, Self::Active | Self::Retiring)
    }
}

words! {
    /// Where a whole key was sent in the open.
    ExposedIn {
        /// In an address, which is written to logs on its way.
        Address = "address",
        /// In a body.
        Body = "body",
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
    /// Where it lives, in its creator's words.
    pub lives: Option<String>,
    /// What it may do.
    pub scopes: Scopes,
    /// From where it may be used.
    pub addresses: Addresses,
    /// When it was made.
    pub created_at: Timestamp,
    /// Who made it.
    pub created_by: String,
    /// When it ends.
    pub expires_at: Option<Timestamp>,
    /// Why it never ends.
    pub never_reason: Option<String>,
    /// When it was revoked.
    pub revoked_at: Option<Timestamp>,
    /// When it was paused.
    pub disabled_at: Option<Timestamp>,
    /// When it was used first; at most 60 s stale, `None`: never.
    pub first_used_at: Option<Timestamp>,
    /// When it was last used, at most 60 s stale; `None`: never.
    pub last_used_at: Option<Timestamp>,
    /// From which address.
    pub last_used_from: Option<String>,
    /// By which client.
    pub last_used_by: Option<String>,
    /// For what kind of call: `cards:read`.
    pub last_used_for: Option<String>,
    /// When the whole key was last sent in the open, and where.
    pub exposed: Option<(Timestamp, ExposedIn)>,
    /// The key that it replaces.
    pub predecessor: Option<KeyId>,
    /// The key that replaces it.
    pub successor: Option<KeyId>,
    /// When it ends beside its successor; `None` without one, or while that was never used and the overlap
    /// counts from its first use.
    pub ends_at: Option<Timestamp>,
    /// The overlap that counts from the first use of its successor, milliseconds.
    pub overlap_ms: Option<i64>,
    /// From when to when its revocation was tried last.
    pub trial: Option<life::Trial>,
    /// Raised by every edit.
    pub version: i64,
}

impl Key {
    /// Whether the last use came so close before the end beside its successor that something still depends on it.
    pub fn used_to_the_end(&self) -> bool {
        let close = |(end, used): (Timestamp, Timestamp)| used >= end - life::CLOSE_MS;
        self.ends_at.zip(self.last_used_at).is_some_and(close)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_for_good_comes_first() {
        let moment = |at: i64| Some(Timestamp(at));
        let all =
            Ends { revoked: moment(5), expires: moment(10), disabled: moment(3), rotated: true, overlap: moment(8) };
        for (now, ends, status) in [
            (9, Ends { expires: moment(10), ..Ends::default() }, KeyStatus::Active),
            (10, Ends { expires: moment(10), ..Ends::default() }, KeyStatus::Expired),
            (11, all, KeyStatus::Revoked),
            (11, Ends { revoked: None, ..all }, KeyStatus::Replaced),
            (7, Ends { revoked: None, ..all }, KeyStatus::Disabled),
            (7, Ends { revoked: None, disabled: None, ..all }, KeyStatus::Retiring),
            (8, Ends { revoked: None, disabled: None, ..all }, KeyStatus::Replaced),
            (99, Ends { rotated: true, ..Ends::default() }, KeyStatus::Retiring),
            (11, Ends { expires: moment(10), disabled: moment(1), ..Ends::default() }, KeyStatus::Expired),
            (11, Ends::default(), KeyStatus::Active),
        ] {
            assert_eq!(KeyStatus::at(Timestamp(now), ends), status, "{now} {ends:?}");
        }
        assert_eq!(KeyStatus::ALL.iter().filter(|s| s.opens()).count(), 2);
    }
}
