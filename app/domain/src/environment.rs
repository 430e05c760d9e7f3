//! The two separate worlds of an organisation.
use crate::text::words;

words! {
    /// Where a key, a card or a purchase belongs. Nothing ever passes from one to the other.
    Environment {
        /// Real effects.
        Live = "live",
        /// Test data: the sandbox, for development.
        Dev = "dev",
    }
}
