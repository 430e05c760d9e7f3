//! An answer that is shown for a while only.
use axum::response::Response;
use http::{HeaderMap, HeaderValue, header};
use leptos::prelude::use_context;
use leptos_axum::ResponseOptions;

/// Makes the browser leave the page that shows this form's result for `path`, one of [`crate::paths`], after `seconds`:
/// by a header, so that it needs no script.
pub fn fleeting(path: &str, seconds: u32) {
    if let (Some(reply), Ok(leave)) =
        (use_context::<ResponseOptions>(), HeaderValue::try_from(format!("{seconds};url={path}")))
    {
        reply.insert_header(header::REFRESH, leave);
    }
}

/// Puts what [`fleeting`] said onto the answer.
pub(super) fn carry(said: &HeaderMap, answer: &mut Response) {
    if let Some(leave) = said.get(header::REFRESH) {
        answer.headers_mut().insert(header::REFRESH, leave.clone());
    }
}
