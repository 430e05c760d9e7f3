//! Text for machines: ids, addresses, snippets.
use super::icon::{Glyph, Icon};
use leptos::prelude::*;

/// Copies a text. Hidden until the script finds that it can.
#[component]
pub fn CopyButton(
    /// What is copied.
    #[prop(into)]
    text: String,
    /// What it is, for screen readers: "id".
    #[prop(into)]
    what: String,
    /// Show the word as well as the drawing.
    #[prop(optional)]
    worded: bool,
) -> impl IntoView {
    view! {
        <button type="button" class="copy" data-copy=text hidden>
            <Glyph icon=Icon::Copy />
            <span data-word class=(!worded).then_some("quiet") aria-live="polite">"Copy"</span>
            <span class="quiet">{format!(" {what}")}</span>
        </button>
    }
}

/// Text in a fixed-width face, cut short where there is no room; with a copy button if `copy` names what it is.
#[component]
pub fn Code(
    /// The text.
    #[prop(into)]
    text: String,
    /// What it is: "card id".
    #[prop(optional, into)]
    copy: Option<String>,
) -> impl IntoView {
    let button = copy.map(|what| view! { <CopyButton text=text.clone() what /> });
    let title = text.clone();
    view! { <span class="code"><code title=title>{text}</code>{button}</span> }
}

/// Text of others as it came, line ends and all; long, it scrolls in its own box.
#[component]
pub fn Verbatim(
    /// The text.
    #[prop(into)]
    text: String,
    /// What it is, for screen readers: "Body".
    #[prop(into)]
    label: String,
) -> impl IntoView {
    // A parser drops the first line break of a pre: ours goes first, so that the writer's stays.
    view! {
        <section class="verbatim" role="group" tabindex="0" aria-label=label>
            <pre translate="no">{format!("\n{text}")}</pre>
        </section>
    }
}
