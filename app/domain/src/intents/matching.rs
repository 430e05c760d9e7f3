//! Whether a purchase is what the agent declared, and which declaration it belongs to.
use crate::{
    money::{Amount, Currency},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

mod folded;

pub(crate) use folded::Folded;
use folded::letters;

/// The version of the rules in this file, stored with every result.
pub const MATCH_VERSION: u32 = 1;

/// The part of something, in hundredths of a percent: 0 to 10,000.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[cfg_attr(feature = "store", derive(sqlx::Type), sqlx(transparent))]
#[serde(try_from = "i64", into = "i64")]
pub struct Fraction(i64);

/// A number that cannot be a [`Fraction`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a number from 0 to 1")]
pub struct FractionError;

impl Fraction {
    /// Five percent.
    pub const FIVE_PERCENT: Self = Self(500);
    /// Ten percent, the documented default tolerance.
    pub const TEN_PERCENT: Self = Self(1_000);

    /// The fraction as the API writes it, 0.0 to 1.0, to the nearest hundredth of a percent.
    pub fn from_ratio(ratio: f64) -> Result<Self, FractionError> {
        // In range the product is at most 10,000, far inside what an i64 holds; NaN is not in range.
        (0.0..=1.0).contains(&ratio).then(|| Self((ratio * 10_000.0).round() as i64)).ok_or(FractionError)
    }

    /// 0.0 to 1.0.
    pub fn ratio(self) -> f64 {
        self.0 as f64 / 10_000.0
    }

    /// This part of `minor`, rounded down to whole minor units.
    fn of(self, amount: Amount) -> i64 {
        amount.minor() * self.0 / 10_000
    }
}

impl TryFrom<i64> for Fraction {
    type Error = FractionError;
    fn try_from(basis_points: i64) -> Result<Self, Self::Error> {
        (0..=10_000).contains(&basis_points).then_some(Self(basis_points)).ok_or(FractionError)
    }
}

impl From<Fraction> for i64 {
    fn from(fraction: Fraction) -> Self {
        fraction.0
    }
}

/// How far a purchase may be from the declared amount, both ways; the first that is set counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Tolerance {
    /// Set on the intent, in minor units; 0 demands the exact amount.
    pub intent: Option<i64>,
    /// Set on the card or its policy.
    pub card: Option<Fraction>,
    /// The organisation's default.
    pub organisation: Fraction,
}

impl Default for Tolerance {
    fn default() -> Self {
        Self { intent: None, card: None, organisation: Fraction::TEN_PERCENT }
    }
}

impl Tolerance {
    /// The tolerance for `expected` in minor units, rounded down, never negative.
    pub fn minor(self, expected: Amount) -> i64 {
        self.intent.map_or_else(|| self.card.unwrap_or(self.organisation).of(expected), |minor| minor.max(0))
    }
}

/// What the agent declared. What it did not declare matches everything.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Claim {
    /// The amount it expects to pay.
    pub expected_amount: Option<Amount>,
    /// The currency of that amount.
    pub expected_currency: Currency,
    /// The merchant it expects to pay.
    pub expected_merchant: Option<String>,
    /// How far from the amount still counts as the amount.
    pub tolerance: Tolerance,
}

/// What the card network reported.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fact {
    /// The amount of the purchase.
    pub amount: Amount,
    /// Its currency.
    pub currency: Currency,
    /// The merchant as the network writes it.
    pub merchant: String,
}

/// What comparing the two gave.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct MatchResult {
    /// The amount is within the tolerance, or none was declared.
    pub amount_match: bool,
    /// The merchant is the declared one, or none was declared.
    pub merchant_match: bool,
    /// The amount of the purchase.
    pub actual_amount: Amount,
    /// The merchant of the purchase.
    pub actual_merchant: String,
    /// Actual less expected amount in minor units; none when no amount or another currency was declared.
    pub gap: Option<i64>,
    /// The gap in hundredths of a percent of the expected amount, rounded towards zero.
    pub gap_percent: Option<i64>,
    /// The tolerance that counted, in minor units; none when no amount was declared.
    pub tolerance_applied: Option<i64>,
    /// The version of the rules that compared.
    pub rule_version: u32,
    /// How long before the purchase it was declared and read; none in results of before this was kept. What comes too
    /// late is not compared at all, so this is told and decides nothing.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[cfg_attr(feature = "schema", schema(nullable = false))]
    pub timing: Option<Timing>,
}

