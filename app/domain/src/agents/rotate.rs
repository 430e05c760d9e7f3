//! Rotation of an agent's token: a successor with the same name and length of life, and an overlap in which both open.
use super::{store, tokens};
use crate::{
    Error, Result,
    access::{Actor, Grant, Permission},
    audit::Action,
    db::{Command, Subject, Trail, Tx, sql},
    error::{Code, Noun},
    ids::{AgentId, TokenId},
    keys::{
        Ends, KeyStatus, Overlap,
        life::{self, Successor},
    },
    secret::Plain,
    time::Timestamp,
};
use serde_json::json;

/// Gives an active token of an agent a successor, by the rules that API keys are rotated by.
pub struct RotateToken {
    /// Which token.
    pub id: TokenId,
    /// The agent that it must be of; none: whichever it is.
    pub agent_id: Option<AgentId>,
    /// How long the old one works beside the new one.
    pub overlap: Overlap,
}

/// A successor just made: the only moment at which its text exists.
pub struct RotatedToken {
    /// Its id.
    pub id: TokenId,
    /// Its text.
    pub secret: Plain,
    /// When the old token ends.
    pub old_ends_at: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    name: String,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
    successor_id: Option<TokenId>,
    ends_at: Option<Timestamp>,
}

impl RotateToken {
    /// The token, of which nothing changes meanwhile: whoever revokes, rotates or ends it with its agent waits.
    async fn lock(&self, grant: &Grant, tx: &mut Tx, agent: &AgentId) -> Result<Row> {
        let row: Option<Row> = sql!(
            tx,
            fetch_optional,
            "update agent_tokens set name = name
             where organisation_id = $1 and environment = $2 and agent_id = $3 and id = $4
             returning name, created_at, expires_at, revoked_at, successor_id, ends_at",
            grant.organisation(),
            grant.environment(),
            agent,
            &self.id
        )?;
        row.ok_or(Error::NotFound(Noun::Token))
    }

    async fn agent(&self, grant: &Grant, tx: &mut Tx) -> Result<AgentId> {
        let agent: Option<AgentId> = sql!(
            tx,
            scalar_optional,
            "select agent_id from agent_tokens where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &self.id
        )?;
        let reached =
            |agent: &AgentId| grant.reaches(agent) && self.agent_id.as_ref().is_none_or(|wanted| wanted == agent);
        agent.filter(reached).ok_or(Error::NotFound(Noun::Token))
    }
}

impl Command for RotateToken {
    type Output = RotatedToken;

    /// That of making a token: backends register agents, people create keys.
    fn permission(&self) -> Permission {
        Permission::CreateAgent
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<(RotatedToken, Trail)> {
        if matches!(grant.actor(), Actor::Person { .. }) {
            grant.demand(Permission::CreateKey, tx.now())?;
        }
        let agent_id = self.agent(grant, tx).await?;
        // The agent first, as whoever deregisters it does.
        let agent = store::lock(tx, grant, &agent_id).await?;
        let old = self.lock(grant, tx, &agent_id).await?;
        let now = tx.now();
        let ends = Ends {
            revoked: old.revoked_at,
            expires: old.expires_at,
            rotated: old.successor_id.is_some(),
            overlap: old.ends_at,
            ..Ends::default()
        };
        let why = match KeyStatus::at(now, ends) {
            KeyStatus::Active | KeyStatus::Disabled => None,
            KeyStatus::Retiring | KeyStatus::Replaced => Some("This token was rotated before; rotate its successor."),
            KeyStatus::Expired => Some("This token has expired; make another."),
            KeyStatus::Revoked => Some("This token was revoked; make another."),
        };
        if let Some(why) = why {
            return Err(Error::state(Code::KeyState, why));
        }
        let expires_at = life::successor_end(now, old.created_at, old.expires_at, Successor::SameLife);
        let (id, secret) = tokens::insert(tx, grant, &agent_id, &old.name, expires_at).await?;
        let old_ends_at = now + self.overlap.ms();
        sql!(
            tx,
            execute,
            "update agent_tokens set successor_id = $4, ends_at = $5
             where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &self.id,
            &id,
            old_ends_at
        )?;
        let subject = || Subject::new(Noun::Agent, &agent_id, agent.name.as_str());
        let trail = Trail::new(Action::TokenRotated, subject())
            .after(json!({
                "tokenId": self.id, "tokenName": old.name, "successorId": id, "overlap": self.overlap,
                "endsAt": old_ends_at,
            }))
            .also(Action::TokenCreated, subject())
            .after(json!({ "tokenId": id, "tokenName": old.name, "expiresAt": expires_at }));
        Ok((RotatedToken { id, secret, old_ends_at }, trail))
    }
}
