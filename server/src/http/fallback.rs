//! Answers of the front itself: the documented envelope under `/v1`, elsewhere a page for whoever looks with a browser
//! and a line of text for anybody else.
use crate::api::error::Failure;
use app::guard::Nonce;
use axum::{
    extract::Request,
    http::{StatusCode, header},
    response::{Html, IntoResponse, Response},
};
use domain::ids::RequestId;

/// No such address.
pub(super) async fn not_found(request: Request) -> Response {
    answer(&request, Failure::no_such_route())
}

/// The address exists, but not for this method.
pub(super) async fn method_not_allowed(request: Request) -> Response {
    let failure = Failure::request(
        StatusCode::METHOD_NOT_ALLOWED,
        "method_not_allowed",
        "This address does not take this method; the Allow header lists those that it takes.",
    );
    answer(&request, failure)
}

/// The refusal in the form that suits whoever asked.
pub(super) fn answer(request: &Request, failure: Failure) -> Response {
    failure.tell();
    Manner::of(request).answer(failure)
}

/// Whether an address belongs to the API.
pub(super) fn is_api(path: &str) -> bool {
    path == "/v1" || path.starts_with("/v1/")
}

/// How a request is answered by the front: known before its route is, for what happens there.
pub(super) enum Manner {
    /// As the API answers.
    Envelope(Option<RequestId>),
    /// With a page whose scripts have this nonce.
    Page(Option<RequestId>, String),
    /// With a line.
    Text,
}

impl Manner {
    /// What suits this request.
    pub(super) fn of(request: &Request) -> Self {
        let id = request.extensions().get::<RequestId>().cloned();
        let accepted = request.headers().get(header::ACCEPT).and_then(|accept| accept.to_str().ok());
        if is_api(request.uri().path()) {
            Self::Envelope(id)
        } else if accepted.is_some_and(|accepted| accepted.contains("text/html")) {
            let nonce = request.extensions().get::<Nonce>().map(|nonce| nonce.0.clone());
            Self::Page(id, nonce.unwrap_or_default())
        } else {
            Self::Text
        }
    }

    /// The refusal in this manner.
    pub(super) fn answer(self, failure: Failure) -> Response {
        let (status, message) = (failure.status(), failure.message());
        match self {
            Self::Envelope(id) => failure.respond(id.as_ref()),
            Self::Page(id, nonce) => {
                (status, Html(app::front::page(nonce, status, message, id.as_ref()))).into_response()
            }
            Self::Text => (status, format!("{message}\n")).into_response(),
        }
    }
}
