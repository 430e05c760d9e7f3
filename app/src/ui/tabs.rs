//! Views of the same thing, as links.
use leptos::prelude::*;

/// One view.
#[derive(Debug, Clone)]
pub struct Tab {
    /// Its name: "24 h".
    pub label: String,
    /// Its address.
    pub href: String,
    /// The one being shown.
    pub current: bool,
}

fn links(tabs: Vec<Tab>) -> AnyView {
    tabs.into_iter()
        .map(|tab| view! { <a href=tab.href aria-current=tab.current.then_some("page")>{tab.label}</a> })
        .collect_view()
        .into_any()
}

/// Spans of time to look at: 24 h · 7 d · 30 d.
#[component]
pub fn Ranges(
    /// What they are, for screen readers.
    #[prop(default = "Time range".to_owned(), into)]
    label: String,
    /// The spans.
    ranges: Vec<Tab>,
) -> AnyView {
    view! { <nav class="ranges" aria-label=label>{links(ranges)}</nav> }.into_any()
}

/// Parts of one subject.
#[component]
pub fn Tabs(
    /// What they are, for screen readers.
    #[prop(into)]
    label: String,
    /// The parts.
    tabs: Vec<Tab>,
) -> AnyView {
    view! { <nav class="tabs" aria-label=label>{links(tabs)}</nav> }.into_any()
}
