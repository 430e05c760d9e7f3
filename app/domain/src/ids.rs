//! Identifiers: a documented prefix, 48 bits of time, 96 random bits, in that order.
//!
//! The text sorts by time of creation, so keyset pages and time ranges need no second index, and no id can
//! be guessed (security X-I9). An id of one kind cannot be passed for another.
use crate::{chance::Chance, time::Timestamp};

/// Crockford's alphabet in lower case: sorts as it counts, no `i l o u`.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";
/// Characters behind the prefix.
pub const LENGTH: usize = 29;

/// Not an id of this kind: wrong prefix, length or alphabet.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be an id that starts with {0}")]
pub struct NotAnId(pub &'static str);

fn encode(prefix: &str, time: Timestamp, random: [u8; 12]) -> String {
    let time = u128::from(time.0.clamp(0, (1 << 48) - 1).unsigned_abs());
    let mut wide = [0; 16];
    wide[4..].copy_from_slice(&random);
    let random = u128::from_be_bytes(wide);
    let mut text = String::with_capacity(prefix.len() + LENGTH);
    text.push_str(prefix);
    // 144 bits in 29 digits of 5: the time fills the upper 48, so the split runs through one digit.
    for digit in (0..LENGTH as u32).rev() {
        let low = digit * 5;
        let five = if low >= 96 {
            (time >> (low - 96)) & 31
        } else if low + 5 <= 96 {
            (random >> low) & 31
        } else {
            ((random >> low) | (time << (96 - low))) & 31
        };
        text.push(char::from(ALPHABET[five as usize]));
    }
    text
}

fn check(prefix: &'static str, text: &str) -> Result<(), NotAnId> {
    let rest = text.strip_prefix(prefix).ok_or(NotAnId(prefix))?;
    if rest.len() == LENGTH && rest.bytes().all(|b| ALPHABET.contains(&b)) { Ok(()) } else { Err(NotAnId(prefix)) }
}

macro_rules! id {
    ($($(#[$meta:meta])* $name:ident $prefix:literal),+ $(,)?) => {$(
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// What every id of this kind starts with.
            pub const PREFIX: &'static str = $prefix;

            /// A new id made at `now`.
            pub fn new(now: Timestamp, chance: &dyn Chance) -> Self {
                Self(encode($prefix, now, chance.bytes()))
            }
            /// The lowest id that anything made at `time` can have: the edge of a range over time.
            pub fn floor(time: Timestamp) -> Self {
                Self(encode($prefix, time, [0; 12]))
            }
            /// The text with its prefix.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(&self.0)
            }
        }

        impl std::str::FromStr for $name {
            type Err = NotAnId;
            fn from_str(text: &str) -> Result<Self, NotAnId> {
                check($prefix, text)?;
                Ok(Self(text.to_owned()))
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                <String as serde::Deserialize>::deserialize(d)?.parse().map_err(serde::de::Error::custom)
            }
        }

        #[cfg(feature = "store")]
        $crate::text::sqlx_text!($name);

        #[cfg(feature = "schema")]
        $crate::schema::schema!($name, $crate::schema::id($prefix));
    )+};
}

id! {
    /// An organisation: the tenant.
    OrganisationId "org_",
    /// A person who signs in to the dashboard.
    PersonId "per_",
    /// An invitation to an organisation.
    InviteId "inv_",
    /// A change that waits for a second person.
    ProposalId "prp_",
    /// A password reset.
    ResetId "rst_",
    /// Something that a person is told.
    NoticeId "ntc_",
    /// A letter of the outbox.
    MailId "mail_",
    /// A saved view of a list.
    ViewId "view_",
    /// A session of a person (its record, never its cookie).
    SessionId "ses_",
    /// A passkey of a person.
    PasskeyId "psk_",
    /// An API key of an organisation.
    KeyId "key_",
    /// A funding source: the person or company behind agents.
    UserId "user_",
    /// An agent.
    AgentId "agent_",
    /// Something that a risk rule found.
    FindingId "risk_",
    /// A token of an agent (its record, never its text).
    TokenId "atk_",
    /// A virtual card.
    CardId "card_",
    /// A template of rules that cards inherit.
    PolicyId "pol_",
    /// A declared purchase.
    IntentId "int_",
    /// A read of card credentials.
    AccessId "evt_",
    /// A purchase: an authorization and what became of it.
    PurchaseId "txn_",
    /// A dispute about a purchase.
    DisputeId "dsp_",
    /// A webhook endpoint.
    EndpointId "whk_",
    /// One event for one endpoint.
    DeliveryId "whd_",
    /// One try of a delivery.
    AttemptId "wha_",
    /// An event of the outbox.
    EventId "evt_",
    /// A record of the audit log.
    AuditId "aud_",
    /// A request to the server.
    RequestId "req_",
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chance::SeededChance;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn ids_sort_by_time_and_parse_back(a in 0i64..1 << 48, b in 0i64..1 << 48, seed: u64) {
            let chance = SeededChance::new(seed);
            let (x, y) = (AgentId::new(Timestamp(a), &chance), AgentId::new(Timestamp(b), &chance));
            if a != b {
                prop_assert_eq!(a < b, x < y);
            }
            prop_assert!(AgentId::floor(Timestamp(a)) <= x);
            prop_assert!(x < AgentId::floor(Timestamp(a + 1)) || a + 1 == 1 << 48);
            prop_assert_eq!(x.to_string().parse::<AgentId>().unwrap(), x);
        }

        #[test]
        fn every_random_bit_counts(bit in 0usize..96) {
            let mut random = [0u8; 12];
            random[11 - bit / 8] = 1 << (bit % 8);
            prop_assert_ne!(encode("", Timestamp(7), random), encode("", Timestamp(7), [0; 12]));
        }
    }

    #[test]
    fn another_kind_is_refused() {
        let id = CardId::new(Timestamp(1), &SeededChance::new(1)).to_string();
        assert!(id.parse::<AgentId>().is_err());
        assert!(id[..id.len() - 1].parse::<CardId>().is_err());
        assert!(id.to_uppercase().parse::<CardId>().is_err());
    }
}
