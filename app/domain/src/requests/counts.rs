//! How often a key or token called, and from where: from counters, so that it costs the same at any number of calls.
use crate::{
    Error, Result,
    access::{Grant, Permission},
    db::{Db, sql},
    monitoring::bucket,
    time::Timestamp,
};
use serde::{Deserialize, Serialize};

/// The most addresses that [`sources`] gives.
const MOST: i64 = 500;

/// How many calls, and how many of them were refused or failed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Counts {
    /// All calls.
    pub calls: i64,
    /// Those with a status from 400.
    pub failed: i64,
}

/// The calls of a quarter-hour.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Usage {
    /// Where the quarter-hour begins.
    pub at: Timestamp,
    /// All calls in it.
    pub calls: i64,
    /// Those with a status from 400.
    pub failed: i64,
}

/// An address that a key or token called from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, sqlx::FromRow)]
pub struct Source {
    /// The address.
    pub address: String,
    /// The client of its last call, as it names itself.
    pub client: Option<String>,
    /// Its first call.
    pub first_at: Timestamp,
    /// Its last call.
    pub last_at: Timestamp,
    /// All its calls.
    pub calls: i64,
    /// Those with a status from 400.
    pub failed: i64,
}

/// The counters of keys are the organisation's: an agent token sees none of them.
fn allow(grant: &Grant) -> Result<()> {
    grant.require(Permission::View)?;
    if grant.only_agent().is_some() { Err(Error::Denied(Permission::View)) } else { Ok(()) }
}

/// The calls with the API key or agent token of this id since a moment, which snaps back to its quarter-hour.
pub async fn calls_since(db: &Db, grant: &Grant, key: &str, since: Timestamp) -> Result<Counts> {
    allow(grant)?;
    Ok(sql!(
        db,
        fetch_one,
        "select cast(coalesce(sum(calls), 0) as bigint) as calls, cast(coalesce(sum(failed), 0) as bigint) as failed
         from key_calls where organisation_id = $1 and environment = $2 and key_id = $3 and bucket >= $4",
        grant.organisation(),
        grant.environment(),
        key,
        bucket(since)
    )?)
}

/// The calls of every key and token that called since a moment, which snaps back to its quarter-hour: by id.
pub async fn calls_by_key(db: &Db, grant: &Grant, since: Timestamp) -> Result<Vec<(String, Counts)>> {
    allow(grant)?;
    let rows: Vec<(String, i64, i64)> = sql!(
        db,
        fetch_all,
        "select key_id, cast(sum(calls) as bigint), cast(sum(failed) as bigint) from key_calls
         where organisation_id = $1 and environment = $2 and bucket >= $3 group by key_id order by key_id",
        grant.organisation(),
        grant.environment(),
        bucket(since)
    )?;
    Ok(rows.into_iter().map(|(key, calls, failed)| (key, Counts { calls, failed })).collect())
}

/// The calls with the API key or agent token of this id by quarter-hour, from `from` to before `to`, in order; one
/// without calls is left out. The caller sums them into the hours or days of the reader's time zone.
pub async fn usage(db: &Db, grant: &Grant, key: &str, from: Timestamp, to: Timestamp) -> Result<Vec<Usage>> {
    allow(grant)?;
    Ok(sql!(
        db,
        fetch_all,
        "select bucket as at, calls, failed from key_calls
         where organisation_id = $1 and environment = $2 and key_id = $3 and bucket >= $4 and bucket < $5
         order by bucket",
        grant.organisation(),
        grant.environment(),
        key,
        bucket(from),
        to
    )?)
}

/// The addresses that the API key or agent token of this id called from, at most 500: those of the latest calls first.
pub async fn sources(db: &Db, grant: &Grant, key: &str) -> Result<Vec<Source>> {
    allow(grant)?;
    Ok(sql!(
        db,
        fetch_all,
        "select address, client, first_at, last_at, calls, failed from key_sources
         where organisation_id = $1 and environment = $2 and key_id = $3 order by last_at desc, address limit $4",
        grant.organisation(),
        grant.environment(),
        key,
        MOST
    )?)
}
