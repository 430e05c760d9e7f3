//! Server functions as plain HTML forms.
//!
//! A page posts to its own URL. The handler runs the server function; when that redirects, so does the
//! response (303). Otherwise the same page is rendered again with what was [`Posted`] in context: 422 with
//! every entry kept and a refusal per field, or 200 with the result, which is how a secret is shown once.
//! Nothing goes through the URL, the Referer or the session.
mod allowed;
mod confirmation;
pub mod conflict;
pub mod entry;
mod fleeting;
mod kept;
mod once;
mod page_form;
mod step_up;
pub mod token;

pub use confirmation::{PageConfirm, confirm};
pub use fleeting::fleeting;
pub use kept::Kept;
pub(crate) use kept::refill;
pub use once::{Answer, Once};
pub use page_form::{PageForm, Reason};
pub(crate) use step_up::{entry as step_up_entry, passkey_site};

use crate::{
    App,
    cx::{Cx, cx},
    guard::{self, Access},
    problem::{Problem, Refusal},
    screen::{self, Loaded},
    session,
};
use axum::{body::Body, extract::Request, response::Response};
use domain::alert::{self, Alert};
use http::{HeaderValue, StatusCode, header, request::Parts};
use leptos::{prelude::*, server_fn::ServerFn};
use leptos_axum::ResponseOptions;
use serde::de::DeserializeOwned;
use std::{
    any::Any,
    collections::BTreeMap,
    future::Future,
    sync::{Arc, PoisonError},
};

/// The largest form that is read.
const MOST_BYTES: usize = 64 * 1024;
/// Fields that are never refilled.
const SECRET_FIELDS: [&str; 8] = [
    "password",
    "password_again",
    "current_password",
    "code",
    "found",
    step_up::CODE,
    step_up::PASSWORD,
    step_up::PASSKEY,
];

/// What was entered, by field.
pub(crate) type Fields = BTreeMap<String, Vec<String>>;

/// A form as it was posted, while its page is rendered again.
pub struct Posted {
    input: Fields,
    refusal: Refusal,
    output: Option<Arc<dyn Any + Send + Sync>>,
    /// Somebody else has changed the thing since the form was opened.
    stale: bool,
}

impl Posted {
    /// Whether it was refused.
    pub fn is_refused(&self) -> bool {
        !self.refusal.0.is_empty()
    }

    fn sent(&self, field: &str) -> &[String] {
        self.input.get(field).map(Vec::as_slice).unwrap_or_default()
    }

    /// Whether a form that is stale left a field as it was when the person began.
    fn is_untouched(&self, field: &str) -> bool {
        let was = conflict::was(field);
        self.stale && (self.sent(field) == self.sent(&was)) && self.input.keys().any(|name| name.starts_with("was_"))
    }
}

/// The form of this page: blank, or as posted.
pub struct Form(Arc<Cx>);

/// The form of this page.
pub fn use_form() -> Form {
    Form(cx())
}

impl Form {
    /// What was typed into a field, or else `start`. After somebody else's change an entry that was not touched is
    /// `start`, too: what is in force now.
    pub fn value(&self, field: &str, start: impl Into<String>) -> String {
        match &self.0.posted {
            Some(posted) if !posted.is_untouched(field) => posted.sent(field).first().cloned().unwrap_or_default(),
            _ => start.into(),
        }
    }
    /// Whether a box was ticked, or else `start`, as with [`Self::value`].
    pub fn ticked(&self, field: &str, value: &str, start: bool) -> bool {
        match &self.0.posted {
            Some(posted) if !posted.is_untouched(field) => posted.sent(field).iter().any(|v| v == value),
            _ => start,
        }
    }
    /// What was sent for a field, if the form was sent and had it.
    pub fn entered(&self, field: &str) -> Option<String> {
        self.0.posted.as_ref()?.sent(field).first().cloned()
    }
    /// All that was sent for a field, if the form was sent.
    pub fn sent(&self, field: &str) -> Option<Vec<String>> {
        self.0.posted.as_ref().map(|posted| posted.sent(field).to_vec())
    }
    /// Whether somebody else has changed the thing since the form was opened.
    pub fn is_stale(&self) -> bool {
        self.0.posted.as_ref().is_some_and(|posted| posted.stale)
    }
    /// Why a field was refused.
    pub fn refusal(&self, field: &str) -> Option<String> {
        self.0.posted.as_ref()?.refusal.of(field)
    }
    /// Every refusal, in order: for the summary on top.
    pub fn refusals(&self) -> Vec<(String, String)> {
        self.0.posted.as_ref().map(|p| p.refusal.0.clone()).unwrap_or_default()
    }
    /// What the server function gave back.
    pub fn output<T: Send + Sync + 'static>(&self) -> Option<Arc<T>> {
        self.0.posted.as_ref()?.output.clone()?.downcast().ok()
    }
}

