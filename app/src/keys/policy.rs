//! How long keys may live at most: a setting of the organisation, off by default.
use crate::{
    cx::cx,
    form::{go, use_form},
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{Button, ButtonLink, ErrorSummary, Field, Look},
};
use domain::keys::{self, MOST_DAYS};
use leptos::prelude::*;

/// The setting as it is.
#[server]
pub async fn get_longest_life() -> Result<Option<i64>, Problem> {
    let cx = cx();
    Ok(keys::longest_life(cx.db(), cx.grant()?).await?)
}

/// Sets the longest life in days; empty lifts it.
#[server]
pub async fn set_longest_life(days: String) -> Result<(), Problem> {
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
    cx.db().commit(cx.grant()?, keys::SetLongestLife { days }).await?;
    cx.flash("Setting saved. It holds for every key that is made or changed from now on.").await;
    go(&paths::keys(cx.environment));
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let e = cx.environment;
    let now = get_longest_life().await?;
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
                value=form.value("days", now.map(|days| days.to_string()).unwrap_or_default())
                refusal=form.refusal("days")
                autocomplete="off"
            />
            <div class="actions">
                <Button word="Save" />
                <ButtonLink href=paths::keys(e) word="Cancel" look=Look::Plain />
            </div>
        </form>
    };
    Ok(Page::new("How long keys may live", body).under("API keys", paths::keys(e)))
}
