//! Calls that may be repeated: the first with a key is done, each later one gets the first one's answer.
//!
//! What a call does and what it is answered are written in one transaction: there is no moment at which one stands
//! without the other, so a crash leaves no key stuck, and a call that was refused or failed leaves nothing and may be
//! made again (security 4.6, R4, R5). A refusal that was itself decided and written down is an answer like any other, and
//! is kept. What is kept of an answer is sealed, and has no secret in it.
use crate::time::{DAY, SECOND};
use std::{fmt, str::FromStr};

#[cfg(feature = "store")]
mod notes;
#[cfg(feature = "store")]
mod once;
#[cfg(feature = "store")]
mod store;
#[cfg(feature = "store")]
mod turns;

#[cfg(feature = "store")]
pub use once::{Answered, Keyed, Outcome, Work, once};
#[cfg(feature = "store")]
pub use store::prune;
#[cfg(feature = "store")]
pub(crate) use turns::Turns;

/// For how long an answer is remembered: a client that is down for a day can still ask what became of its call. After
/// that the key is free for another one.
pub const KEPT_MS: i64 = 2 * DAY;
/// After how many milliseconds a caller may ask again whose first call is still under way.
pub const ASK_AGAIN_MS: i64 = SECOND;
/// The most characters of a key.
pub const LONGEST: usize = 255;

/// What a caller names a call by: 1 to 255 visible ASCII characters, bare or within quotation marks.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct IdempotencyKey(String);

/// Why a text is no key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAKey {
    /// Nothing is in it.
    #[error("must not be empty; leave it out, or send a value of your own for each call, such as a UUID")]
    Empty,
    /// It is too long.
    #[error("must have at most {LONGEST} characters; send a UUID or a hash")]
    TooLong,
    /// A space, a control character, or a letter beyond ASCII.
    #[error("must have visible ASCII characters only, without spaces; send a UUID or a hash")]
    Invisible,
}

impl IdempotencyKey {
    /// The key, without quotation marks around it.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for IdempotencyKey {
    type Err = NotAKey;

    fn from_str(text: &str) -> Result<Self, NotAKey> {
        let text = text.strip_prefix('"').and_then(|rest| rest.strip_suffix('"')).unwrap_or(text);
        match text {
            "" => Err(NotAKey::Empty),
            _ if !text.bytes().all(|byte| byte.is_ascii_graphic()) => Err(NotAKey::Invisible),
            _ if text.len() > LONGEST => Err(NotAKey::TooLong),
            _ => Ok(Self(text.to_owned())),
        }
    }
}

impl fmt::Display for IdempotencyKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_visible_ascii_bare_or_quoted() {
        let longest = "x".repeat(LONGEST);
        for (text, key) in [
            ("order-7", Ok("order-7")),
            ("\"order-7\"", Ok("order-7")),
            ("a\"b", Ok("a\"b")),
            ("\"", Ok("\"")),
            (&longest, Ok(&*longest)),
            ("", Err(NotAKey::Empty)),
            ("\"\"", Err(NotAKey::Empty)),
            (&format!("{longest}x"), Err(NotAKey::TooLong)),
            ("two words", Err(NotAKey::Invisible)),
            ("tab\t", Err(NotAKey::Invisible)),
            ("ä", Err(NotAKey::Invisible)),
        ] {
            assert_eq!(text.parse::<IdempotencyKey>().as_ref().map(IdempotencyKey::as_str), key.as_ref().map(|k| *k));
        }
    }
}
