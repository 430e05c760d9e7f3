//! Attestations: proof that a purchase follows a declared reading of the card's details.
use crate::text::words;

pub mod correlate;
#[cfg(feature = "store")]
pub(crate) mod link;

words! {
    /// How well a purchase is tied to a reading of the card's details.
    AttestationStatus {
        /// A reading lies within the card's attestation window.
        Attested = "attested",
        /// A reading lies outside the window, and within 24 hours.
        Stale = "stale",
        /// There was no recent reading.
        Unattested = "unattested",
    }
}

words! {
    /// How a card's details may be read.
    ExposureMode {
        /// Never; hosted checkout only.
        Never = "never",
        /// By a short-lived token that only the browser extension can redeem.
        ExtensionOnly = "extensionOnly",
        /// In full; acknowledged when the card was made.
        RawPan = "rawPan",
    }
}
