//! Card numbers that no network routes: `999999`, nine digits and the check digit of ISO/IEC 7812-1 (Luhn).

/// The first six digits of every sandbox card. Numbers that begin with 9 are left to national bodies, and no bank
/// issues these: a leaked sandbox number charges nobody.
pub const PREFIX: &str = "999999";

/// How many numbers there are: the nine digits between prefix and check digit.
pub const COUNT: u32 = 1_000_000_000;

/// The 16 digits of the card with these nine digits.
///
/// # Panics
/// When `nine_digits` is not below [`COUNT`]: whoever derives them must keep to the range, for a number cut short
/// would belong to another card.
pub fn number(nine_digits: u32) -> String {
    assert!(nine_digits < COUNT, "a card number has nine digits of its own");
    let mut digits = format!("{PREFIX}{nine_digits:09}");
    let check = (10 - luhn(&digits, 1) % 10) % 10;
    digits.push_str(&check.to_string());
    digits
}

/// The nine digits of a sandbox card's number; none when it is not 16 digits with this prefix and a right check digit.
pub fn nine_digits(number: &str) -> Option<u32> {
    let own =
        number.strip_prefix(PREFIX).filter(|rest| rest.len() == 10 && rest.bytes().all(|b| b.is_ascii_digit()))?;
    luhn(number, 0).is_multiple_of(10).then(|| own[..9].parse().ok()).flatten()
}

/// The Luhn sum of `digits`, of which the last stands `place` places before the end of the number.
fn luhn(digits: &str, place: usize) -> u32 {
    digits
        .bytes()
        .rev()
        .enumerate()
        .map(|(i, b)| match (u32::from(b - b'0'), (i + place) % 2) {
            (digit, 0) => digit,
            (digit, _) => digit * 2 / 10 + digit * 2 % 10,
        })
        .sum()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_check_digit_is_the_known_one() {
        // The published examples of the algorithm.
        for valid in ["79927398713", "4539578763621486", "17893729974"] {
            assert_eq!(luhn(valid, 0) % 10, 0, "{valid}");
        }
        assert_eq!(luhn("7992739871", 1) % 10, 7);
        // Six nines of which three are doubled to 18, that is 9: 54, and 6 to the next ten.
        assert_eq!(number(0), "9999990000000006");
        assert_eq!(number(COUNT - 1), "9999999999999995");
    }

    #[test]
    fn other_numbers_are_none_of_ours() {
        for other in ["", "999999", "4539578763621486", "9999990000000005", "99999900000000040", "999999000000000é"] {
            assert_eq!(nine_digits(other), None, "{other}");
        }
    }

    #[test]
    #[should_panic(expected = "nine digits")]
    fn a_tenth_digit_is_refused() {
        number(COUNT);
    }

    proptest! {
        #[test]
        fn a_number_reads_back_and_one_wrong_digit_does_not(nine in 0..COUNT, at in 0..16_usize, up in 1..10_u8) {
            let text = number(nine);
            prop_assert_eq!(text.len(), 16);
            prop_assert_eq!(nine_digits(&text), Some(nine));
            let mut wrong = text.into_bytes();
            wrong[at] = b'0' + (wrong[at] - b'0' + up) % 10;
            prop_assert_eq!(nine_digits(std::str::from_utf8(&wrong).unwrap()), None);
        }

        #[test]
        fn no_text_panics(text in "(999999)?\\PC{0,12}") {
            let _ = nine_digits(&text);
        }
    }
}
