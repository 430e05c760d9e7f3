//! The part of an address behind `?` that lists share: where in the list, and how many rows.
use crate::{
    cx::Cx,
    problem::Problem,
    ui::{PageSize, Pager},
};
use domain::{
    db::Db,
    environment::Environment,
    ids::OrganisationId,
    page::{Page, Paging},
};
use leptos::prelude::*;
use serde::Deserialize;
use std::str::FromStr;

/// How many rows a page may have.
const SIZES: [u8; 3] = [25, 50, 100];
/// What says where in the list.
const PLACE: [&str; 2] = ["before", "after"];
/// What says how a list is shown this once, and is part of no other address.
const FLEETING: [&str; 2] = ["none", "tick"];
/// Rows of a page unless the address says otherwise.
const ROWS: u8 = 50;

#[derive(Default, Deserialize)]
struct Place {
    before: Option<String>,
    after: Option<String>,
    rows: Option<String>,
}

/// The page that the address asks for; what is no size falls back to the usual one.
///
/// # Errors
/// [`Problem::Astray`] where the place was not sealed by this list, of this organisation and environment.
pub fn paging<Id: FromStr>(cx: &Cx) -> Result<Paging<Id>, Problem> {
    let place: Place = cx.query();
    let astray = || Problem::Astray(changed(cx, &PLACE, None));
    let id = |text: Option<String>| {
        let text = text.filter(|text| !text.is_empty());
        let id =
            text.map(|text| cx.db().vault().place(&list(cx)?, &text).and_then(|id| id.parse().ok()).ok_or_else(astray));
        id.transpose()
    };
    Ok(Paging { before: id(place.before)?, after: id(place.after)?, size: size(cx) })
}

/// What the places of the list at this address are sealed for.
fn list(cx: &Cx) -> Result<String, Problem> {
    Ok(list_of(cx.grant()?.organisation(), cx.environment, &full_path(cx)))
}

fn list_of(organisation: &OrganisationId, environment: Environment, path: &str) -> String {
    format!("{organisation} {environment} {path}")
}

/// Where the row `id` is in the organisation's list at `path`, as addresses say it.
pub fn place(db: &Db, organisation: &OrganisationId, environment: Environment, path: &str, id: &str) -> String {
    db.vault().cursor(&list_of(organisation, environment, path), id)
}

fn size(cx: &Cx) -> u8 {
    let rows = cx.query::<Place>().rows.and_then(|rows| rows.parse().ok());
    rows.filter(|rows| SIZES.contains(rows)).unwrap_or(ROWS)
}

/// Whether the address asks for rows behind the first page.
pub fn is_turned(cx: &Cx) -> bool {
    let place: Place = cx.query();
    [place.before, place.after].iter().flatten().any(|place| !place.is_empty())
}

/// The page, unless it is past the end of its list: then the way to the first one.
///
/// # Errors
/// [`Problem::Elsewhere`], with the same filters.
pub fn or_first<T>(cx: &Cx, page: Page<T>) -> Result<Page<T>, Problem> {
    if page.rows.is_empty() && is_turned(cx) {
        return Err(Problem::Elsewhere(changed(cx, &PLACE, None)));
    }
    Ok(page)
}

/// The links below a list: the same filters, the neighbouring rows, and how many at a time where that matters.
pub fn pager<T>(cx: &Cx, of: &'static str, page: &Page<T>, id: impl Fn(&T) -> String) -> AnyView {
    let older = page.older.then(|| page.rows.last().map(&id)).flatten();
    let newer = page.newer.then(|| page.rows.first().map(&id)).flatten();
    let link = |name: &'static str, id: Option<String>| id.map(|id| turned(cx, name, &id));
    let whole = newer.is_none() && older.is_none();
    let count = match page.rows.len() {
        0 => None,
        1 if whole => Some("1 row".to_owned()),
        rows if whole => Some(format!("{rows} rows")),
        rows => Some(format!("{rows} rows on this page")),
    };
    let chosen = size(cx);
    let matters = newer.is_some() || older.is_some() || chosen != ROWS || page.rows.len() > usize::from(SIZES[0]);
    let sizes = SIZES.iter().filter(|_| matters).map(|rows| PageSize {
        rows: u32::from(*rows),
        href: changed(cx, &["rows", "after"], Some(("rows", &rows.to_string()))),
        current: *rows == chosen,
    });
    let sizes = sizes.collect();
    view! { <Pager of newer=link("after", newer) older=link("before", older) sizes count /> }.into_any()
}

/// What a filter form keeps of the address besides its own entries: other filters, and how many rows.
pub fn kept(cx: &Cx, own: &[&str]) -> Vec<(String, String)> {
    let mut pairs = pairs(cx);
    pairs.retain(|(name, value)| !own.contains(&name.as_str()) && !PLACE.contains(&name.as_str()) && !value.is_empty());
    pairs
}

/// The query as it stands there, in order; a name may come more than once.
pub fn all_pairs(cx: &Cx) -> Vec<(String, String)> {
    serde_urlencoded::from_str(cx.parts.uri.query().unwrap_or_default()).unwrap_or_default()
}

fn pairs(cx: &Cx) -> Vec<(String, String)> {
    let mut pairs = all_pairs(cx);
    pairs.retain(|(name, _)| !FLEETING.contains(&name.as_str()));
    pairs
}

/// Whether the list is shown like this once only.
pub fn is_fleeting(cx: &Cx) -> bool {
    all_pairs(cx).iter().any(|(name, _)| FLEETING.contains(&name.as_str()))
}

/// This address with its place in the list replaced: the rows `before` or `after` this one.
pub fn turned(cx: &Cx, name: &'static str, id: &str) -> String {
    let place = list(cx).map(|list| cx.db().vault().cursor(&list, id)).ok();
    changed(cx, &PLACE, place.as_deref().map(|place| (name, place)))
}

/// This address without `names`, and with `add` if there is something to add.
pub fn changed(cx: &Cx, names: &[&str], add: Option<(&str, &str)>) -> String {
    let mut pairs = pairs(cx);
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

/// What was typed into a filter: without the blanks around it, and none where nothing is left.
pub fn text(value: Option<String>) -> Option<String> {
    value.map(|value| value.trim().to_owned()).filter(|value| !value.is_empty())
}

/// A word of a closed set from the address; anything else is nothing chosen.
pub fn word<T: FromStr>(text: Option<&String>) -> Option<T> {
    text.filter(|text| !text.is_empty()).and_then(|text| text.parse().ok())
}
