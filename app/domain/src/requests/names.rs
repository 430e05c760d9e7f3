//! What the keys, tokens and agents of calls are called.
use super::Call;
use crate::{
    Result,
    access::{Grant, Permission},
    db::{Db, sql},
    ids::{AgentId, TokenId},
};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// Names by id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Names {
    /// Of API keys and agent tokens.
    pub keys: BTreeMap<String, String>,
    /// Of agents.
    pub agents: BTreeMap<String, String>,
}

impl Names {
    /// The name of a key or token; its id where it is unknown.
    pub fn key<'a>(&'a self, id: &'a str) -> &'a str {
        self.keys.get(id).map_or(id, String::as_str)
    }
    /// The name of an agent; its id where it is unknown.
    pub fn agent<'a>(&'a self, id: &'a AgentId) -> &'a str {
        self.agents.get(id.as_str()).map_or(id.as_str(), String::as_str)
    }
}

/// The names of what the calls of a page were made with and were about: a look-up for each, and a page has few.
pub async fn names(db: &Db, grant: &Grant, calls: &[Call]) -> Result<Names> {
    let mut names = names_of_keys(db, grant, calls.iter().map(|call| call.key_id.as_str())).await?;
    for agent in calls.iter().filter_map(|call| call.agent_id.as_ref()).collect::<BTreeSet<_>>() {
        let name: Option<String> = sql!(
            db,
            scalar_optional,
            "select name from agents where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            agent
        )?;
        names.agents.extend(name.map(|name| (agent.to_string(), name)));
    }
    Ok(names)
}

/// The names of these API keys and agent tokens.
pub async fn names_of_keys(db: &Db, grant: &Grant, keys: impl Iterator<Item = &'_ str>) -> Result<Names> {
    grant.require(Permission::View)?;
    let mut names = Names::default();
    for key in keys.collect::<BTreeSet<_>>() {
        let name: Option<String> = if key.starts_with(TokenId::PREFIX) {
            sql!(
                db,
                scalar_optional,
                "select name from agent_tokens where organisation_id = $1 and environment = $2 and id = $3",
                grant.organisation(),
                grant.environment(),
                key
            )?
        } else {
            sql!(
                db,
                scalar_optional,
                "select name from api_keys where organisation_id = $1 and environment = $2 and id = $3",
                grant.organisation(),
                grant.environment(),
                key
            )?
        };
        names.keys.extend(name.map(|name| (key.to_owned(), name)));
    }
    Ok(names)
}
