//! Three ways to show nothing, which must never look alike.
use super::{
    button::{ButtonLink, Look},
    icon::{Glyph, Icon},
};
use leptos::prelude::*;

/// There is nothing yet: says what would be here and how to begin.
#[component]
pub fn NothingYet(
    /// "No agents yet".
    #[prop(into)]
    title: String,
    /// What they are for.
    #[prop(into)]
    text: String,
    /// A drawing.
    #[prop(default = Icon::Plus)]
    icon: Icon,
    /// What to do, as word and address; none for a person who may not.
    #[prop(optional_no_strip, into)]
    action: Option<(String, String)>,
) -> AnyView {
    view! {
        <div class="empty">
            <Glyph icon />
            <h2>{title}</h2>
            <p>{text}</p>
            {action.map(|(word, href)| view! { <ButtonLink href word look=Look::Primary /> })}
        </div>
    }
    .into_any()
}

/// There are rows, but none like this: repeats what was asked for and offers a way back.
#[component]
pub fn NothingMatches(
    /// "purchases".
    #[prop(into)]
    of: String,
    /// The filters in words: "status is declined".
    terms: Vec<String>,
    /// The list without filters.
    #[prop(into)]
    clear_href: String,
) -> AnyView {
    view! {
        <div class="empty">
            <Glyph icon=Icon::Search />
            <h2>{format!("No {of} match")}</h2>
            <p>"You asked for "<span class="terms">{terms.join(", ")}</span>"."</p>
            <ButtonLink href=clear_href word="Clear filters" />
        </div>
    }
    .into_any()
}

/// It is not known whether there is anything.
#[component]
pub fn CouldNotLoad(
    /// "purchases".
    #[prop(into)]
    of: String,
    /// What to quote to whoever runs the server.
    #[prop(into)]
    request_id: String,
    /// This page again.
    #[prop(into)]
    retry_href: String,
) -> AnyView {
    view! {
        <div class="empty broken" role="status">
            <Glyph icon=Icon::Warning />
            <h2>{format!("Could not load {of}")}</h2>
            <p>"They are safe, but this page could not read them. Request "<code>{request_id}</code>"."</p>
            <ButtonLink href=retry_href word="Try again" />
        </div>
    }
    .into_any()
}
