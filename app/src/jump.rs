//! The jump box: whatever is pasted leads to its object, by a plain form.
use crate::{
    cx::cx,
    paths,
    problem::Problem,
    screen::{Loaded, Page, Routes},
    ui::{ButtonLink, Field, FilterBar, Glyph, Icon},
};
use domain::{
    access::Permission,
    environment::Environment,
    find::{self, Found},
    redact::redact,
};
use leptos::prelude::*;
use serde::Deserialize;

pub(crate) fn routes() -> Routes {
    Routes::default().page("/jump", Permission::View, page)
}

/// What this text names here.
#[server]
pub async fn find_by(text: String) -> Result<Option<Found>, Problem> {
    let cx = cx();
    Ok(find::find(cx.db(), cx.grant()?, &text).await?)
}

#[derive(Default, Deserialize)]
struct Query {
    q: Option<String>,
}

/// The longest text that anything here is named by.
const LONGEST: usize = 500;

fn place(e: Environment, found: Found) -> String {
    let by = |path: String, name: &'static str, value: String| paths::with_query(&path, [(name, Some(value))]);
    match found {
        Found::Key(id) => paths::key(e, &id),
        Found::Agent(id) => paths::agent(e, &id),
        Found::User(id) => paths::user(e, &id),
        Found::Person(id) => paths::member(e, &id),
        Found::Card(id) => paths::card(e, &id),
        Found::Policy(id) => paths::policy(e, &id),
        Found::Intent(id) => paths::intent(e, &id),
        Found::Access(id) => paths::attestation(e, &id),
        Found::Purchase(id) => paths::purchase(e, &id),
        Found::Dispute(id) => paths::dispute(e, &id),
        Found::Endpoint(id) => paths::webhook(e, &id),
        Found::Delivery(id) => paths::delivery(e, &id),
        Found::Request(id) => paths::request(e, &id),
        Found::Record(id) => paths::audit_record(e, &id),
        Found::View(id) => paths::view(e, &id),
        Found::Proposal(id) => paths::approval(e, &id),
        Found::Cards(last4) => by(paths::cards(e), "last4", last4),
        Found::Purchases(merchant) => by(paths::purchases(e), "merchant", merchant),
    }
}

/// The page: only where the text names nothing.
pub async fn page() -> Loaded {
    let cx = cx();
    let text = cx.query::<Query>().q.unwrap_or_default().trim().to_owned();
    let e = cx.environment;
    // A secret is neither looked for nor shown again: it has been written to the browser's history already.
    let shown = redact(&text);
    let secret = shown != text;
    if !secret
        && text.chars().count() <= LONGEST
        && let Some(found) = find_by(text.clone()).await?
    {
        return Err(Problem::Elsewhere(place(e, found)));
    }
    let other = match e {
        Environment::Live => Environment::Dev,
        Environment::Dev => Environment::Live,
    };
    let (title, advice) = if secret {
        (
            "That is a secret",
            "What you pasted looks like a key, a webhook secret or a card number. It was not looked for, but it is in this \
             browser's history now: if it is in use, revoke it and make another.",
        )
    } else if text.is_empty() {
        ("Jump to anything", "Paste an id, a request id, the last four digits of a card or a merchant's text.")
    } else {
        (
            "Nothing goes by that name",
            "It may belong to the other environment, be incomplete, or be something that your role does not see.",
        )
    };
    let kept = if secret { String::new() } else { shown.chars().take(LONGEST).collect::<String>() };
    let term = (!text.is_empty() && !secret)
        .then(|| view! { <p>"You looked for "<span class="terms">{kept.clone()}</span>"."</p> });
    let elsewhere = (!text.is_empty() && !secret).then(|| {
        let href = paths::with_query(&paths::jump(other), [("q", Some(kept.clone()))]);
        view! { <ButtonLink href word=format!("Look in {}", other.title().to_lowercase()) /> }
    });
    let body = view! {
        <div class="stack">
            <div class="empty">
                <Glyph icon=Icon::Search />
                <h2>{title}</h2>
                {term}
                <p>{advice}</p>
                {elsewhere}
            </div>
            <FilterBar action=paths::jump(e)>
                <Field name="q" label="Id, last four digits or merchant" kind="search" value=kept />
            </FilterBar>
        </div>
    };
    Ok(Page::new("Jump to", body))
}
