//! The documented error envelope, and which status and code each refusal of the house has.
use axum::{
    Json,
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::{
    Error,
    alert::{self, Alert},
    error::{Code, Noun},
    ids::RequestId,
    time::{HOUR, SECOND},
};
use serde::Serialize;
use serde_json::{Map, Value};

/// The documented kinds of errors.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum Kind {
    /// The key is missing or bad.
    #[serde(rename = "authentication_error")]
    Authentication,
    /// The key is fine, the permission is missing.
    #[serde(rename = "authorization_error")]
    Authorization,
    /// The request is malformed.
    #[serde(rename = "invalid_request_error")]
    InvalidRequest,
    /// A value cannot be taken.
    #[serde(rename = "validation_error")]
    Validation,
    /// No such thing.
    #[serde(rename = "not_found_error")]
    NotFound,
    /// The thing is in a state that forbids it.
    #[serde(rename = "conflict_error")]
    Conflict,
    /// Too many requests.
    #[serde(rename = "rate_limit_error")]
    RateLimit,
    /// A fault of ours or behind us.
    #[serde(rename = "service_error")]
    Service,
}

impl Kind {
    /// Every kind.
    pub const ALL: [Self; 8] = [
        Self::Authentication,
        Self::Authorization,
        Self::InvalidRequest,
        Self::Validation,
        Self::NotFound,
        Self::Conflict,
        Self::RateLimit,
        Self::Service,
    ];
}

/// A refusal on its way to the caller.
#[derive(Debug, Clone)]
pub struct Failure {
    status: StatusCode,
    kind: Kind,
    code: &'static str,
    message: String,
    param: Option<String>,
    /// Milliseconds until the same call may succeed.
    retry_after: Option<i64>,
    /// What stands in the way, by name.
    more: Map<String, Value>,
    /// The refusal was written down, and is the call's answer for good.
    recorded: bool,
}

#[derive(Serialize)]
struct Envelope<'a> {
    error: Inside<'a>,
    request_id: Option<&'a RequestId>,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct Inside<'a> {
    r#type: Kind,
    code: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    param: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<i64>,
    #[serde(flatten)]
    more: &'a Map<String, Value>,
}

