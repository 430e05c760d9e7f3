//! Which passwords cannot be set: too short, everybody's, a pattern, or made of what is known about the person.
//!
//! No rule asks for capitals, digits or signs: length and not being guessable are what counts (security X-A1, X-A2).

/// Why a password cannot be set, as it completes "Password …".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PasswordError {
    /// Too short.
    #[error("must have at least 15 characters; a few unrelated words do")]
    TooShort,
    /// Too long.
    #[error("must have at most 256 characters")]
    TooLong,
    /// Made of the words that are tried first.
    #[error("is made of words that everybody tries first; a few unrelated words do better")]
    Common,
    /// A row of keys, an alphabet, one piece over and over.
    #[error("is a pattern, such as a row of keys or one piece repeated; a few unrelated words do better")]
    Pattern,
    /// Made of something known.
    #[error("is little more than {0}; a few unrelated words do better")]
    Derived(&'static str),
    /// In the operator's list.
    #[error("is in a list of leaked passwords; choose another")]
    Breached,
}

/// What is known about whoever sets a password.
#[derive(Debug, Clone, Copy)]
pub struct About<'a> {
    /// The organisation's name.
    pub organisation: &'a str,
    /// The person's name.
    pub name: &'a str,
    /// The person's address.
    pub email: &'a str,
}

/// Rows of keys and alphabets: neighbours in one of them are no surprise.
const ROWS: [&str; 9] = [
    "1234567890",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "yxcvbnm",
    "azertyuiop",
    "qsdfghjklm",
    "abcdefghijklmnopqrstuvwxyz",
];

/// Words of the passwords that are tried first, in lower-case letters.
const WORDS: &[&str] = &[
    "administrator",
    "password",
    "passwort",
    "passphrase",
    "passcode",
    "kennwort",
    "contrasena",
    "motdepasse",
    "qwertyuiop",
    "qwerty",
    "qwertz",
    "azerty",
    "asdfgh",
    "zxcvbn",
    "letmein",
    "welcome",
    "willkommen",
    "changeme",
    "default",
    "admin",
    "root",
    "login",
    "signin",
    "secret",
    "geheim",
    "secure",
    "security",
    "access",
    "account",
    "company",
    "internet",
    "computer",
    "server",
    "system",
    "database",
    "master",
    "manager",
    "guest",
    "user",
    "username",
    "test",
    "testing",
    "demo",
    "example",
    "sample",
    "temp",
    "temporary",
    "iloveyou",
    "loveyou",
    "lovely",
    "love",
    "monkey",
    "dragon",
    "football",
    "baseball",
    "basketball",
    "soccer",
    "hockey",
    "superman",
    "batman",
    "spiderman",
    "starwars",
    "pokemon",
    "princess",
    "sunshine",
    "shadow",
    "michael",
    "jordan",
    "ashley",
    "jessica",
    "daniel",
    "charlie",
    "thomas",
    "andrew",
    "hunter",
    "killer",
    "trustno",
    "whatever",
    "freedom",
    "ninja",
    "mustang",
    "flower",
    "cheese",
    "cookie",
    "banana",
    "summer",
    "winter",
    "spring",
    "autumn",
    "january",
    "february",
    "march",
    "april",
    "june",
    "july",
    "august",
    "september",
    "october",
    "november",
    "december",
    "monday",
    "tuesday",
    "wednesday",
    "thursday",
    "friday",
    "saturday",
    "sunday",
    "hello",
    "please",
    "this",
    "that",
    "mypass",
    "pass",
    "the",
    "my",
    "is",
    "123",
    "abc",
    "correcthorsebatterystaple",
    "thequickbrownfox",
    "maytheforcebewithyou",
];

/// The words of the product itself.
const PRODUCT: [&str; 2] = ["ledgeros", "ledger"];

/// Letters and digits that must be left when every guessable word is taken away; two digits count as one letter.
const SURPRISE: usize = 6;

/// Checks what needs no knowledge of the person.
pub(super) fn check(text: &str) -> Result<(), PasswordError> {
    match text.chars().count() {
        0..15 => return Err(PasswordError::TooShort),
        15..=256 => {}
        _ => return Err(PasswordError::TooLong),
    }
    if is_pattern(text) {
        return Err(PasswordError::Pattern);
    }
    if is_made_of(text, &WORDS.iter().copied().map(str::to_owned).collect::<Vec<_>>()) {
        return Err(PasswordError::Common);
    }
    Ok(())
}

