//! A new password, typed twice: wherever one is chosen.
use crate::{form::use_form, problem::Refusal, ui::Field};
use domain::access::Password;
use leptos::prelude::*;

/// The password that was typed twice, or why not.
pub(super) fn typed_twice(refusal: &mut Refusal, password: String, again: &str) -> Option<Password> {
    if password != again {
        refusal.add("password_again", "The two passwords are not the same");
    }
    refusal.take("password", Password::new(password))
}

/// The two entries, called by these names.
pub(super) fn entries(label: &'static str, again: &'static str) -> AnyView {
    let form = use_form();
    view! {
        <Field
            name="password"
            label=label
            kind="password"
            hint="At least 15 characters; a few unrelated words do."
            refusal=form.refusal("password")
            autocomplete="new-password"
        />
        <Field
            name="password_again"
            label=again
            kind="password"
            refusal=form.refusal("password_again")
            autocomplete="new-password"
        />
    }
    .into_any()
}
