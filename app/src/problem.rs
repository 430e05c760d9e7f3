//! What can go wrong on a page or a form, named by what happens next, in words for people.
use domain::{Error, error::Code};
use http::StatusCode;
use leptos::server_fn::{
    codec::JsonEncoding,
    error::{FromServerFnError, ServerFnErrorErr},
};
use serde::{Deserialize, Serialize};

/// Why a page cannot be shown or a form cannot be taken.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Problem {
    /// Nobody is signed in: the door is shown, and leads back.
    SignIn,
    /// The visitor belongs on another page of ours.
    Elsewhere(String),
    /// The role does not allow it; the text says what would be needed.
    Denied(String),
    /// There is nothing here for this visitor.
    NotFound(String),
    /// Entries that cannot be taken: by field, with "" for the form as a whole.
    Refused(Refusal),
    /// The thing is in a state that forbids it.
    State(String),
    /// The form is too old, or not ours.
    Forged,
    /// The database is busy.
    Busy,
    /// A fault of ours; it is in the log under the request id.
    Broken,
}

/// Why a form was refused: by field, with "" for the form as a whole, in the order of looking.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal(pub Vec<(String, String)>);

impl Refusal {
    /// The refusal of one field.
    pub fn field(name: &str, why: impl Into<String>) -> Self {
        Self(vec![(name.into(), why.into())])
    }
    /// Why this field was refused.
    pub fn of(&self, field: &str) -> Option<String> {
        self.0.iter().find(|(name, _)| name == field).map(|(_, why)| why.clone())
    }
}

impl Problem {
    /// A refusal of one field.
    pub fn field(name: &str, why: impl Into<String>) -> Self {
        Self::Refused(Refusal::field(name, why))
    }

    /// The status of the answer.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::SignIn => StatusCode::UNAUTHORIZED,
            Self::Elsewhere(_) => StatusCode::SEE_OTHER,
            Self::Denied(_) | Self::Forged => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::State(_) => StatusCode::CONFLICT,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The heading of the page that says it.
    pub fn title(&self) -> &'static str {
        match self {
            Self::SignIn => "Sign in",
            Self::Elsewhere(_) => "See the other page",
            Self::Denied(_) => "Your role does not allow this",
            Self::NotFound(_) => "Nothing here",
            Self::Refused(_) => "Some entries could not be taken",
            Self::State(_) => "This cannot be done now",
            Self::Forged => "This form could not be trusted",
            Self::Busy => "The server is busy",
            Self::Broken => "Something went wrong on our side",
        }
    }

    /// What it means and what to do, in plain words.
    pub fn advice(&self) -> String {
        match self {
            Self::SignIn => "Sign in to go on.".into(),
            Self::Elsewhere(path) => format!("Go to {path}."),
            Self::Denied(needed) => format!("{needed} Ask an owner or admin of your organisation."),
            Self::NotFound(what) => format!(
                "There is no such {what} here. It may belong to the other environment, or the address may be incomplete."
            ),
            Self::Refused(refusal) => {
                refusal.0.iter().map(|(field, why)| format!("{field} {why}")).collect::<Vec<_>>().join("; ")
            }
            Self::State(why) => why.clone(),
            Self::Forged => {
                "It did not come from a page of this dashboard, or the page was too old. Nothing was changed. \
                 Go back, reload the page and try again."
                    .into()
            }
            Self::Busy => "Nothing was changed. Wait a moment and try again.".into(),
            Self::Broken => {
                "Nothing was changed. Try again; if it happens again, give the request id below to whoever runs \
                 this server: the log has the details."
                    .into()
            }
        }
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(noun) => Self::NotFound(noun.to_string()),
            Error::Denied(permission) => Self::Denied(format!("This needs the permission to {permission}.")),
            Error::Refused(refused) => Self::Refused(Refusal(refused.0)),
            Error::State { code: Code::StaleEdit, message } => Self::Refused(Refusal::field("", message)),
            Error::State { message, .. } => Self::State(message),
            Error::Busy => Self::Busy,
            Error::Broken(cause) => {
                tracing::error!(error = %cause, "a page or form failed");
                Self::Broken
            }
        }
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.title(), self.advice())
    }
}

impl FromServerFnError for Problem {
    type Encoder = JsonEncoding;

    /// The framework's own errors: an input that did not fit the function's arguments.
    fn from_server_fn_error(error: ServerFnErrorErr) -> Self {
        match error {
            ServerFnErrorErr::Args(why)
            | ServerFnErrorErr::MissingArg(why)
            | ServerFnErrorErr::Deserialization(why) => Self::field("", why),
            other => {
                tracing::error!(error = %other, "a server function failed");
                Self::Broken
            }
        }
    }
}
