//! The choice of light or dark, kept in a cookie of this browser.
use crate::{
    cx::cx,
    form::{go, use_form},
    guard, paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{Button, Choice, ErrorSummary, Radios, Theme},
};
use http::{HeaderValue, Uri, header};
use leptos::prelude::*;
use leptos_axum::ResponseOptions;

/// A year, in seconds.
const KEEP: u32 = 365 * 24 * 3600;

/// Keeps the choice and leads back to the page it was made on.
#[server]
pub async fn choose_theme(theme: String) -> Result<(), Problem> {
    let cx = cx();
    if !["system", "light", "dark"].contains(&theme.as_str()) {
        return Err(Problem::field("theme", "must be system, light or dark"));
    }
    let line = cx.app.settings.site.set_cookie(guard::THEME_COOKIE, &theme, Some(KEEP));
    if let (Ok(line), Some(reply)) = (HeaderValue::from_str(&line), use_context::<ResponseOptions>()) {
        reply.insert_header(header::SET_COOKIE, line);
    }
    let referer =
        cx.parts.headers.get(header::REFERER).and_then(|r| r.to_str().ok()).and_then(|r| r.parse::<Uri>().ok());
    let back = referer.as_ref().and_then(Uri::path_and_query).and_then(|back| paths::internal(back.as_str()));
    go(back.unwrap_or(paths::HOME));
    Ok(())
}

/// For whoever came here by its address.
pub async fn page() -> Loaded {
    let cx = cx();
    let token = cx.form_token();
    let now = match cx.theme {
        Theme::System => "system",
        Theme::Light => "light",
        Theme::Dark => "dark",
    };
    let choices = [("system", "As the system"), ("light", "Light"), ("dark", "Dark")];
    let choices = choices.map(|(value, label)| Choice::new(value, label)).into();
    let (form, refusal) = (use_form(), use_form().refusal("theme"));
    let body = view! {
        <form method="post" class="form">
            <ErrorSummary refusals=form.refusals() />
            <input type="hidden" name="token" value=token />
            <Radios name="theme" label="Theme" choices value=now.to_owned() refusal />
            <div class="actions"><Button word="Save" /></div>
        </form>
    };
    Ok(Page::new("Theme", body))
}
