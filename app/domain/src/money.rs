//! Money: whole minor units of a known currency, never a fraction, never a float.
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// ISO 4217 codes by the number of digits of their minor unit (list one of the standard: circulating money only).
const CODES: [(u32, &str); 3] = [
    (0, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX VND VUV XAF XOF XPF"),
    (
        2,
        "AED AFN ALL AMD AOA ARS AUD AWG AZN BAM BBD BDT BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC \
         CUP CVE CZK DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR \
         JMD KES KGS KHR KPW KYD KZT LAK LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD \
         NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN \
         SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VES WST XCD YER ZAR ZMW",
    ),
    (3, "BHD IQD JOD KWD LYD OMR TND"),
];

/// A currency of ISO 4217 that money circulates in, as its three capital letters.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Currency {
    code: [u8; 3],
    exponent: u8,
}

/// A text that is no known currency code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a currency code of ISO 4217 in three capital letters, such as USD")]
pub struct UnknownCurrency;

impl Currency {
    /// United States dollar, the currency of the sandbox.
    pub const USD: Self = Self { code: *b"USD", exponent: 2 };

    /// The three letters.
    pub fn as_str(&self) -> &str {
        std::str::from_utf8(&self.code).unwrap_or_default()
    }

    /// How many digits the minor unit has: 2 for cents, 0 for yen, 3 for fils.
    pub const fn exponent(self) -> u8 {
        self.exponent
    }
}

impl FromStr for Currency {
    type Err = UnknownCurrency;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        CODES
            .iter()
            .find(|(_, codes)| codes.split(' ').any(|code| code == text))
            .and_then(|(exponent, _)| {
                Some(Self { code: text.as_bytes().try_into().ok()?, exponent: u8::try_from(*exponent).ok()? })
            })
            .ok_or(UnknownCurrency)
    }
}

impl TryFrom<String> for Currency {
    type Error = UnknownCurrency;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<Currency> for String {
    fn from(currency: Currency) -> Self {
        currency.as_str().to_owned()
    }
}

impl fmt::Display for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl fmt::Debug for Currency {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

#[cfg(feature = "store")]
crate::text::sqlx_text!(Currency);

#[cfg(feature = "schema")]
crate::schema::schema!(Currency, crate::schema::currency(CODES.iter().flat_map(|(_, codes)| codes.split(' '))));

/// A sum of money, positive or negative, in minor units of its currency.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Money {
    /// Minor units, such as cents.
    pub minor: i64,
    /// The currency they are of.
    pub currency: Currency,
}

impl Money {
    /// `minor` minor units of `currency`.
    pub const fn new(minor: i64, currency: Currency) -> Self {
        Self { minor, currency }
    }

    /// The sum; none on overflow or when the currencies differ.
    pub fn checked_add(self, other: Self) -> Option<Self> {
        let minor = self.minor.checked_add(other.minor)?;
        (self.currency == other.currency).then_some(Self { minor, ..self })
    }

    /// The difference; none on overflow or when the currencies differ.
    pub fn checked_sub(self, other: Self) -> Option<Self> {
        let minor = self.minor.checked_sub(other.minor)?;
        (self.currency == other.currency).then_some(Self { minor, ..self })
    }
}

impl fmt::Display for Money {
    /// `1,234.50 USD`, `1,235 JPY`, `-0.05 EUR`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let unit = 10_u64.pow(self.currency.exponent().into());
        let (whole, rest) = (self.minor.unsigned_abs() / unit, self.minor.unsigned_abs() % unit);
        let digits = whole.to_string();
        let mut text = String::with_capacity(32);
        if self.minor < 0 {
            text.push('-');
        }
        for (i, digit) in digits.chars().enumerate() {
            if i > 0 && (digits.len() - i).is_multiple_of(3) {
                text.push(',');
            }
            text.push(digit);
        }
        if unit > 1 {
            let width = usize::from(self.currency.exponent());
            text.push_str(&format!(".{rest:0width$}"));
        }
        text.push(' ');
        text.push_str(self.currency.as_str());
        f.pad(&text)
    }
}

/// What one request may ask for: from one minor unit to [`Amount::MAX`] of them. Limits are amounts too.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "store", derive(sqlx::Type), sqlx(transparent))]
#[serde(try_from = "i64", into = "i64")]
pub struct Amount(i64);

