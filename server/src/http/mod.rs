//! The HTTP front: what every request passes before its route, and every answer on its way out.
//!
//! From the outside in: [`headers`] (security headers), [`request_id`] (id, origin, log line, panics),
//! [`listen::refusal`] (what the listener refused), [`isolation`] (other sites), [`encrypted`] (https), [`host`] (`Host`), [`compression`],
//! then the routes.
mod assets;
pub mod client;
pub mod compression;
pub mod encrypted;
mod fallback;
pub mod headers;
mod health;
pub mod host;
pub mod isolation;
pub mod listen;
pub mod reports;
pub mod request_id;

use crate::{
    State,
    api::{self, Table},
};
use axum::{
    Router,
    middleware::{from_fn, from_fn_with_state},
    routing::any,
};

/// Everything that the listener serves.
pub fn router(state: &State) -> Router {
    router_with(state, api::table())
}

/// The same front before another table of `/v1` routes: for tests of the front itself.
pub fn router_with(state: &State, table: Table) -> Router {
    let routes = Router::new()
        .merge(health::routes())
        .merge(reports::routes())
        .merge(assets::routes())
        .merge(table.into_router())
        .method_not_allowed_fallback(fallback::method_not_allowed)
        .with_state(state.clone())
        .route("/v1", any(fallback::not_found))
        .route("/v1/{*rest}", any(fallback::not_found))
        .merge(dashboard(state));
    front(state, routes)
}

/// What every request passes on its way to `routes`.
pub fn front(state: &State, routes: Router) -> Router {
    routes
        .layer(compression::layer())
        .layer(from_fn(compression::only_where_safe))
        .layer(from_fn_with_state(state.clone(), host::check))
        .layer(from_fn(isolation::check))
        .layer(from_fn_with_state(state.clone(), encrypted::check))
        .layer(from_fn(listen::refusal::answer))
        .layer(from_fn_with_state(state.clone(), request_id::identify))
        .layer(from_fn_with_state(state.clone(), headers::secure))
}

/// The pages and forms; what no route takes is theirs to answer in words.
fn dashboard(state: &State) -> Router {
    let config = &state.config;
    let settings = app::Settings {
        site: config.url.as_ref().map(|url| app::Site::at(url.origin())).unwrap_or_default(),
        live_issuer: config.live_issuer.is_some(),
        webhook_allow: config.webhook_allow.clone(),
        door_notice: config.door_notice.clone(),
        api: Some(api::openapi::document),
        rates: api::limits::rates(state),
    };
    app::router(app::App::new(state.db.clone(), settings))
}
