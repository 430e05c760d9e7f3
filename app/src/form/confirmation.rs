//! The step before an act that hurts.
use super::use_form;
use crate::{
    cx::cx,
    ui::{Confirm, ErrorSummary},
};
use leptos::prelude::*;

/// What follows, a button that names the act, and the way back, where nothing else is asked.
pub fn confirm(consequences: Vec<String>, act: impl Into<String>, cancel: impl Into<String>) -> AnyView {
    let (act, cancel): (String, String) = (act.into(), cancel.into());
    view! { <PageConfirm consequences act cancel /> }.into_any()
}

/// The same with entries; above them why it was refused, if it was.
#[component]
pub fn PageConfirm(
    /// What follows, counted: "3 agents lose access".
    consequences: Vec<String>,
    /// The act: "Revoke key".
    #[prop(into)]
    act: String,
    /// Where "Cancel" leads.
    cancel: String,
    /// The entries.
    #[prop(optional)]
    children: Option<Children>,
) -> AnyView {
    let (refusals, token) = (use_form().refusals(), cx().form_token());
    view! {
        <ErrorSummary refusals />
        <Confirm consequences act cancel_href=cancel>
            <input type="hidden" name="token" value=token />
            {children.map(|children| children())}
        </Confirm>
    }
    .into_any()
}
