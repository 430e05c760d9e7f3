//! Entries as people type them, turned into values or refused in words.
use domain::money::{Amount, Currency};

/// An amount in major units, such as `1,250.00`, as minor units of `currency`.
pub fn amount(text: &str, currency: Currency) -> Result<Amount, String> {
    let exponent = usize::from(currency.exponent());
    let example = if exponent == 0 { "1250".to_owned() } else { format!("1250.{}", "0".repeat(exponent)) };
    let malformed = || format!("must be an amount such as {example}");
    let plain: String = text.trim().chars().filter(|c| !matches!(c, ',' | ' ' | '\u{a0}')).collect();
    let (whole, part) = plain.split_once('.').unwrap_or((&plain, ""));
    let digits = |text: &str| text.bytes().all(|b| b.is_ascii_digit());
    if whole.is_empty() || whole.len() > 12 || part.len() > exponent || !digits(whole) || !digits(part) {
        return Err(malformed());
    }
    let minor: i64 = format!("{whole}{part:0<exponent$}").parse().map_err(|_| malformed())?;
    Amount::try_from(minor).map_err(|_| "must be more than nothing and at most 10,000,000,000".to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        /// What a page shows can be typed back: yen without decimals, dollars with two, dinars with three.
        #[test]
        fn an_amount_is_read_as_it_is_shown(minor in 1_i64..1_000_000_000_000, place in 0_usize..3) {
            let (code, decimals) = [("JPY", 0), ("USD", 2), ("KWD", 3)][place];
            let currency: Currency = code.parse().unwrap();
            let shown = crate::ui::amount(minor, currency.exponent());
            prop_assert_eq!(shown.split_once('.').map_or(0, |(_, part)| part.len()), decimals);
            prop_assert_eq!(amount(&shown, currency).map(Amount::minor), Ok(minor));
            prop_assert_eq!(domain::money::Money::new(minor, currency).to_string(), format!("{shown} {code}"));
        }
    }

    #[test]
    fn amounts_are_read_exactly_or_refused() {
        let minor = |text: &str| amount(text, Currency::USD).map(Amount::minor).ok();
        assert_eq!(minor("1,250.00"), Some(125_000));
        assert_eq!(minor(" 0.5 "), Some(50));
        assert_eq!(minor("7"), Some(700));
        for bad in ["", ".", "0", "0.00", "-5", "1.234", "1e3", "5 USD", "9999999999999", "١٢"] {
            assert_eq!(minor(bad), None, "{bad:?}");
        }
    }
}
