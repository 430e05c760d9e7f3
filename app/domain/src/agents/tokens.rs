//! The rows of agent tokens.
use super::{Token, store};
use crate::{
    Result,
    access::{Grant, Permission},
    db::{Db, Tx, sql},
    ids::{AgentId, TokenId},
    keys::{
        self, Ends, KeyStatus,
        format::{KeyKind, mask},
    },
    secret::Plain,
    time::Timestamp,
};

#[derive(sqlx::FromRow)]
struct Row {
    id: TokenId,
    name: String,
    public_id: String,
    created_at: Timestamp,
    expires_at: Option<Timestamp>,
    revoked_at: Option<Timestamp>,
    used_at: Option<Timestamp>,
}

/// Every token of an agent, the newest first: an agent has few.
pub async fn list(db: &Db, grant: &Grant, agent: &AgentId) -> Result<Vec<Token>> {
    grant.require(Permission::View)?;
    store::exists(db, grant, agent).await?;
    let rows: Vec<Row> = sql!(
        db,
        fetch_all,
        "select t.id, t.name, t.public_id, t.created_at, t.expires_at, t.revoked_at, u.used_at
         from agent_tokens t
         left join key_uses u on u.organisation_id = t.organisation_id and u.environment = t.environment
                             and u.key_id = t.id
         where t.organisation_id = $1 and t.environment = $2 and t.agent_id = $3
         order by t.id desc",
        grant.organisation(),
        grant.environment(),
        agent
    )?;
    let now = db.now();
    Ok(rows
        .into_iter()
        .map(|row| Token {
            status: KeyStatus::at(now, Ends { revoked: row.revoked_at, expires: row.expires_at, ..Ends::default() }),
            masked: mask(KeyKind::Agent, grant.environment(), &row.public_id),
            id: row.id,
            name: row.name,
            created_at: row.created_at,
            expires_at: row.expires_at,
            revoked_at: row.revoked_at,
            last_used_at: row.used_at,
        })
        .collect())
}

/// Makes a token of `agent` that never ends by itself; its text exists in the answer only.
pub(super) async fn insert(tx: &mut Tx, grant: &Grant, agent: &AgentId, name: &str) -> Result<(TokenId, Plain)> {
    let now = tx.now();
    let made = keys::text::make(tx, KeyKind::Agent, grant);
    let id = TokenId::new(now, tx.chance());
    sql!(
        tx,
        execute,
        "insert into agent_tokens (organisation_id, environment, id, agent_id, name, public_id, digest, created_at)
         values ($1, $2, $3, $4, $5, $6, $7, $8)",
        grant.organisation(),
        grant.environment(),
        &id,
        agent,
        name,
        &made.public_id,
        made.digest,
        now
    )?;
    Ok((id, made.secret))
}