impl Failure {
    fn new(status: StatusCode, kind: Kind, code: &'static str, message: impl Into<String>) -> Self {
        let message = message.into();
        Self { status, kind, code, message, param: None, retry_after: None, more: Map::new(), recorded: false }
    }
    /// A request that is malformed.
    pub fn request(status: StatusCode, code: &'static str, message: impl Into<String>) -> Self {
        Self::new(status, Kind::InvalidRequest, code, message)
    }
    /// The key is missing or does not open.
    pub fn key(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, Kind::Authentication, code, message)
    }
    /// The caller is known and may not.
    pub fn forbidden(code: &'static str, message: impl Into<String>) -> Self {
        Self::new(StatusCode::FORBIDDEN, Kind::Authorization, code, message)
    }
    /// A value of the body or the query cannot be taken.
    pub fn value(param: impl Into<String>, why: &str) -> Self {
        Self::named("parameter_invalid", param.into(), why)
    }
    /// A value that must be there is not.
    pub fn missing(param: impl Into<String>) -> Self {
        Self::named("parameter_missing", param.into(), "must be given")
    }
    /// One of two values must be there, and neither is.
    pub fn missing_one(param: &str, other: &str) -> Self {
        Self::named("parameter_missing", param.to_owned(), &format!("or {other} must be given"))
    }
    /// A name that the route does not know.
    pub fn unknown(param: impl Into<String>) -> Self {
        Self::named("parameter_unknown", param.into(), "is not a parameter of this call")
    }
    fn named(code: &'static str, param: String, why: &str) -> Self {
        let message = format!("{param} {why}");
        Self { param: Some(param), ..Self::new(StatusCode::BAD_REQUEST, Kind::Validation, code, message) }
    }
    /// No such address.
    pub fn no_such_route() -> Self {
        Self::new(StatusCode::NOT_FOUND, Kind::NotFound, "not_found", "There is nothing at this address.")
    }
    /// Too many requests; the same one may succeed after `wait` milliseconds.
    pub fn too_many(wait: i64) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, Kind::RateLimit, "rate_limited", "Too many requests; wait and retry.")
            .retry_after(wait)
    }
    /// The state of something stands in the way; the same call may succeed after `wait` milliseconds, where given.
    pub fn conflict(code: &'static str, message: impl Into<String>, wait: Option<i64>) -> Self {
        Self { retry_after: wait, ..Self::new(StatusCode::CONFLICT, Kind::Conflict, code, message) }
    }
    /// A fault of ours.
    pub fn internal() -> Self {
        let message = "Something went wrong on our side; quote the request id to whoever runs this server.";
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, Kind::Service, "internal_error", message)
    }
    fn retry_after(mut self, ms: i64) -> Self {
        self.retry_after = Some(ms);
        self
    }

    /// With what stands in the way, under a name of its own.
    #[must_use]
    pub fn with(mut self, name: &str, what: Vec<Value>) -> Self {
        self.more.insert(name.to_owned(), what.into());
        self
    }

    /// As the answer of a call that was decided and written down: under an idempotency key what it wrote stands, and
    /// the same call sent again is refused with the same words.
    #[must_use]
    pub fn recorded(mut self) -> Self {
        self.recorded = true;
        self
    }
    /// Whether it is one.
    pub fn is_recorded(&self) -> bool {
        self.recorded
    }

    /// The status of its answer.
    pub fn status(&self) -> StatusCode {
        self.status
    }
    /// The documented code.
    pub fn code(&self) -> &'static str {
        self.code
    }
    /// What went wrong, for a person.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Tells the log what an alarm would want to know of the refusal (security X-L5).
    pub fn tell(&self) {
        let about = match (self.status, self.code) {
            (_, "access_denied" | "invalid_host" | "malformed_request" | "key_in_url" | "key_in_body") => Alert::Bypass,
            (_, "https_required") => Alert::Encryption,
            (StatusCode::UNAUTHORIZED, _) | (_, "address_not_allowed") => Alert::Authentication,
            (StatusCode::FORBIDDEN, _) => Alert::Authorization,
            (StatusCode::TOO_MANY_REQUESTS, _) => Alert::Limit,
            _ => return,
        };
        alert::raise(about, self.code);
    }

    /// The envelope as text, for an answer that is kept.
    pub(super) fn text(&self, id: Option<&RequestId>) -> serde_json::Result<String> {
        serde_json::to_string(&self.envelope(id))
    }

    fn envelope<'a>(&'a self, id: Option<&'a RequestId>) -> Envelope<'a> {
        Envelope {
            error: Inside {
                r#type: self.kind,
                code: self.code,
                message: &self.message,
                param: self.param.as_deref(),
                retry_after: self.retry_after,
                more: &self.more,
            },
            request_id: id,
        }
    }

    /// The answer: the envelope, and `Retry-After` in whole seconds, never too few.
    pub fn respond(&self, id: Option<&RequestId>) -> Response {
        let mut response = (self.status, Json(self.envelope(id))).into_response();
        if let Some(ms) = self.retry_after {
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(whole_seconds(ms)));
        }
        response
    }
}

/// A wait in milliseconds as `Retry-After` says it: whole seconds, never too few.
pub(super) const fn whole_seconds(ms: i64) -> i64 {
    let ms = if ms < 1 { 1 } else { ms };
    (ms + SECOND - 1) / SECOND
}

impl From<Error> for Failure {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(noun) => not_found(noun),
            Error::Denied(_) | Error::StepUp(_) => {
                Self::forbidden("insufficient_permissions", format!("For this key: {error}."))
            }
            Error::OutOfScope(scope) => {
                let message =
                    format!("This key lacks the scope {scope}; whoever may create keys can add it on its page.");
                let failure = Self::forbidden("insufficient_permissions", message);
                Self { param: Some(scope.to_string()), ..failure }
            }
            Error::Refused(refused) => {
                let message = refused.to_string();
                let param = refused.0.into_iter().next().map(|(field, _)| field);
                let failure = Self::new(StatusCode::BAD_REQUEST, Kind::Validation, "parameter_invalid", message);
                Self { param, ..failure }
            }
            Error::State { code, message } => state(code, message),
            Error::Busy => {
                let message = "The service is busy; try again in a moment.";
                Self::new(StatusCode::SERVICE_UNAVAILABLE, Kind::Service, "service_unavailable", message)
                    .retry_after(SECOND)
            }
            Error::Broken(cause) => {
                tracing::error!(cause = %Chain(&*cause), "a request failed");
                Self::internal()
            }
        }
    }
}

