//! The first minutes: organisation and owner, under the one-time address that the console printed.
use super::{new_password, sign_in::welcome};
use crate::{
    cx::cx,
    form::{PageForm, use_form},
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::Field,
};
use domain::access::{self, NewOrganisation};
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
    let password = new_password::typed_twice(&mut refusal, password, &password_again);
    let (new, password) = refusal.or(new.zip(password))?;
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
        <PageForm act="Create organisation">
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
            {new_password::entries("Password", "Password again")}
        </PageForm>
    };
    Ok(Page::new("Set up LedgerOS", body).lead("You become the owner. This address works once, for an hour."))
}
