//! Which refusals a route can answer with, by status.
use super::operation::Operation;
use crate::api::{
    error::{Failure, Kind},
    table::{Class, Route},
};
use axum::http::Method;
use domain::Error;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};

/// A code of the API's own: its status, its name, what it means.
type Own = (u16, &'static str, &'static str);

/// What every route can answer with.
const ALWAYS: &[Own] = &[
    (400, "invalid_host", "The `Host` header names another server."),
    (400, "key_in_url", "The address holds a key: revoke it, and send keys in the `Api-Key` header."),
    (400, "parameter_invalid", "A value cannot be taken; `param` names it."),
    (400, "parameter_unknown", "The call has no such value; `param` names it."),
    (401, "missing_api_key", "There is no `Api-Key` header."),
    (401, "invalid_api_key", "The key is malformed or not one of this server's."),
    (401, "revoked_api_key", "The key was revoked or rotated."),
    (401, "expired_api_key", "The key's time is over."),
    (401, "disabled_api_key", "The key is disabled until somebody resumes it."),
    (403, "insufficient_permissions", "The key lacks the permission or the scope; `param` names a missing scope."),
    (403, "address_not_allowed", "The key may not be used from this address."),
    (403, "access_denied", "A browser sent the call from another site."),
    (403, "https_required", "The call came without encryption."),
    (500, "internal_error", "A fault of ours; quote the request id to whoever runs the server."),
    (503, "service_unavailable", "The service is busy; the same call may succeed in a moment."),
];

/// What every route that counts can answer with.
const COUNTED: Own =
    (429, "rate_limited", "The organisation's calls are too many; wait as long as `Retry-After` says.");

/// What routes with a body can answer with.
const WRITING: &[Own] = &[
    (400, "body_parse_error", "The body is not one JSON object in UTF-8 of at most 32 levels."),
    (400, "key_in_body", "The body holds a key: revoke it."),
    (408, "request_timeout", "The body did not arrive in time."),
    (413, "body_too_large", "The body is larger than 64 KiB."),
    (415, "unsupported_media_type", "The body is not sent as `application/json`."),
];

/// What routes with a file can answer with.
const FILING: &[Own] = &[
    (400, "body_parse_error", "The body is not a whole multipart form."),
    (408, "request_timeout", "The body did not arrive in time."),
    (413, "body_too_large", "The file is larger than 10 MiB."),
    (415, "unsupported_media_type", "The body is not sent as `multipart/form-data` with its boundary."),
];

/// What routes that may carry an `Idempotency-Key` can answer with.
const REPEATABLE: &[Own] = &[
    (409, "idempotency_conflict", "The `Idempotency-Key` was used for another call of this route."),
    (409, "idempotency_in_progress", "The first call with this `Idempotency-Key` is still under way."),
];

const MISSING: Own = (400, "parameter_missing", "A value that must be given is not there; `param` names it.");
const NOWHERE: Own = (404, "not_found", "There is no such thing, or nothing at this address.");

/// The codes of a status, each with its meaning.
pub(super) type Codes = BTreeMap<&'static str, String>;

/// Every code that a route can answer with, by status.
pub(super) fn of(route: &Route, operation: &Operation) -> BTreeMap<u16, Codes> {
    let reads = route.method == Method::GET;
    let mut all = BTreeMap::<u16, Codes>::new();
    let mut add = |(status, code, meaning): Own| {
        all.entry(status).or_default().insert(code, meaning.to_owned());
    };
    ALWAYS.iter().copied().for_each(&mut add);
    match (reads, operation.filed) {
        (true, _) => {}
        (false, true) => FILING.iter().copied().for_each(&mut add),
        (false, false) => WRITING.iter().copied().for_each(&mut add),
    }
    if route.method == Method::POST {
        REPEATABLE.iter().copied().for_each(&mut add);
    }
    // Of what a body may leave out, one value can ask for another.
    if !operation.takes.requires().is_empty() || (!reads && !operation.takes.is_empty()) {
        add(MISSING);
    }
    if !operation.path.is_empty() || route.class == Class::Free {
        add(NOWHERE);
    }
    if route.class != Class::Free {
        add(COUNTED);
    }
    for &noun in &operation.nouns {
        let failure = Failure::from(Error::NotFound(noun));
        all.entry(404).or_default().entry(failure.code()).or_insert(failure.message().to_owned());
    }
    for &code in &operation.codes {
        let failure = Failure::from(Error::state(code, ""));
        let codes = all.entry(failure.status().as_u16()).or_default();
        codes.insert(failure.code(), code.meaning().trim().to_owned());
    }
    all
}

/// The envelope of every refusal.
pub(super) fn envelope() -> Value {
    json!({
        "type": "object",
        "description": "What went wrong. `code` is for programs and never changes; `message` is for people.",
        "properties": {
            "error": {
                "type": "object",
                "properties": {
                    "type": { "type": "string", "enum": Kind::ALL, "description": "The kind of refusal." },
                    "code": { "type": "string", "description": "What was refused." },
                    "message": { "type": "string", "description": "The reason and the remedy, for a person." },
                    "param": { "type": "string", "description": "The value that was refused, where it is one." },
                    "retryAfter": {
                        "type": "integer",
                        "minimum": 1,
                        "description": "Milliseconds until the same call may succeed.",
                    },
                },
                "required": ["type", "code", "message"],
            },
            "request_id": { "$ref": "#/components/schemas/RequestId" },
        },
        "required": ["error", "request_id"],
    })
}

/// The response object of a status with these codes.
pub(super) fn response(status: u16, codes: &Codes) -> Value {
    let lines: Vec<String> = codes.iter().map(|(code, meaning)| format!("- `{code}`: {meaning}")).collect();
    let names: BTreeSet<_> = codes.keys().collect();
    let mut headers = json!({ "X-Request-Id": { "$ref": "#/components/headers/RequestId" } });
    if status == 429 {
        headers["Retry-After"] = json!({ "$ref": "#/components/headers/RetryAfter" });
    }
    json!({
        "description": lines.join("\n"),
        "headers": headers,
        "content": { "application/json": { "schema": { "allOf": [
            { "$ref": "#/components/schemas/Error" },
            { "properties": { "error": { "properties": { "code": { "enum": names } } } } },
        ] } } },
    })
}
