//! How long keys may live at most: a setting of the organisation, off by default.
use super::parts;
use crate::{
    cx::cx,
    form::{
        conflict::{Edit, told},
        go, use_form,
    },
    paths,
    problem::{Problem, Refusal},
    screen::{Loaded, Page},
    ui::{Button, ButtonLink, ErrorSummary, Field, Look},
};
use domain::{
    access::settings,
    keys::{self, MOST_DAYS},
};
use leptos::prelude::*;

/// The setting as it is, and the version of the organisation's settings.
#[server]
pub async fn get_longest_life() -> Result<(Option<i64>, i64), Problem> {
    let cx = cx();
    let version = settings::get(cx.db(), cx.grant()?).await?.version;
    Ok((keys::longest_life(cx.db(), cx.grant()?).await?, version))
}

/// Sets the longest life in days; empty lifts it.
#[server]
pub async fn set_longest_life(days: String, version: String) -> Result<(), Problem> {
    let cx = cx();
    let mut refusal = Refusal::default();
    let days = match days.trim() {
        "" => Some(None),
        text => {
            let wrong = |_| format!("must be a whole number from 1 to {MOST_DAYS}, or empty");
            refusal.take("days", text.parse::<i64>().map_err(wrong)).map(Some)
        }
    };
    let version = refusal.take("version", version.parse::<i64>().map_err(|_| "must come from the form"));
    let (days, version) = refusal.or(days.zip(version))?;
    let before = keys::longest_life(cx.db(), cx.grant()?).await?;
    let said = |days: Option<i64>| days.map_or_else(|| "no limit".to_owned(), parts::days);
    let changes = [("longest life", said(before), said(days))];
    cx.db().commit(cx.grant()?, keys::SetLongestLife { days, version: Some(version) }).await?;
    cx.flash(format!("{} It holds for every key that is made or changed from now on.", told(&changes))).await;
    go(&paths::keys(cx.environment));
    Ok(())
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let e = cx.environment;
    let (now, version) = get_longest_life().await?;
    let form = use_form();
    let refusals = form.refusals();
    let edit = Edit::of(form, version).text(
        "days",
        "Longest life, days",
        now.map(|days| days.to_string()).unwrap_or_default(),
    );
    let (value, why, head) = (edit.value("days"), edit.refusal("days"), edit.head());
    let body = view! {
        <form method="post" class="form">
            <ErrorSummary refusals />
            <input type="hidden" name="token" value=cx.form_token() />
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
            <div class="actions">
                <Button word="Save" />
                <ButtonLink href=paths::keys(e) word="Cancel" look=Look::Plain />
            </div>
        </form>
    };
    Ok(Page::new("How long keys may live", body).under("API keys", paths::keys(e)))
}
