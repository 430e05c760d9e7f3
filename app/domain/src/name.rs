//! Names, addresses and free text that people and agents write: checked once, where they come in.
use std::fmt;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// Why a text cannot be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Nothing but space.
    #[error("must not be empty")]
    Empty,
    /// Too long.
    #[error("must have at most {0} characters")]
    TooLong(usize),
    /// A character that cannot be seen, or that turns others round.
    #[error("must not contain invisible or text-direction characters")]
    Invisible,
    /// A character that moves a cursor instead of showing something.
    #[error("must not contain control characters or line breaks")]
    Control,
    /// Not an address.
    #[error("must be an e-mail address such as name@example.com")]
    NotAnEmail,
}

/// Control, bidirectional override, zero-width, tag and unassigned characters: they make one text look like another.
pub fn is_invisible(c: char) -> bool {
    c.is_control()
        || (!c.is_ascii() && c.general_category() == GeneralCategory::Unassigned)
        || matches!(c,
            '\u{00AD}' | '\u{034F}' | '\u{061C}' | '\u{115F}'..='\u{1160}' | '\u{17B4}'..='\u{17B5}'
            | '\u{180B}'..='\u{180E}' | '\u{200B}'..='\u{200F}' | '\u{2028}'..='\u{202E}' | '\u{2060}'..='\u{206F}'
            | '\u{3164}' | '\u{FEFF}' | '\u{FFA0}' | '\u{FFF0}'..='\u{FFFB}'
            | '\u{E0000}'..='\u{E0FFF}')
}

fn check(text: &str, most: usize, lines: bool) -> Result<String, TextError> {
    let text = text.trim();
    if text.is_empty() {
        return Err(TextError::Empty);
    }
    if text.chars().count() > most {
        return Err(TextError::TooLong(most));
    }
    if text.chars().any(|c| is_invisible(c) && !(lines && matches!(c, '\n' | '\r' | '\t'))) {
        return Err(TextError::Invisible);
    }
    Ok(text.to_owned())
}

macro_rules! text {
    ($(#[$meta:meta])* $name:ident, $most:literal, $lines:literal) => {
        $(#[$meta])*
        #[derive(Debug, Clone, PartialEq, Eq, Hash)]
        pub struct $name(String);

        impl $name {
            /// The most characters it may have.
            pub const MOST: usize = $most;

            /// Takes the text, trimmed, or says why not.
            pub fn parse(text: &str) -> Result<Self, TextError> {
                check(text, $most, $lines).map(Self)
            }
            /// The text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<$name> for String {
            fn from(name: $name) -> String {
                name.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(&self.0)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
                Self::parse(&<String as serde::Deserialize>::deserialize(d)?).map_err(serde::de::Error::custom)
            }
        }

        #[cfg(feature = "schema")]
        $crate::schema::schema!($name, $crate::schema::text($most));
    };
}

text! {
    /// The name of a key, an agent, a person, an organisation: 1 to 64 characters on one line.
    Name, 64, false
}
text! {
    /// A purpose, a summary, a merchant's text: 1 to 500 characters on one line.
    Line, 500, false
}
text! {
    /// A description: 1 to 2,000 characters, lines allowed.
    Passage, 2000, true
}
text! {
    /// What speaks for a dispute: 1 to 60,000 characters, lines allowed. The documents name 65,535, which do not fit into a
    /// body of 64 KiB beside their name.
    Statement, 60_000, true
}

/// What others said, 1 to 500 characters on one line, kept to the letter: a merchant's name as the card network writes it,
/// what an agent says about a purchase. Nothing is trimmed or mended, since it is evidence; pages mark what cannot be seen.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Quote(String);

impl Quote {
    /// The most characters it may have.
    pub const MOST: usize = 500;

    /// Takes the text as it is, or says why not.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        if text.trim().is_empty() {
            return Err(TextError::Empty);
        }
        if text.chars().count() > Self::MOST {
            return Err(TextError::TooLong(Self::MOST));
        }
        if text.chars().any(char::is_control) {
            return Err(TextError::Control);
        }
        Ok(Self(text.to_owned()))
    }
    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> serde::Deserialize<'de> for Quote {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::parse(&<String as serde::Deserialize>::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schema")]
crate::schema::schema!(Quote, crate::schema::text(Self::MOST));

/// An e-mail address, in lower case.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Email(String);

impl Email {
    /// Takes an address that mail could reach; line breaks and spaces never pass.
    pub fn parse(text: &str) -> Result<Self, TextError> {
        let text = check(text, 254, false)?.to_lowercase();
        let shaped = text.split_once('@').is_some_and(|(user, host)| {
            !user.is_empty()
                && !host.contains('@')
                && host.contains('.')
                && !host.starts_with('.')
                && !host.ends_with('.')
        });
        if shaped && !text.chars().any(char::is_whitespace) { Ok(Self(text)) } else { Err(TextError::NotAnEmail) }
    }
    /// The address.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl<'de> serde::Deserialize<'de> for Email {
    fn deserialize<D: serde::Deserializer<'de>>(d: D) -> Result<Self, D::Error> {
        Self::parse(&<String as serde::Deserialize>::deserialize(d)?).map_err(serde::de::Error::custom)
    }
}

#[cfg(feature = "schema")]
crate::schema::schema!(Email, crate::schema::email());

impl From<Email> for String {
    fn from(email: Email) -> String {
        email.0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_taken_as_they_are_or_refused() {
        assert_eq!(Name::parse("  Büro <b>&\"'  ").unwrap().as_str(), "Büro <b>&\"'");
        assert_eq!(Name::parse(" \t "), Err(TextError::Empty));
        assert!(Name::parse(&"ä".repeat(64)).is_ok());
        assert_eq!(Name::parse(&"ä".repeat(65)), Err(TextError::TooLong(64)));
        for hidden in
            ["a\u{202E}b", "a\u{200B}b", "a\0b", "a\nb", "a\u{E0041}b", "\u{FEFF}a", "a\u{378}b", "a\u{10FFFF}b"]
        {
            assert_eq!(Name::parse(hidden), Err(TextError::Invisible), "{hidden:?}");
        }
        assert!(Passage::parse("a\nb").is_ok());
        for plain in ["日本語", "शिक्षा", "Ω–€", "😀", "a\u{301}"] {
            assert_eq!(Name::parse(plain).unwrap().as_str(), plain);
        }
    }

    #[test]
    fn what_others_said_is_kept_to_the_letter() {
        for said in
            ["  AMZN  ", "a\u{202E}b", "\u{200B}", "p\u{430}ypal", "a\u{E0041}b", "a\u{378}b", "e\u{301}\u{301}"]
        {
            assert_eq!(Quote::parse(said).unwrap().as_str(), said);
        }
        for (bad, why) in [
            (" \u{a0} ", TextError::Empty),
            ("a\nb", TextError::Control),
            ("a\0b", TextError::Control),
            ("a\u{85}b", TextError::Control),
        ] {
            assert_eq!(Quote::parse(bad), Err(why), "{bad:?}");
        }
        assert!(Quote::parse(&"ä".repeat(500)).is_ok());
        assert_eq!(Quote::parse(&"ä".repeat(501)), Err(TextError::TooLong(500)));
    }

    #[test]
    fn addresses_have_a_shape() {
        assert_eq!(Email::parse(" Ada@Example.COM ").unwrap().as_str(), "ada@example.com");
        for bad in ["ada", "ada@", "@x.y", "ada@x", "a b@x.y", "a@b@c.d", "a@x.y\r\nBcc: z@z.z"] {
            assert!(Email::parse(bad).is_err(), "{bad:?}");
        }
    }
}
