//! The step before an act that hurts, where nothing else is asked.
use super::use_form;
use crate::{
    cx::cx,
    ui::{Confirm, ErrorSummary},
};
use leptos::prelude::*;

/// What follows, a button that names the act, and the way back; above them why it was refused, if it was.
pub fn confirm(consequences: Vec<String>, act: impl Into<String>, cancel: impl Into<String>) -> AnyView {
    let (refusals, token) = (use_form().refusals(), cx().form_token());
    let (act, cancel_href): (String, String) = (act.into(), cancel.into());
    view! {
        <ErrorSummary refusals />
        <Confirm consequences act cancel_href>
            <input type="hidden" name="token" value=token />
        </Confirm>
    }
    .into_any()
}