/// An error with what caused it, for the log.
struct Chain<'a>(&'a (dyn std::error::Error + 'static));

impl std::fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}", self.0)?;
        let mut cause = self.0.source();
        while let Some(error) = cause {
            write!(f, ": {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

/// The code of each missing thing; those without a documented one share `not_found`.
fn not_found(noun: Noun) -> Failure {
    let code = match noun {
        Noun::User => "user_not_found",
        Noun::Agent => "agent_not_found",
        Noun::Card => "card_not_found",
        Noun::Purchase => "transaction_not_found",
        Noun::Page => return Failure::no_such_route(),
        Noun::Key
        | Noun::Person
        | Noun::Invite
        | Noun::Proposal
        | Noun::Session
        | Noun::Passkey
        | Noun::Organisation
        | Noun::Token
        | Noun::Policy
        | Noun::Finding
        | Noun::Intent
        | Noun::Dispute
        | Noun::Access
        | Noun::Endpoint
        | Noun::Delivery
        | Noun::Request
        | Noun::Record
        | Noun::Log
        | Noun::View => "not_found",
    };
    Failure::new(StatusCode::NOT_FOUND, Kind::NotFound, code, format!("There is no such {noun}."))
}

/// The status of each state that forbids an action.
fn state(code: Code, message: String) -> Failure {
    let (status, kind) = match code {
        Code::CardNotActive => (StatusCode::BAD_REQUEST, Kind::InvalidRequest),
        Code::OwnIntent => (StatusCode::FORBIDDEN, Kind::Authorization),
        Code::ExposureForbidden => (StatusCode::FORBIDDEN, Kind::Authorization),
        Code::CardAlreadyClosed
        | Code::CardNotFrozen
        | Code::AgentNotSuspended
        | Code::CardAlreadyFrozen
        | Code::AgentSuspended
        | Code::OrganisationSuspended
        | Code::OrganisationNotSuspended
        | Code::AgentClosed
        | Code::OpenCards
        | Code::OpenHolds
        | Code::TokenLimitReached
        | Code::CardLimitReached
        | Code::UserNotApproved
        | Code::ApplicationState
        | Code::IntentRequired
        | Code::IntentNotPending
        | Code::IntentConflict
        | Code::TooManyIntents
        | Code::IntentPendingApproval
        | Code::ApprovalNotPending
        | Code::MaxAmountExceeded
        | Code::CardLimitExceeded
        | Code::AuthCountExceeded
        | Code::SpendingLimitExceeded
        | Code::InsufficientFunds
        | Code::CurrencyNotSupported
        | Code::TransactionState
        | Code::DisputeExists
        | Code::DisputeState
        | Code::EndpointDisabled
        | Code::NameTaken
        | Code::AlreadyRevoked
        | Code::LastOwner
        | Code::MemberState
        | Code::ProposalState
        | Code::KeyState
        | Code::SignInOver
        | Code::FactorRequired
        | Code::RevealLimit
        | Code::StaleEdit => (StatusCode::CONFLICT, Kind::Conflict),
        Code::TokenSpent | Code::TokenExpired | Code::LinkSpent => (StatusCode::GONE, Kind::Conflict),
        Code::CredentialReadLimit => (StatusCode::TOO_MANY_REQUESTS, Kind::RateLimit),
        Code::IssuerNotConfigured => (StatusCode::SERVICE_UNAVAILABLE, Kind::Service),
    };
    let failure = Failure::new(status, kind, code.as_str(), message);
    // The window of reads rolls over an hour: by then at the latest one is free.
    if code == Code::CredentialReadLimit { failure.retry_after(HOUR) } else { failure }
}
