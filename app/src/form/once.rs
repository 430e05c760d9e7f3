//! One form token, one act: a double click joins the first answer.
//!
//! An answer is kept for 2 s, in this process' memory only, because it may show a secret. After that only
//! the fact is kept, and where a repeat leads. A refused form did nothing, so its token may be used again.
use axum::{
    body::{Body, Bytes},
    response::{IntoResponse, Response},
};
use domain::{
    db::Db,
    time::{HOUR, Timestamp},
};
use http::{HeaderMap, HeaderValue, StatusCode, header};
use std::{
    collections::HashMap,
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};
use tokio::sync::OnceCell;

/// How long a repeat is given the first answer.
const JOIN: Duration = Duration::from_secs(2);
/// How long a used token is remembered.
const REMEMBER_MS: i64 = 12 * HOUR;

/// What a form was answered.
#[derive(Clone)]
pub struct Answer {
    status: StatusCode,
    pub(super) headers: HeaderMap,
    body: Bytes,
    /// The nonce of its scripts: another request has a policy with another one.
    pub(super) nonce: String,
    /// A file in place of the body: it goes to whoever comes first.
    file: Option<Arc<Mutex<Option<Body>>>>,
    /// Where a repeat leads once this answer is forgotten.
    pub(super) afterwards: Option<String>,
}

impl Answer {
    /// 303 with these headers, among them where to.
    pub fn redirect(headers: HeaderMap) -> Self {
        Self { headers, ..Self::of(StatusCode::SEE_OTHER, String::new()) }
    }

    /// A bare status with a text.
    pub fn of(status: StatusCode, text: String) -> Self {
        Self {
            status,
            headers: HeaderMap::new(),
            body: text.into(),
            nonce: String::new(),
            file: None,
            afterwards: None,
        }
    }

    /// A whole page.
    pub async fn page(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
        Self { status: parts.status, headers: parts.headers, body, nonce: String::new(), file: None, afterwards: None }
    }

    /// A file, which is not kept: it may be as long as it likes.
    pub fn file(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let file = Some(Arc::new(Mutex::new(Some(body))));
        Self { headers: parts.headers, file, ..Self::of(parts.status, String::new()) }
    }

    fn acted(&self) -> bool {
        self.status.is_success() || self.status.is_redirection()
    }

    /// The response to a request whose scripts have this nonce.
    pub fn into_response(mut self, nonce: &str) -> Response {
        if let Ok(html) = std::str::from_utf8(&self.body)
            && !self.nonce.is_empty()
            && self.nonce != nonce
        {
            let said = |nonce: &str| format!("nonce=\"{nonce}\"");
            self.body = html.replace(&said(&self.nonce), &said(nonce)).into();
        }
        if let Some(file) = self.file {
            return match file.lock().unwrap_or_else(PoisonError::into_inner).take() {
                Some(body) => (self.status, self.headers, body).into_response(),
                // The second of a double click: the file is on its way, and the page stays.
                None => StatusCode::NO_CONTENT.into_response(),
            };
        }
        (self.status, self.headers, Body::from(self.body)).into_response()
    }
}

enum Use {
    Acting(Arc<OnceCell<Answer>>),
    Over { at: Timestamp, location: Option<HeaderValue> },
}

/// The forms that were sent.
#[derive(Clone, Default)]
pub struct Once(Arc<Mutex<HashMap<String, Use>>>);

impl Once {
    /// Runs `act` for this token unless it ran before; whoever comes while it runs, or within 2 s, gets the
    /// same answer.
    pub async fn run(&self, db: Db, token: String, act: impl Future<Output = Answer> + Send + 'static) -> Answer {
        let cell = {
            let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
            match all.get(&token) {
                Some(Use::Acting(cell)) => cell.clone(),
                Some(Use::Over { location, .. }) => return repeated(location.clone()),
                None => {
                    let now = db.now();
                    all.retain(|_, used| !matches!(used, Use::Over { at, .. } if now.since(*at) > REMEMBER_MS));
                    let cell = Arc::new(OnceCell::new());
                    all.insert(token.clone(), Use::Acting(cell.clone()));
                    cell
                }
            }
        };
        let uses = self.clone();
        let task = tokio::spawn(async move {
            let first = !cell.initialized();
            let answer = cell.get_or_init(|| act).await.clone();
            if first {
                uses.settle(&db, token, &answer);
            }
            answer
        });
        task.await.unwrap_or_else(|_| Answer::of(StatusCode::INTERNAL_SERVER_ERROR, String::new()))
    }

    /// A refused form may be sent again at once, and so may one that gave a file: it did nothing else. The answer of one
    /// that acted is forgotten after a while.
    fn settle(&self, db: &Db, token: String, answer: &Answer) {
        if !answer.acted() || answer.file.is_some() {
            self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&token);
            return;
        }
        let location = match &answer.afterwards {
            Some(path) => HeaderValue::from_str(path).ok(),
            None => answer.headers.get(header::LOCATION).cloned(),
        };
        let (uses, at) = (self.clone(), db.now());
        tokio::spawn(async move {
            tokio::time::sleep(JOIN).await;
            uses.0.lock().unwrap_or_else(PoisonError::into_inner).insert(token, Use::Over { at, location });
        });
    }
}

fn repeated(location: Option<HeaderValue>) -> Answer {
    match location {
        Some(location) => Answer::redirect(HeaderMap::from_iter([(header::LOCATION, location)])),
        None => Answer::of(StatusCode::CONFLICT, "This form was sent before; it was done once.".into()),
    }
}
