//! Taking the audit log out.
use super::list::{asked, filters};
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
    audit::{self, Filter, Found, Log, Record},
    db::Db,
    ids::AuditId,
    page::Paging,
};
use leptos::prelude::*;
use serde_json::json;

/// Records that are read at once.
const AT_ONCE: u8 = 250;

/// The records of the address' filters as a file.
#[server]
pub(crate) async fn export_audit(format: Format, zone: Zone) -> Result<(), Problem> {
    let cx = cx();
    let (mut filter, words) = asked(&cx);
    let zone = zone.of(cx.zone());
    let said = json!({ "words": words, "only": filter });
    // What happens while it is taken out, this export's own record first of all, is no part of it.
    let now = cx.db().now();
    filter.to = Some(filter.to.map_or(now, |to| to.min(now)));
    let order = Order { log: Log::Audit, format, zone: zone.name().to_owned(), filter: said };
    let before = None;
    attachment(&cx, order, Records { filter, words, zone, before, over: false }).await
}

struct Records {
    filter: Filter,
    words: Option<String>,
    zone: Tz,
    before: Option<AuditId>,
    over: bool,
}

impl Rows for Records {
    async fn next(&mut self, db: &Db, grant: &Grant) -> Result<Option<Vec<Row>>> {
        if self.over {
            return Ok(None);
        }
        let paging = Paging { before: self.before.take(), after: None, size: AT_ONCE };
        let Found { page, reach } = audit::search(db, grant, &self.filter, self.words.as_deref(), &paging).await?;
        self.before = match reach {
            Some(reach) => Some(reach.id),
            None => page.rows.last().filter(|_| page.older).map(|record| record.id.clone()),
        };
        self.over = self.before.is_none();
        Ok(Some(page.rows.into_iter().map(|record| row(record, self.zone)).collect()))
    }
}

fn row(record: Record, zone: Tz) -> Row {
    let mut row = vec![("id", Cell::text(&record.id)), ("sequence", Cell::Number(record.sequence))];
    row.extend(export::moment(record.at, zone));
    row.extend([
        ("environment", Cell::Text(record.environment.map(|e| e.to_string()))),
        ("actor_kind", Cell::text(record.actor_kind)),
        ("actor_id", Cell::Text(record.actor_id)),
        ("actor_name", Cell::text(record.actor_name)),
        ("key_made_by", Cell::Text(record.person)),
        ("action", Cell::text(record.action)),
        ("target_kind", Cell::text(record.subject_noun)),
        ("target_id", Cell::text(record.subject_id)),
        ("target_name", Cell::text(record.subject_name)),
        ("outcome", Cell::text(record.outcome)),
        ("before", Cell::Json(record.before)),
        ("after", Cell::Json(record.after)),
        ("reason", Cell::Text(record.reason)),
        ("address", Cell::Text(record.address)),
        ("client", Cell::Text(record.client)),
        ("sign_in", Cell::Text(record.sign_in)),
        ("request_id", Cell::Text(record.request_id)),
    ]);
    row
}

/// The page.
pub async fn page() -> Loaded {
    let cx = cx();
    let (filter, words) = asked(&cx);
    let (home, list) = (paths::export_audit(cx.environment), paths::audit(cx.environment));
    let filters = filters(&cx, home, &filter, words.as_ref(), None);
    let query = cx.parts.uri.query().map(|query| format!("?{query}")).unwrap_or_default();
    let body = export::page::body(&cx, filters.chips(), filters.any(), format!("{list}{query}"));
    Ok(Page::new("Export the audit log", body).under("Audit log", list))
}
