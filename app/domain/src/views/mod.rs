//! Saved views: a list's filters and order under a name, for their maker or for everybody, and the one that each person
//! starts with.
use crate::{
    ids::{PersonId, ViewId},
    text::words,
};
use serde::{Deserialize, Serialize};

#[cfg(feature = "store")]
mod commands;
#[cfg(feature = "store")]
mod store;

#[cfg(feature = "store")]
pub use commands::{ChangeView, DeleteView, SaveView, may_change};
#[cfg(feature = "store")]
pub use store::{all, get, list};

/// The most views that a person may keep in an environment.
pub const MOST: i64 = 100;
/// The most characters of a query.
pub const LONGEST: usize = 2_000;

words! {
    /// A list that views are kept of.
    Screen {
        /// API keys.
        Keys = "keys",
        /// The log of API calls.
        Requests = "requests",
        /// The audit log.
        Audit = "audit",
        /// Agents.
        Agents = "agents",
        /// Cards.
        Cards = "cards",
        /// Purchases.
        Purchases = "purchases",
        /// Intents.
        Intents = "intents",
        /// Credential reads.
        Attestations = "attestations",
    }
}

/// A saved view, as its reader sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[cfg_attr(feature = "store", derive(sqlx::FromRow))]
pub struct View {
    /// Its id.
    pub id: ViewId,
    /// Of which list.
    pub screen: Screen,
    /// Its name.
    pub name: String,
    /// The filters and the order, as the list's address has them behind `?`.
    pub query: String,
    /// Whether everybody sees it.
    pub shared: bool,
    /// Who made it.
    pub person_id: PersonId,
    /// Their name.
    pub person_name: String,
    /// Whether its reader starts with it.
    pub chosen: bool,
}

/// What a view keeps of a list's query: the filters and the order in theirs, without the place in the list. None where
/// that is nothing, or is no query.
pub fn kept(query: &str) -> Option<String> {
    let pairs: Vec<(String, String)> = url::form_urlencoded::parse(query.as_bytes()).into_owned().collect();
    let pairs: Vec<_> = pairs
        .into_iter()
        .filter(|(name, value)| !value.is_empty() && !["before", "after", "all"].contains(&name.as_str()))
        .collect();
    if pairs.is_empty() {
        return None;
    }
    Some(url::form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
}

#[cfg(test)]
mod tests {
    use super::kept;

    #[test]
    fn a_view_keeps_filters_and_no_place() {
        assert_eq!(
            kept("status=active&before=key_1&after=&sort=-used&all=1").as_deref(),
            Some("status=active&sort=-used")
        );
        assert_eq!(kept("q=a+%26%3D%22b").as_deref(), Some("q=a+%26%3D%22b"));
        for nothing in ["", "before=key_1", "status=", "&&", "all=1"] {
            assert_eq!(kept(nothing), None, "{nothing}");
        }
    }
}
