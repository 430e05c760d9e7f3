//! Sessions: tower-sessions over our own table. The id is kept as a keyed hash; the ends are our columns
//! under our clock; one write a minute says when it was last seen.
mod label;
mod open;
mod own;

pub use label::label;
pub use open::{Arrival, Opened};
pub(super) use open::{Opening, Welcome};
pub(crate) use own::end_all;
pub(super) use own::person;
pub use own::{EndOtherSessions, EndSession, OwnSession, own_sessions, still_open};

use super::notes::{EndSessionRow, SaveSession, TouchSession};
use super::{Grant, commands};
use crate::{
    Error, Result,
    db::{Db, Tx, sql},
    ids::SessionId,
    secret::{Plain, Stored},
    time::{HOUR, MINUTE, Timestamp},
    vault::Vault,
};
use serde_json::Value;
use std::collections::HashMap;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store,
};

/// A session that is not used for so long ends, unless the organisation has set another time.
pub const IDLE_MS: i64 = 15 * MINUTE;
/// A session ends after so long whatever happens.
pub const LONGEST_MS: i64 = 12 * HOUR;
/// Sessions that a person may have at once; the oldest gives way.
pub const MOST: i64 = 10;
/// How stale `seen_at` may be: one write a minute, not one a request.
const TOUCH_MS: i64 = MINUTE;

/// The key under which a session's record names its organisation.
pub const ORGANISATION: &str = "organisation";
/// The key under which a session's record names its person.
pub const PERSON: &str = "person";
/// The key under which a session's record says how its person signed in.
pub const SIGNED_IN_WITH: &str = "signed_in_with";
/// The key of the secret that the forms of a session are bound to.
pub const FORM_SECRET: &str = "form_secret";
/// The key of the id that its owner ends a session by; from the row, not from the record.
pub const SESSION: &str = "session";
/// The key of the moment at which a factor was last shown; from the row, not from the record.
pub const FACTOR_AT: &str = "factor_at";

/// The session store over our database. It keeps and ends sessions; only a sign-in begins one.
#[derive(Debug, Clone)]
pub struct Sessions(pub Db);

#[derive(sqlx::FromRow)]
struct Row {
    id: SessionId,
    data: String,
    seen_at: Timestamp,
    ends_at: Timestamp,
    factor_at: Timestamp,
    idle_minutes: i64,
}

/// The hash under which a session is kept.
fn hash(vault: &Vault, id: Id) -> Stored {
    vault.hash("session", &Plain::new(id.to_string()))
}

/// The hash of the session whose cookie has this value.
pub(super) fn hash_of_cookie(db: &Db, cookie: &str) -> Option<Stored> {
    cookie.parse().ok().map(|id| hash(db.vault(), id))
}

/// A new session id of 128 random bits, and its hash.
pub(super) fn new_id(tx: &mut Tx) -> (Id, Stored) {
    let id = Id(i128::from_le_bytes(tx.chance().bytes()));
    (id, hash(tx.vault(), id))
}

fn backend(error: Error) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}

#[async_trait::async_trait]
impl SessionStore for Sessions {
    async fn create(&self, _: &mut Record) -> session_store::Result<()> {
        Err(session_store::Error::Backend("a session begins by signing in".into()))
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        let mut data = record.data.clone();
        for of_the_row in [SESSION, FACTOR_AT] {
            data.remove(of_the_row);
        }
        let data = serde_json::to_string(&data).map_err(|e| session_store::Error::Encode(e.to_string()))?;
        // A session that was ended meanwhile stays ended: no row, nothing to save.
        self.0.note(SaveSession { hash: hash(self.0.vault(), record.id), data }).await.map_err(backend)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let hash = hash(self.0.vault(), *id);
        let row: Option<Row> = sql!(
            self.0,
            fetch_optional,
            "select s.id, s.data, s.seen_at, s.ends_at, s.factor_at, o.idle_minutes
             from sessions s join organisations o on o.id = s.organisation_id where s.hash = $1",
            &hash
        )
        .map_err(|e| backend(e.into()))?;
        let now = self.0.now();
        let Some(row) = row else { return Ok(None) };
        if now >= row.ends_at || now >= row.seen_at + row.idle_minutes * MINUTE {
            // For good: a clock that is set back must not bring it to life again.
            self.0.note(EndSessionRow(hash)).await.map_err(backend)?;
            return Ok(None);
        }
        if now.since(row.seen_at) >= TOUCH_MS {
            self.0.note(TouchSession(hash)).await.map_err(backend)?;
        }
        let mut data: HashMap<String, Value> =
            serde_json::from_str(&row.data).map_err(|e| session_store::Error::Decode(e.to_string()))?;
        data.insert(SESSION.into(), row.id.to_string().into());
        data.insert(FACTOR_AT.into(), row.factor_at.0.into());
        let ends = time::OffsetDateTime::from_unix_timestamp(row.ends_at.0 / 1_000)
            .map_err(|e| session_store::Error::Decode(e.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date: ends }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        self.0.note(EndSessionRow(hash(self.0.vault(), *id))).await.map_err(backend)
    }
}

/// Leaves a record that the person signed out; the session itself is ended by its store.
pub async fn sign_out(db: &Db, grant: &Grant) -> Result<()> {
    db.commit(grant, commands::SignOut).await
}
