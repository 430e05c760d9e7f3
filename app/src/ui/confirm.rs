//! The page before something that cannot be taken back.
use super::{
    button::{Button, ButtonLink, Look},
    field::Field,
    icon::{Glyph, Icon},
};
use leptos::prelude::*;

/// The name to type before an irreversible act.
#[derive(Debug, Clone)]
pub struct TypedName {
    /// Name in the form.
    pub name: String,
    /// What has to be typed.
    pub expected: String,
    /// What was typed so far.
    pub value: Option<String>,
    /// Why it was refused.
    pub refusal: Option<String>,
}

/// A form that says what follows and posts to its own page. The button names the act; cancel comes first to hand.
#[component]
pub fn Confirm(
    /// What follows, counted: "3 agents lose access".
    consequences: Vec<String>,
    /// The act: "Revoke key".
    #[prop(into)]
    act: String,
    /// Where cancel leads.
    #[prop(into)]
    cancel_href: String,
    /// A name to type.
    #[prop(optional)]
    typed: Option<TypedName>,
    /// Hidden fields and further entries.
    children: Children,
) -> AnyView {
    let consequences = consequences
        .into_iter()
        .map(|text| view! { <li><Glyph icon=Icon::Warning /><span>{text}</span></li> })
        .collect_view();
    let typed = typed.map(|typed| {
        view! {
            <Field
                name=typed.name
                label=format!("Type {} to go on", typed.expected)
                value=typed.value
                refusal=typed.refusal
                autocomplete="off"
            />
        }
    });
    view! {
        <form class="confirm" method="post">
            <ul class="consequences">{consequences}</ul>
            {children()}
            {typed}
            <div class="actions">
                <Button word=act look=Look::Danger />
                <ButtonLink href=cancel_href word="Cancel" />
            </div>
        </form>
    }
    .into_any()
}
