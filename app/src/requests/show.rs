//! One API call.
use super::{list::Calls, parts};
use crate::{
    audit,
    cx::cx,
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{Code, Fact, Facts, Moment, Precision},
};
use domain::{
    access::Permission,
    ids::RequestId,
    page::Paging,
    requests::{self, Call},
};
use leptos::prelude::*;

/// The call of this id, with its names.
#[server]
pub async fn get_request(id: RequestId) -> Result<Calls, Problem> {
    let cx = cx();
    let call = requests::get(cx.db(), cx.grant()?, &id).await?;
    let names = requests::names(cx.db(), cx.grant()?, std::slice::from_ref(&call)).await?;
    Ok(Calls { page: Paging::<RequestId>::newest(1).page(vec![call]), names })
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let Calls { page, names } = get_request(cx.id("id")?).await?;
    let call: Call = page.rows.into_iter().next().ok_or_else(|| Problem::NotFound("request".into()))?;
    let e = cx.environment;
    let others = |name: &'static str, value: &str| paths::with_query(&paths::requests(e), [(name, Some(value))]);
    let narrowed = |name: &'static str, value: &Option<String>, none: &'static str| match value {
        Some(text) => view! { <a href=others(name, text)>{text.clone()}</a> }.into_any(),
        None => none.into_any(),
    };
    let mut facts = vec![
        Fact::new("When", view! { <Moment at=call.at.0 zone=cx.zone() precision=Precision::Second /> }),
        Fact::new("Request id", view! { <Code text=call.id.to_string() copy="request id" /> }),
        Fact::new("Method", call.method.clone()),
        Fact::new("Route", narrowed("route", &Some(call.route.clone()), "")),
        Fact::new("Result", parts::status(&call)),
        Fact::new("Error code", narrowed("error", &call.error, "none")),
        Fact::new("Took", parts::took(call.micros)),
        Fact::new("Key", parts::key(e, &names, &call)),
        Fact::new("Calls with it", narrowed("key", &Some(call.key_id.clone()), "")),
    ];
    facts.extend(parts::agent(e, &names, &call).map(|agent| Fact::new("Agent", agent)));
    facts.extend([
        Fact::new("Address", narrowed("address", &call.address, "not known")),
        Fact::new("Client", call.client.clone().unwrap_or_else(|| "did not say".into())),
        Fact::new("Idempotency key", narrowed("idempotency", &call.idempotency_key, "none")),
    ]);
    facts.extend(call.replay_of.as_ref().map(|first| {
        let told = view! {
            <a href=paths::request(e, first)>{first.to_string()}</a>
            <br />
            <span class="hint">
                "This call repeated that one: it was given the stored answer, and nothing was done again."
            </span>
        };
        Fact::new("Replay of", told)
    }));
    let changes = if cx.may(Permission::ReadAudit) {
        audit::history::of_request(&cx, call.id.as_str()).await?
    } else {
        ().into_any()
    };
    let body = view! { <div class="stack"><Facts facts />{changes}</div> };
    Ok(Page::new(format!("{} {}", call.method, call.route), body).under("Requests", paths::requests(e)))
}
