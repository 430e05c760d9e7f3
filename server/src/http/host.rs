//! The `Host` check: pages are served under configured names only, so that no other name can be made to point
//! here and act in our place (security X-W9).
use super::{fallback, health};
use crate::{
    State,
    api::error::Failure,
    config::{Config, is_loopback},
};
use axum::{
    extract::{self, Request},
    http::{StatusCode, header, uri::Authority},
    middleware::Next,
    response::Response,
};

/// Refuses a request that does not name this server exactly once.
pub async fn check(extract::State(state): extract::State<State>, request: Request, next: Next) -> Response {
    if names_us(&state.config, &request) || request.uri().path().starts_with(health::PREFIX) {
        return next.run(request).await;
    }
    let failure = Failure::request(StatusCode::BAD_REQUEST, "invalid_host", "This server does not go by that name.");
    fallback::answer(&request, failure)
}

fn names_us(config: &Config, request: &Request) -> bool {
    let mut hosts = request.headers().get_all(header::HOST).iter();
    let (Some(host), None) = (hosts.next(), hosts.next()) else { return false };
    let Ok(host) = host.to_str() else { return false };
    // A request line with a whole address in it must not say something else.
    allowed(config, host) && request.uri().authority().is_none_or(|line| line.as_str() == host)
}

fn allowed(config: &Config, host: &str) -> bool {
    let Ok(authority) = host.parse::<Authority>() else { return false };
    if host.contains('@') {
        return false;
    }
    match &config.url {
        Some(url) => {
            let default = if url.https() { 443 } else { 80 };
            authority.host().eq_ignore_ascii_case(url.host())
                && Some(authority.port_u16().unwrap_or(default)) == url.port()
        }
        None => is_loopback(authority.host()),
    }
}
