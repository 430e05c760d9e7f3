//! Live and dev: two worlds in one organisation that never mix.
crate::text::words! {
    /// Which of an organisation's two worlds a row, a key or a page belongs to.
    Environment {
        /// Real money.
        Live = "live",
        /// Test data; nothing is charged.
        Dev = "dev",
    }
}

impl Environment {
    /// The word as people read it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Live => "Live",
            Self::Dev => "Dev",
        }
    }
}
