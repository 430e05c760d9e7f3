//! Compression, except where the length of an answer could tell a secret.
//!
//! An attacker who can make a browser send requests of his choice, and sees how long the answers are, can guess
//! a secret that is compressed together with his own text (the BREACH attack). So nothing is compressed that
//! another site asked for, that answers a form (it may show a new key beside what was typed), or that sets a cookie.
use axum::{
    extract::Request,
    http::{Extensions, HeaderMap, Method, StatusCode, Version, header},
    middleware::Next,
    response::Response,
};
use tower_http::compression::{
    CompressionLayer,
    predicate::{And, NotForContentType, Predicate, SizeAbove},
};

type When = And<And<SizeAbove, NotForContentType>, fn(StatusCode, Version, &HeaderMap, &Extensions) -> bool>;

/// Brotli or gzip, as the client asks; short answers and pictures stay as they are.
pub fn layer() -> CompressionLayer<When> {
    let without_cookie: fn(StatusCode, Version, &HeaderMap, &Extensions) -> bool =
        |_, _, headers, _| !headers.contains_key(header::SET_COOKIE);
    let when = SizeAbove::new(256).and(NotForContentType::const_new("application/octet-stream")).and(without_cookie);
    CompressionLayer::new().compress_when(when)
}

/// Lets a request ask for compression only where its answer may be compressed.
pub async fn only_where_safe(mut request: Request, next: Next) -> Response {
    let site = request.headers().get("sec-fetch-site");
    let ours = site.is_none_or(|site| site == "same-origin" || site == "none");
    if !ours || !matches!(*request.method(), Method::GET | Method::HEAD) {
        request.headers_mut().remove(header::ACCEPT_ENCODING);
    }
    next.run(request).await
}
