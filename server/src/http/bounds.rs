//! How large a request's head may be (security X-I2). Bodies are bounded where they are read.
use crate::api::error::Failure;
use axum::{
    extract::Request,
    http::StatusCode,
    middleware::Next,
    response::{IntoResponse, Response},
};

/// Bytes that an address may have.
pub const ADDRESS: usize = 8 * 1024;
/// Bytes that all header lines together may have.
pub const HEADERS: usize = 16 * 1024;
/// Header lines that a request may have.
pub const LINES: usize = 100;

/// Refuses a head that is too large.
pub async fn check(request: Request, next: Next) -> Response {
    let address = request.uri().path().len() + request.uri().query().map_or(0, |query| query.len() + 1);
    if address > ADDRESS {
        return refuse(&request, StatusCode::URI_TOO_LONG, "uri_too_long", "The address is longer than 8 KiB.");
    }
    // Each line costs a colon, a space and a line end besides.
    let headers: usize = request.headers().iter().map(|(name, value)| name.as_str().len() + value.len() + 4).sum();
    if headers > HEADERS || request.headers().len() > LINES {
        let status = StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE;
        return refuse(&request, status, "headers_too_large", "The headers are more than 100 or larger than 16 KiB.");
    }
    next.run(request).await
}

fn refuse(request: &Request, status: StatusCode, code: &'static str, message: &str) -> Response {
    super::fallback::answer(request, Failure::request(status, code, message)).into_response()
}
