//! Virtual cards that an agent spends from.
use crate::text::words;

/// The `status_reason` of a card that was frozen because its agent was suspended: resuming unfreezes it.
pub const FROZEN_WITH_AGENT: &str = "agent_suspended";

words! {
    /// The state of a card.
    CardStatus {
        /// Can be charged.
        Active = "active",
        /// Cannot be charged until it is unfrozen.
        Frozen = "frozen",
        /// Can never be charged again; final.
        Closed = "closed",
        /// Issued, and not usable before it is activated.
        NotActivated = "notActivated",
    }
}

words! {
    /// How often a card can be charged.
    CardType {
        /// Once: blocked at its first approved authorization, closed at settlement.
        Single = "single",
        /// Again and again.
        Multi = "multi",
    }
}

impl CardStatus {
    /// Whether a card in this state may be moved to `next`; staying where it is is no move.
    ///
    /// `notActivated → active ⇄ frozen → closed` and `active → closed`; a card that was never activated can be
    /// closed as well (ours: an unwanted card must not stay open for ever).
    pub const fn can_become(self, next: Self) -> bool {
        use CardStatus::{Active, Closed, Frozen, NotActivated};
        matches!(
            (self, next),
            (NotActivated, Active) | (Active, Frozen) | (Frozen, Active) | (NotActivated | Active | Frozen, Closed)
        )
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arrows_are_these_and_no_others() {
        let allowed: Vec<String> = CardStatus::ALL
            .iter()
            .flat_map(|from| CardStatus::ALL.iter().map(move |to| (from, to)))
            .filter(|(from, to)| from.can_become(**to))
            .map(|(from, to)| format!("{from}>{to}"))
            .collect();
        assert_eq!(
            allowed,
            [
                "active>frozen",
                "active>closed",
                "frozen>active",
                "frozen>closed",
                "notActivated>active",
                "notActivated>closed"
            ]
        );
    }
}
