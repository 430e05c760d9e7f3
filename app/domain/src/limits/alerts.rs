//! Word of an agent that comes near its limit: once in each window for each level that the organisation has set.
use crate::{
    ids::PurchaseId,
    limits::Frequency,
    money::{Amount, Currency},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use std::fmt;

#[cfg(feature = "store")]
mod store;

#[cfg(feature = "store")]
pub(crate) use store::after;
#[cfg(feature = "store")]
pub use store::{ChangeLevels, of_agent};

/// The most levels of an organisation.
pub const MOST: usize = 5;

/// At how many percent of a limit people are told: ascending, each from 1 to 100; none: nobody ever is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Levels(Vec<u8>);

/// A text that is no list of levels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be at most {MOST} whole numbers of percent from 1 to 100, such as 50, 80, 100")]
pub struct NotLevels;

impl Levels {
    /// Takes numbers between commas or spaces, in any order; a percent sign behind one is taken, too.
    pub fn parse(text: &str) -> Result<Self, NotLevels> {
        let words = text.split([',', ';', ' ']).map(|word| word.trim().trim_end_matches('%')).filter(|w| !w.is_empty());
        let mut levels = words
            .map(|word| word.parse().ok().filter(|level| (1..=100).contains(level)).ok_or(NotLevels))
            .collect::<Result<Vec<u8>, _>>()?;
        levels.sort_unstable();
        levels.dedup();
        if levels.len() > MOST { Err(NotLevels) } else { Ok(Self(levels)) }
    }

    /// The highest level that `spent` reaches of a limit; none below the lowest.
    pub fn reached(&self, spent: i64, limit: Amount) -> Option<u8> {
        let share = i128::from(spent) * 100;
        self.0.iter().rev().copied().find(|level| share >= i128::from(limit.minor()) * i128::from(*level))
    }
}

impl fmt::Display for Levels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<String> = self.0.iter().map(u8::to_string).collect();
        f.write_str(&words.join(","))
    }
}

impl TryFrom<String> for Levels {
    type Error = NotLevels;
    fn try_from(text: String) -> Result<Self, NotLevels> {
        Self::parse(&text)
    }
}

impl From<Levels> for String {
    fn from(levels: Levels) -> Self {
        levels.to_string()
    }
}

/// One word of it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "store", derive(sqlx::FromRow))]
pub struct LimitAlert {
    /// The purchase that reached the level.
    pub purchase_id: PurchaseId,
    /// When.
    pub told_at: Timestamp,
    /// The level.
    pub percent: i64,
    /// The window of the limit.
    pub frequency: Frequency,
    /// The limit then, in minor units.
    pub limit_amount: Amount,
    /// What the window held with the purchase, in minor units.
    pub spent: i64,
    /// The currency of both.
    pub currency: Currency,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_people_type_is_taken_and_kept_in_order() {
        for (typed, kept) in [("50, 80,100", "50,80,100"), ("80% 50 %", "50,80"), ("", ""), ("100;1;100", "1,100")] {
            assert_eq!(Levels::parse(typed).unwrap().to_string(), kept, "{typed}");
        }
        for bad in ["0", "101", "-5", "half", "5.5", "1,2,3,4,5,6", "50 %%x"] {
            assert_eq!(Levels::parse(bad), Err(NotLevels), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn a_level_is_reached_at_its_share_and_not_a_unit_before(level in 1u8..=100, limit in 1i64..=1_000_000_000_000) {
            let levels = Levels(vec![level]);
            let amount = Amount::try_from(limit).unwrap();
            let least = (i128::from(limit) * i128::from(level) + 99) / 100;
            let least = i64::try_from(least).unwrap();
            prop_assert_eq!(levels.reached(least, amount), Some(level));
            prop_assert_eq!(levels.reached(least - 1, amount), None);
        }
    }
}
