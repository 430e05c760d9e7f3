//! One call of the API: what its handler gets, and what it gives back.
use super::{error::Failure, idempotency, page};
use crate::{State, config::Config};
use axum::{
    body::Body,
    extract::{FromRequestParts, RawPathParams},
    http::{HeaderValue, StatusCode, header, request::Parts},
    response::Response,
};
use domain::{
    Error,
    access::Grant,
    db::{Command, Db},
    environment::Environment,
    error::Noun,
    ids::{AgentId, RequestId},
    page::Page,
    secret::withholding,
};
use serde::{Deserialize, Serialize};
use std::{
    str::FromStr,
    sync::{Arc, OnceLock},
};
use utoipa::ToSchema;

/// What a handler gives back.
pub type Answer = Result<Reply, Failure>;

/// An empty body (`{}`, or none at all) or query.
#[derive(Debug, Deserialize, ToSchema)]
pub struct Nothing {}

/// A call whose key opened and whose permission and rate suffice.
#[derive(Clone)]
pub struct Call {
    state: State,
    /// What it reads and changes: within a call with an idempotency key, the transaction of that.
    db: Db,
    /// Whether its answer is kept for repeats.
    kept: bool,
    grant: Grant,
    route: &'static str,
    path: Vec<(String, String)>,
    query: Option<String>,
    about: Arc<OnceLock<AgentId>>,
}

impl Call {
    pub(super) async fn new(
        state: State,
        grant: Grant,
        route: &'static str,
        parts: &mut Parts,
        about: Arc<OnceLock<AgentId>>,
    ) -> Self {
        let path: Vec<(String, String)> = match RawPathParams::from_request_parts(parts, &()).await {
            Ok(values) => values.iter().map(|(name, value)| (name.to_owned(), value.to_owned())).collect(),
            // Not UTF-8: no id is spelled so, and every look-up will say so.
            Err(_) => Vec::new(),
        };
        let (db, query) = (state.db.clone(), parts.uri.query().map(str::to_owned));
        let call = Self { state, db, kept: false, grant, route, path, query, about };
        if route.starts_with("/v1/agents/{id}")
            && let Ok(agent) = call.id("id", Noun::Agent)
        {
            call.is_about(&agent);
        }
        call
    }

    /// The same call, made within `db`, with an answer that is kept for repeats.
    pub(super) fn within(&self, db: Db) -> Self {
        Self { db, kept: true, ..self.clone() }
    }

    /// Says for the request log which agent the call is about, where its address does not.
    pub fn is_about(&self, agent: &AgentId) {
        // The first to say so is right: a call is about one agent.
        let _said = self.about.set(agent.clone());
    }

    /// The database, for reads.
    pub fn db(&self) -> &Db {
        &self.db
    }
    /// The caller's power.
    pub fn grant(&self) -> &Grant {
        &self.grant
    }
    /// The server's settings. Its database is [`Self::db`] and no other: a change through another, from within a call
    /// with an idempotency key, would wait for itself.
    pub fn config(&self) -> &Config {
        &self.state.config
    }
    /// The route's template.
    pub fn route(&self) -> &'static str {
        self.route
    }
    pub(super) fn raw_query(&self) -> &str {
        self.query.as_deref().unwrap_or_default()
    }

    /// The id in the address, by its name there. One that cannot be an id is answered like one that is not there.
    pub fn id<T: FromStr>(&self, name: &str, noun: Noun) -> Result<T, Failure> {
        let value = self.path.iter().find(|(n, _)| n == name).map(|(_, value)| value.as_str());
        value.and_then(|value| value.parse().ok()).ok_or_else(|| Error::NotFound(noun).into())
    }

    /// Makes a change with the caller's power.
    pub async fn commit<C: Command>(&self, command: C) -> Result<C::Output, Failure> {
        Ok(self.db.commit(&self.grant, command).await?)
    }

    /// 200 with an object.
    pub fn ok(&self, body: &impl Serialize) -> Answer {
        self.reply(StatusCode::OK, body)
    }

    /// 201 with the object just made.
    pub fn created(&self, body: &impl Serialize) -> Answer {
        self.reply(StatusCode::CREATED, body)
    }

    /// 200 with a page of a list; `id` names a row's id, from which the next page goes on.
    pub fn list<T: Serialize, I: ToString>(&self, page: &Page<T>, id: impl Fn(&T) -> &I) -> Answer {
        let cursor = self.cursor(page, id);
        self.ok(&page::List { object: "list", data: &page.rows, has_more: page.older, cursor })
    }

    /// Where the page after `page` of this call's list begins; none when this is the last.
    pub fn cursor<T, I: ToString>(&self, page: &Page<T>, id: impl Fn(&T) -> &I) -> Option<String> {
        let last = page.rows.last().filter(|_| page.older);
        last.map(|row| page::seal(self, &id(row).to_string()))
    }

    /// Whether an issuer serves the caller's environment: always in dev, in live where the settings name one.
    pub fn issuer_served(&self) -> bool {
        self.grant.environment() == Environment::Dev || self.state.config.live_issuer.is_some()
    }

    fn reply(&self, status: StatusCode, body: &impl Serialize) -> Answer {
        let request_id = self.grant.origin().request.as_ref();
        let success = Success { body, request_id, withheld: None };
        let text = serde_json::to_string(&success).map_err(Error::broken)?;
        let mut kept = None;
        if self.kept {
            let (bare, secrets) =
                withholding(|| serde_json::to_string(&Success { withheld: Some(WITHHELD), ..success }));
            if secrets {
                kept = Some(bare.map_err(Error::broken)?);
            }
        }
        Ok(Reply { status, text, kept, error: None, replayed: None })
    }
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Success<'a, T> {
    #[serde(flatten)]
    body: &'a T,
    request_id: Option<&'a RequestId>,
    #[serde(skip_serializing_if = "Option::is_none")]
    withheld: Option<&'static str>,
}

/// What a repeated call says in the place of the secrets that its first answer showed.
const WITHHELD: &str = "The first answer to this call showed a secret, which is not stored and is not shown again. If you did not \
                        receive it, revoke what was made and make another.";

/// The call that an answer was first given to, by its id where that is known.
pub(super) struct Earlier(pub(super) Option<RequestId>);

/// A success on its way to the caller, or a refusal that was written down under an idempotency key.
pub struct Reply {
    pub(super) status: StatusCode,
    pub(super) text: String,
    /// What is kept of it for repeats, where that is less: without secrets.
    pub(super) kept: Option<String>,
    /// The code of the refusal, where it is one.
    pub(super) error: Option<String>,
    /// It is the answer to an earlier call.
    pub(super) replayed: Option<Earlier>,
}

impl Reply {
    pub(super) fn into_response(self) -> Response {
        let mut response = Response::new(Body::from(self.text));
        *response.status_mut() = self.status;
        let json = HeaderValue::from_static("application/json");
        response.headers_mut().insert(header::CONTENT_TYPE, json);
        if self.replayed.is_some() {
            response.headers_mut().insert(idempotency::REPLAYED, HeaderValue::from_static("true"));
        }
        response
    }
}
