//! Sessions: tower-sessions over our own table. The id is kept as a keyed hash; the ends are our columns
//! under our clock; one write a minute says when it was last seen.
use super::{
    Actor, Origin, Password, Role, commands, door,
    notes::{EndSession, SaveSession, TouchSession},
    password,
};
use crate::{
    Error, Result,
    db::{Db, sql},
    ids::{OrganisationId, PersonId},
    secret::{Plain, Stored},
    time::{HOUR, MINUTE, Timestamp},
};
use std::collections::HashMap;
use tower_sessions::{
    SessionStore,
    session::{Id, Record},
    session_store,
};

/// A session that is not used for so long ends.
pub const IDLE_MS: i64 = 15 * MINUTE;
/// A session ends after so long whatever happens.
pub const LONGEST_MS: i64 = 12 * HOUR;
/// How stale `seen_at` may be: one write a minute, not one a request.
const TOUCH_MS: i64 = MINUTE;

/// The session store over our database.
#[derive(Debug, Clone)]
pub struct Sessions(pub Db);

#[derive(sqlx::FromRow)]
struct Row {
    data: String,
    seen_at: Timestamp,
    ends_at: Timestamp,
}

impl Sessions {
    fn hash(&self, id: Id) -> Stored {
        self.0.vault().hash("session", &Plain::new(id.to_string()))
    }

    async fn write(&self, record: &Record, new: bool) -> session_store::Result<bool> {
        let text = |key: &str| record.data.get(key).and_then(|v| v.as_str());
        let note = SaveSession {
            hash: self.hash(record.id),
            organisation: text("organisation").and_then(|o| o.parse().ok()),
            person: text("person").map(str::to_owned),
            data: serde_json::to_string(&record.data).map_err(|e| session_store::Error::Encode(e.to_string()))?,
            ends_at: self.0.now() + LONGEST_MS,
            new,
        };
        self.0.note(note).await.map_err(backend)
    }
}

fn backend(error: Error) -> session_store::Error {
    session_store::Error::Backend(error.to_string())
}

#[async_trait::async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        while !self.write(record, true).await? {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        // A session that was ended meanwhile stays ended: no row, nothing to save.
        self.write(record, false).await.map(drop)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        let hash = self.hash(*id);
        let row: Option<Row> =
            sql!(self.0, fetch_optional, "select data, seen_at, ends_at from sessions where hash = $1", &hash)
                .map_err(|e| backend(e.into()))?;
        let now = self.0.now();
        let Some(row) = row.filter(|row| now < row.ends_at && now < row.seen_at + IDLE_MS) else {
            return Ok(None);
        };
        if now.since(row.seen_at) >= TOUCH_MS {
            self.0.note(TouchSession(hash)).await.map_err(backend)?;
        }
        let data: HashMap<String, serde_json::Value> =
            serde_json::from_str(&row.data).map_err(|e| session_store::Error::Decode(e.to_string()))?;
        let ends = time::OffsetDateTime::from_unix_timestamp(row.ends_at.0 / 1_000)
            .map_err(|e| session_store::Error::Decode(e.to_string()))?;
        Ok(Some(Record { id: *id, data, expiry_date: ends }))
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        self.0.note(EndSession(self.hash(*id))).await.map_err(backend)
    }
}

#[derive(sqlx::FromRow)]
struct PersonRow {
    organisation_id: OrganisationId,
    id: PersonId,
    name: String,
    role: Role,
    password_hash: String,
    disabled_at: Option<Timestamp>,
}

/// Checks address and password, and leaves a record either way. `None` when they do not fit; an unknown
/// address takes as long as a known one.
pub async fn sign_in(
    db: &Db,
    email: &str,
    typed: String,
    origin: Origin,
) -> Result<Option<(OrganisationId, PersonId)>> {
    let email = email.trim().to_lowercase();
    let row: Option<PersonRow> = sql!(
        db,
        fetch_optional,
        "select organisation_id, id, name, role, password_hash, disabled_at from people where email = $1",
        &email
    )?;
    let hash = row.as_ref().map(|row| row.password_hash.clone());
    let fits = password::verify(db, hash, Password::typed(typed)).await?;
    let Some(row) = row else {
        tracing::info!("a sign-in with an unknown address was refused");
        return Ok(None);
    };
    let welcome = fits && row.disabled_at.is_none();
    let attempt = commands::SignIn { person: row.id.clone(), name: row.name.clone(), welcome };
    let grant = if welcome {
        let actor = Actor::Person { id: row.id.clone(), name: row.name, role: row.role };
        let permissions = row.role.permissions(crate::environment::Environment::Live);
        door::recognised(row.organisation_id.clone(), actor, permissions, origin)
    } else {
        door::door(row.organisation_id.clone(), origin)
    };
    db.commit(&grant, attempt).await?;
    Ok(welcome.then_some((row.organisation_id, row.id)))
}

/// Leaves a record that the person signed out; the session itself is ended by its store.
pub async fn sign_out(db: &Db, grant: &super::Grant) -> Result<()> {
    db.commit(grant, commands::SignOut).await
}
