//! The session of a request: read from its cookie, kept when a page has changed it.
//!
//! A session begins by signing in and gets a new identifier at step-up; both set the cookie themselves
//! ([`Jar`](crate::cx::Jar)), in the answer that every repeat of the form joins.
use crate::{App, guard};
use axum::{
    extract::{Request, State},
    middleware::Next,
    response::Response,
};
use http::Method;
use tower_sessions::{Session, session::Id};

/// The session's cookie.
pub const COOKIE: &str = "ledgeros_session";

/// Puts the request's session beside it.
pub(crate) async fn carry(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let cookie = guard::own_cookie(&app, request.headers(), COOKIE);
    let session = Session::new(cookie.and_then(|text| text.parse::<Id>().ok()), app.sessions(), None);
    request.extensions_mut().insert(session.clone());
    // What a form changes is kept with its act.
    let looked = request.method() != Method::POST;
    let response = next.run(request).await;
    if looked {
        keep(&session).await;
    }
    response
}

/// Keeps what was changed: the message for the next page.
pub(crate) async fn keep(session: &Session) {
    if session.id().is_some()
        && session.is_modified()
        && let Err(error) = session.save().await
    {
        tracing::warn!(%error, "a session could not be kept");
    }
}
