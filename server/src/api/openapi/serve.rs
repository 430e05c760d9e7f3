//! `GET /v1/openapi.json`: the document, for anybody. It holds no secret, and who makes a client from it has no key yet.
use super::document;
use crate::{
    State,
    api::{auth, table::Table},
};
use axum::{
    extract::{self, Request},
    http::{HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use domain::ids::RequestId;
use sha2::{Digest, Sha256};
use std::sync::OnceLock;

pub(in crate::api) fn routes(api: &mut Table) {
    api.open("/v1/openapi.json", serve);
}

/// The text and its tag, which is another for another text. The tag is weak, since the text travels packed, too.
fn text() -> &'static (String, HeaderValue) {
    static TEXT: OnceLock<(String, HeaderValue)> = OnceLock::new();
    TEXT.get_or_init(|| {
        let text = document().to_string();
        let hash = hex::encode(&Sha256::digest(&text)[..12]);
        (text, HeaderValue::try_from(format!("W/\"{hash}\"")).expect("hexadecimal digits"))
    })
}

async fn serve(extract::State(state): extract::State<State>, request: Request) -> Response {
    let id = request.extensions().get::<RequestId>().cloned();
    if let Err(failure) = auth::refuse_keys_in_address(&state, request.extensions(), request.uri()).await {
        failure.tell();
        return failure.respond(id.as_ref());
    }
    let (text, tag) = text();
    // Whoever keeps it asks each time whether it is still the same.
    let kept = [(header::ETAG, tag.clone()), (header::CACHE_CONTROL, HeaderValue::from_static("no-cache"))];
    let known = request.headers().get_all(header::IF_NONE_MATCH).iter();
    let known = known.filter_map(|value| value.to_str().ok()).flat_map(|list| list.split(','));
    if known.map(str::trim).any(|each| each == "*" || *tag == each || *tag == format!("W/{each}")) {
        return (StatusCode::NOT_MODIFIED, kept).into_response();
    }
    let json = [(header::CONTENT_TYPE, HeaderValue::from_static("application/json"))];
    (kept, json, text.as_str()).into_response()
}
