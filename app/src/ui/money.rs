//! Amounts with their currency.
use super::grouped;
use leptos::prelude::*;

/// Minor units in the currency's decimals, with thousands grouped and a true minus sign: `−1,234.50`.
pub fn amount(minor: i64, exponent: u8) -> String {
    let sign = if minor < 0 { "−" } else { "" };
    let minor = minor.unsigned_abs();
    match 10_u64.checked_pow(u32::from(exponent)) {
        None | Some(1) => format!("{sign}{}", grouped(minor)),
        Some(unit) => {
            let (whole, part) = (minor / unit, minor % unit);
            format!("{sign}{}.{part:0width$}", grouped(whole), width = usize::from(exponent))
        }
    }
}

/// An amount with its currency code.
#[component]
pub fn Money(
    /// Minor units; refunds are negative.
    minor: i64,
    /// ISO 4217 code.
    #[prop(into)]
    currency: String,
    /// Decimal places of the currency: JPY 0, USD 2, KWD 3.
    exponent: u8,
) -> impl IntoView {
    view! { <span class="money">{amount(minor, exponent)}" "<abbr>{currency}</abbr></span> }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn exponents_and_signs() {
        assert_eq!(amount(0, 2), "0.00");
        assert_eq!(amount(5, 2), "0.05");
        assert_eq!(amount(-123_450, 2), "−1,234.50");
        assert_eq!(amount(1_234, 0), "1,234");
        assert_eq!(amount(1_234, 3), "1.234");
        assert_eq!(amount(i64::MIN, 2), "−92,233,720,368,547,758.08");
    }

    proptest! {
        #[test]
        fn digits_are_never_lost(minor: i64, exponent in 0_u8..4) {
            let text = amount(minor, exponent);
            let digits: String = text.chars().filter(char::is_ascii_digit).collect();
            prop_assert_eq!(digits.parse::<u64>().unwrap(), minor.unsigned_abs());
            prop_assert_eq!(text.starts_with('−'), minor < 0);
        }
    }
}
