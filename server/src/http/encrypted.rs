//! Nothing but https, where the public address is https (security X-W10, X-W12).
//!
//! A proxy ends TLS before us, on this machine or at an address that `LEDGEROS_PROXIES` names. Whoever else reaches the
//! port does so without encryption, and is refused: a session or a key would travel in the open.
use super::{fallback, health};
use crate::{State, api::error::Failure};
use axum::{
    extract::{self, ConnectInfo, Request},
    http::{HeaderMap, Method, StatusCode, header},
    middleware::Next,
    response::{IntoResponse, Redirect, Response},
};
use ipnet::IpNet;
use std::net::{IpAddr, SocketAddr};

/// Refuses what came without encryption. Somebody who opens a page that way is led to it over https; a call of the
/// API never is, since its key has been in the open by then and whoever sent it must know.
pub async fn check(extract::State(state): extract::State<State>, request: Request, next: Next) -> Response {
    let peer = request.extensions().get::<ConnectInfo<SocketAddr>>().map(|ConnectInfo(peer)| peer.ip());
    let config = &state.config;
    let probe = request.uri().path().starts_with(health::PREFIX);
    if !config.https() || probe || peer.is_none_or(|peer| is_encrypted(peer, request.headers(), &config.proxies)) {
        return next.run(request).await;
    }
    let page = !fallback::is_api(request.uri().path()) && matches!(*request.method(), Method::GET | Method::HEAD);
    let html = request.headers().get(header::ACCEPT).is_some_and(|accept| accept.as_bytes().starts_with(b"text/html"));
    if page && html {
        let path = request.uri().path_and_query().map_or("/", |path| path.as_str());
        return Redirect::permanent(&format!("{}{path}", config.address())).into_response();
    }
    let message =
        "This server is reached over https only. Whoever runs it names the proxy that ends TLS in LEDGEROS_PROXIES.";
    fallback::answer(&request, Failure::request(StatusCode::FORBIDDEN, "https_required", message))
}

fn is_encrypted(peer: IpAddr, headers: &HeaderMap, proxies: &[IpNet]) -> bool {
    let peer = peer.to_canonical();
    if proxies.iter().any(|network| network.contains(&peer)) {
        let mut said = headers.get_all("x-forwarded-proto").iter();
        return said.next_back().is_none_or(|proto| proto.as_bytes().eq_ignore_ascii_case(b"https"));
    }
    peer.is_loopback()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_proxies_and_this_machine_are_believed() {
        let proxies = ["10.0.0.7/32".parse().unwrap()];
        for (peer, proto, expected) in [
            ("127.0.0.1", "", true),
            ("::1", "", true),
            ("::ffff:127.0.0.1", "http", true),
            ("10.0.0.7", "", true),
            ("10.0.0.7", "https", true),
            ("10.0.0.7", "http", false),
            ("10.0.0.7", "https, http", false),
            ("10.0.0.8", "https", false),
            ("203.0.113.5", "", false),
        ] {
            let mut headers = HeaderMap::new();
            if !proto.is_empty() {
                headers.insert("x-forwarded-proto", proto.parse().unwrap());
            }
            assert_eq!(is_encrypted(peer.parse().unwrap(), &headers, &proxies), expected, "{peer} {proto}");
        }
    }
}
