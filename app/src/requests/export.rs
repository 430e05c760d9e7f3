//! Taking the request log out.
use super::list::{filter, filters};
use crate::{
    cx::cx,
    export::{self, Cell, Format, Order, Row, Rows, Zone, attachment},
    paths,
    problem::Problem,
    screen::{Loaded, Page},
};
use chrono_tz::Tz;
use domain::{
    Result,
    access::Grant,
    audit::Log,
    db::Db,
    ids::RequestId,
    page::Paging,
    requests::{self, Call, Filter, Names},
};
use leptos::prelude::*;
use serde_json::json;

/// Calls that are read at once.
const AT_ONCE: u8 = 250;

/// The calls of the address' filters as a file.
#[server]
pub(crate) async fn export_requests(format: Format, zone: Zone) -> Result<(), Problem> {
    let cx = cx();
    let mut filter = filter(&cx);
    let zone = zone.of(cx.zone());
    let said = json!({ "only": filter });
    let now = cx.db().now();
    filter.to = Some(filter.to.map_or(now, |to| to.min(now)));
    let order = Order { log: Log::Requests, format, zone: zone.name().to_owned(), filter: said };
    attachment(&cx, order, Calls { filter, zone, before: None, over: false }).await
}

struct Calls {
    filter: Filter,
    zone: Tz,
    before: Option<RequestId>,
    over: bool,
}

impl Rows for Calls {
    async fn next(&mut self, db: &Db, grant: &Grant) -> Result<Option<Vec<Row>>> {
        if self.over {
            return Ok(None);
        }
        let paging = Paging { before: self.before.take(), after: None, size: AT_ONCE };
        let page = requests::list(db, grant, &self.filter, &paging).await?;
        let names = requests::names(db, grant, &page.rows).await?;
        self.before = page.rows.last().filter(|_| page.older).map(|call| call.id.clone());
        self.over = self.before.is_none();
        Ok(Some(page.rows.into_iter().map(|call| row(call, &names, self.zone)).collect()))
    }
}

fn row(call: Call, names: &Names, zone: Tz) -> Row {
    let mut row = vec![("id", Cell::text(&call.id))];
    row.extend(export::moment(call.at, zone));
    row.extend([
        ("method", Cell::text(call.method)),
        ("route", Cell::text(call.route)),
        ("status", Cell::Number(call.status)),
        ("error", Cell::Text(call.error)),
        ("microseconds", Cell::Number(call.micros)),
        ("key_id", Cell::text(&call.key_id)),
        ("key_name", Cell::Text(names.keys.get(&call.key_id).cloned())),
        ("agent_id", Cell::Text(call.agent_id.as_ref().map(ToString::to_string))),
        ("agent_name", Cell::Text(call.agent_id.as_ref().and_then(|id| names.agents.get(id.as_str()).cloned()))),
        ("address", Cell::Text(call.address)),
        ("client", Cell::Text(call.client)),
        ("idempotency_key", Cell::Text(call.idempotency_key)),
        ("replay_of", Cell::Text(call.replay_of.map(|id| id.to_string()))),
    ]);
    row
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let (home, list) = (paths::export_requests(cx.environment), paths::requests(cx.environment));
    let filters = filters(&cx, home, &filter(&cx), &Names::default());
    let query = cx.parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let body = export::page::body(&cx, filters.chips(), filters.any(), format!("{list}{query}"));
    Ok(Page::new("Export the request log", body).under("Requests", list))
}
