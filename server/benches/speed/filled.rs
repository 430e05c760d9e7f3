//! An organisation with many keys and a long request log, written by the hundred thousand.
use crate::{Result, data, data::Loaded};
use domain::{
    access::{self, Role},
    ids::{KeyId, RequestId},
    keys::{CreateKey, Expiry},
    name::{Line, Name},
    requests::KEPT_MS,
    time::{Clock, SystemClock},
};
use sqlx::{AssertSqlSafe, Connection, SqliteConnection};
use std::{path::Path, time::Instant};

/// Calls of one key that follow each other.
const BURST: usize = 40;

/// Makes a database in `dir` with so many keys and calls, the calls spread evenly over the time they are kept for.
pub async fn fill(dir: &Path, name: &str, keys: usize, requests: usize) -> Result<Loaded> {
    let began = Instant::now();
    let file = dir.join(format!("{name}.db"));
    let url = format!("sqlite:{}", file.display());
    let db = data::throw_away(&url).await?;
    let (organisation, person) = data::organisation(&db).await?;
    let owner = access::testing::person(&db, &organisation, data::ENVIRONMENT, Role::Owner);
    let mut ids = Vec::new();
    for n in 0..keys {
        let name = Name::parse(&format!("backend {n}")).map_err(|e| format!("the name {e}"))?;
        let expiry = Expiry::Never(Line::parse("A run of benches.").ok());
        ids.push(db.commit(&owner, CreateKey::new(name, expiry)).await?.id);
    }
    db.close().await;

    let mut connection = SqliteConnection::connect(&url).await?;
    for set in ["journal_mode = off", "synchronous = off", "cache_size = -1000000", "temp_store = file"] {
        sqlx::query(AssertSqlSafe(format!("pragma {set}"))).execute(&mut connection).await?;
    }
    log(&mut connection, &ids, requests, organisation.as_str()).await?;
    sqlx::query("analyze").execute(&mut connection).await?;
    sqlx::query("pragma journal_mode = wal").execute(&mut connection).await?;
    connection.close().await?;
    let bytes = std::fs::metadata(&file)?.len();
    println!("{keys} keys, {requests} requests in {:.0} s, {} MB", began.elapsed().as_secs_f64(), bytes >> 20);
    Ok(Loaded { url, purchases: 0, organisation, person })
}

/// Writes the log and its counters. Indexes are made afterwards, from sorted rows.
async fn log(to: &mut SqliteConnection, keys: &[KeyId], requests: usize, organisation: &str) -> Result {
    let indexes =
        "select name, sql from sqlite_schema where type = 'index' and tbl_name = 'requests' and sql is not null";
    let indexes: Vec<(String, String)> = sqlx::query_as(indexes).fetch_all(&mut *to).await?;
    for (name, _) in &indexes {
        sqlx::query(AssertSqlSafe(format!("drop index {name}"))).execute(&mut *to).await?;
    }
    let whose: Vec<&str> = keys.iter().map(KeyId::as_str).collect();
    sqlx::query("create temp table whose (place integer primary key, id text)").execute(&mut *to).await?;
    sqlx::query("insert into whose select key, value from json_each($1)")
        .bind(serde_json::to_string(&whose)?)
        .execute(&mut *to)
        .await?;
    let (now, step) = (SystemClock.now().0, KEPT_MS / requests as i64);
    // An id is its moment in base 32 and then anything that no other has: as domain::ids makes it.
    let digit = |n: u32| format!("substr('0123456789abcdefghjkmnpqrstvwxyz', (at * 2 >> {} & 31) + 1, 1)", n * 5);
    let digits = (0..10).rev().map(digit).collect::<Vec<_>>().join(" || ");
    let calls = format!(
        "with recursive calls(n, at) as (
             select 0, $2 union all select n + 1, at + $3 from calls where n + 1 < $4
         )
         insert into requests (organisation_id, environment, id, at, method, route, status, class, micros, address,
                               client, key_id, error)
         select $1, 'dev', 'req_' || {digits} || printf('%019d', n), at, 'GET',
                iif(n % 3 = 0, '/v1/agents/{{id}}', '/v1/cards/{{id}}'), iif(n % 50 = 0, 404, 200),
                iif(n % 50 = 0, 4, 2), 300 + n % 1000, '198.51.100.' || n % 200, 'agent-sdk/2.1', id,
                iif(n % 50 = 0, 'not_found', null)
         from calls join whose on place = n / {BURST} % $5"
    );
    sqlx::query(AssertSqlSafe(calls))
        .bind(organisation)
        .bind(now - step * requests as i64)
        .bind(step)
        .bind(requests as i64)
        .bind(keys.len() as i64)
        .execute(&mut *to)
        .await?;
    let counters = [
        "insert into key_calls (organisation_id, environment, key_id, bucket, calls, failed)
         select organisation_id, environment, key_id, at - at % 900000, count(*), sum(class >= 4)
         from requests group by 1, 2, 3, 4",
        "insert into key_sources (organisation_id, environment, key_id, address, client, first_at, last_at, calls, failed)
         select organisation_id, environment, key_id, address, 'agent-sdk/2.1', min(at), max(at), count(*), sum(class >= 4)
         from requests group by 1, 2, 3, 4",
        "insert into key_uses (organisation_id, environment, key_id, used_at, first_used_at, address, client)
         select organisation_id, environment, key_id, max(at), min(at), max(address), max(client)
         from requests group by 1, 2, 3",
    ];
    for counter in counters {
        sqlx::query(counter).execute(&mut *to).await?;
    }
    for (_, sql) in indexes {
        sqlx::query(AssertSqlSafe(sql)).execute(&mut *to).await?;
    }
    let newest: String = sqlx::query_scalar("select max(id) from requests").fetch_one(&mut *to).await?;
    newest.parse::<RequestId>().map_err(|e| format!("the id of a call {e}"))?;
    Ok(())
}
