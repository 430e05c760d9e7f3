//! The sandbox's issuer: a keyed permutation of serials, so that no number and no hash of one is ever stored.
use super::{
    Details, Facts, Issuer,
    number::{nine_digits, number},
};
use crate::{secret::Plain, vault::Vault};
use aes::Aes256;
use fpe::ff1::{FF1, FlexibleNumeralString};
use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

const RADIX: u32 = 10;
const DIGITS: u32 = 9;

/// The sandbox's issuer with the keys of this installation.
pub struct Sandbox {
    permutation: FF1<Aes256>,
    cvv: Zeroizing<[u8; 32]>,
}

impl Sandbox {
    /// The issuer of the installation that `vault` belongs to.
    pub fn new(vault: &Vault) -> Self {
        let root = Hkdf::<Sha256>::new(None, vault.card_root());
        let derive = |purpose: &str| {
            let mut key = Zeroizing::new([0; 32]);
            root.expand(purpose.as_bytes(), key.as_mut()).expect("32 bytes are a valid HKDF length");
            key
        };
        let permutation = FF1::new(derive("card numbers").as_ref(), RADIX).expect("ten is a valid radix");
        Self { permutation, cvv: derive("card verification values") }
    }

    /// The 16 digits of the card with this serial (FF1 of NIST SP 800-38G over the nine free digits).
    fn pan(&self, serial: u32) -> Zeroizing<String> {
        let permuted = self.permutation.encrypt(&[], &digits(serial)).expect("nine decimal digits are in FF1's range");
        Zeroizing::new(number(value(permuted)))
    }

    fn cvv(&self, card: Facts) -> String {
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(self.cvv.as_ref()).expect("HMAC takes any key length");
        mac.update(&card.serial.to_be_bytes());
        mac.update(&[card.expiration_month]);
        mac.update(&card.expiration_year.to_be_bytes());
        let tag = mac.finalize().into_bytes();
        // 64 bits modulo 1,000: no value is more likely than another by more than one part in 10^16.
        let wide = tag.iter().take(8).fold(0_u64, |wide, byte| wide << 8 | u64::from(*byte));
        format!("{:03}", wide % 1000)
    }
}

fn digits(serial: u32) -> FlexibleNumeralString {
    (0..DIGITS).rev().map(|place| (serial / 10_u32.pow(place) % 10) as u16).collect::<Vec<u16>>().into()
}

fn value(digits: FlexibleNumeralString) -> u32 {
    Vec::from(digits).into_iter().fold(0, |value, digit: u16| value * 10 + u32::from(digit))
}

impl Issuer for Sandbox {
    fn last4(&self, card: Facts) -> String {
        self.pan(card.serial)[12..].to_owned()
    }

    fn details(&self, card: Facts) -> Details {
        Details {
            pan: Plain::new(self.pan(card.serial).as_str().to_owned()),
            cvv: Plain::new(self.cvv(card)),
            expiration_month: card.expiration_month,
            expiration_year: card.expiration_year,
        }
    }

    fn serial(&self, pan: &str) -> Option<u32> {
        let found = nine_digits(pan)?;
        Some(value(self.permutation.decrypt(&[], &digits(found)).expect("nine decimal digits are in FF1's range")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::issuer::number::{COUNT, PREFIX};
    use proptest::prelude::*;
    use std::collections::HashSet;

    fn sandbox(key: u8) -> Sandbox {
        Sandbox::new(&Vault::new(&[key; 32]))
    }

    fn facts(serial: u32) -> Facts {
        Facts { serial, expiration_month: 1, expiration_year: 2028 }
    }

    proptest! {
        #[test]
        fn a_serial_becomes_a_number_and_back(serial in 0..COUNT) {
            let issuer = sandbox(7);
            let pan = issuer.pan(serial);
            // Which checks prefix, length and check digit.
            prop_assert!(pan.starts_with(PREFIX) && nine_digits(&pan).is_some());
            prop_assert_eq!(issuer.serial(&pan), Some(serial));
            let last4 = issuer.last4(facts(serial));
            prop_assert_eq!(last4.as_str(), &pan[12..]);
        }

        #[test]
        fn every_number_with_our_prefix_belongs_to_one_serial(nine in 0..COUNT) {
            let issuer = sandbox(7);
            let serial = issuer.serial(&number(nine)).unwrap();
            prop_assert!(serial < COUNT);
            let pan = issuer.pan(serial);
            prop_assert_eq!(pan.as_str(), number(nine));
        }

        #[test]
        fn two_serials_never_share_a_number(a in 0..COUNT, b in 0..COUNT) {
            let issuer = sandbox(7);
            let (x, y) = (issuer.pan(a), issuer.pan(b));
            prop_assert_eq!(a == b, *x == *y);
        }
    }

    #[test]
    fn numbers_in_a_row_are_distinct_and_keyed() {
        let (one, two) = (sandbox(7), sandbox(8));
        let numbers: HashSet<String> = (0..5_000).map(|serial| one.pan(serial).as_str().to_owned()).collect();
        assert_eq!(numbers.len(), 5_000);
        assert_ne!(*one.pan(0), *two.pan(0));
        assert_eq!(one.serial("4539578763621486"), None);
    }

    #[test]
    fn the_verification_value_follows_the_card_and_its_expiry() {
        let issuer = sandbox(7);
        let cvv = |card| issuer.details(card).cvv.expose().to_owned();
        assert_eq!(cvv(facts(1)), cvv(facts(1)));
        assert!((0..200).all(|n| cvv(facts(n)).len() == 3 && cvv(facts(n)).parse::<u16>().is_ok()));
        let values: HashSet<String> = (0..200).map(|n| cvv(facts(n))).collect();
        assert!(values.len() > 150, "about 181 of 200 are distinct by chance: {}", values.len());
        let years: HashSet<String> = (2028..2060).map(|y| cvv(Facts { expiration_year: y, ..facts(1) })).collect();
        let months: HashSet<String> = (1..=12).map(|m| cvv(Facts { expiration_month: m, ..facts(1) })).collect();
        assert!(years.len() > 16 && months.len() > 6);
    }
}
