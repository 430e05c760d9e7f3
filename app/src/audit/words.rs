//! How a record is said.
use crate::{
    cx::Cx,
    paths,
    shell::capital,
    ui::{Badge, Tone},
};
use domain::{
    audit::{Action, Outcome, Record},
    environment::Environment,
};
use leptos::prelude::*;

/// An action as people say it: `api_key.created` is "API key created".
pub fn said(action: Action) -> String {
    let text = action.as_str().replace(['.', '_'], " ");
    if let Some(rest) = text.strip_prefix("api key") { format!("API key{rest}") } else { capital(&text) }
}

/// The action, marked where it was refused.
pub fn what(record: &Record) -> AnyView {
    let refused = (record.outcome == Outcome::Refused).then(|| view! { " "<Badge tone=Tone::Warn word="Refused" /> });
    view! { {said(record.action)}{refused} }.into_any()
}

/// What acted, as people say it.
pub fn kind(record: &Record) -> &'static str {
    match record.actor_kind.as_str() {
        "person" => "person",
        "api_key" => "API key",
        "agent_token" => "agent token",
        "job" => "LedgerOS itself",
        _ => "somebody at the door",
    }
}

/// Who acted: by name, with what, and who is behind it.
pub fn who(record: &Record) -> String {
    let made = record.person.as_ref().map(|person| format!(", made by {person}")).unwrap_or_default();
    format!("{} ({}{made})", record.actor_name, kind(record))
}

/// The page of what a record is about, where its id leads to one.
pub fn object(cx: &Cx, record: &Record) -> Option<String> {
    address(record.environment.unwrap_or(cx.environment), &record.subject_id)
}

/// The page of the thing with this id.
pub fn address(e: Environment, id: &str) -> Option<String> {
    match id.split_once('_')?.0 {
        "key" => id.parse().ok().map(|id| paths::key(e, &id)),
        "agent" => id.parse().ok().map(|id| paths::agent(e, &id)),
        "user" => id.parse().ok().map(|id| paths::user(e, &id)),
        "card" => id.parse().ok().map(|id| paths::card(e, &id)),
        "pol" => id.parse().ok().map(|id| paths::policy(e, &id)),
        "int" => id.parse().ok().map(|id| paths::intent(e, &id)),
        "txn" => id.parse().ok().map(|id| paths::purchase(e, &id)),
        "dsp" => id.parse().ok().map(|id| paths::dispute(e, &id)),
        "whk" => id.parse().ok().map(|id| paths::webhook(e, &id)),
        "evt" => id.parse().ok().map(|id| paths::attestation(e, &id)),
        _ => None,
    }
}
