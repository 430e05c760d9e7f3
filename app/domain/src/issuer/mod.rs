//! Who makes card numbers. The sandbox derives them; a contracted issuer would answer the same questions.
#[cfg(feature = "store")]
use crate::{Error, Result, secret::Plain, vault::Vault};

pub mod number;
#[cfg(feature = "store")]
mod sandbox;

#[cfg(feature = "store")]
// Within this crate only: whoever holds it can tell every card's credentials.
pub(crate) use sandbox::Sandbox;

/// What an issuer is told of a card: what its credentials follow from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Facts {
    /// The card's serial, below [`number::COUNT`], never given twice.
    pub serial: u32,
    /// 1 to 12.
    pub expiration_month: u8,
    /// Four digits.
    pub expiration_year: u16,
}

/// A card's credentials in clear: never stored, never logged.
#[cfg(feature = "store")]
#[derive(Clone)]
pub struct Details {
    /// The card number, 16 digits.
    pub pan: Plain,
    /// The verification value, three digits.
    pub cvv: Plain,
    /// 1 to 12.
    pub expiration_month: u8,
    /// Four digits.
    pub expiration_year: u16,
}

/// Whoever stands behind the cards.
#[cfg(feature = "store")]
pub trait Issuer {
    /// The last four digits of the card's number: all of it that is ever stored.
    fn last4(&self, card: Facts) -> String;
    /// The card's credentials; the same card always has the same.
    fn details(&self, card: Facts) -> Details;
    /// The serial of the card with this number; none when the number is none of this issuer's.
    fn serial(&self, pan: &str) -> Option<u32>;
}

/// The credentials of the card with these stored facts. For commands that have recorded that they are shown: they
/// alone can reach it, from within this crate.
#[cfg(feature = "store")]
pub(crate) fn details(vault: &Vault, serial: i64, expiration_month: i64, expiration_year: i64) -> Result<Details> {
    let card = Facts {
        serial: u32::try_from(serial).map_err(Error::broken)?,
        expiration_month: u8::try_from(expiration_month).map_err(Error::broken)?,
        expiration_year: u16::try_from(expiration_year).map_err(Error::broken)?,
    };
    Ok(Sandbox::new(vault).details(card))
}
