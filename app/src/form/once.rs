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
        Self { status, headers: HeaderMap::new(), body: text.into(), afterwards: None }
    }

    /// A whole page.
    pub async fn page(response: Response) -> Self {
        let (parts, body) = response.into_parts();
        let body = axum::body::to_bytes(body, usize::MAX).await.unwrap_or_default();
        Self { status: parts.status, headers: parts.headers, body, afterwards: None }
    }

    fn acted(&self) -> bool {
        self.status.is_success() || self.status.is_redirection()
    }

    /// The response.
    pub fn into_response(self) -> Response {
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

    /// A refused form may be sent again at once; the answer of one that acted is forgotten after a while.
    fn settle(&self, db: &Db, token: String, answer: &Answer) {
        if !answer.acted() {
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
