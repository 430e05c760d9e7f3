//! The merchant of a purchase, as the card network reports it.
use crate::{
    Result,
    error::Refused,
    name::{Name, Quote},
};

/// A merchant whose texts were checked.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Merchant {
    name: Quote,
    category_code: String,
    city: Option<Name>,
    country: Option<String>,
}

impl Merchant {
    /// Takes a merchant, or says which of its fields cannot be taken: a name, a category code (MCC, ISO 18245) of
    /// four digits, a city, and a country of two capital letters (ISO 3166-1).
    pub fn parse(name: &str, category_code: &str, city: Option<&str>, country: Option<&str>) -> Result<Self> {
        let mut refused = Refused::default();
        let name = refused.take("merchant.name", Quote::parse(name));
        if category_code.len() != 4 || !category_code.bytes().all(|b| b.is_ascii_digit()) {
            refused.add("merchant.categoryCode", "must be a merchant category code of four digits, such as 5734");
        }
        let city = city.and_then(|city| refused.take("merchant.city", Name::parse(city)));
        if country.is_some_and(|c| c.len() != 2 || !c.bytes().all(|b| b.is_ascii_uppercase())) {
            refused.add("merchant.country", "must be a country code of two capital letters, such as US");
        }
        match name {
            Some(name) => refused.or(Self {
                name,
                category_code: category_code.to_owned(),
                city,
                country: country.map(str::to_owned),
            }),
            None => Err(crate::Error::Refused(refused)),
        }
    }

    /// The name as the network writes it.
    pub fn name(&self) -> &str {
        self.name.as_str()
    }

    /// The four digits of its category.
    pub fn category_code(&self) -> &str {
        &self.category_code
    }

    /// Its city.
    pub fn city(&self) -> Option<&str> {
        self.city.as_ref().map(Name::as_str)
    }

    /// Its country.
    pub fn country(&self) -> Option<&str> {
        self.country.as_deref()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Error;

    #[test]
    fn each_bad_field_is_named() {
        assert!(Merchant::parse("AMZN Mktp US*2K4", "5942", Some("Seattle"), Some("US")).is_ok());
        let bad = Merchant::parse(" ", "59421", Some("\u{202E}"), Some("usa"));
        let Err(Error::Refused(refused)) = bad else { panic!("{bad:?}") };
        let fields: Vec<_> = refused.0.iter().map(|(field, _)| field.as_str()).collect();
        assert_eq!(fields, ["merchant.name", "merchant.categoryCode", "merchant.city", "merchant.country"]);
    }
}
