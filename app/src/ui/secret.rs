//! Secrets on the one page that ever shows them.
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

/// One of several secrets that belong together.
#[derive(Clone)]
pub struct SecretPart {
    /// What it is: "Number".
    pub label: &'static str,
    /// As it is read.
    pub shown: String,
    /// As it is copied.
    pub copied: String,
}

/// Secrets that belong together, for a while. The answer that holds them leaves by itself (`form::fleeting`); where scripts
/// run they are gone then from what the way back would show, too.
#[component]
pub fn FleetingSecrets(
    /// What they are of: "Card".
    #[prop(into)]
    label: String,
    /// The secrets, in order.
    parts: Vec<SecretPart>,
    /// Seconds until they are gone.
    seconds: u32,
    /// What to do with them.
    #[prop(into)]
    note: String,
) -> AnyView {
    let id = format!("s-{}", slug(&label));
    let parts = parts.into_iter().map(|part| {
        view! {
            <div class="secret-value">
                <dt>{part.label}</dt>
                <dd>
                    <code translate="no">{part.shown}</code>
                    <CopyButton text=part.copied what=part.label worded=true />
                </dd>
            </div>
        }
    });
    let parts = parts.collect_view();
    view! {
        <section class="secret" aria-labelledby=id.clone() data-fleeting=seconds.to_string()>
            <h2 id=id.clone()>{label}</h2>
            <dl>{parts}</dl>
            <p class="secret-note"><Glyph icon=Icon::Lock /><span>{format!("Shown for {seconds} seconds. {note}")}</span></p>
        </section>
    }
    .into_any()
}
