//! The tokens of agents: made, listed, revoked; rotated beside. Each reaches its own agent and nothing else.
use super::{Token, store};
use crate::{
    Error, Result,
    access::{Actor, Grant, Permission},
    audit::Action,
    db::{Command, Db, Subject, Trail, Tx, select::Select, sql},
    error::{Code, Noun},
    ids::{AgentId, TokenId},
    keys::{
        self, Ends, KeyStatus,
        format::{KeyKind, mask},
    },
    name::Name,
    page::{Page, Paging},
    secret::Plain,
    time::Timestamp,
};
use serde_json::json;

/// Tokens of one agent that open at the same time, those that end beside their successors aside.
pub const MOST_TOKENS: i64 = 20;

#[derive(sqlx::FromRow)]
struct Row {
    id: TokenId,
    agent_id: AgentId,
    name: String,
    public_id: String,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
    successor_id: Option<TokenId>,
    ends_at: Option<Timestamp>,
    used_at: Option<Timestamp>,
}

impl Row {
    fn token(self, grant: &Grant, now: Timestamp) -> Token {
        let ends = Ends {
            revoked: self.revoked_at,
            expires: self.expires_at,
            rotated: self.successor_id.is_some(),
            overlap: self.ends_at,
            ..Ends::default()
        };
        Token {
            status: KeyStatus::at(now, ends),
            masked: mask(KeyKind::Agent, grant.environment(), &self.public_id),
            id: self.id,
            agent_id: self.agent_id,
            name: self.name,
            created_at: self.created_at,
            expires_at: self.expires_at,
            revoked_at: self.revoked_at,
            successor: self.successor_id,
            ends_at: self.ends_at,
            last_used_at: self.used_at,
        }
    }
}

fn select(grant: &Grant) -> Select {
    Select::new(
        "select * from (
             select t.organisation_id, t.environment, t.id, t.agent_id, t.name, t.public_id, t.created_at,
                    t.expires_at, t.revoked_at, t.successor_id, t.ends_at, u.used_at
             from agent_tokens t
             left join key_uses u on u.organisation_id = t.organisation_id and u.environment = t.environment
                                 and u.key_id = t.id
         ) as tokens where true",
    )
    .text(" and organisation_id =", grant.organisation())
    .text(" and environment =", grant.environment())
    .text_if(" and agent_id =", grant.only_agent())
}

/// One page of an agent's tokens, the newest first, ended ones among them.
pub async fn list(db: &Db, grant: &Grant, agent: &AgentId, paging: &Paging<TokenId>) -> Result<Page<Token>> {
    grant.require(Permission::View)?;
    store::exists(db, grant, agent).await?;
    let now = db.now();
    let page: Page<Row> = select(grant).text(" and agent_id =", agent).page(db, paging).await?;
    Ok(page.map(|row| row.token(grant, now)))
}

/// One token, without its secret.
pub async fn get(db: &Db, grant: &Grant, id: &TokenId) -> Result<Token> {
    grant.require(Permission::View)?;
    let mut rows: Vec<Row> = select(grant).text(" and id =", id).fetch(db).await?;
    rows.pop().map(|row| row.token(grant, db.now())).ok_or(Error::NotFound(Noun::Token))
}

/// Another token of an agent.
pub struct CreateToken {
    /// Whose.
    pub agent_id: AgentId,
    /// Its name.
    pub name: Name,
    /// When it ends; none: when it is revoked or its agent deregistered.
    pub expires_at: Option<Timestamp>,
}

impl Command for CreateToken {
    type Output = (TokenId, Plain);

    fn permission(&self) -> Permission {
        Permission::CreateAgent
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((TokenId, Plain), Trail)> {
        if matches!(grant.actor(), Actor::Person { .. }) {
            grant.demand(Permission::CreateKey, tx.now())?;
        }
        let agent = store::lock(tx, grant, &self.agent_id).await?;
        let now = tx.now();
        if self.expires_at.is_some_and(|end| end <= now) {
            return Err(Error::field("expiresAt", "must be in the future"));
        }
        let open: i64 = sql!(
            tx,
            scalar,
            "select count(*) from agent_tokens
             where organisation_id = $1 and environment = $2 and agent_id = $3 and revoked_at is null
               and successor_id is null and (expires_at is null or expires_at > $4)",
            grant.organisation(),
            grant.environment(),
            &self.agent_id,
            now
        )?;
        if open >= MOST_TOKENS {
            let why = format!("This agent has {MOST_TOKENS} tokens in use, the most there may be; revoke one first.");
            return Err(Error::state(Code::TokenLimitReached, why));
        }
        let (id, secret) = insert(tx, grant, &self.agent_id, self.name.as_str(), self.expires_at).await?;
        let trail = Trail::new(Action::TokenCreated, Subject::new(Noun::Agent, &self.agent_id, agent.name))
            .after(json!({ "tokenId": id, "tokenName": self.name.as_str(), "expiresAt": self.expires_at }));
        Ok(((id, secret), trail))
    }
}

/// Ends a token at once and for good.
pub struct RevokeToken {
    /// Which token.
    pub id: TokenId,
    /// The agent that it must be of; none: whichever it is.
    pub agent_id: Option<AgentId>,
}

impl Command for RevokeToken {
    type Output = ();

    /// That of seeing it: people then need the permission to revoke keys, backends that to register agents.
    fn permission(&self) -> Permission {
        Permission::View
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let needed = match grant.actor() {
            Actor::Person { .. } => Permission::RevokeKey,
            _ => Permission::CreateAgent,
        };
        grant.demand(needed, tx.now())?;
        let row: Option<(AgentId, String, String, Option<Timestamp>)> = sql!(
            tx,
            fetch_optional,
            "update agent_tokens set name = name where organisation_id = $1 and environment = $2 and id = $3
             returning agent_id, (select a.name from agents a
                                  where a.organisation_id = agent_tokens.organisation_id
                                    and a.environment = agent_tokens.environment
                                    and a.id = agent_tokens.agent_id) as agent_name, name, revoked_at",
            grant.organisation(),
            grant.environment(),
            &self.id
        )?;
        let row = row.filter(|(agent, ..)| self.agent_id.as_ref().is_none_or(|wanted| wanted == agent));
        let (agent, agent_name, name, revoked) = row.ok_or(Error::NotFound(Noun::Token))?;
        if revoked.is_some() {
            return Err(Error::state(Code::AlreadyRevoked, "This token was revoked before."));
        }
        let now = tx.now();
        sql!(
            tx,
            execute,
            "update agent_tokens set revoked_at = $4 where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &self.id,
            now
        )?;
        let trail = Trail::new(Action::TokenRevoked, Subject::new(Noun::Agent, agent, agent_name))
            .after(json!({ "tokenId": self.id, "tokenName": name, "revokedAt": now }));
        Ok(((), trail))
    }
}

/// Makes a token of `agent`; its text exists in the answer only.
pub(super) async fn insert(
    tx: &mut Tx,
    grant: &Grant,
    agent: &AgentId,
    name: &str,
    expires_at: Option<Timestamp>,
) -> Result<(TokenId, Plain)> {
    let now = tx.now();
    let made = keys::text::make(tx, KeyKind::Agent, grant);
    let id = TokenId::new(now, tx.chance());
    sql!(
        tx,
        execute,
        "insert into agent_tokens
             (organisation_id, environment, id, agent_id, name, public_id, digest, created_at, expires_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8, $9)",
        grant.organisation(),
        grant.environment(),
        &id,
        agent,
        name,
        &made.public_id,
        made.digest,
        now,
        expires_at
    )?;
    Ok((id, made.secret))
}
