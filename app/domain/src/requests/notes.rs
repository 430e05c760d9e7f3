//! Writing and pruning the request log and the counters beside it.
use super::{COUNTS_KEPT_MS, Call, Entry};
use crate::{
    Error, Result,
    db::{Tx, note::Note, sql},
    environment::Environment,
    ids::{OrganisationId, RequestId},
    monitoring::bucket,
    time::Timestamp,
};
use serde_json::{Value, json};
use std::collections::BTreeMap;

/// Writes calls into the log, and counts them. A call that is there already is not written twice.
pub struct Record(pub Vec<Entry>);

/// In this order the counters' rows are locked, whichever process writes them.
type Whose<'a, T> = BTreeMap<(&'a str, &'static str, &'a str, T), Sum<'a>>;

#[derive(Default)]
struct Sum<'a> {
    calls: i64,
    failed: i64,
    first: Option<Timestamp>,
    last: Option<Timestamp>,
    client: Option<&'a str>,
}

impl<'a> Sum<'a> {
    fn add(&mut self, call: &'a Call) {
        self.calls += 1;
        self.failed += i64::from(call.status >= 400);
        self.first = Some(self.first.map_or(call.at, |first| first.min(call.at)));
        if self.last.is_none_or(|last| last <= call.at) {
            (self.last, self.client) = (Some(call.at), call.client.as_deref());
        }
    }
}

fn row(Entry { organisation, environment, call: c, .. }: &Entry) -> Value {
    json!([
        organisation,
        environment,
        c.id,
        c.at,
        c.method,
        c.route,
        c.status,
        c.status / 100,
        c.micros,
        c.address,
        c.client,
        c.key_id,
        c.agent_id,
        c.idempotency_key,
        c.error,
        c.replay_of
    ])
}

impl Note for Record {
    type Output = ();

