//! Words of others, marked as such.
use leptos::prelude::*;

/// What somebody says, quoted below a line that tells whose words these are and how far to trust them. It stands after
/// everything that is known for sure.
#[component]
pub fn Quoted(
    /// Whose words: "What the agent says. Unverified: nobody has checked it."
    #[prop(into)]
    by: String,
    /// The words.
    #[prop(into)]
    text: String,
) -> impl IntoView {
    view! {
        <figure class="quoted">
            <figcaption>{by}</figcaption>
            <blockquote translate="no">{text}</blockquote>
        </figure>
    }
}
