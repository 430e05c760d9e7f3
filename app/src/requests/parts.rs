//! How a call is said.
use crate::{
    paths,
    ui::{Badge, Tone, grouped},
};
use domain::{
    environment::Environment,
    ids::{AgentId, KeyId},
    requests::{Call, Names, StatusClass},
};
use leptos::prelude::*;

/// A class of statuses as people say it.
pub fn class(class: StatusClass) -> &'static str {
    match class {
        StatusClass::Done => "Done (2xx)",
        StatusClass::Refused => "Refused (4xx)",
        StatusClass::Failed => "Failed (5xx)",
    }
}

/// The status, coloured, and the code of a refusal.
pub fn status(call: &Call) -> AnyView {
    let tone = match call.status {
        ..400 => Tone::Good,
        400..500 => Tone::Warn,
        _ => Tone::Bad,
    };
    let why = match (&call.error, call.status) {
        (Some(code), _) => Some(code.clone()),
        (None, 499) => Some("caller went away".to_owned()),
        (None, _) => call.replay_of.as_ref().map(|_| "replayed".to_owned()),
    };
    let why = why.map(|why| view! { " "<span class="hint">{why}</span> });
    view! { <Badge tone word=call.status.to_string() />{why} }.into_any()
}

/// Milliseconds, exact to a tenth below ten.
pub fn took(micros: i64) -> String {
    let micros = micros.max(0).unsigned_abs();
    match micros {
        ..10_000 => format!("{}.{}\u{a0}ms", micros / 1_000, micros % 1_000 / 100),
        _ => format!("{}\u{a0}ms", grouped(micros / 1_000)),
    }
}

/// The key, leading to its page; a token leads to its agent's.
pub fn key(environment: Environment, names: &Names, call: &Call) -> AnyView {
    key_named(environment, names, &call.key_id, call.agent_id.as_ref())
}

/// The key or token of this id; a token leads to its agent's page, where that is known.
pub fn key_named(environment: Environment, names: &Names, id: &str, agent: Option<&AgentId>) -> AnyView {
    let name = names.key(id).to_owned();
    match (id.parse::<KeyId>(), agent) {
        (Ok(id), _) => view! { <a href=paths::key(environment, &id)>{name}</a> }.into_any(),
        (Err(_), Some(agent)) => view! { <a href=paths::agent(environment, agent)>{name}</a> }.into_any(),
        (Err(_), None) => name.into_any(),
    }
}

/// The agent, leading to its page.
pub fn agent(environment: Environment, names: &Names, call: &Call) -> Option<AnyView> {
    let id = call.agent_id.as_ref()?;
    let name = names.agent(id).to_owned();
    Some(view! { <a href=paths::agent(environment, id)>{name}</a> }.into_any())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_told_as_exactly_as_they_matter() {
        for (micros, said) in
            [(-1, "0.0\u{a0}ms"), (1_249, "1.2\u{a0}ms"), (12_999, "12\u{a0}ms"), (1_234_567, "1,234\u{a0}ms")]
        {
            assert_eq!(took(micros), said);
        }
    }
}
