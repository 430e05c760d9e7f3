//! The static files: their names change with their bytes, so browsers keep them for ever.
use super::fallback;
use crate::State;
use app::assets::{ASSETS, Asset};
use axum::{
    Router,
    http::{HeaderMap, HeaderValue, header},
    response::{IntoResponse, Response},
    routing::{any, get},
};

/// For how long a file that never changes may be kept: a year, the most that caches honour.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");
const BY_ENCODING: HeaderValue = HeaderValue::from_static("accept-encoding");

/// One route for each file there is; any other path under `/assets` is not found.
pub(super) fn routes() -> Router<State> {
    // Never a page: a cache or a browser must not take one for a file.
    let others = Router::new().route("/assets/{*rest}", any(fallback::not_found));
    ASSETS.iter().fold(others, |router, asset| {
        router.route(asset.path, get(async move |headers: HeaderMap| serve(asset, &headers)))
    })
}

/// The file as it was compressed when this binary was built, in the smallest form that the client takes.
fn serve(asset: &'static Asset, headers: &HeaderMap) -> Response {
    let asked: Vec<&str> =
        headers.get_all(header::ACCEPT_ENCODING).iter().filter_map(|line| line.to_str().ok()).collect();
    let encodings = [("br", asset.brotli), ("gzip", asset.gzip)];
    let found = encodings.into_iter().find(|(encoding, _)| asked.iter().any(|line| takes(line, encoding)));
    let content_type = HeaderValue::from_static(asset.content_type);
    let fixed = [(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, FOR_EVER), (header::VARY, BY_ENCODING)];
    match found {
        Some((encoding, bytes)) => {
            (fixed, [(header::CONTENT_ENCODING, HeaderValue::from_static(encoding))], bytes).into_response()
        }
        None => (fixed, asset.bytes).into_response(),
    }
}

/// Whether a line of `Accept-Encoding` names `encoding` without ruling it out.
fn takes(line: &str, encoding: &str) -> bool {
    line.split(',').any(|item| {
        let (name, weight) = item.split_once(';').unwrap_or((item, ""));
        let none = weight.trim().strip_prefix("q=").is_some_and(|q| q.parse::<f32>().is_ok_and(|q| q == 0.0));
        name.trim().eq_ignore_ascii_case(encoding) && !none
    })
}
