//! What the house's people and backends note on a purchase: for them to find and sort it by, never for a decision.
use crate::{
    name::{Name, TextError},
    redact::redact,
};
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// The most tags of a purchase.
const MOST_TAGS: usize = 20;
/// The most characters of a tag.
const TAG: usize = 40;

/// The tags of a purchase, in the order in which they were given, each once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tags(Vec<String>);

/// Why words are no tags.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotTags {
    /// Too many.
    #[error("must be at most {MOST_TAGS}; remove some")]
    TooMany,
    /// One of them is empty, too long, or has characters that cannot be seen.
    #[error("has a tag that {0}")]
    Tag(String),
    /// One of them opens something.
    #[error("must not hold a key, a secret or a card number; remove it")]
    Secret,
}

impl Tags {
    /// Takes the words, trimmed, each once.
    pub fn of<T: AsRef<str>>(words: impl IntoIterator<Item = T>) -> Result<Self, NotTags> {
        let mut tags = Vec::new();
        for word in words {
            let tag = Name::parse(word.as_ref()).map_err(|why| {
                NotTags::Tag(if why == TextError::TooLong(Name::MOST) { too_long() } else { why.to_string() })
            })?;
            let tag = String::from(tag);
            if tag.chars().count() > TAG {
                return Err(NotTags::Tag(too_long()));
            }
            if tag.contains(',') {
                return Err(NotTags::Tag("has a comma; make it two".into()));
            }
            if is_secret(&tag) {
                return Err(NotTags::Secret);
            }
            if !tags.contains(&tag) {
                tags.push(tag);
            }
        }
        if tags.len() > MOST_TAGS { Err(NotTags::TooMany) } else { Ok(Self(tags)) }
    }

    /// Takes what a person typed: tags with commas or line ends between.
    pub fn typed(text: &str) -> Result<Self, NotTags> {
        Self::of(text.split([',', '\n', '\r']).filter(|word| !word.trim().is_empty()))
    }

    /// The tags.
    pub fn as_slice(&self) -> &[String] {
        &self.0
    }

    /// As a person types them.
    pub fn joined(&self) -> String {
        self.0.join(", ")
    }
}

fn too_long() -> String {
    format!("must have at most {TAG} characters")
}

/// Whether a text holds what must not be kept in a note: a key, a secret, a card number.
pub fn is_secret(text: &str) -> bool {
    redact(text) != text
}

#[cfg(feature = "schema")]
impl utoipa::PartialSchema for Tags {
    fn schema() -> utoipa::openapi::RefOr<utoipa::openapi::schema::Schema> {
        crate::schema::list(crate::schema::tag(TAG), MOST_TAGS)
    }
}

#[cfg(feature = "schema")]
impl utoipa::ToSchema for Tags {}

impl Serialize for Tags {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        self.0.serialize(s)
    }
}

impl<'de> Deserialize<'de> for Tags {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::of(Vec::<String>::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

impl fmt::Display for Tags {
    /// As they are stored: a JSON list.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(&self.0).map_err(|_| fmt::Error)?)
    }
}

impl FromStr for Tags {
    type Err = serde_json::Error;
    fn from_str(stored: &str) -> Result<Self, serde_json::Error> {
        serde_json::from_str(stored).map(Self)
    }
}

#[cfg(feature = "store")]
crate::text::sqlx_text!(Tags);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn tags_are_few_short_and_plain() {
        assert_eq!(Tags::typed(" travel, Q3 ,travel,\n\nparis ").unwrap().as_slice(), ["travel", "Q3", "paris"]);
        assert_eq!(Tags::typed(" , ").unwrap(), Tags::default());
        assert!(Tags::of((0..20).map(|n| n.to_string())).is_ok());
        assert_eq!(Tags::of((0..21).map(|n| n.to_string())), Err(NotTags::TooMany));
        assert!(Tags::of(["x".repeat(40)]).is_ok());
        for bad in ["", "  ", &"x".repeat(41), &"x".repeat(65), "a\nb", "a\u{202e}b", "a,b"] {
            assert!(matches!(Tags::of([bad]), Err(NotTags::Tag(_))), "{bad:?}");
        }
        assert_eq!(Tags::of(["4242 4242 4242 4242"]), Err(NotTags::Secret));
    }

    proptest! {
        #[test]
        fn tags_read_back(words in prop::collection::vec("[a-z\"\\\\äé]{1,9}", 0..9)) {
            let tags = Tags::of(&words).unwrap();
            prop_assert_eq!(tags.to_string().parse::<Tags>().unwrap(), tags.clone());
            prop_assert_eq!(serde_json::from_str::<Tags>(&serde_json::to_string(&tags).unwrap()).unwrap(), tags);
        }
    }
}
