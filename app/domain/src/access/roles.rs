//! A set of roles, and what the organisation asks of it at the door.
use super::Role;
use crate::text::UnknownWord;
use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};

/// Some of the six roles. Text with commas in the database: `owner,admin`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(into = "String", try_from = "String")]
pub struct Roles(u8);

/// What an organisation asks of its people at the door.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "store", derive(sqlx::FromRow))]
#[serde(rename_all = "camelCase")]
pub struct Security {
    /// Roles that must show a second factor.
    pub second_factor_roles: Roles,
    /// Roles for whom it must be a passkey.
    pub passkey_roles: Roles,
    /// After how many quiet minutes a session ends, from 5 to 60.
    pub idle_minutes: i64,
}

impl Security {
    /// Whether somebody is asked for less than before: a role for nothing, or a session for nothing for longer.
    pub fn asks_less_than(self, before: Self) -> bool {
        let fewer = |now: Roles, then: Roles| then.iter().any(|role| !now.has(role));
        fewer(self.second_factor_roles, before.second_factor_roles)
            || fewer(self.passkey_roles, before.passkey_roles)
            || self.idle_minutes > before.idle_minutes
    }
}

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

impl From<Roles> for String {
    fn from(roles: Roles) -> Self {
        roles.to_string()
    }
}

impl TryFrom<String> for Roles {
    type Error = UnknownWord;
    fn try_from(text: String) -> Result<Self, UnknownWord> {
        text.parse()
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

    #[test]
    fn asking_for_less_is_told_from_asking_for_more() {
        let security = |factor: &str, passkey: &str, idle_minutes| Security {
            second_factor_roles: factor.parse().unwrap(),
            passkey_roles: passkey.parse().unwrap(),
            idle_minutes,
        };
        let before = security("owner,admin", "owner", 15);
        for (after, less) in [
            (before, false),
            (security("owner,admin,support", "owner,admin", 5), false),
            (security("owner", "owner", 15), true),
            (security("owner,support", "owner", 15), true),
            (security("owner,admin", "admin", 15), true),
            (security("owner,admin", "owner", 16), true),
        ] {
            assert_eq!(after.asks_less_than(before), less, "{after:?}");
        }
        let json = serde_json::to_string(&before).unwrap();
        assert_eq!(json, r#"{"secondFactorRoles":"owner,admin","passkeyRoles":"owner","idleMinutes":15}"#);
        assert_eq!(serde_json::from_str::<Security>(&json).unwrap(), before);
    }
}
