//! Name and time zone of the organisation.
use super::{show::get_settings, zones};
use crate::{
    cx::cx,
    form::{
        PageForm,
        conflict::{Edit, told},
        go, use_form,
    },
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{Field, Select},
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
    let version = refusal.version(&version);
    let ((name, zone), version) = refusal.or(name.zip(zone).zip(version))?;
    let before = settings::get(cx.db(), cx.grant()?).await?;
    let changes =
        [("name", before.name, name.as_str().to_owned()), ("time zone", before.time_zone, zone.name().to_owned())];
    cx.db().commit(cx.grant()?, settings::ChangeSettings { name, zone, version }).await?;
    cx.flash(told(&changes)).await;
    go(&paths::settings(cx.environment));
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let (settings, form) = (get_settings().await?, use_form());
    let back = paths::settings(cx.environment);
    let edit = Edit::of(form, settings.version).text("name", "Name", settings.name.clone()).choice(
        "time_zone",
        "Time zone",
        settings.time_zone,
        &zones(),
    );
    let field = |name: &str| (edit.value(name), edit.refusal(name));
    let (name, zone, head) = (field("name"), field("time_zone"), edit.head());
    let body = view! {
        <PageForm act="Save" cancel=back.clone()>
            {head}
            <Field name="name" label="Name" value=name.0 refusal=name.1 />
            <Select
                name="time_zone"
                label="Time zone"
                hint="Weekly, monthly and yearly limits turn at midnight there. With another zone they are counted \
                      anew at once, so an agent may have more or less left than a moment before."
                choices=zones()
                value=zone.0
                refusal=zone.1
            />
        </PageForm>
    };
    Ok(Page::new(format!("Name and time zone of {}", settings.name), body).under("Settings", back))
}
