//! How long keys may live at most, and what becomes of idle ones: settings of the organisation, off by default.
use crate::{
    cx::cx,
    form::{go, use_form},
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{Button, ButtonLink, Checkbox, ErrorSummary, Field, Look},
};
use domain::keys::{self, KeyPolicy, MOST_DAYS};
use leptos::prelude::*;

/// The settings as they are.
#[server]
pub async fn get_key_policy() -> Result<KeyPolicy, Problem> {
    let cx = cx();
    Ok(keys::policy(cx.db(), cx.grant()?).await?)
}

/// Sets the longest life in days, which an empty entry lifts, and whether idle keys are disabled.
#[server]
pub async fn set_key_policy(days: String, #[server(default)] idle: String) -> Result<(), Problem> {
    let cx = cx();
    let mut refusal = Refusal::default();
    let days = match days.trim() {
        "" => Some(None),
        text => {
            let wrong = |_| format!("must be a whole number from 1 to {MOST_DAYS}, or empty");
            refusal.take("days", text.parse::<i64>().map_err(wrong)).map(Some)
        }
    };
    let days = refusal.or(days)?;
    let policy = KeyPolicy { longest_days: days, disable_idle: idle == "true" };
    cx.db().commit(cx.grant()?, keys::SetKeyPolicy(policy)).await?;
    cx.flash("Settings saved. The longest life holds for every key that is made or changed from now on.").await;
    go(&paths::keys(cx.environment));
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let e = cx.environment;
    let now = get_key_policy().await?;
    let form = use_form();
    let body = view! {
        <form method="post" class="form">
            <ErrorSummary refusals=form.refusals() />
            <input type="hidden" name="token" value=cx.form_token() />
            <Field
                name="days"
                label="Longest life of a key"
                unit="days"
                inputmode="numeric"
                hint="Counted from its creation, in both environments. Keys that are there keep their ends until they are changed. Empty: no limit."
                value=form.value("days", now.longest_days.map(|days| days.to_string()).unwrap_or_default())
                refusal=form.refusal("days")
                autocomplete="off"
            />
            <Checkbox
                name="idle"
                label="Disable keys that nobody uses"
                hint="After 90 days without a call whoever can make keys is told; 7 days later the key is disabled, unless it was used. It can be resumed."
                checked=form.ticked("idle", "true", now.disable_idle)
            />
            <div class="actions">
                <Button word="Save" />
                <ButtonLink href=paths::keys(e) word="Cancel" look=Look::Plain />
            </div>
        </form>
    };
    Ok(Page::new("Rules for keys", body).under("API keys", paths::keys(e)))
}
