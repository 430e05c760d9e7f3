//! Trying a revocation: for some hours the key goes on working, and what a revocation would have broken is told by
//! source and client.
use super::{
    life::{Trial, TrialSpan},
    store::lock,
};
use crate::{
    Error, Result,
    access::{Grant, Permission},
    audit::Action,
    db::{Command, Db, Subject, Trail, Tx, sql},
    error::{Code, Noun},
    ids::{KeyId, RequestId},
    time::Timestamp,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

/// The most calls that a tally reads, the latest first.
pub const TALLIED: i64 = 20_000;
/// The most lines of a tally.
const LINES: i64 = 100;

/// Begins to try a revocation, or begins anew. The key goes on working.
pub struct TryRevoking {
    /// Which key.
    pub id: KeyId,
    /// For how long.
    pub span: TrialSpan,
}

impl Command for TryRevoking {
    type Output = ();

    fn permission(&self) -> Permission {
        Permission::RevokeKey
    }

    async fn run(&self, grant: &Grant, tx: &mut Tx) -> Result<((), Trail)> {
        let key = lock(tx, grant, &self.id).await?;
        if !key.status.opens() {
            return Err(Error::state(Code::KeyState, "This key does not open: there is nothing to try."));
        }
        let (from, to) = (tx.now(), tx.now() + self.span.ms());
        sql!(
            tx,
            execute,
            "update api_keys set trial_at = $4, trial_ends_at = $5
             where organisation_id = $1 and environment = $2 and id = $3",
            grant.organisation(),
            grant.environment(),
            &self.id,
            from,
            to
        )?;
        let trail = Trail::new(Action::KeyTried, Subject::new(Noun::Key, &self.id, &key.name))
            .after(json!({ "from": from, "to": to }));
        Ok(((), trail))
    }
}

/// Calls of one source and client in a trial.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Broken {
    /// The address.
    pub address: Option<String>,
    /// The client as it names itself.
    pub client: Option<String>,
    /// Its calls.
    pub calls: i64,
    /// The last of them.
    pub last_at: Timestamp,
}

/// What a revocation at the begin of the trial would have refused: at most a hundred sources of the latest
/// [`TALLIED`] calls, those with the most calls first.
pub async fn tally(db: &Db, grant: &Grant, key: &KeyId, trial: Trial) -> Result<Vec<Broken>> {
    grant.require(Permission::View)?;
    if grant.only_agent().is_some() {
        return Err(Error::Denied(Permission::View));
    }
    Ok(sql!(
        db,
        fetch_all,
        "select address, client, count(*) as calls, max(at) as last_at from (
             select address, client, at from requests
             where organisation_id = $1 and environment = $2 and key_id = $3 and id >= $4 and id < $5
             order by id desc limit $6) latest
         group by address, client order by 3 desc, 4 desc, 1, 2 limit $7",
        grant.organisation(),
        grant.environment(),
        key,
        RequestId::floor(trial.from),
        RequestId::floor(trial.to),
        TALLIED,
        LINES
    )?)
}
