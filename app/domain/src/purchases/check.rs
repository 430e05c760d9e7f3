//! Card checks: authorizations so small that a merchant makes them to learn whether a card lives, and gives back.
use super::{Purchase, PurchaseStatus};
use crate::money::Currency;

/// The most that a card check asks for, in minor units: one unit of the currency, such as 1.00 USD or 1 JPY.
pub const fn most_of_a_check(currency: Currency) -> i64 {
    10_i64.pow(currency.exponent() as u32)
}

impl Purchase {
    /// Whether it is a card check that was given back without being captured: on a single-use card it does not count as
    /// the one use. While it is pending it does, so that nothing is charged beside it.
    pub fn is_passed_check(&self) -> bool {
        self.status == PurchaseStatus::Reversed
            && self.captured_amount == 0
            && self.authorized_amount <= most_of_a_check(self.currency)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_check_is_at_most_one_unit_of_its_currency() {
        for (code, most) in [("USD", 100), ("JPY", 1), ("KWD", 1_000)] {
            assert_eq!(most_of_a_check(code.parse().unwrap()), most, "{code}");
        }
    }
}
