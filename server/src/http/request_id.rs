//! A request's identity: its id, where it comes from, its line in the log, and what becomes of a panic.
use super::{client, fallback::Manner};
use crate::{State, api::error::Failure};
use axum::{
    extract::{self, ConnectInfo, MatchedPath, Request},
    http::{HeaderName, HeaderValue},
    middleware::Next,
    response::Response,
};
use domain::{access::Origin, db::Db, ids::RequestId, time::Timestamp};
use futures::FutureExt;
use std::{net::SocketAddr, panic::AssertUnwindSafe, time::Instant};
use tracing::Instrument;

/// The header that carries the id on every answer.
pub const X_REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

/// When a request came.
#[derive(Debug, Clone, Copy)]
pub struct Arrival {
    /// By the house's clock: the moment of its id.
    pub at: Timestamp,
    /// For measuring how long it takes.
    pub began: Instant,
}

impl Arrival {
    /// It comes now.
    pub fn now(db: &Db) -> Self {
        Self { at: db.now(), began: Instant::now() }
    }
}

/// Gives the request a [`RequestId`] and an [`Origin`], logs one line about it, and turns a panic into a 500.
pub async fn identify(extract::State(state): extract::State<State>, mut request: Request, next: Next) -> Response {
    let arrival = Arrival::now(&state.db);
    let id = RequestId::new(arrival.at, state.db.chance());
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let origin = Origin {
        request: Some(id.clone()),
        address: client::address(peer, request.headers(), &state.config.proxies),
        client: client::name(request.headers()),
        sign_in: None,
    };
    // The route's template and never the address itself, which may hold names, ids and secrets.
    let route = request.extensions().get::<MatchedPath>().map_or_else(|| "-".into(), |path| path.as_str().to_owned());
    let span = tracing::info_span!("request", %id, method = %request.method(), route);
    request.extensions_mut().insert(arrival);
    request.extensions_mut().insert(origin);
    request.extensions_mut().insert(id.clone());
    let manner = Manner::of(&request);

    let answered = AssertUnwindSafe(next.run(request)).catch_unwind().instrument(span.clone()).await;
    let _entered = span.enter();
    let mut response = answered.unwrap_or_else(|_| {
        // The panic hook has written what and where.
        tracing::error!("a request ended in a panic");
        manner.answer(Failure::internal())
    });
    tracing::info!(status = response.status().as_u16(), ms = arrival.began.elapsed().as_millis() as u64, "answered");
    if let Ok(id) = HeaderValue::try_from(id.as_str()) {
        response.headers_mut().insert(X_REQUEST_ID, id);
    }
    response
}
