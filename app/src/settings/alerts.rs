//! At how many percent of a limit people are told.
use super::show::get_settings;
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
    ui::Field,
};
use domain::{
    access::settings,
    limits::alerts::{ChangeLevels, Levels},
};
use leptos::prelude::*;

/// The levels as people read them.
pub(super) fn words(levels: &Levels) -> String {
    let text = levels.to_string().replace(',', " %, ");
    if text.is_empty() { "Never".to_owned() } else { format!("{text} %") }
}

/// Changes them.
#[server]
pub async fn change_alerts(levels: String, version: String) -> Result<(), Problem> {
    let cx = cx();
    let mut refusal = Refusal::default();
    let levels = refusal.take("levels", Levels::parse(&levels));
    let version = refusal.version(&version);
    let (levels, version) = refusal.or(levels.zip(version))?;
    let before = settings::get(cx.db(), cx.grant()?).await?.limit_alerts;
    let changes = [("levels", words(&before), words(&levels))];
    cx.db().commit(cx.grant()?, ChangeLevels { levels, version }).await?;
    cx.flash(told(&changes)).await;
    go(&paths::settings(cx.environment));
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let (settings, form) = (get_settings().await?, use_form());
    let back = paths::settings(cx.environment);
    let now = settings.limit_alerts.to_string().replace(',', ", ");
    let edit = Edit::of(form, settings.version).text("levels", "Percent of the limit", now);
    let (value, why, head) = (edit.value("levels"), edit.refusal("levels"), edit.head());
    let body = view! {
        <PageForm act="Save" cancel=back.clone()>
            {head}
            <p>
                "When an agent's spend reaches one of these shares of its limit, whoever may raise limits is told here and \
                 by mail, and webhooks get "<code>"agent.limit_reached"</code>": once in each window of the limit."
            </p>
            <Field
                name="levels"
                label="Percent of the limit"
                hint="Up to five whole numbers from 1 to 100, such as 50, 80, 100. Empty: nobody is told."
                value=value
                refusal=why
                autocomplete="off"
            />
        </PageForm>
    };
    Ok(Page::new("Limit alerts", body).under("Settings", back))
}
