//! Closed sets of words: enums that are text in the database, in JSON and in addresses.

/// Defines an enum whose variants are fixed words, the same in the database, in JSON and in query strings.
///
/// Gives `as_str`, `ALL`, `Display`, `FromStr` (with [`UnknownWord`]), serde and sqlx; with the feature `schema` what
/// the documentation of each variant says, for the API's document.
macro_rules! words {
    ($(#[$meta:meta])* $name:ident { $($(#[doc = $doc:literal])+ $variant:ident = $word:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
        pub enum $name {
            $($(#[doc = $doc])+ #[serde(rename = $word)] $variant),+
        }

        impl $name {
            /// Every word of the set, in order.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// The word itself.
            pub const fn as_str(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }
        }

        impl std::fmt::Display for $name {
            fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl std::str::FromStr for $name {
            type Err = $crate::text::UnknownWord;
            fn from_str(word: &str) -> Result<Self, Self::Err> {
                Self::ALL.iter().copied().find(|v| v.as_str() == word).ok_or($crate::text::UnknownWord {
                    expected: &[$($word),+],
                })
            }
        }

        #[cfg(feature = "store")]
        $crate::text::sqlx_text!($name);

        #[cfg(feature = "schema")]
        impl $name {
            /// What the word means, in a sentence.
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => concat!($($doc),+)),+ }
            }
        }

        #[cfg(feature = "schema")]
        $crate::schema::schema!($name, $crate::schema::words(Self::ALL, Self::as_str, Self::meaning));
    };
}
pub(crate) use words;

/// A word outside the closed set that was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be one of: {}", expected.join(", "))]
pub struct UnknownWord {
    /// The words that would have been taken.
    pub expected: &'static [&'static str],
}

/// Stores a type as text through its `Display` and `FromStr`, on both databases.
#[cfg(feature = "store")]
macro_rules! sqlx_text {
    ($name:ident) => {
        impl<DB: sqlx::Database> sqlx::Type<DB> for $name
        where
            str: sqlx::Type<DB>,
        {
            fn type_info() -> DB::TypeInfo {
                <str as sqlx::Type<DB>>::type_info()
            }
            fn compatible(ty: &DB::TypeInfo) -> bool {
                <str as sqlx::Type<DB>>::compatible(ty)
            }
        }

        impl<'q, DB: sqlx::Database> sqlx::Encode<'q, DB> for $name
        where
            String: sqlx::Encode<'q, DB>,
        {
            fn encode_by_ref(
                &self,
                buf: &mut <DB as sqlx::Database>::ArgumentBuffer,
            ) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
                <String as sqlx::Encode<'q, DB>>::encode(self.to_string(), buf)
            }
        }

        impl<'r, DB: sqlx::Database> sqlx::Decode<'r, DB> for $name
        where
            &'r str: sqlx::Decode<'r, DB>,
        {
            fn decode(value: <DB as sqlx::Database>::ValueRef<'r>) -> Result<Self, sqlx::error::BoxDynError> {
                Ok(<&'r str as sqlx::Decode<'r, DB>>::decode(value)?.parse()?)
            }
        }
    };
}
#[cfg(feature = "store")]
pub(crate) use sqlx_text;
