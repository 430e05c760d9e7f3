//! The history of one object on its own page: who changed it, when, and what.
use super::{diff, words};
use crate::{
    cx::{Cx, cx},
    paths,
    problem::Problem,
    query::full_path,
    ui::{Column, CouldNotLoad, Moment, NothingYet, Panel, Precision, Table},
};
use domain::{
    access::Permission,
    audit::{self, Filter, Record},
    page::Paging,
};
use leptos::prelude::*;

/// Records that an object's own page shows.
const LATEST: u8 = 10;

/// The latest records that pass the filter.
#[server]
pub async fn list_history(filter: Filter) -> Result<Vec<Record>, Problem> {
    let cx = cx();
    Ok(audit::list(cx.db(), cx.grant()?, &filter, &Paging::newest(LATEST)).await?.rows)
}

/// The history of the object with this id; nothing for whom may not read the audit log.
pub(crate) async fn of_object(cx: &Cx, id: &str) -> Result<AnyView, Problem> {
    let filter = Filter { subject_id: Some(id.to_owned()), ..Filter::default() };
    panel(cx, "History", filter, ("subject", id)).await
}

/// What the request with this id changed; nothing for whom may not read the audit log.
pub(crate) async fn of_request(cx: &Cx, id: &str) -> Result<AnyView, Problem> {
    let filter = Filter { request_id: Some(id.to_owned()), ..Filter::default() };
    panel(cx, "What it changed", filter, ("request", id)).await
}

async fn panel(
    cx: &Cx,
    title: &'static str,
    filter: Filter,
    (name, id): (&'static str, &str),
) -> Result<AnyView, Problem> {
    if !cx.may(Permission::ReadAudit) {
        return Ok(().into_any());
    }
    let about_one = name == "subject";
    // The object itself is known: without its history its page is still of use.
    let body = match list_history(filter).await {
        Ok(records) => table(cx, &records, about_one),
        Err(Problem::Busy | Problem::Broken) => {
            let request_id = cx.origin.request.as_ref().map(ToString::to_string).unwrap_or_default();
            view! { <CouldNotLoad of="history" request_id retry_href=full_path(cx) /> }.into_any()
        }
        Err(problem) => return Err(problem),
    };
    let all = paths::with_query(&paths::audit(cx.environment), [(name, Some(id))]);
    let links = view! { <a href=all>"All records"</a> }.into_any();
    Ok(view! { <Panel title=title actions=links>{body}</Panel> }.into_any())
}

fn table(cx: &Cx, records: &[Record], about_one: bool) -> AnyView {
    let (e, zone) = (cx.environment, cx.zone());
    let rows = records
        .iter()
        .map(|record| {
            let href = paths::audit_record(e, &record.id);
            let moment = view! { <a href=href><Moment at=record.at.0 zone precision=Precision::Second /></a> };
            let mut cells = vec![
                moment.into_any(),
                record.actor_name.clone().into_any(),
                words::what(record),
                diff::line(record).into_any(),
            ];
            if !about_one {
                cells.insert(3, record.subject_name.clone().into_any());
            }
            cells
        })
        .collect();
    let mut columns = vec![Column::new("When"), Column::new("Who"), Column::new("What"), Column::prose("Change")];
    if !about_one {
        columns.insert(3, Column::new("To what"));
    }
    let empty =
        view! { <NothingYet title="Nothing recorded" text="Every change is recorded here, with who made it." /> };
    view! { <Table caption="History" quiet=true columns rows empty=empty.into_any() /> }.into_any()
}
