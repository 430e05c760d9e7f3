//! Policies: templates of rules that cards inherit. Changing one changes every card that names it.
use super::terms::Terms;
use crate::{ids::PolicyId, time::Timestamp};
use serde::{Deserialize, Serialize};

mod commands;
mod store;

pub use commands::{CreatePolicy, UpdatePolicy};
pub(crate) use commands::{above, asks};
pub(crate) use store::read;
pub use store::{Filter, all, get, list};

/// The most policies of an environment.
pub const MOST: i64 = 200;

/// A policy with what it sets.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Policy {
    /// Its id.
    pub id: PolicyId,
    /// Its name, which no other policy of the environment has.
    pub name: String,
    /// What it is for.
    pub description: Option<String>,
    /// What it sets.
    pub terms: Terms,
    /// How many open cards inherit it.
    pub cards: i64,
    /// Raised by every edit.
    pub version: i64,
    /// When it was made.
    pub created_at: Timestamp,
    /// When it was last edited.
    pub updated_at: Timestamp,
}
