//! The first minutes: organisation and owner, under the one-time address that the console printed.
use super::sign_in::welcome;
use crate::{
    cx::cx,
    form::use_form,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{Button, ErrorSummary, Field},
};
use domain::access::{self, NewOrganisation, Password};
use leptos::prelude::*;

/// Makes both and signs the owner in.
#[server]
pub async fn set_up(
    organisation: String,
    time_zone: String,
    name: String,
    email: String,
    password: String,
    password_again: String,
) -> Result<(), Problem> {
    let cx = cx();
    let token: String = cx.id("token")?;
    let mut refusal = Refusal::default();
    let new = match NewOrganisation::parse(&organisation, &time_zone, &name, &email) {
        Ok(new) => Some(new),
        Err(error) => match Problem::from(error) {
            Problem::Refused(fields) => {
                refusal.0.extend(fields.0);
                None
            }
            other => return Err(other),
        },
    };
    if password != password_again {
        refusal.add("password_again", "The two passwords are not the same");
    }
    let password =
        Password::new(password).map_err(|why| refusal.0.push(("password".into(), format!("Password {why}"))));
    let (Some(new), Ok(password), true) = (new, password, refusal.0.is_empty()) else {
        return Err(Problem::Refused(refusal));
    };
    let signed = access::set_up(cx.db(), &token, new, password, cx.arrival()).await?;
    welcome(&cx, signed, "")
}

/// The form, while its address works.
pub async fn page() -> Loaded {
    let cx = cx();
    let token: String = cx.id("token")?;
    if !access::setup_link_works(cx.db(), &token).await? {
        return Err(Problem::NotFound("set-up address".into()));
    }
    let form = use_form();
    let field = |name: &'static str| (form.value(name, ""), form.refusal(name));
    let [organisation, zone, name, email] = ["organisation", "time_zone", "name", "email"].map(field);
    let zone_value = form.value("time_zone", "UTC");
    let body = view! {
        <form method="post" class="form">
            <ErrorSummary refusals=form.refusals() />
            <input type="hidden" name="token" value=cx.form_token() />
            <Field name="organisation" label="Organisation" value=organisation.0 refusal=organisation.1 autocomplete="organization" />
            <Field
                name="time_zone"
                label="Time zone"
                hint="Daily, weekly and monthly limits turn at midnight there. For example Europe/Berlin."
                value=zone_value
                refusal=zone.1
            />
            <Field name="name" label="Your name" value=name.0 refusal=name.1 autocomplete="name" />
            <Field name="email" label="Email" kind="email" value=email.0 refusal=email.1 autocomplete="username" />
            <Field
                name="password"
                label="Password"
                kind="password"
                hint="At least 15 characters; a few unrelated words do."
                refusal=form.refusal("password")
                autocomplete="new-password"
            />
            <Field
                name="password_again"
                label="Password again"
                kind="password"
                refusal=form.refusal("password_again")
                autocomplete="new-password"
            />
            <div class="actions"><Button word="Create organisation" /></div>
        </form>
    };
    Ok(Page::new("Set up LedgerOS", body).lead("You become the owner. This address works once, for an hour."))
}
