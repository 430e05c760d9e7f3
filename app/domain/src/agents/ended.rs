//! Tokens that had ended before the machine's clock was set back.
use crate::{
    Error, Result,
    access::{Grant, Permission},
    audit::Action,
    db::{Command, Db, Subject, Trail, Tx, sql},
    environment::Environment,
    error::Noun,
    ids::{AgentId, OrganisationId, TokenId},
    keys::{
        due,
        ended::{CLOCK_SET_BACK, again},
    },
    time::Timestamp,
};
use serde_json::json;

/// Ends now whatever token, or overlap of a rotated one, had ended by `latest` and would open again: how many.
pub(crate) async fn keep(db: &Db, latest: Timestamp) -> Result<u64> {
    let due: Vec<(OrganisationId, Environment, TokenId)> = sql!(
        db,
        fetch_all,
        "select organisation_id, environment, id from agent_tokens
         where revoked_at is null
           and (expires_at > $1 and expires_at <= $2 or ends_at > $1 and ends_at <= $2)
         order by organisation_id, environment, id",
        db.now(),
        latest
    )?;
    due::each(db, due, |id| KeepEnded { id, latest }).await
}

struct KeepEnded {
    id: TokenId,
    latest: Timestamp,
}

#[derive(sqlx::FromRow)]
struct Row {
    agent_id: AgentId,
    agent_name: String,
    name: String,
    expires_at: Option<Timestamp>,
    ends_at: Option<Timestamp>,
}

impl Command for KeepEnded {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::Housekeep
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let row: Option<Row> = sql!(
            tx,
            fetch_optional,
            "update agent_tokens set name = name
             where organisation_id = $1 and environment = $2 and id = $3 and revoked_at is null
             returning agent_id, (select a.name from agents a
                                  where a.organisation_id = agent_tokens.organisation_id
                                    and a.environment = agent_tokens.environment
                                    and a.id = agent_tokens.agent_id) as agent_name, name, expires_at, ends_at",
            grant.organisation(),
            grant.environment(),
            &self.id
        )?;
        let row = row.ok_or(Error::NotFound(Noun::Token))?;
        let now = tx.now();
        let (expired, overlapped) = (again(row.expires_at, now, self.latest), again(row.ends_at, now, self.latest));
        if expired.or(overlapped).is_none() {
            return Err(Error::NotFound(Noun::Token));
        }
        let (expired_now, overlapped_now) = (expired.map(|_| now), overlapped.map(|_| now));
        sql!(
            tx,
            execute,
            "update agent_tokens set expires_at = $4, ends_at = $5
             where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &self.id,
            expired_now.or(row.expires_at),
            overlapped_now.or(row.ends_at)
        )?;
        let trail = Trail::new(Action::TokenExpired, Subject::new(Noun::Agent, row.agent_id, row.agent_name))
            .before(json!({ "tokenId": self.id, "tokenName": row.name, "expiresAt": expired, "endsAt": overlapped }))
            .after(json!({ "tokenId": self.id, "expiresAt": expired_now, "endsAt": overlapped_now }))
            .reason(CLOCK_SET_BACK);
        Ok(((), trail))
    }
}
