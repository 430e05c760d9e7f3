//! A set of roles, as a setting of the organisation names them.
use super::Role;
use crate::text::UnknownWord;
use std::{fmt, str::FromStr};

/// Some of the six roles. Text with commas in the database: `owner,admin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Roles(u8);

impl Roles {
    /// Those of the list.
    pub fn of(roles: impl IntoIterator<Item = Role>) -> Self {
        Self(roles.into_iter().fold(0, |set, role| set | Self::bit(role)))
    }
    /// Whether the role is among them.
    pub fn has(self, role: Role) -> bool {
        self.0 & Self::bit(role) != 0
    }
    /// The roles, in the order of [`Role::ALL`].
    pub fn iter(self) -> impl Iterator<Item = Role> {
        Role::ALL.iter().copied().filter(move |role| self.has(*role))
    }
    fn bit(role: Role) -> u8 {
        1 << role as u8
    }
}

impl fmt::Display for Roles {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.iter().map(Role::as_str).collect();
        f.write_str(&words.join(","))
    }
}

impl FromStr for Roles {
    type Err = UnknownWord;
    fn from_str(text: &str) -> Result<Self, UnknownWord> {
        let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
        Ok(Self::of(words.map(Role::from_str).collect::<Result<Vec<_>, _>>()?))
    }
}

#[cfg(feature = "store")]
crate::text::sqlx_text!(Roles);

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_set_is_read_as_it_is_written() {
        for text in ["", "owner", "owner,admin,finance", "owner,admin,developer,support,finance,auditor"] {
            let roles: Roles = text.parse().unwrap();
            assert_eq!(roles.to_string(), text);
            assert_eq!(roles.iter().count(), text.split(',').filter(|w| !w.is_empty()).count());
        }
        assert!("owner,king".parse::<Roles>().is_err());
    }
}
