//! How long keys may live at most, and what becomes of idle ones: settings of the organisation, off by default.
use super::parts;
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
    ui::{Checkbox, Choice, Field},
};
use domain::{
    access::settings,
    keys::{self, KeyPolicy, MOST_DAYS},
};
use leptos::prelude::*;

/// The settings as they are, and the version of the organisation's settings.
#[server]
pub async fn get_key_policy() -> Result<(KeyPolicy, i64), Problem> {
    let cx = cx();
    // The version first: a change in between makes the form stale, never unnoticed.
    let version = settings::get(cx.db(), cx.grant()?).await?.version;
    Ok((keys::policy(cx.db(), cx.grant()?).await?, version))
}

/// Sets the longest life in days, which an empty entry lifts, and whether idle keys are disabled.
#[server]
pub async fn set_key_policy(days: String, #[server(default)] idle: String, version: String) -> Result<(), Problem> {
    let cx = cx();
    let mut refusal = Refusal::default();
    let days = match days.trim() {
        "" => Some(None),
        text => {
            let wrong = |_| format!("must be a whole number from 1 to {MOST_DAYS}, or empty");
            refusal.take("days", text.parse::<i64>().map_err(wrong)).map(Some)
        }
    };
    let version = refusal.version(&version);
    let (days, version) = refusal.or(days.zip(version))?;
    let before = keys::policy(cx.db(), cx.grant()?).await?;
    let policy = KeyPolicy { longest_days: days, disable_idle: idle == "true" };
    let changes = [
        ("longest life", said(before.longest_days), said(days)),
        ("idle keys", idle_words(before.disable_idle).into(), idle_words(policy.disable_idle).into()),
    ];
    cx.db().commit(cx.grant()?, keys::SetKeyPolicy { policy, version: Some(version) }).await?;
    let told = told(&changes);
    cx.flash(format!("{told} The longest life holds for every key that is made or changed from now on.")).await;
    go(&paths::keys(cx.environment));
    Ok(())
}

fn said(days: Option<i64>) -> String {
    days.map_or_else(|| "no limit".to_owned(), parts::days)
}

fn idle_words(disabled: bool) -> &'static str {
    if disabled { "disabled" } else { "kept" }
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let e = cx.environment;
    let (now, version) = get_key_policy().await?;
    let form = use_form();
    let days = now.longest_days.map(|days| days.to_string()).unwrap_or_default();
    let disabled = now.disable_idle.then(|| "true".to_owned()).into_iter().collect();
    let edit = Edit::of(form, version).text("days", "Longest life, days", days).ticks(
        "idle",
        "Keys that nobody uses",
        disabled,
        vec![Choice::new("true", "Disabled")],
    );
    let idle = edit.ticked("idle", "true");
    let (value, why, head) = (edit.value("days"), edit.refusal("days"), edit.head());
    let body = view! {
        <PageForm act="Save" cancel=paths::keys(e)>
            {head}
            <Field
                name="days"
                label="Longest life of a key"
                unit="days"
                inputmode="numeric"
                hint="Counted from its creation, in both environments. Keys that are there keep their ends until they are changed. Empty: no limit."
                value
                refusal=why
                autocomplete="off"
            />
            <Checkbox
                name="idle"
                label="Disable keys that nobody uses"
                hint="After 90 days without a call whoever can make keys is told; 7 days later the key is disabled, unless it was used. It can be resumed."
                checked=idle
            />
        </PageForm>
    };
    Ok(Page::new("Rules for keys", body).under("API keys", paths::keys(e)))
}
