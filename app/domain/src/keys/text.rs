//! Making the text of a key or token, and what is kept of it.
use super::format::{self, KeyKind, KeyText};
use crate::{
    access::Grant,
    db::Tx,
    secret::{Plain, Stored},
    vault::Vault,
};

/// A key's text just made, with what is kept of it.
pub(crate) struct Made {
    pub secret: Plain,
    pub public_id: String,
    pub digest: Stored,
}

/// A new key or token of the grant's environment.
pub(crate) fn make(tx: &Tx, kind: KeyKind, grant: &Grant) -> Made {
    let text = KeyText::make(kind, grant.environment(), &tx.chance().bytes());
    let public_id = format::parse(text.expose()).expect("a key just made is well formed").public_id;
    Made { digest: digest(tx.vault(), text.expose()), secret: Plain::new(text.expose().to_owned()), public_id }
}

/// What is kept of a key: a keyed hash over all of its text.
pub(crate) fn digest(vault: &Vault, text: &str) -> Stored {
    vault.hash("api key", &Plain::new(text.to_owned()))
}
