//! The part of an address behind `?` that lists share: where in the list, and how many rows.
use crate::{cx::Cx, ui::Pager};
use domain::page::{Page, Paging};
use leptos::prelude::*;
use serde::Deserialize;
use std::str::FromStr;

/// Rows of a page unless the address says otherwise.
const ROWS: u8 = 50;

#[derive(Default, Deserialize)]
struct Place {
    before: Option<String>,
    after: Option<String>,
    rows: Option<String>,
}

/// The page that the address asks for; what is no id or size falls back to the first page.
pub fn paging<Id: FromStr>(cx: &Cx) -> Paging<Id> {
    let place: Place = cx.query();
    let id = |text: Option<String>| text.and_then(|text| text.parse().ok());
    let rows = place.rows.and_then(|rows| rows.parse().ok()).filter(|rows| [25, 50, 100].contains(rows));
    Paging { before: id(place.before), after: id(place.after), size: rows.unwrap_or(ROWS) }
}

/// The links below a list: the same filters, the neighbouring rows.
pub fn pager<T>(cx: &Cx, of: &'static str, page: &Page<T>, id: impl Fn(&T) -> String) -> AnyView {
    let older = page.older.then(|| page.rows.last().map(&id)).flatten();
    let newer = page.newer.then(|| page.rows.first().map(&id)).flatten();
    let link = |name: &'static str, id: Option<String>| id.map(|id| turned(cx, name, &id));
    view! { <Pager of newer=link("after", newer) older=link("before", older) /> }.into_any()
}

/// This address with its place in the list replaced.
fn turned(cx: &Cx, name: &'static str, id: &str) -> String {
    changed(cx, &["before", "after"], Some((name, id)))
}

/// This address without `names`, and with `add` if there is something to add.
pub fn changed(cx: &Cx, names: &[&str], add: Option<(&str, &str)>) -> String {
    let query = cx.parts.uri.query().unwrap_or_default();
    let mut pairs: Vec<(String, String)> = serde_urlencoded::from_str(query).unwrap_or_default();
    pairs.retain(|(name, value)| !names.contains(&name.as_str()) && !value.is_empty());
    if let Some((name, value)) = add {
        pairs.push((name.to_owned(), value.to_owned()));
    }
    let query = serde_urlencoded::to_string(pairs).unwrap_or_default();
    let path = full_path(cx);
    if query.is_empty() { path } else { format!("{path}?{query}") }
}

/// The path that the browser asked for: inside a nested router the request's own is cut short.
pub fn full_path(cx: &Cx) -> String {
    let original = cx.parts.extensions.get::<axum::extract::OriginalUri>();
    original.map_or_else(|| cx.parts.uri.path(), |uri| uri.path()).to_owned()
}

/// A word of a closed set from the address; anything else is nothing chosen.
pub fn word<T: FromStr>(text: Option<&String>) -> Option<T> {
    text.filter(|text| !text.is_empty()).and_then(|text| text.parse().ok())
}
