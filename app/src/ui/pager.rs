//! From page to page of a list.
use super::icon::{Glyph, Icon};
use leptos::prelude::*;

/// A choice of how many rows a page has.
#[derive(Debug, Clone)]
pub struct PageSize {
    /// Rows.
    pub rows: u32,
    /// The list with that many.
    pub href: String,
    /// The one in use.
    pub current: bool,
}

/// Links to the pages beside this one. Lists are walked by key, so there are no page numbers.
/// Renders nothing when there is nothing to turn, to choose or to count.
#[component]
pub fn Pager(
    /// What the list holds: "purchases".
    #[prop(into)]
    of: String,
    /// The page before, with newer rows.
    #[prop(optional_no_strip, into)]
    newer: Option<String>,
    /// The page after, with older rows.
    #[prop(optional_no_strip, into)]
    older: Option<String>,
    /// How many rows a page may have.
    #[prop(optional)]
    sizes: Vec<PageSize>,
    /// How many rows there are: "12 rows", "50 rows on this page".
    #[prop(optional_no_strip, into)]
    count: Option<String>,
) -> AnyView {
    let turning = newer.is_some() || older.is_some();
    if !turning && sizes.is_empty() {
        return count.map(|count| view! { <p class="pager">{count}</p> }).into_any();
    }
    let turn = turning.then(|| view! { <div class="turn">{turn_newer(newer)}{turn_older(older)}</div> });
    let sizes = (!sizes.is_empty()).then(|| {
        let links = sizes
            .into_iter()
            .map(|size| view! { <a href=size.href aria-current=size.current.then_some("true")>{size.rows}</a> })
            .collect_view();
        view! { <div class="sizes"><span>"Rows"</span>{links}</div> }
    });
    view! {
        <nav class="pager" aria-label=format!("Pages of {of}")>
            {count.map(|count| view! { <p class="count">{count}</p> })}
            {sizes}
            {turn}
        </nav>
    }
    .into_any()
}

fn turn_newer(href: Option<String>) -> AnyView {
    match href {
        Some(href) => {
            view! { <a class="button secondary small" rel="prev" href=href><Glyph icon=Icon::Left />"Newer"</a> }
                .into_any()
        }
        None => view! { <span class="button secondary small off"><Glyph icon=Icon::Left />"Newer"</span> }.into_any(),
    }
}

fn turn_older(href: Option<String>) -> AnyView {
    match href {
        Some(href) => {
            view! { <a class="button secondary small" rel="next" href=href>"Older"<Glyph icon=Icon::Right /></a> }
                .into_any()
        }
        None => view! { <span class="button secondary small off">"Older"<Glyph icon=Icon::Right /></span> }.into_any(),
    }
}
