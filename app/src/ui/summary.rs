//! What came of the last form: refused, or done.
use super::{
    badge::Tone,
    field::field_id,
    icon::{Glyph, Icon},
};
use leptos::prelude::*;

/// What was refused, on top of the form; takes the focus. The same words stand by each field.
/// Renders nothing when nothing was refused.
#[component]
pub fn ErrorSummary(
    /// Form name of the field and why; `""` is the form as a whole.
    refusals: Vec<(String, String)>,
) -> AnyView {
    (!refusals.is_empty())
        .then(|| {
            let items = refusals
                .into_iter()
                .map(|(name, why)| {
                    if name.is_empty() {
                        view! { <li>{why}</li> }.into_any()
                    } else {
                        view! { <li><a href=format!("#{}", field_id(&name))>{why}</a></li> }.into_any()
                    }
                })
                .collect_view();
            view! {
                <div class="summary" role="alert" tabindex="-1" autofocus aria-labelledby="summary-title">
                    <h2 id="summary-title"><Glyph icon=Icon::Warning />"There is a problem"</h2>
                    <ul>{items}</ul>
                </div>
            }
        })
        .into_any()
}

/// Something to say once, after a redirect.
#[derive(Debug, Clone)]
pub struct FlashMessage {
    /// How it is meant.
    pub tone: Tone,
    /// A whole sentence.
    pub text: String,
}

/// A sentence about what was just done, announced to screen readers.
#[component]
pub fn Flash(
    /// What to say.
    message: FlashMessage,
) -> AnyView {
    let icon = match message.tone {
        Tone::Good => Icon::Check,
        Tone::Warn | Tone::Bad => Icon::Warning,
        Tone::Neutral | Tone::Info => Icon::Info,
    };
    view! {
        <div class=format!("flash {}", message.tone.class()) role="status">
            <Glyph icon />
            <span>{message.text}</span>
        </div>
    }
    .into_any()
}

/// What is so on every page until somebody ends it.
#[component]
pub fn Standing(
    /// What is so: "All spending is stopped".
    #[prop(into)]
    title: String,
    /// Since when, why, and the way to its end.
    children: Children,
) -> AnyView {
    let label = title.clone();
    view! {
        <section class="flash bad standing" aria-label=label>
            <Glyph icon=Icon::Warning />
            <p><b>{title}</b>{children()}</p>
        </section>
    }
    .into_any()
}
