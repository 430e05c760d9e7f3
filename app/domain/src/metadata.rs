//! A caller's own data, carried along and never read: a JSON object of bounded size.
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use std::{fmt, str::FromStr};

/// A JSON object of at most [`Metadata::MOST`] bytes.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "Value", into = "Value")]
pub struct Metadata(Map<String, Value>);

/// Why a value is no metadata.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MetadataError {
    /// Not JSON, or JSON that is no object.
    #[error("must be a JSON object")]
    NotAnObject,
    /// Too much of it.
    #[error("must have at most 16384 bytes as JSON")]
    TooLong,
}

impl Metadata {
    /// The most bytes of its JSON text.
    pub const MOST: usize = 16 * 1024;

    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The value of `key`.
    pub fn get(&self, key: &str) -> Option<&Value> {
        self.0.get(key)
    }
}

impl TryFrom<Value> for Metadata {
    type Error = MetadataError;
    fn try_from(value: Value) -> Result<Self, MetadataError> {
        let length = value.to_string().len();
        match value {
            Value::Object(_) if length > Self::MOST => Err(MetadataError::TooLong),
            Value::Object(map) => Ok(Self(map)),
            _ => Err(MetadataError::NotAnObject),
        }
    }
}

impl From<Metadata> for Value {
    fn from(metadata: Metadata) -> Self {
        Value::Object(metadata.0)
    }
}

impl FromStr for Metadata {
    type Err = MetadataError;
    fn from_str(text: &str) -> Result<Self, MetadataError> {
        serde_json::from_str::<Value>(text).map_err(|_| MetadataError::NotAnObject)?.try_into()
    }
}

impl fmt::Display for Metadata {
    /// Its JSON text.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&serde_json::to_string(&self.0).map_err(|_| fmt::Error)?)
    }
}

#[cfg(feature = "store")]
crate::text::sqlx_text!(Metadata);

#[cfg(feature = "schema")]
crate::schema::schema!(Metadata, crate::schema::metadata(Self::MOST));

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn only_objects_of_bounded_size_are_taken() {
        for bad in [json!(null), json!([]), json!("a"), json!(1)] {
            assert_eq!(Metadata::try_from(bad), Err(MetadataError::NotAnObject));
        }
        // {"a":"…"} has eight bytes around its text.
        assert!(Metadata::try_from(json!({ "a": "x".repeat(Metadata::MOST - 8) })).is_ok());
        let long = json!({ "a": "x".repeat(Metadata::MOST - 7) });
        assert_eq!(Metadata::try_from(long), Err(MetadataError::TooLong));
        assert_eq!("{".parse::<Metadata>(), Err(MetadataError::NotAnObject));
        let back: Metadata = Metadata::try_from(json!({ "a": { "b": [1] } })).unwrap().to_string().parse().unwrap();
        assert_eq!(back.get("a"), Some(&json!({ "b": [1] })));
    }
}
