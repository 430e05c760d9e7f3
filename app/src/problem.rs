//! What can go wrong on a page or a form, named by what happens next, in words for people.
use domain::{
    Error,
    alert::{self, Alert},
    error::Code,
};
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
    /// The visitor may, once a factor is shown again.
    StepUp,
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
    /// Somebody else changed the thing since the form about it was opened.
    Stale(String),
    /// There is no such way to ask for this address.
    NotThisWay,
    /// What was sent to a form is none.
    NotAForm,
    /// The form has more than is read.
    TooLarge,
    /// The form did not arrive whole, or not in time.
    Unread,
    /// The form is too old, or not ours.
    Forged,
    /// The place in a list that the address names is none of this list; its first page is here.
    Astray(String),
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
        let mut refusal = Self::default();
        refusal.add(name, why);
        refusal
    }
    /// Notes why a field was refused. What begins in lower case is about the field and gets its name before it.
    pub fn add(&mut self, name: &str, why: impl Into<String>) {
        let why = why.into();
        let about = !name.is_empty() && why.starts_with(char::is_lowercase);
        let why = if about { format!("{} {why}", crate::shell::capital(&name.replace('_', " "))) } else { why };
        self.0.push((name.to_owned(), why));
    }
    /// Takes a value, or notes why its field was refused.
    pub fn take<T, E: std::fmt::Display>(&mut self, name: &str, value: Result<T, E>) -> Option<T> {
        value.map_err(|why| self.add(name, why.to_string())).ok()
    }
    /// Takes the version that the form was opened with.
    pub fn version(&mut self, sent: &str) -> Option<i64> {
        self.take("version", sent.parse::<i64>().map_err(|_| "must come from the form"))
    }
    /// `value` when nothing was refused.
    pub fn or<T>(self, value: Option<T>) -> Result<T, Problem> {
        match value {
            Some(value) if self.0.is_empty() => Ok(value),
            _ => Err(Problem::Refused(self)),
        }
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
            Self::Denied(_) | Self::Forged | Self::StepUp => StatusCode::FORBIDDEN,
            Self::NotFound(_) => StatusCode::NOT_FOUND,
            Self::Refused(_) => StatusCode::UNPROCESSABLE_ENTITY,
            Self::State(_) | Self::Stale(_) => StatusCode::CONFLICT,
            Self::NotThisWay => StatusCode::METHOD_NOT_ALLOWED,
            Self::NotAForm => StatusCode::UNSUPPORTED_MEDIA_TYPE,
            Self::TooLarge => StatusCode::PAYLOAD_TOO_LARGE,
            Self::Unread | Self::Astray(_) => StatusCode::BAD_REQUEST,
            Self::Busy => StatusCode::SERVICE_UNAVAILABLE,
            Self::Broken => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// The heading of the page that says it.
    pub fn title(&self) -> &'static str {
        match self {
            Self::SignIn => "Sign in",
            Self::StepUp => "Show that it is you",
            Self::Elsewhere(_) => "See the other page",
            Self::Denied(_) => "Your role does not allow this",
            Self::NotFound(_) => "Nothing here",
            Self::Refused(_) => "Some entries could not be taken",
            Self::State(_) => "This cannot be done now",
            Self::Stale(_) => "Changed meanwhile",
            Self::NotThisWay => "This address cannot be used in this way",
            Self::NotAForm => "This address takes forms only",
            Self::TooLarge => "This form is too large",
            Self::Unread => "This form did not arrive whole",
            Self::Forged => "This form could not be trusted",
            Self::Astray(_) => "This place in the list is not known",
            Self::Busy => "The server is busy",
            Self::Broken => "Something went wrong on our side",
        }
    }

    /// What it means and what to do, in plain words.
    pub fn advice(&self) -> String {
        match self {
            Self::SignIn => "Sign in to go on.".into(),
            Self::StepUp => "Nothing was changed. Show that it is you, and it is done.".into(),
            Self::Elsewhere(path) => format!("Go to {path}."),
            Self::Denied(needed) => format!("{needed} Ask an owner or admin of your organisation."),
            Self::NotFound(what) => format!(
                "There is no such {what} here. It may belong to the other environment, or the address may be incomplete."
            ),
            Self::Refused(refusal) => {
                // Each has the name of its field already, where it needs one.
                refusal.0.iter().map(|(_, why)| format!("{}.", why.trim_end_matches('.'))).collect::<Vec<_>>().join(" ")
            }
            Self::State(why) | Self::Stale(why) => why.clone(),
            Self::NotThisWay => {
                "Nothing was changed. Open the page from a link or the address bar, and send forms by their own button."
                    .into()
            }
            Self::NotAForm => {
                "Nothing was changed. Open the page and send its form by its own button; programs use the API under \
                 /v1 instead."
                    .into()
            }
            Self::TooLarge => {
                "Nothing was changed. All entries together may have 64 KiB: go back, shorten them and send the form \
                 again."
                    .into()
            }
            Self::Unread => {
                "Nothing was changed. The connection was slow or broke off: go back and send the form again.".into()
            }
            Self::Forged => {
                "It did not come from a page of this dashboard, or the page was too old. Nothing was changed. \
                 Go back, reload the page and try again."
                    .into()
            }
            Self::Astray(_) => {
                "The address was changed or cut short, or comes from another list. Begin at the first page: the filters \
                 are kept."
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

impl Problem {
    /// What the log is told of it, where an alarm would want to know; `acted` says that a form was sent.
    pub(crate) fn tell(&self, acted: bool) {
        let (about, code) = match self {
            Self::SignIn if acted => (Alert::Authentication, "no_session"),
            Self::Denied(_) => (Alert::Authorization, "role"),
            Self::Forged => (Alert::Bypass, "form_token"),
            Self::NotAForm => (Alert::Bypass, "not_a_form"),
            _ => return,
        };
        alert::raise(about, code);
    }
}

impl From<Error> for Problem {
    fn from(error: Error) -> Self {
        match error {
            Error::NotFound(noun) => Self::NotFound(noun.to_string()),
            Error::Denied(permission) => Self::Denied(format!("This needs the permission to {permission}.")),
            Error::OutOfScope(scope) => Self::Denied(format!("This needs the scope {scope}.")),
            Error::StepUp(_) => Self::StepUp,
            Error::Refused(refused) => {
                let mut refusal = Refusal::default();
                for (field, why) in refused.0 {
                    refusal.add(&snake(&field), why);
                }
                Self::Refused(refusal)
            }
            Error::State { code: Code::StaleEdit, message } => Self::Stale(message),
            Error::State { message, .. } => Self::State(message),
            Error::Busy => Self::Busy,
            Error::Broken(cause) => {
                tracing::error!(error = %cause, "a page or form failed");
                Self::Broken
            }
        }
    }
}

/// The API's name of a field as the forms write it: `maxCards` is `max_cards`.
fn snake(name: &str) -> String {
    let mut text = String::with_capacity(name.len() + 2);
    for c in name.chars() {
        if c.is_ascii_uppercase() {
            text.push('_');
        }
        text.push(c.to_ascii_lowercase());
    }
    text
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