/// The POST of a screen: runs `F` once per form token and answers as described above.
pub(crate) async fn submit<F, Fut>(app: App, access: Access, request: Request, page: fn() -> Fut) -> Response
where
    F: ServerFn<Error = Problem> + DeserializeOwned + Send + 'static,
    F::Output: Send + Sync + 'static,
    Fut: Future<Output = Loaded> + Send + 'static,
{
    let (parts, body) = request.into_parts();
    let cx = match guard::enter(&app, parts, access).await {
        Ok(cx) => cx,
        Err((cx, Problem::SignIn)) => return send_to_the_door(*cx, body).await,
        Err((cx, problem)) => return screen::problem_response(*cx, problem),
    };
    if !is_form(&cx.parts) {
        return screen::problem_response(cx, Problem::NotAForm);
    }
    let body = match axum::body::to_bytes(body, MOST_BYTES).await {
        Ok(body) => body,
        Err(error) => return screen::problem_response(cx, unread(&error)),
    };
    let input = fields(&body);
    let token = input.get(token::FIELD).and_then(|all| all.first()).cloned().unwrap_or_default();
    if !token::is_ours(&app, &cx.form_secret, &token) {
        return distrusted(cx, input, page).await;
    }
    // In a task of its own: a browser that goes away must not leave the act half-known.
    let (once, nonce) = (app.once.clone(), cx.nonce.clone());
    let act = async move {
        let (jar, nonce) = (cx.jar.clone(), cx.nonce.clone());
        let mut answer = act::<F, Fut>(cx, input, &body, page).await;
        jar.empty_into(&mut answer.headers);
        answer.nonce = nonce;
        answer
    };
    let answer = once.run(app.db.clone(), token, act).await;
    answer.into_response(&nonce)
}

fn is_form(parts: &Parts) -> bool {
    let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok());
    let kind = kind.and_then(|v| v.split(';').next()).map(str::trim);
    kind.is_some_and(|kind| kind.eq_ignore_ascii_case("application/x-www-form-urlencoded"))
}

/// Why a body could not be read: too large, too slow, or broken off.
fn unread(error: &axum::Error) -> Problem {
    let mut cause: Option<&dyn std::error::Error> = Some(error);
    while let Some(error) = cause {
        if error.to_string().contains("length limit exceeded") {
            return Problem::TooLarge;
        }
        cause = error.source();
    }
    Problem::Unread
}

/// Nobody is signed in any more: the way to the door and back, with the entries kept.
async fn send_to_the_door(cx: Cx, body: Body) -> Response {
    if is_form(&cx.parts)
        && let Ok(body) = axum::body::to_bytes(body, MOST_BYTES).await
    {
        cx.app.kept.keep(&cx, fields(&body));
    }
    screen::problem_response(cx, Problem::SignIn)
}

/// The page again, with the entries and a token that can be trusted: its own was not ours or not this session's.
async fn distrusted<Fut>(mut cx: Cx, input: Fields, page: fn() -> Fut) -> Response
where
    Fut: Future<Output = Loaded> + Send + 'static,
{
    Problem::Forged.tell(true);
    let refusal = Refusal::field("", Problem::Forged.advice());
    cx.posted = Some(Posted { input: without_secrets(input), refusal, output: None, stale: false });
    again(cx, Problem::Forged.status(), page).await
}

/// The page with what was posted, under a status that says it was not taken.
async fn again<Fut>(cx: Cx, status: StatusCode, page: fn() -> Fut) -> Response
where
    Fut: Future<Output = Loaded> + Send + 'static,
{
    let mut response = screen::show(cx, page).await;
    // Otherwise the page itself is gone, or leads elsewhere now: that is the answer, under its own status.
    if response.status() == StatusCode::OK {
        *response.status_mut() = status;
        // A refused form may be shown again by Back; what is shown once is kept nowhere.
        let caching = if status == StatusCode::OK { "no-store" } else { "private, no-cache" };
        response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static(caching));
    }
    response
}

fn without_secrets(mut input: Fields) -> Fields {
    for secret in SECRET_FIELDS {
        input.remove(secret);
    }
    input
}

/// Shows the factor that came with the form, if one did; then acts, and keeps what the act left in the session.
async fn act<F, Fut>(cx: Cx, input: Fields, body: &[u8], page: fn() -> Fut) -> Answer
where
    F: ServerFn<Error = Problem> + DeserializeOwned + Send + 'static,
    F::Output: Send + Sync + 'static,
    Fut: Future<Output = Loaded> + Send + 'static,
{
    let cx = match step_up::take(cx, &input).await {
        Ok(cx) => cx,
        Err((cx, refusal)) => return step_up::ask(*cx, body, refusal).await,
    };
    let session = cx.session.clone();
    let answer = perform::<F, Fut>(cx, input, body, page).await;
    session::keep(&session).await;
    answer
}

