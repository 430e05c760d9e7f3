//! The dashboard of LedgerOS: pages and forms rendered on the server.
//!
//! A route names its page and the permission it asks for ([`screen::Routes`]); a page is one file of a slice,
//! with the server functions that load and change what it shows; both reach the database through `domain`.
pub mod assets;
mod cx;
mod export;
pub mod form;
pub mod front;
pub mod guard;
mod list;
pub mod marks;
mod part;
pub mod paths;
mod problem;
mod query;
mod refusals;
mod returns;
pub mod screen;
mod session;
mod shell;
mod site;
mod span;
pub mod still;
pub mod ui;

mod access;
mod agents;
mod approvals;
mod attestations;
mod audit;
mod cards;
mod disputes;
mod intents;
mod jump;
mod keys;
mod members;
mod monitoring;
mod overview;
mod policies;
mod profile;
mod purchases;
mod reference;
mod requests;
mod risk;
mod settings;
mod users;
mod views;
mod webhooks;

pub use overview::Overview;
pub use requests::rates::{Rate, Wait};
pub use site::Site;

use axum::{
    Extension, Router,
    extract::{Request, State},
    middleware,
    response::Response,
};
use domain::{access::Sessions, db::Db, environment::Environment};
use screen::Routes;
use std::sync::Arc;

/// What the dashboard is told when the server starts.
#[derive(Debug, Clone, Default)]
pub struct Settings {
    /// Where browsers reach it.
    pub site: Site,
    /// Whether an issuer serves the live environment.
    pub live_issuer: bool,
    /// Networks that webhooks may reach besides the public ones.
    pub webhook_allow: Vec<domain::webhooks::AllowedNet>,
    /// A line at the sign-in page: the demo says there who may sign in.
    pub door_notice: Option<String>,
    /// The OpenAPI document of the server's API, for the reference.
    pub api: Option<fn() -> &'static serde_json::Value>,
    /// The rates that the API's calls draw on.
    pub rates: Vec<Rate>,
}

/// The dashboard's state, shared by every page.
#[derive(Clone)]
pub struct App {
    /// The database.
    pub db: Db,
    /// The settings.
    pub settings: Arc<Settings>,
    once: form::Once,
    kept: form::Kept,
    refusals: refusals::Refusals,
    returns: returns::Returns,
}

impl App {
    /// A dashboard over this database.
    pub fn new(db: Db, settings: Settings) -> Self {
        Self {
            db,
            settings: Arc::new(settings),
            once: form::Once::default(),
            kept: form::Kept::default(),
            refusals: refusals::Refusals::default(),
            returns: returns::Returns::default(),
        }
    }

    fn sessions(&self) -> Arc<Sessions> {
        Arc::new(Sessions(self.db.clone()))
    }
}

/// The routes of an environment's pages; each address begins with `/live` or `/dev`.
pub fn pages() -> Routes {
    Routes::default()
        .and(overview::routes())
        .and(monitoring::routes())
        .and(agents::routes())
        .and(users::routes())
        .and(cards::routes())
        .and(policies::routes())
        .and(purchases::routes())
        .and(disputes::routes())
        .and(attestations::routes())
        .and(intents::routes())
        .and(risk::routes())
        .and(keys::routes())
        .and(requests::routes())
        .and(reference::routes())
        .and(webhooks::routes())
        .and(audit::routes())
        .and(jump::routes())
        .and(views::routes())
        .and(members::routes())
        .and(approvals::routes())
        .and(settings::routes())
        .and(profile::routes())
}

/// The routes of the door: the same for both environments.
pub fn door() -> Routes {
    access::routes()
}

/// The whole dashboard. What it does not know answers 404 in words.
pub fn router(app: App) -> Router {
    // Leptos' reactive system wants to know who runs its futures, also where nothing is reactive.
    drop(any_spawner::Executor::init_tokio());
    let of = |environment: Environment| pages().router.layer(Extension(environment));
    Router::new()
        .merge(door().router)
        .nest("/live", of(Environment::Live))
        .nest("/dev", of(Environment::Dev))
        .fallback(nothing_here)
        .method_not_allowed_fallback(not_this_way)
        .layer(middleware::from_fn_with_state(app.clone(), guard::same_site))
        .layer(middleware::from_fn_with_state(app.clone(), session::carry))
        .with_state(app)
}

async fn nothing_here(State(app): State<App>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let cx = match guard::enter(&app, parts, guard::Access::Public).await {
        Ok(cx) => cx,
        Err((cx, _)) => *cx,
    };
    screen::problem_response(cx, problem::Problem::NotFound("page".into()))
}

async fn not_this_way(State(app): State<App>, request: Request) -> Response {
    let (parts, _) = request.into_parts();
    let cx = match guard::enter(&app, parts, guard::Access::Public).await {
        Ok(cx) => cx,
        Err((cx, _)) => *cx,
    };
    screen::problem_response(cx, problem::Problem::NotThisWay)
}
