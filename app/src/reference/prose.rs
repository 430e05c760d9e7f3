//! The little that descriptions are written in: paragraphs, lists with dashes, code between backticks.
use leptos::prelude::*;

/// The text as it is meant.
pub fn view(text: &str) -> AnyView {
    text.split("\n\n").filter(|block| !block.is_empty()).map(block).collect_view().into_any()
}

fn block(text: &str) -> AnyView {
    let items: Vec<&str> = text.lines().filter_map(|line| line.strip_prefix("- ")).collect();
    if items.is_empty() {
        return view! { <p>{inline(text)}</p> }.into_any();
    }
    let items = items.into_iter().map(|item| view! { <li>{inline(item)}</li> }).collect_view();
    view! { <ul>{items}</ul> }.into_any()
}

/// One line.
pub fn inline(text: &str) -> AnyView {
    let part = |(n, part): (usize, &str)| match n % 2 {
        0 => part.to_owned().into_any(),
        _ => view! { <code class="mono">{part.to_owned()}</code> }.into_any(),
    };
    text.split('`').enumerate().map(part).collect_view().into_any()
}
