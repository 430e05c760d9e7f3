//! What an API key may do: for each resource nothing, reading, or reading and writing.
use crate::{
    access::Permission,
    text::{UnknownWord, words},
};
use std::{fmt, str::FromStr};

words! {
    /// A part of the API that a key may be kept out of.
    Resource {
        /// Funding users, their applications and balances.
        Users = "users",
        /// Agents, their limits and tokens.
        Agents = "agents",
        /// Cards without their numbers.
        Cards = "cards",
        /// Declared purchases.
        Intents = "intents",
        /// Approving and rejecting declared purchases that wait for it.
        Approvals = "approvals",
        /// Card numbers, against an attestation, and the list of such reads.
        Credentials = "credentials",
        /// Purchases.
        Transactions = "transactions",
        /// The sandbox: applications, deposits, authorizations.
        Sandbox = "sandbox",
        /// Webhook endpoints.
        Webhooks = "webhooks",
    }
}

words! {
    /// How much of a resource; each includes the one before.
    Level {
        /// Nothing.
        None = "none",
        /// Looking.
        Read = "read",
        /// Looking and changing.
        Write = "write",
    }
}

/// What one call needs: `cards:write`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scope {
    /// Of which resource.
    pub resource: Resource,
    /// At least so much of it.
    pub level: Level,
}

impl Scope {
    /// Looking at a resource.
    pub const fn read(resource: Resource) -> Self {
        Self { resource, level: Level::Read }
    }
    /// Changing a resource.
    pub const fn write(resource: Resource) -> Self {
        Self { resource, level: Level::Write }
    }
}

impl FromStr for Scope {
    type Err = NotScopes;
    fn from_str(text: &str) -> Result<Self, NotScopes> {
        let (resource, level) = text.split_once(':').ok_or(NotScopes::Shape)?;
        Ok(Self { resource: resource.parse()?, level: level.parse()? })
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.resource, self.level)
    }
}

/// What a key may do. `full` covers resources that a later version adds; a list does not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scopes(Option<[Level; Resource::ALL.len()]>);

impl Scopes {
    /// Everything that an API key can do.
    pub const FULL: Self = Self(None);

    /// Looking at everything, changing nothing.
    pub const READ: Self = Self(Some([Level::Read; Resource::ALL.len()]));

    /// Exactly these levels; resources that are not named get nothing. `None` when nothing is left to do.
    pub fn of(levels: impl IntoIterator<Item = (Resource, Level)>) -> Option<Self> {
        let mut all = [Level::None; Resource::ALL.len()];
        for (resource, level) in levels {
            all[resource as usize] = level;
        }
        all.iter().any(|level| *level != Level::None).then_some(Self(Some(all)))
    }

    /// Whether nothing is kept from the key.
    pub fn is_full(self) -> bool {
        self.0.is_none()
    }

    /// How much of a resource.
    pub fn level(self, resource: Resource) -> Level {
        self.0.map_or(Level::Write, |levels| levels[resource as usize])
    }

    /// The most that each resource may be used for.
    pub fn all(self) -> impl Iterator<Item = Scope> {
        let levels =
            Resource::ALL.iter().map(move |resource| Scope { resource: *resource, level: self.level(*resource) });
        levels.filter(|scope| scope.level != Level::None)
    }

    /// Whether a call that needs `scope` may be made.
    pub fn allow(self, scope: Scope) -> bool {
        self.level(scope.resource) >= scope.level
    }

