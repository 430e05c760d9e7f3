//! The security headers of every answer: pages, files, API, errors (security X-W3, X-W4, X-W5).
use crate::State;
use app::guard::Nonce;
use axum::{
    extract::{self, Request},
    http::{HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use base64::{Engine, engine::general_purpose::STANDARD_NO_PAD};

const FIXED: [(HeaderName, HeaderValue); 8] = [
    (header::X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff")),
    // Not no-referrer: with it browsers send `Origin: null` on forms of the same site.
    (header::REFERRER_POLICY, HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-opener-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-resource-policy"), HeaderValue::from_static("same-origin")),
    (HeaderName::from_static("cross-origin-embedder-policy"), HeaderValue::from_static("require-corp")),
    (HeaderName::from_static("permissions-policy"), HeaderValue::from_static(NO_FEATURES)),
    (HeaderName::from_static("reporting-endpoints"), HeaderValue::from_static(r#"csp="/reports/csp""#)),
    (HeaderName::from_static("x-permitted-cross-domain-policies"), HeaderValue::from_static("none")),
];

/// Features that no page may use. Copying to the clipboard and passkeys are ours and stay.
const NO_FEATURES: &str = "accelerometer=(), autoplay=(), browsing-topics=(), camera=(), display-capture=(), \
    encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), hid=(), idle-detection=(), local-fonts=(), \
    magnetometer=(), microphone=(), midi=(), payment=(), picture-in-picture=(), screen-wake-lock=(), serial=(), \
    storage-access=(), usb=(), web-share=(), xr-spatial-tracking=()";

/// Two years, as preload lists ask.
const HSTS: HeaderValue = HeaderValue::from_static("max-age=63072000; includeSubDomains");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");

/// Gives the request a [`Nonce`] and its answer every security header. `Cache-Control` is `no-store` unless the
/// route has said otherwise.
pub async fn secure(extract::State(state): extract::State<State>, mut request: Request, next: Next) -> Response {
    let nonce = STANDARD_NO_PAD.encode(state.db.chance().bytes::<16>());
    let policy = policy(&nonce);
    request.extensions_mut().insert(Nonce(nonce));
    let mut response = next.run(request).await;
    let headers = response.headers_mut();
    for (name, value) in FIXED {
        headers.insert(name, value);
    }
    headers.insert(header::CONTENT_SECURITY_POLICY, policy);
    if state.config.https() {
        headers.insert(header::STRICT_TRANSPORT_SECURITY, HSTS);
    }
    headers.entry(header::CACHE_CONTROL).or_insert(NO_STORE);
    response
}

fn policy(nonce: &str) -> HeaderValue {
    let policy = format!(
        "default-src 'none'; script-src 'nonce-{nonce}' 'strict-dynamic'; style-src 'self'; img-src 'self'; \
         font-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types 'none'; report-to csp"
    );
    HeaderValue::try_from(policy).expect("base64 is visible ASCII")
}
