//! The choices of light or dark and of how dense, kept in cookies of this browser.
use crate::{
    cx::cx,
    form::{PageForm, go, use_form},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{Choice, Density, Radios, Taste, Theme},
};
use http::{Uri, header};
use leptos::prelude::*;

/// A year, in seconds.
const KEEP: u32 = 365 * 24 * 3600;

/// Keeps the choice of light or dark and leads back to the page it was made on.
#[server]
pub async fn choose_theme(theme: String) -> Result<(), Problem> {
    keep::<Theme>(&theme)
}

/// Keeps the choice of how dense, alike.
#[server]
pub async fn choose_density(density: String) -> Result<(), Problem> {
    keep::<Density>(&density)
}

fn keep<T: Taste>(chosen: &str) -> Result<(), Problem> {
    let cx = cx();
    let Some(choice) = T::named(chosen) else {
        let names: Vec<&str> = T::ALL.iter().map(|(_, name, _)| *name).collect();
        return Err(Problem::field(T::NAME, format!("must be one of {}", names.join(", "))));
    };
    cx.set_cookie(T::COOKIE, choice.as_str(), Some(KEEP));
    let referer =
        cx.parts.headers.get(header::REFERER).and_then(|r| r.to_str().ok()).and_then(|r| r.parse::<Uri>().ok());
    let back = referer.as_ref().and_then(Uri::path_and_query).and_then(|back| paths::internal(back.as_str()));
    go(back.unwrap_or(paths::HOME));
    Ok(())
}

/// Light or dark, for whoever came here by its address.
pub async fn theme_page() -> Loaded {
    Ok(page(cx().theme))
}

/// How dense, for whoever came here by its address.
pub async fn density_page() -> Loaded {
    Ok(page(cx().density))
}

fn page<T: Taste>(now: T) -> Page {
    let form = use_form();
    let choices: Vec<Choice> = T::ALL.iter().map(|(_, value, word)| Choice::new(*value, *word)).collect();
    let (value, refusal) = (now.as_str().to_owned(), form.refusal(T::NAME));
    let body = view! {
        <PageForm act="Save">
            <Radios name=T::NAME label=T::LABEL choices value refusal />
        </PageForm>
    };
    Page::new(T::LABEL, body)
}
