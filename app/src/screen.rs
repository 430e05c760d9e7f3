//! Rendering: one page as one piece of plain HTML, loaded first and rendered after.
use crate::{
    App,
    cx::{Cx, cx},
    form,
    guard::{self, Access},
    marks, paths,
    problem::Problem,
    shell,
};
use axum::{
    extract::{OriginalUri, Request},
    response::{Html, IntoResponse, Redirect, Response},
};
use domain::access::Permission;
use http::{HeaderValue, StatusCode, header};
use leptos::{prelude::*, reactive::computed::ScopedFuture, server_fn::ServerFn};
use serde::de::DeserializeOwned;
use std::{future::Future, sync::Arc};

/// A page that has all it needs: its title and its body.
pub struct Page {
    /// The heading and the window's title.
    pub title: String,
    /// What stands below the heading.
    pub body: AnyView,
    /// Controls beside the heading.
    pub actions: Option<AnyView>,
    /// A sentence below the heading.
    pub lead: Option<String>,
    /// A state beside the heading.
    pub badge: Option<AnyView>,
    /// Where the page stands: links from the list down.
    pub crumbs: Vec<(String, String)>,
}

impl Page {
    /// A page of this title and body.
    pub fn new(title: impl Into<String>, body: impl IntoView + 'static) -> Self {
        Self { title: title.into(), body: body.into_any(), actions: None, lead: None, badge: None, crumbs: Vec::new() }
    }
    /// With controls beside the heading.
    #[must_use]
    pub fn actions(mut self, actions: impl IntoView + 'static) -> Self {
        self.actions = Some(actions.into_any());
        self
    }
    /// With a sentence below the heading.
    #[must_use]
    pub fn lead(mut self, lead: impl Into<String>) -> Self {
        self.lead = Some(lead.into());
        self
    }
    /// With a state beside the heading.
    #[must_use]
    pub fn badge(mut self, badge: impl IntoView + 'static) -> Self {
        self.badge = Some(badge.into_any());
        self
    }
    /// Below another page.
    #[must_use]
    pub fn under(mut self, title: impl Into<String>, href: String) -> Self {
        self.crumbs.push((title.into(), href));
        self
    }
}

/// What a page's function gives: the page, or why there is none.
pub type Loaded = Result<Page, Problem>;

/// Answers a GET with a page.
pub(crate) async fn get<Fut>(app: App, access: Access, request: Request, page: fn() -> Fut) -> Response
where
    Fut: Future<Output = Loaded> + Send + 'static,
{
    let (parts, _) = request.into_parts();
    match guard::enter(&app, parts, access).await {
        Ok(mut cx) => {
            form::refill(&mut cx);
            show(cx, page).await
        }
        Err((cx, problem)) => problem_response(*cx, problem),
    }
}

/// Runs `work` with the request in context.
pub(crate) async fn within<T, Fut>(cx: Arc<Cx>, work: impl FnOnce() -> Fut + Send) -> T
where
    Fut: Future<Output = T> + Send,
{
    let owner = Owner::new();
    let future = owner.with(|| {
        provide_context(cx);
        ScopedFuture::new(work())
    });
    let result = future.await;
    owner.cleanup();
    result
}

/// Loads a page and renders it.
pub(crate) async fn show<Fut>(request: Cx, page: fn() -> Fut) -> Response
where
    Fut: Future<Output = Loaded> + Send + 'static,
{
    let shared = Arc::new(request);
    let html = within(shared.clone(), move || async move {
        let cx = cx();
        match page().await {
            Ok(page) => Ok(render(shell::document(&cx, page))),
            Err(problem) => Err(problem),
        }
    })
    .await;
    match html {
        Ok(html) => with_door(&shared, answer(StatusCode::OK, html)),
        Err(problem) => match Arc::try_unwrap(shared) {
            Ok(cx) => problem_response(cx, problem),
            Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
        },
    }
}

/// The view as text, without the markers that only a browser-side renderer would need, and with ours.
pub(crate) fn render(view: impl IntoView) -> String {
    marks::marked(view.into_view().to_html().replace("<!>", ""))
}

/// Sets the door's cookie where the browser had none: forms are bound to it until somebody signs in.
fn with_door(cx: &Cx, mut response: Response) -> Response {
    let line = cx.new_door.as_ref().filter(|_| cx.visitor.is_none());
    let line = line.map(|secret| cx.app.settings.site.set_cookie(guard::DOOR_COOKIE, secret, None));
    if let Some(line) = line.and_then(|line| HeaderValue::from_str(&line).ok()) {
        response.headers_mut().append(header::SET_COOKIE, line);
    }
    response
}

fn answer(status: StatusCode, html: String) -> Response {
    let mut response = (status, Html(html)).into_response();
    response.headers_mut().insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}

