//! Answers of the front itself: the documented envelope under `/v1`, a line of text elsewhere.
use crate::api::error::Failure;
use axum::{
    extract::Request,
    http::StatusCode,
    response::{IntoResponse, Response},
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

/// The refusal in the form that the request's address promises.
pub(super) fn answer(request: &Request, failure: Failure) -> Response {
    answer_to(is_api(request.uri().path()), request.extensions().get(), failure)
}

/// Whether an address belongs to the API.
pub(super) fn is_api(path: &str) -> bool {
    path == "/v1" || path.starts_with("/v1/")
}

/// The refusal as the envelope or as text.
pub(super) fn answer_to(api: bool, id: Option<&RequestId>, failure: Failure) -> Response {
    if api { failure.respond(id) } else { (failure.status(), format!("{}\n", failure.message())).into_response() }
}
