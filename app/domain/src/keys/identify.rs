//! Whose key somebody found: looked up by all of its text, answered for the own organisation only.
use super::{
    Key,
    format::{self, KeyKind},
    store,
};
use crate::{
    Error, Result,
    access::{Actor, Grant, Permission},
    audit::Action,
    db::{Command, Subject, Trail, Tx, sql},
    environment::Environment,
    error::Noun,
    ids::{AgentId, AuditId, KeyId},
    secret::{Plain, Stored},
    time::MINUTE,
};
use serde::{Deserialize, Serialize};

/// Keys that one person may look up in a minute.
pub const PER_MINUTE: i64 = 10;

/// Looks a found key up. The text is compared and forgotten; that somebody asked is recorded.
pub struct IdentifyKey {
    /// All of the key.
    pub text: Plain,
}

/// What a found text is.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub enum Found {
    /// A key of this environment.
    Key(Box<Key>),
    /// A token of this agent.
    Token(AgentId),
    /// It begins like a key of the other environment; it was not looked up.
    Elsewhere(Environment),
    /// No key of this organisation.
    Nothing,
}

impl Command for IdentifyKey {
    type Output = Found;

    fn permission(&self) -> Permission {
        Permission::RevokeKey
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(Found, Trail)> {
        let Actor::Person { id: person, name, .. } = grant.actor() else {
            return Err(Error::Denied(Permission::RevokeKey));
        };
        let since = AuditId::floor(tx.now() - MINUTE);
        let lately: i64 = sql!(
            tx,
            scalar,
            "select count(*) from audit where organisation_id = $1 and actor_id = $2 and action = $3 and id >= $4",
            grant.organisation(),
            person,
            Action::KeyIdentified,
            since
        )?;
        if lately >= PER_MINUTE {
            let why = format!("cannot be looked up now: {PER_MINUTE} a minute is the most; wait a minute");
            return Err(Error::field("found", why));
        }
        // Never the text itself, nor a part of it, where nothing was found.
        let nothing = || Trail::new(Action::KeyIdentified, Subject::new(Noun::Person, person, name)).refused();
        let Ok(parsed) = format::parse(self.text.expose()) else { return Ok((Found::Nothing, nothing())) };
        if parsed.environment != grant.environment() {
            return Ok((Found::Elsewhere(parsed.environment), nothing()));
        }
        let digest = super::text::digest(tx.vault(), self.text.expose());
        Ok(match parsed.kind {
            KeyKind::Organization => match key(tx, grant, &parsed.public_id, &digest).await? {
                Some(key) => {
                    let subject = Subject::new(Noun::Key, &key.id, &key.name);
                    (Found::Key(Box::new(key)), Trail::new(Action::KeyIdentified, subject))
                }
                None => (Found::Nothing, nothing()),
            },
            KeyKind::Agent => match token(tx, grant, &parsed.public_id, &digest).await? {
                Some((id, name, agent)) => {
                    let trail = Trail::new(Action::KeyIdentified, Subject::new(Noun::Token, id, name));
                    (Found::Token(agent), trail)
                }
                None => (Found::Nothing, nothing()),
            },
        })
    }
}

async fn key(tx: &mut Tx, grant: &Grant, public_id: &str, digest: &Stored) -> Result<Option<Key>> {
    let row: Option<(KeyId, Stored)> = sql!(
        tx,
        fetch_optional,
        "select id, digest from api_keys where organisation_id = $1 and environment = $2 and public_id = $3",
        grant.organisation(),
        grant.environment(),
        public_id
    )?;
    match row.filter(|(_, own)| own.matches(digest)) {
        Some((id, _)) => store::in_change(tx, grant, &id).await.map(Some),
        None => Ok(None),
    }
}

async fn token(
    tx: &mut Tx,
    grant: &Grant,
    public_id: &str,
    digest: &Stored,
) -> Result<Option<(String, String, AgentId)>> {
    let row: Option<(String, String, AgentId, Stored)> = sql!(
        tx,
        fetch_optional,
        "select id, name, agent_id, digest from agent_tokens
         where organisation_id = $1 and environment = $2 and public_id = $3",
        grant.organisation(),
        grant.environment(),
        public_id
    )?;
    Ok(row.filter(|(.., own)| own.matches(digest)).map(|(id, name, agent, _)| (id, name, agent)))
}
