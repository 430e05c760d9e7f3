//! The table of routes: each is declared once, with the permission it needs and the rate it draws on.
use super::{
    auth,
    call::{Answer, Call, Earlier, Nothing},
    error::Failure,
    idempotency, json,
    line::Line,
    openapi::{Entry, Operation},
    page::PageRequest,
    query, scope,
    upload::{self, Upload},
};
use crate::State;
use axum::{
    Router,
    body::Bytes,
    extract::{self, Request},
    handler::Handler,
    http::Method,
    routing::{MethodFilter, on},
};
use domain::{access::Permission, environment::Environment, ids::RequestId};
use serde::de::DeserializeOwned;
use std::{future::Future, sync::Arc};

/// What a call draws on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Class {
    /// Reads.
    Read,
    /// Writes.
    Write,
    /// Card creation, which draws on nothing else.
    Card,
    /// Nothing: everything under `/v1/sandbox`, which live keys see only where the sandbox issues live cards.
    Free,
}

/// One route, as tests and documents see it.
#[derive(Debug, Clone)]
pub struct Route {
    /// Its method.
    pub method: Method,
    /// Its address, with the names of its values in braces.
    pub path: &'static str,
    /// The permission without which it answers 403.
    pub permission: Permission,
    /// What it draws on.
    pub class: Class,
}

/// The routes of the API.
#[derive(Default)]
pub struct Table {
    routes: Vec<Route>,
    operations: Vec<Option<Operation>>,
    open: Vec<&'static str>,
    router: Router<State>,
}

