//! The head of a page: where it is, what it is, what can be done.
use super::icon::{Glyph, Icon};
use leptos::prelude::*;

/// A step on the way to this page.
#[derive(Debug, Clone)]
pub struct Crumb {
    /// Its title.
    pub label: String,
    /// Its address.
    pub href: String,
}

/// Breadcrumbs, the one `<h1>`, a lead and the actions of the page.
#[component]
pub fn PageHead(
    /// What the page is.
    #[prop(into)]
    title: String,
    /// The way here, without this page.
    #[prop(optional)]
    crumbs: Vec<Crumb>,
    /// A sentence under the title.
    #[prop(optional_no_strip, into)]
    lead: Option<String>,
    /// Beside the title: a [`Badge`](super::Badge).
    #[prop(optional_no_strip, into)]
    badge: Option<AnyView>,
    /// Buttons.
    #[prop(optional_no_strip, into)]
    actions: Option<AnyView>,
) -> AnyView {
    let crumbs = (!crumbs.is_empty()).then(|| {
        let crumbs = crumbs
            .into_iter()
            .map(|crumb| view! { <li><a href=crumb.href>{crumb.label}</a><Glyph icon=Icon::Right /></li> })
            .collect_view();
        view! { <nav class="crumbs" aria-label="Breadcrumbs"><ol>{crumbs}</ol></nav> }
    });
    view! {
        <header class="page-head">
            {crumbs}
            <div class="titles">
                <h1><span>{title}</span>{badge}</h1>
                {lead.map(|lead| view! { <p class="lead">{lead}</p> })}
            </div>
            {actions.map(|actions| view! { <div class="actions">{actions}</div> })}
        </header>
    }
    .into_any()
}
