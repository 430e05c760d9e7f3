//! One record.
use super::{diff, words};
use crate::{
    cx::cx,
    paths,
    problem::Problem,
    screen::{Loaded, Page},
    ui::{Code, Fact, Facts, Moment, Panel, Precision},
};
use domain::{
    audit::{self, Beside, Record},
    ids::{AuditId, RequestId},
};
use leptos::prelude::*;

/// The record of this id.
#[server]
pub async fn get_record(id: AuditId) -> Result<Record, Problem> {
    let cx = cx();
    Ok(audit::get(cx.db(), cx.grant()?, &id).await?)
}

/// Whether the records beside this one are there.
#[server]
pub async fn get_beside(record: Record) -> Result<Beside, Problem> {
    let cx = cx();
    Ok(audit::beside(cx.db(), cx.grant()?, &record).await?)
}

/// The number of a record in words, and which of its neighbours is missing.
fn sequence(number: i64, beside: Beside) -> String {
    let missing = match (beside.before, beside.after) {
        (true, true) => return format!("{number}, with none missing beside it"),
        (false, true) => "The record before it is missing".to_owned(),
        (true, false) => "The record after it is missing".to_owned(),
        (false, false) => "The records before and after it are missing".to_owned(),
    };
    format!("{number}. {missing}: somebody has removed it from the database by force.")
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let record = get_record(cx.id("id")?).await?;
    let beside = get_beside(record.clone()).await?;
    let e = cx.environment;
    let others = |name: &'static str, value: &str| paths::with_query(&paths::audit(e), [(name, Some(value))]);
    let actor_id = record.actor_id.clone().map_or_else(
        || "none".into_any(),
        |id| {
            view! { <Code text=id.clone() copy="actor id" />" "<a href=others("actor", &id)>"All by it"</a> }.into_any()
        },
    );
    let name = record.subject_name.clone();
    let object = match words::object(&cx, &record) {
        Some(href) => view! { <a href=href>{name}</a> }.into_any(),
        None => name.into_any(),
    };
    let subject_id = record.subject_id.clone();
    let request = match &record.request_id {
        Some(id) => {
            let own = id.parse::<RequestId>().ok().filter(|_| record.actor_kind != "person");
            let call = own.map(|id| view! { " "<a href=paths::request(e, &id)>"The call"</a> });
            view! { <Code text=id.clone() copy="request id" />" "<a href=others("request", id)>"All by it"</a>{call} }
                .into_any()
        }
        None => "none".into_any(),
    };
    let address = match &record.address {
        Some(address) => view! { <a href=others("address", address)>{address.clone()}</a> }.into_any(),
        None => "not known".into_any(),
    };
    let facts = vec![
        Fact::new("When", view! { <Moment at=record.at.0 zone=cx.zone() precision=Precision::Second /> }),
        Fact::new("Who", words::who(&record)),
        Fact::new("Actor id", actor_id),
        Fact::new("What", words::what(&record)),
        Fact::new("Action", view! { <Code text=record.action.to_string() /> }),
        Fact::new("To what", view! { {object}" "<span class="hint">{record.subject_noun.clone()}</span> }),
        Fact::new(
            "Target id",
            view! { <Code text=subject_id.clone() copy="target id" />" "<a href=others("subject", &subject_id)>"Its history"</a> },
        ),
        Fact::new("Reason", record.reason.clone().unwrap_or_else(|| "none given".into())),
        Fact::new("Environment", record.environment.map_or("Both", |environment| environment.title())),
        Fact::new("Address", address),
        Fact::new("Client", record.client.clone().unwrap_or_else(|| "did not say".into())),
        Fact::new("Request", request),
        Fact::new("Number", sequence(record.sequence, beside)),
        Fact::new("Record", view! { <Code text=record.id.to_string() copy="record id" /> }),
    ];
    let mut facts = facts;
    if let Some(way) = &record.sign_in {
        facts.push(Fact::new("Signed in with", way.replace('_', " ")));
    }
    let changes = diff::table(&record);
    let body = view! { <div class="stack"><Facts facts /><Panel title="Fields">{changes}</Panel></div> };
    Ok(Page::new(words::said(record.action), body).under("Audit log", paths::audit(e)))
}
