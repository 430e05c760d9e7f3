//! From which amount a raised limit needs a second person.
use super::show::{get_settings, threshold_words};
use crate::{
    cx::cx,
    form::{PageForm, conflict::Edit, use_form},
    members::told,
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::Field,
};
use domain::access::settings;
use leptos::prelude::*;

/// Changes it, or proposes that.
#[server]
pub async fn change_threshold(threshold: String, version: String) -> Result<(), Problem> {
    let cx = cx();
    let mut refusal = Refusal::default();
    let whole = |text: &str| text.trim().replace([',', ' '], "").parse::<i64>();
    let threshold = refusal
        .take("threshold", whole(&threshold).map_err(|_| "must be a whole number of minor units such as 1000000"));
    let version = refusal.version(&version);
    let (threshold, version) = refusal.or(threshold.zip(version))?;
    let effect = cx.db().commit(cx.grant()?, settings::ChangeThreshold { threshold, version }).await?;
    told(&cx, effect, "Threshold changed.", paths::settings(cx.environment)).await;
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let (settings, form) = (get_settings().await?, use_form());
    let back = paths::settings(cx.environment);
    let edit = Edit::of(form, settings.version).text("threshold", "Threshold", settings.approval_threshold.to_string());
    let (value, why, head) = (edit.value("threshold"), edit.refusal("threshold"), edit.head());
    let now = format!(
        "It is {} now. Raising a live limit above it needs a second person who may raise limits.",
        threshold_words(settings.approval_threshold)
    );
    let body = view! {
        <PageForm act="Save" cancel=back.clone()>
            {head}
            <p>{now}</p>
            <p class="hint">"Changing it needs another owner's approval, while there is one."</p>
            <Field
                name="threshold"
                label="Threshold"
                hint="In minor units, such as cents: 1000000 is 10,000.00 USD."
                inputmode="numeric"
                value=value
                refusal=why
                autocomplete="off"
            />
        </PageForm>
    };
    Ok(Page::new("Threshold for a second person", body).under("Settings", back))
}
