//! One line of a form: label, hint, entry, and why it was refused.
use super::icon::{Glyph, Icon};
use leptos::prelude::*;

/// The `id` of the entry with this form name; error summaries link to it.
pub fn field_id(name: &str) -> String {
    format!("f-{}", super::slug(name))
}

/// The ids that describe an entry, for `aria-describedby`.
pub(super) fn described_by(id: &str, hint: bool, refused: bool) -> Option<String> {
    match (hint, refused) {
        (true, true) => Some(format!("{id}-refusal {id}-hint")),
        (true, false) => Some(format!("{id}-hint")),
        (false, true) => Some(format!("{id}-refusal")),
        (false, false) => None,
    }
}

/// The hint under a label.
pub(super) fn hint_line(id: &str, hint: Option<String>) -> AnyView {
    let id = format!("{id}-hint");
    hint.map(|hint| view! { <p class="hint" id=id>{hint}</p> }).into_any()
}

/// The refusal over an entry. "Error:" is there for those who do not see the colour.
pub(super) fn refusal_line(id: &str, refusal: Option<String>) -> AnyView {
    let id = format!("{id}-refusal");
    refusal
        .map(|refusal| {
            view! {
                <p class="refusal" id=id>
                    <Glyph icon=Icon::Warning />
                    <span><span class="quiet">"Error: "</span>{refusal}</span>
                </p>
            }
        })
        .into_any()
}

/// What follows the label of an entry that may stay empty.
pub(super) fn optional_mark(optional: bool) -> AnyView {
    optional.then(|| view! { <span class="optional">" (optional)"</span> }).into_any()
}

/// A one-line entry. The server is the judge: the browser is told nothing that could stop the form.
#[component]
pub fn Field(
    /// Name in the form.
    #[prop(into)]
    name: String,
    /// What is asked for.
    #[prop(into)]
    label: String,
    /// `type` of the input: text, email, password, number-like types as text with `inputmode`, date, search.
    #[prop(default = "text")]
    kind: &'static str,
    /// What was typed. Never pass a secret back.
    #[prop(optional_no_strip, into)]
    value: Option<String>,
    /// Why the entry was refused.
    #[prop(optional_no_strip, into)]
    refusal: Option<String>,
    /// How to fill it in.
    #[prop(optional, into)]
    hint: Option<String>,
    /// May stay empty; says so.
    #[prop(optional)]
    optional: bool,
    /// `autocomplete`, such as `email` or `current-password`.
    #[prop(optional)]
    autocomplete: Option<&'static str>,
    /// `inputmode`: `decimal` and `numeric` align right.
    #[prop(optional)]
    inputmode: Option<&'static str>,
    /// An example shown while empty.
    #[prop(optional, into)]
    placeholder: Option<String>,
    /// A unit after the entry, such as a currency code.
    #[prop(optional, into)]
    unit: Option<String>,
    /// Shown but not to be changed.
    #[prop(optional)]
    readonly: bool,
) -> AnyView {
    let id = field_id(&name);
    let describes = described_by(&id, hint.is_some(), refusal.is_some());
    let invalid = refusal.is_some().then_some("true");
    let input = view! {
        <input
            class="control"
            id=id.clone()
            type=kind
            name=name
            value=value
            placeholder=placeholder
            autocomplete=autocomplete
            inputmode=inputmode
            readonly=readonly
            aria-describedby=describes
            aria-invalid=invalid
        />
    };
    let input = match unit {
        Some(unit) => view! {
            <span class="affixed">
                {input}
                <span class="affix">{unit}</span>
            </span>
        }
        .into_any(),
        None => input.into_any(),
    };
    view! {
        <div class="field">
            <label for=id.clone()>{label}{optional_mark(optional)}</label>
            {hint_line(&id, hint)}
            {refusal_line(&id, refusal)}
            {input}
        </div>
    }
    .into_any()
}
