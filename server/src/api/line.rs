//! A call's line in the request log: begun when it comes, written when it has been answered or given up.
use super::{idempotency, scope, table::Route};
use crate::{State, http::request_id::Arrival};
use axum::http::request::Parts;
use domain::{
    access::{Actor, Bearer, Grant, Origin},
    ids::{AgentId, RequestId},
    redact::redact,
    requests::{Call, Entry},
};
use http::{Method, StatusCode};
use std::sync::{Arc, OnceLock};

/// What stands for a caller that went away before the answer, as proxies write it.
const GONE: i64 = 499;

/// The line. Whatever becomes of the call, dropping it hands it in, once the caller is known; a caller that is not
/// known has no organisation in whose log it could stand.
pub(super) struct Line {
    state: State,
    arrival: Arrival,
    origin: Origin,
    route: Arc<Route>,
    idempotency_key: Option<String>,
    replay_of: Option<RequestId>,
    about: Arc<OnceLock<AgentId>>,
    bearer: Option<Bearer>,
}

impl Line {
    pub fn new(state: State, route: Arc<Route>, parts: &Parts) -> Self {
        let arrival = parts.extensions.get().copied().unwrap_or_else(|| Arrival::now(&state.db));
        let key = idempotency::key(&Method::POST, &parts.headers).ok().flatten();
        Self {
            arrival,
            origin: parts.extensions.get().cloned().unwrap_or_default(),
            route,
            idempotency_key: key.map(|key| redact(key.as_str())),
            replay_of: None,
            about: Arc::default(),
            bearer: None,
            state,
        }
    }

    /// The caller's key opened.
    pub fn opened(&mut self, grant: &Grant, key: String) {
        let agent = match grant.actor() {
            Actor::Token { agent, .. } => Some(agent.clone()),
            _ => None,
        };
        let (organisation, environment) = (grant.organisation().clone(), grant.environment());
        self.bearer = Some(Bearer { organisation, environment, key, agent });
    }

    /// The caller's key was proved and does not open.
    pub fn refused(&mut self, bearer: Bearer) {
        self.bearer = Some(bearer);
    }

    /// It is answered with what the call of this id was.
    pub fn replays(&mut self, first: Option<RequestId>) {
        self.replay_of = first;
    }

    /// Where the handler says which agent the call is about.
    pub fn about(&self) -> Arc<OnceLock<AgentId>> {
        self.about.clone()
    }

    /// The call was answered.
    pub async fn answered(mut self, status: StatusCode, error: Option<String>) {
        if let Some(entry) = self.entry(status.as_u16().into(), error) {
            self.state.requests.record(entry).await;
        }
    }

    fn entry(&mut self, status: i64, error: Option<String>) -> Option<Entry> {
        let Bearer { organisation, environment, key, agent } = self.bearer.take()?;
        let call = Call {
            id: self.origin.request.clone()?,
            at: self.arrival.at,
            method: self.route.method.to_string(),
            route: self.route.path.to_owned(),
            status,
            micros: i64::try_from(self.arrival.began.elapsed().as_micros()).unwrap_or(i64::MAX),
            address: self.origin.address.map(|address| address.to_string()),
            client: self.origin.client.clone(),
            key_id: key,
            agent_id: agent.or_else(|| self.about.get().cloned()),
            idempotency_key: self.idempotency_key.take(),
            error,
            replay_of: self.replay_of.take(),
        };
        // What was refused at the door made use of nothing.
        let scopes = match call.status {
            401 | 403 => Vec::new(),
            _ => scope::of(&self.route.method, self.route.path).to_vec(),
        };
        Some(Entry { organisation, environment, call, scopes })
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let (status, error) =
            if std::thread::panicking() { (500, Some("internal_error".to_owned())) } else { (GONE, None) };
        if let Some(entry) = self.entry(status, error) {
            self.state.requests.record_detached(entry);
        }
    }
}
