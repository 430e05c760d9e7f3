//! Who calls: the `Api-Key` header, and nothing else.
use super::{Call, error::Failure, keys::used, line::Line};
use crate::State;
use axum::http::{Extensions, HeaderMap, HeaderName, StatusCode, Uri, header, request::Parts};
use domain::{
    access::{self, Caller, Grant, Origin, Shut},
    environment::Environment,
    keys::{self, ExposedIn, Scope, format::KeyKind},
};

/// The header that carries a key or an agent token.
pub const API_KEY: HeaderName = HeaderName::from_static("api-key");

/// The caller's power, or why there is none. `scope` is what its use is noted as.
pub(super) async fn authenticate(
    state: &State,
    parts: &Parts,
    scope: Option<Scope>,
    line: &mut Line,
) -> Result<Grant, Failure> {
    refuse_keys_in_address(state, &parts.extensions, &parts.uri).await?;
    let origin = parts.extensions.get::<Origin>().cloned().unwrap_or_default();
    match access::caller(&state.db, key(&parts.headers)?, origin).await? {
        Caller::Known(grant, key) => {
            line.opened(&grant, key.clone());
            used(state, &grant, key, scope);
            Ok(grant)
        }
        Caller::Shut(shut, bearer) => {
            if let Some(bearer) = bearer {
                line.refused(bearer);
            }
            Err(refusal(shut))
        }
    }
}

fn refusal(shut: Shut) -> Failure {
    let (code, message) = match shut {
        Shut::Malformed => {
            ("invalid_api_key", "This is not the form of a key; it may have been cut short or mistyped.")
        }
        Shut::Unknown => ("invalid_api_key", "The key is not one of this server's."),
        Shut::Revoked => ("revoked_api_key", "The key was revoked; create another."),
        Shut::Replaced => ("revoked_api_key", "The key was rotated and its overlap is over; use its successor."),
        Shut::Expired => ("expired_api_key", "The key's time is over; create another."),
        Shut::Disabled => ("disabled_api_key", "The key is disabled; it works again once it is resumed."),
        Shut::Address => {
            let message = "The key is good, but its address list does not allow the address you call from.";
            return Failure::forbidden("address_not_allowed", message);
        }
    };
    Failure::key(code, message)
}

/// Refuses an address that holds what begins like a key, and notes a whole one on the key's page.
pub(super) async fn refuse_keys_in_address(state: &State, extensions: &Extensions, uri: &Uri) -> Result<(), Failure> {
    if !holds_a_key(uri) {
        return Ok(());
    }
    let whole = uri.path_and_query().map_or("", |whole| whole.as_str());
    if let Some(key) = keys::key_in(whole) {
        let origin = extensions.get::<Origin>().cloned().unwrap_or_default();
        access::note_exposed(&state.db, key, ExposedIn::Address, origin).await?;
    }
    let message = "Send the key in the Api-Key header. One in the address is written to logs on its way: revoke it.";
    Err(Failure::request(StatusCode::BAD_REQUEST, "key_in_url", message))
}

/// Refuses a body that holds a whole key, and notes it on the key's page: bodies are kept in more places than headers.
pub(super) async fn refuse_keys_in(call: &Call, body: &[u8]) -> Result<(), Failure> {
    let Some(key) = std::str::from_utf8(body).ok().and_then(keys::key_in) else { return Ok(()) };
    access::note_exposed(call.db(), key, ExposedIn::Body, call.grant().origin().clone()).await?;
    let message = "The body holds a whole key. Send a key in the Api-Key header only; revoke this one.";
    Err(Failure::request(StatusCode::BAD_REQUEST, "key_in_body", message))
}

fn key(headers: &HeaderMap) -> Result<&str, Failure> {
    let mut keys = headers.get_all(API_KEY).iter();
    match (keys.next(), keys.next()) {
        (Some(key), None) => key.to_str().map_err(|_| refusal(Shut::Malformed)),
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
