//! A secret on the one page that ever shows it.
use super::{
    code::CopyButton,
    icon::{Glyph, Icon},
    slug,
};
use leptos::prelude::*;

/// A secret, once. The page that holds it is answered with `no-store` and the secret is kept nowhere.
#[component]
pub fn Secret(
    /// What it is: "API key".
    #[prop(into)]
    label: String,
    /// The secret.
    #[prop(into)]
    value: String,
    /// What to do with it, and what if it is lost.
    #[prop(into)]
    note: String,
) -> AnyView {
    let id = format!("s-{}", slug(&label));
    view! {
        <section class="secret" aria-labelledby=id.clone()>
            <h2 id=id.clone()>{label.clone()}</h2>
            <div class="secret-value">
                <code translate="no">{value.clone()}</code>
                <CopyButton text=value what=label worded=true />
            </div>
            <p class="secret-note"><Glyph icon=Icon::Lock /><span>"Shown only now. "{note}</span></p>
        </section>
    }
    .into_any()
}
