//! Parts of a page that are read on their own: one that cannot be read leaves the others whole.
use crate::{
    cx::Cx,
    problem::Problem,
    query,
    ui::{CouldNotLoad, Trouble},
};
use leptos::prelude::*;
use std::future::Future;

/// What was read; none where reading failed, which the log has under the request's id.
///
/// # Errors
/// Whatever is no failure of reading: a missing permission, a thing that is not there.
pub async fn part<T>(read: impl Future<Output = Result<T, Problem>>) -> Result<Option<T>, Problem> {
    match read.await {
        Ok(value) => Ok(Some(value)),
        Err(Problem::Busy | Problem::Broken) => Ok(None),
        Err(problem) => Err(problem),
    }
}

/// What stands in a panel in place of numbers that could not be read: `what` is "The decline rate".
pub fn trouble(cx: &Cx, what: &str) -> AnyView {
    let text = format!("{what} could not be loaded; the rest of this page is not affected. Try again in a while.");
    view! { <Trouble text request_id=request_id(cx) /> }.into_any()
}

/// What stands in place of rows that could not be read: `of` is "purchases".
pub fn could_not_load(cx: &Cx, of: &'static str) -> AnyView {
    let retry_href = query::changed(cx, &[], None);
    view! { <CouldNotLoad of request_id=request_id(cx) retry_href /> }.into_any()
}

fn request_id(cx: &Cx) -> String {
    cx.origin.request.as_ref().map_or_else(|| "unknown".to_owned(), ToString::to_string)
}