impl Table {
    /// A read of one thing. Its query string is empty unless `Q` says otherwise.
    pub fn get<Q, F, Fut>(&mut self, path: &'static str, permission: Permission, handler: F) -> Entry<'_, Q>
    where
        Q: DeserializeOwned + Send + 'static,
        F: Fn(Call, Q) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Answer> + Send + 'static,
    {
        self.add(Method::GET, MethodFilter::GET, path, permission, Class::Read, move |call, _| {
            let query = query::plain::<Q>(call.raw_query());
            let handler = handler.clone();
            async move { handler(call, query?).await }
        })
    }

    /// A list: `limit`, `cursor`, and the filters of `Q`.
    pub fn list<Q, F, Fut>(&mut self, path: &'static str, permission: Permission, handler: F) -> Entry<'_, Q>
    where
        Q: DeserializeOwned + Send + 'static,
        F: Fn(Call, PageRequest, Q) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Answer> + Send + 'static,
    {
        self.add(Method::GET, MethodFilter::GET, path, permission, Class::Read, move |call, _| {
            let paged = query::paged::<Q>(&call);
            let handler = handler.clone();
            async move {
                let (page, filter) = paged?;
                handler(call, page, filter).await
            }
        })
        .paged()
    }

    /// A change with the JSON body `B`.
    pub fn post<B, F, Fut>(&mut self, path: &'static str, permission: Permission, handler: F) -> Entry<'_, B>
    where
        B: DeserializeOwned + Send + 'static,
        F: Fn(Call, B) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Answer> + Send + 'static,
    {
        self.write(Method::POST, MethodFilter::POST, path, permission, Class::Write, handler)
    }

    /// A change that issues a card: it draws on the rate of card creation.
    pub fn post_card<B, F, Fut>(&mut self, path: &'static str, permission: Permission, handler: F) -> Entry<'_, B>
    where
        B: DeserializeOwned + Send + 'static,
        F: Fn(Call, B) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Answer> + Send + 'static,
    {
        self.write(Method::POST, MethodFilter::POST, path, permission, Class::Card, handler)
    }

    /// A change of some fields with the JSON body `B`.
    pub fn patch<B, F, Fut>(&mut self, path: &'static str, permission: Permission, handler: F) -> Entry<'_, B>
    where
        B: DeserializeOwned + Send + 'static,
        F: Fn(Call, B) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Answer> + Send + 'static,
    {
        self.write(Method::PATCH, MethodFilter::PATCH, path, permission, Class::Write, handler)
    }

    /// A removal, without a body.
    pub fn delete<F, Fut>(&mut self, path: &'static str, permission: Permission, handler: F) -> Entry<'_, Nothing>
    where
        F: Fn(Call, Nothing) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Answer> + Send + 'static,
    {
        self.write(Method::DELETE, MethodFilter::DELETE, path, permission, Class::Write, handler)
    }

    /// A file in a multipart form, in the field `file` beside the text fields of `texts`, which `T` documents.
    pub fn put_file<T, F, Fut>(
        &mut self,
        path: &'static str,
        permission: Permission,
        texts: &'static [&'static str],
        handler: F,
    ) -> Entry<'_, T>
    where
        F: Fn(Call, Upload) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Answer> + Send + 'static,
    {
        self.add(Method::PUT, MethodFilter::PUT, path, permission, Class::Write, move |call, request| {
            let handler = handler.clone();
            async move {
                query::plain::<Nothing>(call.raw_query())?;
                let (head, body) = request.into_parts();
                let upload = upload::read(&head.headers, body, texts).await?;
                handler(call, upload).await
            }
        })
        .filed()
    }

    /// A read for anybody, with or without a key: it draws on nothing and sees nobody's data.
    pub fn open<H, T>(&mut self, path: &'static str, handler: H)
    where
        H: Handler<T, State>,
        T: 'static,
    {
        self.open.push(path);
        self.router = std::mem::take(&mut self.router).route(path, on(MethodFilter::GET, handler));
    }

    /// Every route that asks for a key, in the order of declaration.
    pub fn routes(&self) -> &[Route] {
        &self.routes
    }

    /// The addresses that anybody may read.
    pub fn open_to_all(&self) -> &[&'static str] {
        &self.open
    }

    /// Every route with its documentation, where it has one.
    pub(super) fn documented(&self) -> impl Iterator<Item = (&Route, Option<&Operation>)> {
        self.routes.iter().zip(self.operations.iter().map(Option::as_ref))
    }

    /// The router of the routes.
    pub fn into_router(self) -> Router<State> {
        self.router
    }

    fn write<B, F, Fut>(
        &mut self,
        method: Method,
        filter: MethodFilter,
        path: &'static str,
        permission: Permission,
        class: Class,
        handler: F,
    ) -> Entry<'_, B>
    where
        B: DeserializeOwned + Send + 'static,
        F: Fn(Call, B) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Answer> + Send + 'static,
    {
        self.add(method, filter, path, permission, class, move |call, request| {
            let handler = handler.clone();
            async move {
                query::plain::<Nothing>(call.raw_query())?;
                let (head, body) = request.into_parts();
                let body = json::whole(&call, &head.headers, body).await?;
                let handle = move |call, bytes: Bytes| {
                    let (body, handler) = (json::body(&bytes), handler.clone());
                    async move { handler(call, body?).await }
                };
                idempotency::make(call, &head, body, handle).await
            }
        })
    }

    fn add<In, F, Fut>(
        &mut self,
        method: Method,
        filter: MethodFilter,
        path: &'static str,
        permission: Permission,
        class: Class,
        handler: F,
    ) -> Entry<'_, In>
    where
        F: Fn(Call, Request) -> Fut + Clone + Send + Sync + 'static,
        Fut: Future<Output = Answer> + Send + 'static,
    {
        let class = if path.starts_with("/v1/sandbox/") { Class::Free } else { class };
        let route = Arc::new(Route { method, path, permission, class });
        self.routes.push(Route::clone(&route));
        self.operations.push(None);
        let through = move |extract::State(state): extract::State<State>, request: Request| {
            let (route, handler) = (route.clone(), handler.clone());
            async move {
                let id = request.extensions().get::<RequestId>().cloned();
                let (parts, body) = request.into_parts();
                let mut line = Line::new(state.clone(), route.clone(), &parts);
                let request = Request::from_parts(parts, body);
                let (response, error) = match pass(state, &route, handler, request, &mut line).await {
                    Ok(mut reply) => {
                        let error = reply.error.take();
                        (reply.into_response(), error)
                    }
                    Err(failure) => {
                        failure.tell();
                        (failure.respond(id.as_ref()), Some(failure.code().to_owned()))
                    }
                };
                line.answered(response.status(), error).await;
                response
            }
        };
        self.router = std::mem::take(&mut self.router).route(path, on(filter, through));
        let last = self.operations.len() - 1;
        Entry::new(&mut self.operations[last])
    }
}

/// The way of every call: the key, the rate, the permission, and only then the body and the handler. A caller
/// without the permission draws on his rate all the same.
async fn pass<F, Fut>(state: State, route: &Route, handler: F, request: Request, line: &mut Line) -> Answer
where
    F: Fn(Call, Request) -> Fut,
    Fut: Future<Output = Answer>,
{
    let (mut parts, body) = request.into_parts();
    let scopes = scope::of(&route.method, route.path);
    let grant = auth::authenticate(&state, &parts, scopes.first().copied(), line).await?;
    if route.class == Class::Free && grant.environment() == Environment::Live && state.config.live_issuer.is_none() {
        return Err(Failure::no_such_route());
    }
    state.limits.take(&grant, route.class, state.db.now()).map_err(Failure::too_many)?;
    for scope in scopes {
        grant.require_scope(*scope)?;
    }
    grant.require(route.permission)?;
    let call = Call::new(state, grant, route.path, &mut parts, line.about()).await;
    let reply = handler(call, Request::from_parts(parts, body)).await?;
    if let Some(Earlier(first)) = &reply.replayed {
        line.replays(first.clone());
    }
    Ok(reply)
}
