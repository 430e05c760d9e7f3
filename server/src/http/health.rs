//! The probes of whoever watches the process. They say nothing but yes or no, to anybody.
use crate::State;
use axum::{Json, Router, extract, http::StatusCode, response::IntoResponse, routing::get};
use serde_json::json;

/// Where the probes are: [`super::host`] lets them pass by any name, since watchers call the machine's address.
pub(super) const PREFIX: &str = "/health/";

pub(super) fn routes() -> Router<State> {
    Router::new().route("/health/live", get(live)).route("/health/ready", get(ready))
}

/// The process answers.
async fn live() -> impl IntoResponse {
    Json(json!({ "status": "ok" }))
}

/// The database answers, too, and nobody has told the process to stop. The schema is current: nothing listens before
/// the migrations are done.
async fn ready(extract::State(state): extract::State<State>) -> impl IntoResponse {
    if state.stopping.is_cancelled() {
        return (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "stopping" })));
    }
    match state.db.ping().await {
        Ok(()) => (StatusCode::OK, Json(json!({ "status": "ok" }))),
        Err(error) => {
            tracing::warn!(%error, "the database does not answer");
            (StatusCode::SERVICE_UNAVAILABLE, Json(json!({ "status": "unavailable" })))
        }
    }
}
