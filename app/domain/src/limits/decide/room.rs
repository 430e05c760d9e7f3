//! What the rules of a card leave, before anything is bought.
use super::CardState;
use crate::{
    limits::restrictions::{Layer, Level, tightest},
    money::Amount,
};

/// What the rules of a card leave of its own limits, not those of the agent and the user.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// The least that its limits for 24 hours, a month and its life leave, in minor units, never below 0; none where
    /// none is set.
    pub spend: Option<i64>,
    /// How many purchases may still be approved, never below 0; none where that is not limited.
    pub approvals: Option<i64>,
}

impl Room {
    /// What is left of a card that did this.
    pub fn of(layers: &[Layer], card: &CardState) -> Self {
        let left = |most: Option<(Level, Amount)>, spent: i64| most.map(|(_, most)| (most.minor() - spent).max(0));
        let spend = [
            left(tightest(layers, |set| set.limit_per_day), card.spent_day),
            left(tightest(layers, |set| set.limit_per_month), card.spent_month),
            left(tightest(layers, |set| set.cumulative_max), card.spent),
        ];
        let approvals = tightest(layers, |set| set.max_auth_count);
        Self {
            spend: spend.into_iter().flatten().min(),
            approvals: approvals.map(|(_, most)| (i64::from(most) - card.approved).max(0)),
        }
    }
}
