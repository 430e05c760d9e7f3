//! What is known about one thing.
use leptos::prelude::*;

/// A term and what it is.
#[derive(Debug)]
pub struct Fact {
    term: String,
    value: AnyView,
}

impl Fact {
    /// A fact.
    pub fn new(term: impl Into<String>, value: impl IntoAny) -> Self {
        Self { term: term.into(), value: value.into_any() }
    }
}

/// A list of terms with their values.
#[component]
pub fn Facts(
    /// In the order they are read.
    facts: Vec<Fact>,
) -> AnyView {
    let facts = facts
        .into_iter()
        .map(|Fact { term, value }| view! { <div><dt>{term}</dt><dd>{value}</dd></div> })
        .collect_view();
    view! { <dl class="facts">{facts}</dl> }.into_any()
}
