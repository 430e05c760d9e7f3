//! The frame of every form that is a page's own, and the entry that most of them end with.
use super::use_form;
use crate::{
    cx::cx,
    ui::{Button, ButtonLink, ErrorSummary, Field, Look},
};
use leptos::prelude::*;

/// A form that posts to its own page: why it was refused, if it was, its one-time token, then its entries. With `act`
/// a button that names the act, and the way back; without, the entries end with actions of their own.
#[component]
pub fn PageForm(
    /// What the button does: "Save".
    #[prop(optional, into)]
    act: Option<String>,
    /// Where "Cancel" leads.
    #[prop(optional, into)]
    cancel: Option<String>,
    /// As wide as the page, for entries side by side.
    #[prop(optional)]
    wide: bool,
    /// The entries.
    #[prop(optional)]
    children: Option<Children>,
) -> AnyView {
    let (refusals, token) = (use_form().refusals(), cx().form_token());
    let actions = act.map(|word| {
        let cancel = cancel.map(|href| view! { <ButtonLink href word="Cancel" look=Look::Plain /> });
        view! { <div class="actions"><Button word />{cancel}</div> }
    });
    let class = if wide { "form wide" } else { "form" };
    view! {
        <form method="post" class=class>
            <ErrorSummary refusals />
            <input type="hidden" name="token" value=token />
            {children.map(|children| children())}
            {actions}
        </form>
    }
    .into_any()
}

/// The entry `reason`.
#[component]
pub fn Reason(
    /// What becomes of it.
    #[prop(into)]
    hint: String,
    /// May stay empty.
    #[prop(optional)]
    optional: bool,
) -> AnyView {
    let form = use_form();
    let (value, refusal) = (form.value("reason", ""), form.refusal("reason"));
    view! { <Field name="reason" label="Reason" hint optional value refusal autocomplete="off" /> }.into_any()
}
