//! Secrets have their own types: the plain form cannot be printed, logged, stored or serialised; the stored
//! form cannot be shown.
use serde::Serialize;
use std::cell::Cell;
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

/// A secret in clear. It has no `Debug`, no `Display`, no serde and no column type.
#[derive(Clone)]
pub struct Plain(Zeroizing<String>);

impl Plain {
    /// Takes a secret into custody.
    pub fn new(text: String) -> Self {
        Self(Zeroizing::new(text))
    }
    /// The bytes, for hashing and signing inside this crate.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
    /// Whether there is nothing in it.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
    /// Gives the secret up for the one answer that shows it.
    pub fn reveal(self) -> Revealed {
        Revealed(self.0)
    }
}

/// A secret on its way to the one answer that shows it. Serialises and displays; made by [`Plain::reveal`] only.
#[derive(Clone)]
pub struct Revealed(Zeroizing<String>);

impl Revealed {
    /// The text, for the page or the reply that shows it once.
    pub fn text(&self) -> &str {
        &self.0
    }
}

impl Serialize for Revealed {
    fn serialize<S: serde::Serializer>(&self, s: S) -> Result<S::Ok, S::Error> {
        if WITHHELD.get().is_some() {
            WITHHELD.set(Some(true));
            return s.serialize_none();
        }
        s.serialize_str(&self.0)
    }
}

#[cfg(feature = "schema")]
crate::schema::schema!(Revealed, crate::schema::secret());

thread_local! {
    /// While secrets are withheld on this thread: whether there was one.
    static WITHHELD: Cell<Option<bool>> = const { Cell::new(None) };
}

/// Runs `write`, which serialises something, with `null` in the place of every [`Revealed`]: for what is kept of an
/// answer. Says whether there was one.
pub fn withholding<T>(write: impl FnOnce() -> T) -> (T, bool) {
    struct Over;
    impl Drop for Over {
        fn drop(&mut self) {
            WITHHELD.set(None);
        }
    }
    let _over = Over;
    WITHHELD.set(Some(false));
    let written = write();
    (written, WITHHELD.get() == Some(true))
}

/// The keyed hash of a secret: 32 bytes that say nothing about it.
#[derive(Clone)]
pub struct Stored(pub(crate) Vec<u8>);

impl Stored {
    /// Compares in constant time.
    pub fn matches(&self, other: &Stored) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl<'de> serde::Deserialize<'de> for Revealed {
    /// Always fails: a secret is shown, never read back. Server functions ask for the form only.
    fn deserialize<D: serde::Deserializer<'de>>(_: D) -> Result<Self, D::Error> {
        Err(serde::de::Error::custom("a secret is never read back"))
    }
}

/// A value sealed with the organisation's key; opened only by [`crate::vault::Vault`].
#[derive(Clone)]
#[cfg_attr(feature = "store", derive(sqlx::Type), sqlx(transparent))]
pub struct Sealed(pub(crate) Vec<u8>);

#[cfg(feature = "store")]
mod column {
    use super::Stored;

    impl<DB: sqlx::Database> sqlx::Type<DB> for Stored
    where
        Vec<u8>: sqlx::Type<DB>,
    {
        fn type_info() -> DB::TypeInfo {
            <Vec<u8> as sqlx::Type<DB>>::type_info()
        }
        fn compatible(ty: &DB::TypeInfo) -> bool {
            <Vec<u8> as sqlx::Type<DB>>::compatible(ty)
        }
    }

    impl<'q, DB: sqlx::Database> sqlx::Encode<'q, DB> for Stored
    where
        Vec<u8>: sqlx::Encode<'q, DB>,
    {
        fn encode_by_ref(
            &self,
            buf: &mut <DB as sqlx::Database>::ArgumentBuffer,
        ) -> Result<sqlx::encode::IsNull, sqlx::error::BoxDynError> {
            self.0.encode_by_ref(buf)
        }
    }

    impl<'r, DB: sqlx::Database> sqlx::Decode<'r, DB> for Stored
    where
        Vec<u8>: sqlx::Decode<'r, DB>,
    {
        fn decode(value: <DB as sqlx::Database>::ValueRef<'r>) -> Result<Self, sqlx::error::BoxDynError> {
            Vec::<u8>::decode(value).map(Self)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_of_an_answer_has_no_secret_in_it() {
        let shown = vec![Plain::new("at_live_secret".into()).reveal()];
        let (kept, there_was_one) = withholding(|| serde_json::to_string(&shown).unwrap());
        assert_eq!((kept.as_str(), there_was_one), ("[null]", true));
        assert_eq!(serde_json::to_string(&shown).unwrap(), r#"["at_live_secret"]"#);
        assert_eq!(withholding(|| serde_json::to_string("plain").unwrap()), (r#""plain""#.to_owned(), false));
    }
}