/// A number that cannot be an [`Amount`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("must be a whole number of cents from 1 to 1000000000000")]
pub struct AmountError;

impl Amount {
    /// The smallest amount: one minor unit.
    pub const MIN: Self = Self(1);
    /// The largest amount: ten thousand million in a currency with cents, so that sums of millions of them fit 64 bits.
    pub const MAX: Self = Self(1_000_000_000_000);

    /// The amount in minor units.
    pub const fn minor(self) -> i64 {
        self.0
    }

    /// The amount as money of `currency`.
    pub const fn of(self, currency: Currency) -> Money {
        Money::new(self.0, currency)
    }
}

impl TryFrom<i64> for Amount {
    type Error = AmountError;
    fn try_from(minor: i64) -> Result<Self, Self::Error> {
        (Self::MIN.0..=Self::MAX.0).contains(&minor).then_some(Self(minor)).ok_or(AmountError)
    }
}

#[cfg(feature = "schema")]
crate::schema::schema!(Amount, crate::schema::amount(Self::MIN.0, Self::MAX.0));

impl From<Amount> for i64 {
    fn from(amount: Amount) -> Self {
        amount.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn money(minor: i64, code: &str) -> Money {
        Money::new(minor, code.parse().unwrap())
    }

    #[test]
    fn money_reads_with_the_digits_of_its_currency() {
        for (minor, code, text) in [
            (123_450, "USD", "1,234.50 USD"),
            (0, "EUR", "0.00 EUR"),
            (-5, "EUR", "-0.05 EUR"),
            (1_235, "JPY", "1,235 JPY"),
            (1_234_567, "KWD", "1,234.567 KWD"),
            (100_000_000, "USD", "1,000,000.00 USD"),
            (i64::MIN, "USD", "-92,233,720,368,547,758.08 USD"),
        ] {
            assert_eq!(money(minor, code).to_string(), text);
        }
    }

    #[test]
    fn only_known_codes_are_currencies() {
        for bad in ["", "usd", "US", "USDD", "XXX", "USD ", "USD EUR", "ABC", "€UR"] {
            assert_eq!(bad.parse::<Currency>(), Err(UnknownCurrency), "{bad:?}");
        }
        assert_eq!("USD".parse(), Ok(Currency::USD));
        assert_eq!(serde_json::to_string(&Currency::USD).unwrap(), "\"USD\"");
        assert!(serde_json::from_str::<Currency>("\"usd\"").is_err());
        let all: Vec<_> = CODES.iter().flat_map(|(_, codes)| codes.split(' ')).collect();
        let distinct: std::collections::HashSet<_> = all.iter().collect();
        assert_eq!(distinct.len(), all.len());
        assert!(all.iter().all(|code| code.parse::<Currency>().is_ok_and(|c| c.as_str() == *code)));
    }

    #[test]
    fn sums_need_one_currency_and_room() {
        assert_eq!(money(1, "USD").checked_add(money(2, "USD")), Some(money(3, "USD")));
        assert_eq!(money(1, "USD").checked_sub(money(2, "USD")), Some(money(-1, "USD")));
        assert_eq!(money(1, "USD").checked_add(money(2, "EUR")), None);
        assert_eq!(money(i64::MAX, "USD").checked_add(money(1, "USD")), None);
        assert_eq!(money(i64::MIN, "USD").checked_sub(money(1, "USD")), None);
    }

    #[test]
    fn amounts_outside_the_range_are_refused_with_the_range() {
        for bad in [i64::MIN, -1, 0, 1_000_000_000_001, i64::MAX] {
            assert_eq!(Amount::try_from(bad), Err(AmountError));
            let told = serde_json::from_str::<Amount>(&bad.to_string()).unwrap_err().to_string();
            assert!(told.contains("must be a whole number of cents from 1 to 1000000000000"), "{told}");
        }
        for bad in ["1.5", "1.0", "\"1\"", "null", "1e2"] {
            assert!(serde_json::from_str::<Amount>(bad).is_err(), "{bad}");
        }
    }

    proptest! {
        #[test]
        fn amounts_in_the_range_survive_json(minor in 1..=1_000_000_000_000_i64) {
            let amount = Amount::try_from(minor).unwrap();
            prop_assert_eq!(serde_json::to_string(&amount).unwrap(), minor.to_string());
            prop_assert_eq!(serde_json::from_str::<Amount>(&minor.to_string()).unwrap(), amount);
        }
    }
}
