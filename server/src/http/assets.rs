//! The static files: their names change with their bytes, so browsers keep them for ever.
use super::fallback;
use crate::State;
use app::assets::{ASSETS, Asset};
use axum::{
    Router,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::{any, get},
};

/// For how long a file that never changes may be kept: a year, the most that caches honour.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// One route for each file there is; any other path under `/assets` is not found.
pub(super) fn routes() -> Router<State> {
    // Never a page: a cache or a browser must not take one for a file.
    let others = Router::new().route("/assets/{*rest}", any(fallback::not_found));
    ASSETS.iter().fold(others, |router, asset| router.route(asset.path, get(async move || serve(asset))))
}

fn serve(asset: &'static Asset) -> Response {
    let content_type = HeaderValue::from_static(asset.content_type);
    ([(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, FOR_EVER)], asset.bytes).into_response()
}