    /// Whether commands and reads of this permission stay open at all. Which resource a read is of, only the
    /// route knows: it asks for its scope besides.
    pub(crate) fn leaves(self, permission: Permission) -> bool {
        use Resource as R;
        let write = |resource| self.allow(Scope::write(resource));
        match permission {
            Permission::CreateAgent | Permission::LowerLimit | Permission::RaiseLimit => write(R::Agents),
            Permission::IssueCard => write(R::Cards),
            Permission::Freeze | Permission::Unfreeze => write(R::Cards) || write(R::Agents),
            Permission::ManageWebhooks => write(R::Webhooks),
            Permission::ViewDeliveries => self.allow(Scope::read(R::Webhooks)),
            Permission::ManageUsers => self.allow(Scope::read(R::Users)),
            Permission::DeclareIntent => write(R::Intents),
            Permission::ApprovePurchase => write(R::Approvals),
            Permission::ReadCredentials => write(R::Credentials),
            Permission::Annotate | Permission::Dispute => write(R::Transactions),
            Permission::UseSandbox | Permission::Settle => write(R::Sandbox),
            _ => true,
        }
    }
}

impl fmt::Display for Scopes {
    /// As it is stored: `full`, or `agents:read cards:write`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(levels) = self.0 else { return f.write_str("full") };
        let named = Resource::ALL.iter().zip(levels).filter(|(_, level)| *level != Level::None);
        for (n, (resource, level)) in named.enumerate() {
            write!(f, "{}{resource}:{level}", if n > 0 { " " } else { "" })?;
        }
        Ok(())
    }
}

/// Words that are no scopes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotScopes {
    /// No `resource:level`.
    #[error("must be full, or words such as agents:read and cards:write")]
    Shape,
    /// No such resource or level.
    #[error(transparent)]
    Word(#[from] UnknownWord),
    /// A key that may do nothing.
    #[error("must leave the key something to do: choose read or write for at least one resource")]
    Nothing,
}

impl FromStr for Scopes {
    type Err = NotScopes;
    fn from_str(text: &str) -> Result<Self, NotScopes> {
        if text == "full" {
            return Ok(Self::FULL);
        }
        let mut levels = Vec::new();
        for word in text.split(' ').filter(|word| !word.is_empty()) {
            let Scope { resource, level } = word.parse()?;
            levels.push((resource, level));
        }
        Self::of(levels).ok_or(NotScopes::Nothing)
    }
}

super::text_serde!(Scopes);
#[cfg(feature = "store")]
crate::text::sqlx_text!(Scopes);

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_list_allows_what_it_names_and_nothing_else() {
        let scopes: Scopes = "cards:write agents:read".parse().unwrap();
        assert!(scopes.allow(Scope::write(Resource::Cards)) && scopes.allow(Scope::read(Resource::Cards)));
        assert!(scopes.allow(Scope::read(Resource::Agents)) && !scopes.allow(Scope::write(Resource::Agents)));
        assert!(!scopes.allow(Scope::read(Resource::Users)));
        assert!(scopes.leaves(Permission::IssueCard) && !scopes.leaves(Permission::CreateAgent));
        assert!(!scopes.leaves(Permission::ReadCredentials) && !scopes.leaves(Permission::Settle));
        assert_eq!(scopes.to_string(), "agents:read cards:write");
        assert_eq!(Scope::write(Resource::Cards).to_string(), "cards:write");
        assert!(Resource::ALL.iter().all(|r| Scopes::FULL.allow(Scope::write(*r))));
        assert!(Resource::ALL.iter().all(|r| Scopes::READ.level(*r) == Level::Read));
    }

    #[test]
    fn words_that_are_no_scopes_are_refused() {
        for bad in ["", "cards", "cards:all", "things:read", "cards:none", "full cards:read", "cards:write\u{202e}"] {
            assert!(bad.parse::<Scopes>().is_err(), "{bad:?}");
        }
    }

    proptest! {
        #[test]
        fn scopes_read_back(levels in prop::array::uniform9(prop::sample::select(Level::ALL))) {
            match Scopes::of(Resource::ALL.iter().copied().zip(levels)) {
                Some(scopes) => prop_assert_eq!(scopes.to_string().parse::<Scopes>().unwrap(), scopes),
                None => prop_assert!(levels.iter().all(|level| *level == Level::None)),
            }
        }
    }
}
