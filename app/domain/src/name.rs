//! Names, addresses and free text that people and agents write: checked once, where they come in.
use std::fmt;

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
    /// Not an address.
    #[error("must be an e-mail address such as name@example.com")]
    NotAnEmail,
}

/// Control, bidirectional override, zero-width and tag characters: they make one text look like another.
pub(crate) fn is_invisible(c: char) -> bool {
    c.is_control()
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
        for hidden in ["a\u{202E}b", "a\u{200B}b", "a\0b", "a\nb", "a\u{E0041}b", "\u{FEFF}a"] {
            assert_eq!(Name::parse(hidden), Err(TextError::Invisible), "{hidden:?}");
        }
        assert!(Passage::parse("a\nb").is_ok());
    }

    #[test]
    fn addresses_have_a_shape() {
        assert_eq!(Email::parse(" Ada@Example.COM ").unwrap().as_str(), "ada@example.com");
        for bad in ["ada", "ada@", "@x.y", "ada@x", "a b@x.y", "a@b@c.d", "a@x.y\r\nBcc: z@z.z"] {
            assert!(Email::parse(bad).is_err(), "{bad:?}");
        }
    }
}
