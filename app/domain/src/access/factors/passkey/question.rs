//! What an authenticator is asked: a challenge of 256 random bits, for one browser, one answer and five minutes.
//!
//! A page that asks leaves no row: it carries what its answer is judged by, sealed. Only questions that were answered
//! are remembered, so that each counts once.
use super::refused;
use crate::{
    Error, Result,
    db::{Db, Tx, sql},
    secret::{Plain, Sealed, Stored},
    time::{MINUTE, Timestamp},
    vault::Place,
};
use serde::{Deserialize, Serialize, de::DeserializeOwned};

/// How long a question may be answered.
const LIFE: i64 = 5 * MINUTE;

/// What a page needs to ask an authenticator.
pub struct Question {
    /// The options for the browser, as JSON.
    pub options: String,
    /// What the answer is judged by: it comes back with it.
    pub state: String,
}

/// What a question is for: its answer is taken for nothing else.
#[derive(Debug, Clone, Copy)]
pub(super) enum About<'a> {
    /// A new passkey for this person.
    New(&'a str),
    /// The use of one.
    Use,
}

impl<'a> About<'a> {
    fn place(self, browser: &'a str) -> Place<'a> {
        let (column, organisation) = match self {
            Self::New(person) => ("new passkey", person),
            Self::Use => ("passkey in use", ""),
        };
        Place { table: "questions", column, organisation, row: browser }
    }
}

#[derive(Serialize, Deserialize)]
struct Asked<S> {
    at: Timestamp,
    judged_by: S,
}

/// Asks the browser whose forms are bound to `browser`.
pub(super) fn ask<S: Serialize>(
    db: &Db,
    browser: &str,
    about: About<'_>,
    options: &impl Serialize,
    judged_by: S,
) -> Result<Question> {
    let asked = serde_json::to_string(&Asked { at: db.now(), judged_by }).map_err(Error::broken)?;
    let sealed = db.vault().seal(about.place(browser), &Plain::new(asked), db.chance());
    let options = serde_json::to_string(options).map_err(Error::broken)?;
    Ok(Question { options, state: hex::encode(sealed.0) })
}

/// A question that was answered, and may not be answered again.
#[derive(Clone)]
pub(super) struct Once {
    hash: Stored,
    ends_at: Timestamp,
}

/// What the answer is judged by, when the question is ours, was put to this browser and is not too old.
pub(super) fn answered<S: DeserializeOwned>(
    db: &Db,
    browser: &str,
    about: About<'_>,
    state: &str,
) -> Result<(S, Once)> {
    let sealed = hex::decode(state).map(Sealed).map_err(|_| refused())?;
    let opened = db.vault().open_sealed(about.place(browser), &sealed).map_err(|_| refused())?;
    let asked: Asked<S> = serde_json::from_str(opened.expose()).map_err(|_| refused())?;
    if browser.is_empty() || db.now().since(asked.at) >= LIFE {
        return Err(refused());
    }
    let hash = db.vault().hash("passkey question", &Plain::new(hex::encode(&sealed.0)));
    Ok((asked.judged_by, Once { hash, ends_at: asked.at + LIFE }))
}

impl Once {
    /// Remembers that the question was answered; refused when it was before.
    pub(super) async fn spend(&self, tx: &mut Tx) -> Result<()> {
        let now = tx.now();
        sql!(tx, execute, "delete from spent_challenges where ends_at < $1", now)?;
        let spent = sql!(
            tx,
            execute,
            "insert into spent_challenges (hash, ends_at) values ($1, $2) on conflict (hash) do nothing",
            &self.hash,
            self.ends_at
        )?;
        if spent == 0 { Err(refused()) } else { Ok(()) }
    }
}