/// Runs `F` and makes the answer: a redirect, or the page again with what came of it.
async fn perform<F, Fut>(mut cx: Cx, input: Fields, body: &[u8], page: fn() -> Fut) -> Answer
where
    F: ServerFn<Error = Problem> + DeserializeOwned + Send + 'static,
    F::Output: Send + Sync + 'static,
    Fut: Future<Output = Loaded> + Send + 'static,
{
    let reply = ResponseOptions::default();
    let shared = Arc::new(cx);
    let result = match allowed::unknown::<F>(&input) {
        Some(name) => {
            alert::raise(Alert::Bypass, "unknown_field");
            Err(Problem::field("", format!("the field {name} is not part of this form; reload the page")))
        }
        None => run::<F>(shared.clone(), reply.clone(), body).await,
    };
    let said = reply.0.read().unwrap_or_else(PoisonError::into_inner).headers.clone();
    if result.is_ok() && said.contains_key(header::LOCATION) {
        return Answer::redirect(said);
    }
    if result.is_ok()
        && let Some(file) = shared.attached.lock().unwrap_or_else(PoisonError::into_inner).take()
    {
        return Answer::file(file);
    }
    let afterwards = shared.afterwards.lock().unwrap_or_else(PoisonError::into_inner).take();
    cx = match Arc::try_unwrap(shared) {
        Ok(cx) => cx,
        Err(_) => return Answer::of(StatusCode::INTERNAL_SERVER_ERROR, String::new()),
    };
    let (status, refusal, output, stale) = match result {
        Ok(output) => (StatusCode::OK, Refusal::default(), Some(Arc::new(output) as Arc<dyn Any + Send + Sync>), false),
        Err(Problem::Refused(refusal)) => (StatusCode::UNPROCESSABLE_ENTITY, refusal, None, false),
        Err(problem @ (Problem::State(_) | Problem::Stale(_))) => {
            let stale = matches!(problem, Problem::Stale(_));
            (problem.status(), Refusal::field("", problem.advice()), None, stale)
        }
        // Nothing was changed, and the entries need not be typed again.
        Err(problem @ (Problem::Busy | Problem::Broken)) => {
            (problem.status(), Refusal::field("", problem.advice()), None, false)
        }
        Err(Problem::StepUp) => return step_up::ask(cx, body, Refusal::default()).await,
        Err(problem) => {
            if let Problem::Denied(needed) = &problem {
                guard::record_refusal(&cx, needed.clone()).await;
            }
            return Answer::page(screen::problem_response(cx, problem)).await;
        }
    };
    cx.posted = Some(Posted { input: without_secrets(input), refusal, output, stale });
    let mut response = again(cx, status, page).await;
    let shown = response.status() == status;
    fleeting::carry(&said, &mut response);
    let mut answer = Answer::page(response).await;
    answer.afterwards = afterwards.filter(|_| shown);
    answer
}

async fn run<F>(cx: Arc<Cx>, reply: ResponseOptions, body: &[u8]) -> Result<F::Output, Problem>
where
    F: ServerFn<Error = Problem> + DeserializeOwned,
{
    let input: F = serde_qs::Config::new(5, false).deserialize_bytes(body).map_err(|e| {
        alert::raise(Alert::Bypass, "value_not_offered");
        Problem::field("", plain_words(&e.to_string()))
    })?;
    let parts: Parts = cx.parts.clone();
    screen::within(cx, move || async move {
        provide_context(parts);
        provide_context(reply);
        input.run_body().await
    })
    .await
}

/// The parser's message in words of ours: a form of this dashboard always has its fields, so whoever sees
/// this came from elsewhere.
fn plain_words(message: &str) -> String {
    match message.split('`').nth(1) {
        Some(field) if message.contains("missing field") => format!("the field {field} is missing; reload the page"),
        _ => "one of the fields has a value that this form does not offer; reload the page".into(),
    }
}

fn fields(body: &[u8]) -> Fields {
    let mut all = Fields::new();
    for (name, value) in serde_urlencoded::from_bytes::<Vec<(String, String)>>(body).unwrap_or_default() {
        let name = name.split('[').next().unwrap_or_default().to_owned();
        all.entry(name).or_default().push(value);
    }
    all
}

/// Makes the answer a redirect to `path`, which is one of [`crate::paths`].
///
/// Not the framework's own: that one adds a header for its browser side, which we do not have.
pub fn go(path: &str) {
    if let (Some(reply), Ok(path)) = (use_context::<ResponseOptions>(), HeaderValue::from_str(path)) {
        reply.insert_header(header::LOCATION, path);
    }
}
