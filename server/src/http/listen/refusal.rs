//! Requests that never reach a route: why, and what they are answered.
use crate::{api::error::Failure, http::fallback};
use axum::{
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};

/// Why a request is not read on. The connection ends after the answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Refusal {
    /// It could be understood in two ways, or in none: what is wrong with it.
    Framing(&'static str),
    /// Its address is too long.
    Address,
    /// Its headers are too many or too large.
    Headers,
    /// It did not arrive in time.
    TooSlow,
    /// It speaks another version of HTTP.
    Version,
}

impl Refusal {
    fn failure(self) -> Failure {
        let (status, code, message) = match self {
            Self::Framing(what) => {
                let message = format!("The request cannot be read: {what}.");
                return Failure::request(StatusCode::BAD_REQUEST, "malformed_request", message);
            }
            Self::Address => (StatusCode::URI_TOO_LONG, "uri_too_long", "The address is longer than 8 KiB."),
            Self::Headers => (
                StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
                "headers_too_large",
                "The headers are more than 100 or larger than 16 KiB.",
            ),
            Self::TooSlow => (StatusCode::REQUEST_TIMEOUT, "request_timeout", "The request did not arrive in time."),
            Self::Version => (
                StatusCode::HTTP_VERSION_NOT_SUPPORTED,
                "version_not_supported",
                "This server speaks HTTP/1.1; send the request in that version.",
            ),
        };
        Failure::request(status, code, message)
    }
}

/// Answers what the connection has refused, behind the layers that every answer passes.
pub async fn answer(request: Request, next: Next) -> Response {
    match request.extensions().get::<Refusal>() {
        Some(refusal) => fallback::answer(&request, refusal.failure()).into_response(),
        None => next.run(request).await,
    }
}