/// How long things came before a purchase, in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(utoipa::ToSchema))]
#[serde(rename_all = "camelCase")]
pub struct Timing {
    /// The declaration.
    pub declared_before: i64,
    /// The first reading of the card's details for it; none when nobody read them.
    pub read_before: Option<i64>,
}

impl Timing {
    /// For a purchase at `at`; never negative.
    pub fn at(at: Timestamp, declared: Timestamp, read: Option<Timestamp>) -> Self {
        let before = |then: Timestamp| at.since(then).max(0);
        Self { declared_before: before(declared), read_before: read.map(before) }
    }
}

impl MatchResult {
    /// Whether the purchase is as declared.
    pub const fn matched(&self) -> bool {
        self.amount_match && self.merchant_match
    }
}

/// Compares a purchase with what was declared.
pub fn verdict(claim: &Claim, fact: &Fact) -> MatchResult {
    let tolerance_applied = claim.expected_amount.map(|expected| claim.tolerance.minor(expected));
    let comparable = claim.expected_amount.filter(|_| claim.expected_currency == fact.currency);
    let gap = comparable.map(|expected| fact.amount.minor() - expected.minor());
    MatchResult {
        amount_match: match (gap, tolerance_applied) {
            (_, None) => true,
            (None, Some(_)) => false,
            (Some(gap), Some(tolerance)) => gap.abs() <= tolerance,
        },
        merchant_match: claim
            .expected_merchant
            .as_deref()
            .is_none_or(|expected| same_merchant(expected, &fact.merchant)),
        actual_amount: fact.amount,
        actual_merchant: fact.merchant.clone(),
        gap,
        gap_percent: comparable.zip(gap).map(|(expected, gap)| gap * 10_000 / expected.minor()),
        tolerance_applied,
        rule_version: MATCH_VERSION,
        timing: None,
    }
}

/// A declaration that still waits for its purchase.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Pending {
    /// What was declared.
    pub claim: Claim,
    /// When.
    pub declared_at: Timestamp,
}

/// Which of the card's pending intents the purchase belongs to: one that matches in amount and merchant, else one
/// that matches in amount, else any; among equals the oldest. None only when there are none.
pub fn best_fit(pending: &[Pending], fact: &Fact) -> Option<usize> {
    let rank = |p: &Pending| {
        let result = verdict(&p.claim, fact);
        (!result.matched(), !result.amount_match, p.declared_at)
    };
    pending.iter().enumerate().min_by_key(|(_, p)| rank(p)).map(|(i, _)| i)
}

/// Whether two names mean one merchant: one is a part of the other, whatever their case, punctuation, spaces and
/// trailing store numbers. Parts of one or two letters count only as whole words, so that no merchant called `A`
/// passes for Amazon.
pub(crate) fn same_merchant(expected: &str, actual: &str) -> bool {
    if expected == actual {
        return true;
    }
    let (a, b) = (words_of(expected), words_of(actual));
    let (short, long) = if a.concat().len() <= b.concat().len() { (a, b) } else { (b, a) };
    let (part, whole) = (short.concat(), long.concat());
    if part.is_empty() {
        return expected.trim() == actual.trim();
    }
    part == whole
        || (part.chars().count() >= 3 && whole.contains(&part))
        || long.windows(short.len()).any(|run| run == short)
}

/// The words of a merchant's name in lower case, without punctuation and without the numbers at its end.
fn words_of(name: &str) -> Vec<String> {
    let mut words = all_words_of(name);
    while words.len() > 1 && words.last().is_some_and(|w| w.chars().all(char::is_numeric)) {
        words.pop();
    }
    words
}

/// The words of a merchant's name in lower case, without punctuation.
fn all_words_of(name: &str) -> Vec<String> {
    let folded: String = letters(name).collect();
    folded.split_terminator(' ').map(str::to_owned).collect()
}

#[cfg(test)]
mod tests;
