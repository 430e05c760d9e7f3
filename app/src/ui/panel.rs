//! A card with a heading, and what it shows when its data did not come.
use super::{
    icon::{Glyph, Icon},
    slug,
};
use leptos::prelude::*;

/// A note in place of data that could not be read: the page around it stays whole.
#[component]
pub fn Trouble(
    /// What is missing: "The decline rate could not be loaded."
    #[prop(into)]
    text: String,
    /// What to quote to whoever runs the server.
    #[prop(into)]
    request_id: String,
) -> AnyView {
    view! {
        <p class="trouble" role="status">
            <Glyph icon=Icon::Warning />
            <span>{text}" Request "<code>{request_id}</code>"."</span>
        </p>
    }
    .into_any()
}

/// A part of a page.
#[component]
pub fn Panel(
    /// The heading; unique on its page.
    #[prop(into)]
    title: String,
    /// When its numbers were true: a [`Moment`](super::Moment).
    #[prop(optional)]
    as_of: Option<AnyView>,
    /// Links and buttons beside the heading.
    #[prop(optional)]
    actions: Option<AnyView>,
    /// Content.
    children: Children,
) -> AnyView {
    let id = format!("p-{}", slug(&title));
    view! {
        <section class="panel" aria-labelledby=id.clone()>
            <header>
                <h2 id=id.clone()>{title}</h2>
                {as_of.map(|at| view! { <span class="as-of">"As of "{at}</span> })}
                {actions.map(|actions| view! { <div class="actions">{actions}</div> })}
            </header>
            <div class="panel-body">{children()}</div>
        </section>
    }
    .into_any()
}
