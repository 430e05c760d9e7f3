//! The static files: their names change with their bytes, so browsers keep them for ever.
use crate::State;
use app::assets::{ASSETS, Asset};
use axum::{
    Router,
    http::{HeaderValue, header},
    response::{IntoResponse, Response},
    routing::get,
};

/// For how long a file that never changes may be kept: a year, the most that caches honour.
const FOR_EVER: HeaderValue = HeaderValue::from_static("public, max-age=31536000, immutable");

/// One route for each file there is; any other path under `/assets` is not found.
pub(super) fn routes() -> Router<State> {
    ASSETS.iter().fold(Router::new(), |router, asset| router.route(asset.path, get(async move || serve(asset))))
}

fn serve(asset: &'static Asset) -> Response {
    let content_type = HeaderValue::from_static(asset.content_type);
    ([(header::CONTENT_TYPE, content_type), (header::CACHE_CONTROL, FOR_EVER)], asset.bytes).into_response()
}
