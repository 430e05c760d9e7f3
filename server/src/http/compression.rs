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

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{Router, body::Body, middleware::from_fn, routing::get};
    use tower::ServiceExt;

    const LONG: [u8; 1000] = [b'x'; 1000];

    async fn encoding(method: Method, path: &str, site: Option<&str>) -> String {
        let router = Router::new()
            .route("/long", get(async || LONG.as_slice()).post(async || LONG.as_slice()))
            .route("/cookie", get(async || ([(header::SET_COOKIE, "a=b")], LONG.as_slice())))
            .route("/short", get(async || "x"))
            .layer(axum::middleware::map_response(async |mut response: Response| {
                response.headers_mut().insert(header::CONTENT_TYPE, header::HeaderValue::from_static("text/html"));
                response
            }))
            .layer(layer())
            .layer(from_fn(only_where_safe));
        let mut request = Request::builder().method(method).uri(path).header("accept-encoding", "br, gzip");
        if let Some(site) = site {
            request = request.header("sec-fetch-site", site);
        }
        let response = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        response.headers().get("content-encoding").map_or("", |value| value.to_str().unwrap()).to_owned()
    }

    #[tokio::test]
    async fn only_answers_whose_length_tells_nothing() {
        for (method, path, site, expected) in [
            (Method::GET, "/long", None, "br"),
            (Method::GET, "/long", Some("same-origin"), "br"),
            (Method::GET, "/long", Some("none"), "br"),
            (Method::GET, "/long", Some("same-site"), ""),
            (Method::GET, "/long", Some("cross-site"), ""),
            (Method::POST, "/long", Some("same-origin"), ""),
            (Method::GET, "/cookie", Some("same-origin"), ""),
            (Method::GET, "/short", None, ""),
        ] {
            assert_eq!(encoding(method.clone(), path, site).await, expected, "{method} {path} {site:?}");
        }
    }
}
