//! Name and time zone of the organisation.
use super::{show::get_settings, zones};
use crate::{
    cx::cx,
    form::{go, use_form},
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{Button, ButtonLink, ErrorSummary, Field, Look, Select},
};
use chrono_tz::Tz;
use domain::{access::settings, name::Name};
use leptos::prelude::*;

/// A zone of the list.
pub(crate) fn zone_of(typed: &str) -> Result<Tz, &'static str> {
    typed.parse().map_err(|_| "must be one of the list")
}

/// Changes both.
#[server]
pub async fn change_settings(name: String, time_zone: String, version: String) -> Result<(), Problem> {
    let cx = cx();
    let mut refusal = Refusal::default();
    let name = refusal.take("name", Name::parse(&name));
    let zone = refusal.take("time_zone", zone_of(&time_zone));
    let version = refusal.take("version", version.parse::<i64>().map_err(|_| "must come from the form"));
    let ((name, zone), version) = refusal.or(name.zip(zone).zip(version))?;
    cx.db().commit(cx.grant()?, settings::ChangeSettings { name, zone, version }).await?;
    cx.flash("Settings changed.").await;
    go(&paths::settings(cx.environment));
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let (settings, form) = (get_settings().await?, use_form());
    let back = paths::settings(cx.environment);
    // After somebody else's change the page shows what is in force now: sent again, the entries are about that.
    let present = settings.version.to_string();
    let version = if form.refusal("").is_some() { present } else { form.value("version", present) };
    let cancel = back.clone();
    let body = view! {
        <form method="post" class="form">
            <ErrorSummary refusals=form.refusals() />
            <input type="hidden" name="token" value=cx.form_token() />
            <input type="hidden" name="version" value=version />
            <Field name="name" label="Name" value=form.value("name", settings.name) refusal=form.refusal("name") />
            <Select
                name="time_zone"
                label="Time zone"
                hint="Weekly, monthly and yearly limits turn at midnight there. With another zone they are counted \
                      anew at once, so an agent may have more or less left than a moment before."
                choices=zones()
                value=form.value("time_zone", settings.time_zone)
                refusal=form.refusal("time_zone")
            />
            <div class="actions">
                <Button word="Save" />
                <ButtonLink href=cancel word="Cancel" look=Look::Plain />
            </div>
        </form>
    };
    Ok(Page::new("Name and time zone", body).under("Settings", back))
}