    async fn write(&self, tx: &mut Tx) -> Result<()> {
        let (mut calls, mut sources) = (Whose::new(), Whose::new());
        let mut scopes = BTreeMap::<(&str, &'static str, &str, String), Timestamp>::new();
        for Entry { organisation, environment, call, scopes: used } in &self.0 {
            let whose = (organisation.as_str(), environment.as_str(), call.key_id.as_str());
            calls.entry((whose.0, whose.1, whose.2, bucket(call.at))).or_insert_with(Sum::default).add(call);
            for scope in used {
                let last = scopes.entry((whose.0, whose.1, whose.2, scope.to_string())).or_insert(call.at);
                *last = call.at.max(*last);
            }
            if let Some(address) = &call.address {
                let key = (whose.0, whose.1, whose.2, address.as_str());
                sources.entry(key).or_insert_with(Sum::default).add(call);
            }
        }
        let text = |rows: Vec<Value>| serde_json::to_string(&rows).map_err(Error::broken);
        let rows = text(self.0.iter().map(row).collect())?;
        let calls = text(calls.iter().map(|((o, e, k, at), s)| json!([o, e, k, at, s.calls, s.failed])).collect())?;
        let scopes = text(scopes.iter().map(|((o, e, k, scope), last)| json!([o, e, k, scope, last])).collect())?;
        let source = |((o, e, k, address), s): (&(&str, &str, &str, &str), &Sum<'_>)| {
            json!([o, e, k, address, s.client, s.first, s.last, s.calls, s.failed])
        };
        let sources = text(sources.iter().map(source).collect())?;
        // One statement for hundreds of rows; the engines take JSON apart in words of their own.
        if tx.is_sqlite() {
            sql!(
                tx,
                execute,
                "insert into requests (organisation_id, environment, id, at, method, route, status, class, micros,
                     address, client, key_id, agent_id, idempotency_key, error, replay_of)
                 select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
                        value ->> 7, value ->> 8, value ->> 9, value ->> 10, value ->> 11, value ->> 12,
                        value ->> 13, value ->> 14, value ->> 15
                 from json_each($1) where true on conflict do nothing",
                rows
            )?;
            sql!(
                tx,
                execute,
                "insert into key_calls (organisation_id, environment, key_id, bucket, calls, failed)
                 select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5
                 from json_each($1) where true
                 on conflict (organisation_id, environment, key_id, bucket)
                 do update set calls = calls + excluded.calls, failed = failed + excluded.failed",
                calls
            )?;
            sql!(
                tx,
                execute,
                "insert into key_sources
                     (organisation_id, environment, key_id, address, client, first_at, last_at, calls, failed)
                 select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5, value ->> 6,
                        value ->> 7, value ->> 8
                 from json_each($1) where true
                 on conflict (organisation_id, environment, key_id, address)
                 do update set client = excluded.client, last_at = max(last_at, excluded.last_at),
                               first_at = min(first_at, excluded.first_at), calls = calls + excluded.calls,
                               failed = failed + excluded.failed",
                sources
            )?;
            sql!(
                tx,
                execute,
                "insert into key_scopes (organisation_id, environment, key_id, scope, last_at)
                 select value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4
                 from json_each($1) where true
                 on conflict (organisation_id, environment, key_id, scope)
                 do update set last_at = max(last_at, excluded.last_at)",
                scopes
            )?;
        } else {
            sql!(
                tx,
                execute,
                "insert into requests (organisation_id, environment, id, at, method, route, status, class, micros,
                     address, client, key_id, agent_id, idempotency_key, error, replay_of)
                 select r ->> 0, r ->> 1, r ->> 2, (r ->> 3)::bigint, r ->> 4, r ->> 5, (r ->> 6)::bigint,
                        (r ->> 7)::bigint, (r ->> 8)::bigint, r ->> 9, r ->> 10, r ->> 11, r ->> 12, r ->> 13,
                        r ->> 14, r ->> 15
                 from jsonb_array_elements($1::jsonb) as r on conflict do nothing",
                rows
            )?;
            sql!(
                tx,
                execute,
                "insert into key_calls (organisation_id, environment, key_id, bucket, calls, failed)
                 select r ->> 0, r ->> 1, r ->> 2, (r ->> 3)::bigint, (r ->> 4)::bigint, (r ->> 5)::bigint
                 from jsonb_array_elements($1::jsonb) as r
                 on conflict (organisation_id, environment, key_id, bucket)
                 do update set calls = key_calls.calls + excluded.calls, failed = key_calls.failed + excluded.failed",
                calls
            )?;
            sql!(
                tx,
                execute,
                "insert into key_sources
                     (organisation_id, environment, key_id, address, client, first_at, last_at, calls, failed)
                 select r ->> 0, r ->> 1, r ->> 2, r ->> 3, r ->> 4, (r ->> 5)::bigint, (r ->> 6)::bigint,
                        (r ->> 7)::bigint, (r ->> 8)::bigint
                 from jsonb_array_elements($1::jsonb) as r
                 on conflict (organisation_id, environment, key_id, address)
                 do update set client = excluded.client, last_at = greatest(key_sources.last_at, excluded.last_at),
                               first_at = least(key_sources.first_at, excluded.first_at),
                               calls = key_sources.calls + excluded.calls,
                               failed = key_sources.failed + excluded.failed",
                sources
            )?;
            sql!(
                tx,
                execute,
                "insert into key_scopes (organisation_id, environment, key_id, scope, last_at)
                 select r ->> 0, r ->> 1, r ->> 2, r ->> 3, (r ->> 4)::bigint
                 from jsonb_array_elements($1::jsonb) as r
                 on conflict (organisation_id, environment, key_id, scope)
                 do update set last_at = greatest(key_scopes.last_at, excluded.last_at)",
                scopes
            )?;
        }
        Ok(())
    }
}

/// Removes what is over its time, at most `most` rows of each kind.
pub(super) struct Prune {
    pub organisation: OrganisationId,
    pub environment: Environment,
    /// Calls with a lower id go.
    pub before: RequestId,
    pub most: u16,
}

impl Note for Prune {
    /// How many calls it removed.
    type Output = u64;

    async fn write(&self, tx: &mut Tx) -> Result<u64> {
        let (counted, most) = (tx.now() - COUNTS_KEPT_MS, i64::from(self.most));
        let removed = sql!(
            tx,
            execute,
            "delete from requests where organisation_id = $1 and environment = $2 and id in (
                 select id from requests where organisation_id = $1 and environment = $2 and id < $3
                 order by id limit $4)",
            &self.organisation,
            self.environment,
            &self.before,
            most
        )?;
        sql!(
            tx,
            execute,
            "delete from key_calls where organisation_id = $1 and environment = $2 and (key_id, bucket) in (
                 select key_id, bucket from key_calls where organisation_id = $1 and environment = $2 and bucket < $3
                 order by bucket limit $4)",
            &self.organisation,
            self.environment,
            counted,
            most
        )?;
        sql!(
            tx,
            execute,
            "delete from key_sources where organisation_id = $1 and environment = $2 and (key_id, address) in (
                 select key_id, address from key_sources
                 where organisation_id = $1 and environment = $2 and last_at < $3 limit $4)",
            &self.organisation,
            self.environment,
            counted,
            most
        )?;
        Ok(removed)
    }
}