/// Refuses what is little more than the product's, the organisation's, the person's name or address.
pub(super) fn derived(text: &str, about: &About<'_>) -> Result<(), PasswordError> {
    let common = || WORDS.iter().map(|word| (*word).to_owned());
    let mut all: Vec<String> = common().collect();
    for (what, source) in [
        ("the product's name", PRODUCT.join(" ")),
        ("the organisation's name", about.organisation.to_owned()),
        ("your name", about.name.to_owned()),
        ("your e-mail address", about.email.to_owned()),
    ] {
        let own = words_of(&source);
        all.extend(own.clone());
        let with_common: Vec<String> = common().chain(own).collect();
        if is_made_of(text, &with_common) {
            return Err(PasswordError::Derived(what));
        }
    }
    if is_made_of(text, &all) { Err(PasswordError::Derived("names that belong to you")) } else { Ok(()) }
}

/// The parts of a name of three letters and more, and all of it in one.
fn words_of(source: &str) -> Vec<String> {
    let plain = letters(source);
    let parts = source.split(|c: char| !c.is_alphanumeric()).map(letters);
    parts.chain([plain]).filter(|word| word.chars().count() >= 3).collect()
}

fn letters(text: &str) -> String {
    text.chars().flat_map(char::to_lowercase).filter(|c| c.is_alphanumeric()).collect()
}

/// Digits and signs that stand for letters, read as those letters.
fn undisguised(text: &str) -> String {
    let read = |c| match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    };
    letters(&text.chars().map(read).collect::<String>())
}

fn is_made_of(text: &str, words: &[String]) -> bool {
    let mut words: Vec<&String> = words.iter().filter(|word| !word.is_empty()).collect();
    // The longest first: "administrator" is not "admin" with something surprising after it.
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    [letters(text), undisguised(text)].into_iter().any(|mut rest| {
        for word in &words {
            rest = rest.replace(word.as_str(), "\u{0}");
        }
        let rest = rest.replace('\u{0}', "");
        let digits = rest.chars().filter(char::is_ascii_digit).count();
        rest.chars().count() - digits + digits / 2 < SURPRISE
    })
}

fn is_pattern(text: &str) -> bool {
    let all: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    let distinct = all.iter().collect::<std::collections::BTreeSet<_>>().len();
    let repeats = (1..=8).any(|piece| all.iter().zip(&all[piece.min(all.len())..]).all(|(a, b)| a == b));
    let surprising = all.windows(2).filter(|pair| !is_next(pair[0], pair[1])).count();
    distinct < 5 || repeats || surprising <= 3
}

fn is_next(a: char, b: char) -> bool {
    let beside = |row: &str| match (row.find(a), row.find(b)) {
        (Some(x), Some(y)) => x.abs_diff(y) == 1,
        _ => false,
    };
    a == b || ROWS.iter().any(|row| beside(row))
}

#[cfg(test)]
mod tests {
    use super::*;

    const ABOUT: About<'_> =
        About { organisation: "Northwind Robotics", name: "Olivia Lindqvist", email: "olivia.l@northwind.example" };

    fn judged(text: &str) -> Result<(), PasswordError> {
        check(text).and_then(|()| derived(text, &ABOUT))
    }

    #[test]
    fn lengths_are_counted_in_characters() {
        let text = |n: usize| "zebra quartz lime Ü".chars().cycle().take(n).collect::<String>();
        assert_eq!(judged(&text(14)), Err(PasswordError::TooShort));
        for good in [15, 64, 256] {
            assert_eq!(judged(&text(good)), Ok(()), "{good}");
        }
        assert_eq!(judged(&text(257)), Err(PasswordError::TooLong));
        assert_eq!(judged("🦀🐙🦑🐠🐟🐬🐳🐋🦈🦐🦞🦀🐡🦆"), Err(PasswordError::TooShort), "14 of four bytes each");
    }

    #[test]
    fn nothing_but_length_and_surprise_is_asked_for() {
        for good in [
            "correct horse battery",
            "seven quiet harbour robots",
            "dkfhwoeiruncxvm",
            "Ünïcödé ĺéttérs ñóẃ",
            "8301 7725 4490 1163 5528",
        ] {
            assert_eq!(judged(good), Ok(()), "{good}");
        }
    }

    #[test]
    fn what_everybody_tries_is_refused_with_the_reason() {
        use PasswordError::{Common, Derived, Pattern};
        for (text, why) in [
            ("passwordpassword", Pattern),
            ("password12345678", Common),
            ("P@ssw0rd-P@ssw0rd!1", Common),
            ("welcome-to-admin-2026", Common),
            ("correct horse battery staple", Common),
            ("aaaaaaaaaaaaaaaaaaaa", Pattern),
            ("123456789012345", Pattern),
            ("qwertyuiopasdfghjkl", Pattern),
            ("abc!abc!abc!abc!", Pattern),
            ("LedgerOS-LedgerOS-2026", Derived("the product's name")),
            ("Northw1nd R0botics 2026", Derived("the organisation's name")),
            ("olivia-lindqvist-1987", Derived("your name")),
            ("olivia.l@northwind.example", Derived("your e-mail address")),
            ("ledger-olivia-northwind", Derived("names that belong to you")),
        ] {
            assert_eq!(judged(text), Err(why), "{text}");
        }
    }
}
