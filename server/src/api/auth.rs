//! Who calls: the `Api-Key` header, and nothing else.
use super::{error::Failure, keys, line::Line};
use crate::State;
use axum::http::{HeaderMap, HeaderName, StatusCode, Uri, header, request::Parts};
use domain::{
    access::{self, Caller, Grant, Origin},
    environment::Environment,
    keys::format::KeyKind,
};

/// The header that carries a key or an agent token.
pub const API_KEY: HeaderName = HeaderName::from_static("api-key");

/// The caller's power, or why there is none.
pub(super) async fn authenticate(state: &State, parts: &Parts, line: &mut Line) -> Result<Grant, Failure> {
    if holds_a_key(&parts.uri) {
        tracing::warn!("a key came in an address; whoever sees addresses can use it");
        let message =
            "Send the key in the Api-Key header. One in the address is written to logs on its way: revoke it.";
        return Err(Failure::request(StatusCode::BAD_REQUEST, "key_in_url", message));
    }
    let origin = parts.extensions.get::<Origin>().cloned().unwrap_or_default();
    match access::caller(&state.db, key(&parts.headers)?, origin).await? {
        Caller::Known(grant, key) => {
            line.opened(&grant, key.clone());
            keys::used(state, &grant, key);
            Ok(grant)
        }
        Caller::Unknown => Err(Failure::key("invalid_api_key", "The key is not one of this server's.")),
        Caller::Revoked(bearer) => {
            line.refused(bearer);
            Err(Failure::key("revoked_api_key", "The key was revoked; create another."))
        }
        Caller::Expired(bearer) => {
            line.refused(bearer);
            Err(Failure::key("expired_api_key", "The key's time is over; create another."))
        }
    }
}

fn key(headers: &HeaderMap) -> Result<&str, Failure> {
    let mut keys = headers.get_all(API_KEY).iter();
    match (keys.next(), keys.next()) {
        (Some(key), None) => {
            key.to_str().map_err(|_| Failure::key("invalid_api_key", "The key is not one of this server's."))
        }
        (Some(_), Some(_)) => Err(Failure::key("invalid_api_key", "Send one Api-Key header, not several.")),
        (None, _) if headers.contains_key(header::AUTHORIZATION) => {
            Err(Failure::key("missing_api_key", "Send the key in the Api-Key header, not in Authorization."))
        }
        (None, _) => Err(Failure::key("missing_api_key", "Send the key in the Api-Key header.")),
    }
}

/// Whether an address has something in it that begins like a key.
fn holds_a_key(uri: &Uri) -> bool {
    let text = uri.path_and_query().map_or("", |whole| whole.as_str());
    KeyKind::ALL.iter().any(|kind| Environment::ALL.iter().any(|world| text.contains(&format!("{kind}_{world}_"))))
}
