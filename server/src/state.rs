//! What every request may use.
use crate::{
    api::{keys::KeyUses, limits::Limits},
    config::Config,
    http::reports::Reports,
    requests::RequestLog,
};
use domain::db::Db;
use std::{ops::Deref, sync::Arc};
use tokio_util::{sync::CancellationToken, task::TaskTracker};

/// The database, the settings and what the process remembers between requests. Cheap to clone.
#[derive(Clone)]
pub struct State(Arc<Inner>);

/// The parts of a [`State`].
pub struct Inner {
    /// The database.
    pub db: Db,
    /// The settings.
    pub config: Config,
    /// How much each organisation may still ask for.
    pub limits: Limits,
    /// Which uses of keys have been noted lately.
    pub key_uses: KeyUses,
    /// How many reports of browsers were logged lately.
    pub reports: Reports,
    /// Cancelled when the process has been told to stop: from then on it is not ready, though it still answers.
    pub stopping: CancellationToken,
    /// Where calls of the API are logged.
    pub requests: RequestLog,
    /// Work that outlives its request; draining waits for it.
    pub tasks: TaskTracker,
}

impl State {
    /// The state of a server over `db`. Within a runtime: the request log's writer runs there.
    pub fn new(config: Config, db: Db) -> Self {
        let limits = Limits::new(config.rate_read, config.rate_write, config.rate_card);
        let requests = RequestLog::start(db.clone());
        Self(Arc::new(Inner {
            db,
            config,
            limits,
            key_uses: KeyUses::default(),
            reports: Reports::default(),
            stopping: CancellationToken::new(),
            requests,
            tasks: TaskTracker::new(),
        }))
    }
}

impl Deref for State {
    type Target = Inner;
    fn deref(&self) -> &Inner {
        &self.0
    }
}