/// The page that says what went wrong; nobody signed in is led to the door and back.
pub(crate) fn problem_response(cx: Cx, problem: Problem) -> Response {
    problem.tell(!cx.parts.method.is_safe());
    if problem == Problem::SignIn {
        let next = cx.parts.extensions.get::<OriginalUri>().map_or(&cx.parts.uri, |uri| &uri.0);
        let response = Redirect::to(&paths::sign_in(Some(next))).into_response();
        return with_door(&cx, response);
    }
    if problem == Problem::StepUp {
        let next = cx.parts.extensions.get::<OriginalUri>().map_or(&cx.parts.uri, |uri| &uri.0);
        return Redirect::to(&paths::step_up(next)).into_response();
    }
    if let Problem::Elsewhere(path) = &problem {
        return Redirect::to(path).into_response();
    }
    let status = problem.status();
    let first = match &problem {
        Problem::Astray(first) => Some(first.clone()),
        _ => None,
    };
    let mut response = said(cx, status, problem.title().to_owned(), problem.advice(), first);
    if status == StatusCode::SERVICE_UNAVAILABLE {
        response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from_static("2"));
    }
    response
}

fn said(cx: Cx, status: StatusCode, title: String, advice: String, first: Option<String>) -> Response {
    let cx = Arc::new(cx);
    let owner = Owner::new();
    let html = owner.with(|| {
        provide_context(cx.clone());
        render(shell::problem(&cx, status, title, advice, first))
    });
    owner.cleanup();
    answer(status, html)
}

/// A page that stands between a form and its act.
pub(crate) fn between(request: Cx, status: StatusCode, page: impl FnOnce(&Cx) -> Page) -> Response {
    let mut response = still(request, page);
    *response.status_mut() = status;
    response
}

/// A page that needs nothing loaded.
pub(crate) fn still(request: Cx, page: impl FnOnce(&Cx) -> Page) -> Response {
    let cx = Arc::new(request);
    let owner = Owner::new();
    let html = owner.with(|| {
        provide_context(cx.clone());
        render(shell::document(&cx, page(&cx)))
    });
    owner.cleanup();
    answer(StatusCode::OK, html)
}

/// The routes of the dashboard, and the table that the coverage test walks.
pub struct Routes {
    pub(crate) router: axum::Router<App>,
    /// Every route: path without its environment, whether it takes a form, what it asks for.
    pub table: Vec<RouteInfo>,
}

/// A route of the dashboard.
#[derive(Debug, Clone)]
pub struct RouteInfo {
    /// The path behind the environment.
    pub path: &'static str,
    /// Whether it takes a form besides showing a page.
    pub form: bool,
    /// What it asks of its visitor.
    pub access: Access,
}

impl Default for Routes {
    fn default() -> Self {
        Self { router: axum::Router::new(), table: Vec::new() }
    }
}

impl Routes {
    /// A page that is looked at with this permission.
    #[must_use]
    pub fn page<Fut>(self, path: &'static str, needs: Permission, page: fn() -> Fut) -> Self
    where
        Fut: Future<Output = Loaded> + Send + 'static,
    {
        self.open_page(path, Access::Needs(needs), page)
    }

    /// A page for anybody, or for whom `access` names.
    #[must_use]
    pub fn open_page<Fut>(mut self, path: &'static str, access: Access, page: fn() -> Fut) -> Self
    where
        Fut: Future<Output = Loaded> + Send + 'static,
    {
        let handler = move |axum::extract::State(app): axum::extract::State<App>, request: Request| async move {
            get(app, access, request, page).await
        };
        self.router = self.router.route(path, axum::routing::get(handler));
        self.table.push(RouteInfo { path, form: false, access });
        self
    }

    /// A page with the form of server function `F`, for this permission: GET shows it, POST runs it.
    #[must_use]
    pub fn form<F, Fut>(self, path: &'static str, needs: Permission, page: fn() -> Fut) -> Self
    where
        F: ServerFn<Error = Problem> + DeserializeOwned + Send + 'static,
        F::Output: Send + Sync + 'static,
        Fut: Future<Output = Loaded> + Send + 'static,
    {
        self.open_form::<F, Fut>(path, Access::Needs(needs), page)
    }

    /// A form for anybody, or for whom `access` names.
    #[must_use]
    pub fn open_form<F, Fut>(mut self, path: &'static str, access: Access, page: fn() -> Fut) -> Self
    where
        F: ServerFn<Error = Problem> + DeserializeOwned + Send + 'static,
        F::Output: Send + Sync + 'static,
        Fut: Future<Output = Loaded> + Send + 'static,
    {
        let show = move |axum::extract::State(app): axum::extract::State<App>, request: Request| async move {
            get(app, access, request, page).await
        };
        let post = move |axum::extract::State(app): axum::extract::State<App>, request: Request| async move {
            form::submit::<F, Fut>(app, access, request, page).await
        };
        self.router = self.router.route(path, axum::routing::get(show).post(post));
        self.table.push(RouteInfo { path, form: true, access });
        self
    }

    /// These and those.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.router = self.router.merge(other.router);
        self.table.extend(other.table);
        self
    }
}
