//! What several key pages share: the words of a key's state, age, end and last use.
use crate::{
    list::optional_moment,
    paths,
    screen::Page,
    ui::{Badge, Precision, Reading, Tone, local},
};
use chrono_tz::Tz;
use domain::{
    environment::Environment,
    ids::KeyId,
    keys::{
        Concern, Key, KeyStatus, MOST_COUNTED, Scopes,
        life::{ROTATE_AFTER_DAYS, age_days, ends_within},
        scopes::{Level, Resource},
    },
    time::{HOUR, Timestamp},
};
use leptos::prelude::*;

/// A status as one word with its tone.
pub fn status_word(status: KeyStatus) -> (Tone, &'static str) {
    match status {
        KeyStatus::Active => (Tone::Good, "Active"),
        KeyStatus::Retiring => (Tone::Info, "Retiring"),
        KeyStatus::Disabled => (Tone::Warn, "Disabled"),
        KeyStatus::Expired => (Tone::Warn, "Expired"),
        KeyStatus::Replaced => (Tone::Neutral, "Replaced"),
        KeyStatus::Revoked => (Tone::Neutral, "Revoked"),
    }
}

/// The status as a badge.
pub fn status(key: &Key) -> AnyView {
    let (tone, word) = status_word(key.status);
    view! { <Badge tone word /> }.into_any()
}

/// `1 day`, `12 days`.
pub fn days(n: i64) -> String {
    if n == 1 { "1 day".to_owned() } else { format!("{n} days") }
}

/// How old a key is, marked where it should be rotated.
pub fn age(key: &Key, now: Timestamp) -> AnyView {
    let age = age_days(now, key.created_at);
    let late = key.status.opens() && age >= ROTATE_AFTER_DAYS;
    let badge = late.then(|| view! { " "<Badge tone=Tone::Warn word="Rotate" /> });
    view! { {days(age)}{badge} }.into_any()
}

/// When a key ends, marked where that is near.
pub fn end(key: &Key, now: Timestamp, zone: Tz) -> AnyView {
    let near = key.status.opens().then(|| ends_within(now, key.expires_at)).flatten();
    let badge = near.map(|within| {
        let tone = if within <= 7 { Tone::Bad } else { Tone::Warn };
        let word = if within == 1 { "Within a day".to_owned() } else { format!("Within {within} days") };
        view! { " "<Badge tone word /> }
    });
    view! { {optional_moment(key.expires_at, zone, "Never")}{badge} }.into_any()
}

/// When, from where and by what a key was last used, on one line each.
pub fn last_used(key: &Key, zone: Tz) -> AnyView {
    let Some(at) = key.last_used_at else { return "Never used".into_any() };
    let from = key.last_used_from.clone().unwrap_or_else(|| "address not recorded".into());
    let by = key.last_used_by.clone().unwrap_or_else(|| "client not recorded".into());
    view! { {optional_moment(Some(at), zone, "")}<br /><span class="hint">{format!("{from} · {by}")}</span> }.into_any()
}

/// A moment in words, for sentences.
pub fn when(at: Timestamp, zone: Tz) -> String {
    format!("{} ({})", local(at.0, zone, Precision::Minute), zone.name())
}

/// `Everything`, or the levels: `agents: read, cards: write`.
pub fn scopes(scopes: Scopes) -> String {
    match scopes {
        Scopes::FULL => return "Everything: read and write on every resource".to_owned(),
        Scopes::READ => return "Read everything, change nothing".to_owned(),
        _ => {}
    }
    let named = Resource::ALL.iter().map(|resource| (resource, scopes.level(*resource)));
    let named =
        named.filter(|(_, level)| *level != Level::None).map(|(resource, level)| format!("{resource}: {level}"));
    named.collect::<Vec<_>>().join(", ")
}

/// The way of a page about one key.
pub fn under(page: Page, e: Environment, name: &str, id: &KeyId) -> Page {
    page.under("API keys", paths::keys(e)).under(name.to_owned(), paths::key(e, id))
}

/// The networks of a key, or that there are none.
pub fn networks(key: &Key) -> String {
    if key.addresses.is_empty() {
        "None: works from every address".to_owned()
    } else {
        key.addresses.to_string().replace(' ', ", ")
    }
}

/// The last use as a sentence.
pub fn last_use(key: &Key, zone: Tz) -> String {
    match key.last_used_at {
        Some(at) => {
            let from = key.last_used_from.as_ref().map(|from| format!(" from {from}")).unwrap_or_default();
            let by = key.last_used_by.as_ref().map(|by| format!(" by {by}")).unwrap_or_default();
            format!("It was last used on {}{from}{by}.", when(at, zone))
        }
        None => "It was never used.".to_owned(),
    }
}

/// A span of whole hours in words: `1 hour`, `3 days`.
pub fn span(ms: i64) -> String {
    let hours = ms / HOUR;
    match (hours, hours % 24) {
        (1, _) => "1 hour".to_owned(),
        (24.., 0) => days(hours / 24),
        _ => format!("{hours} hours"),
    }
}

/// What is not safe about a key, in words.
pub fn against(key: &Key, now: Timestamp) -> String {
    let said = |concern: &Concern| match concern {
        Concern::NoExpiry => "never ends",
        Concern::Idle => "idle for 90 days",
        Concern::NoAddresses => "works from every address",
        Concern::Old => "older than 90 days",
        Concern::Exposed => "was sent in the open",
        Concern::Unused => "may do more than it does",
    };
    let all: Vec<&str> = Concern::ALL.iter().filter(|concern| concern.is_about(key, now)).map(said).collect();
    if all.is_empty() { "Nothing".to_owned() } else { all.join(", ") }
}

/// How many keys were counted.
pub fn counted(n: u64) -> Reading {
    let number = if n > MOST_COUNTED { format!("{MOST_COUNTED}+") } else { n.to_string() };
    Reading::Exact(number.into_any(), String::new())
}
