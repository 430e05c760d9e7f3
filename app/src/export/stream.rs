//! The file on its way: read page by page, counted, and told to the audit log.
use super::{Cell, Format, Row, csv, json_line};
use crate::{cx::Cx, problem::Problem};
use axum::{body::Body, response::Response};
use domain::{
    Error, Result,
    access::{Grant, sessions},
    audit::{EndExport, Log, StartExport},
    db::Db,
    ids::SessionId,
    redact::redact,
};
use futures::stream;
use http::{HeaderValue, header};
use serde_json::Value;
use std::future::Future;

/// The rows of a log, page by page.
pub(crate) trait Rows: Send + 'static {
    /// The next page; empty at times, none at the end.
    fn next(&mut self, db: &Db, grant: &Grant) -> impl Future<Output = Result<Option<Vec<Row>>>> + Send;
}

/// What is taken out, and how.
pub(crate) struct Order {
    pub log: Log,
    pub format: Format,
    /// The name of the zone of its times.
    pub zone: String,
    /// Which rows, for the audit log.
    pub filter: Value,
}

/// Begins to take a log out: records that, and makes the file this form's answer.
pub(crate) async fn attachment(cx: &Cx, order: Order, rows: impl Rows) -> Result<(), Problem> {
    let (grant, session) = (cx.grant()?.clone(), cx.session_id.clone().ok_or(Problem::SignIn)?);
    let Order { log, format, zone, filter } = order;
    cx.db().commit(&grant, StartExport { log, format: format.as_str(), zone, filter: filter.clone() }).await?;
    let way = Way {
        count: Count { db: cx.db().clone(), grant, log, filter, rows: 0, over: false },
        session,
        rows,
        format,
        head: true,
    };
    let body = stream::try_unfold(way, |mut way| async move {
        match way.chunk().await {
            Ok(Some(bytes)) => Ok(Some((bytes, way))),
            Ok(None) => Ok(None),
            Err(error) => {
                match error {
                    Error::Denied(_) => tracing::info!("an export broke off: its session is over"),
                    error => tracing::error!(%error, "an export broke off"),
                }
                Err(std::io::Error::other("the export broke off"))
            }
        }
    });
    let mut response = Response::new(Body::from_stream(body));
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static(format.content_type()));
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
    // Names of ours only: nothing in it is anybody's text.
    let name = format!("attachment; filename=\"ledgeros-{log}-log.{}\"", format.extension());
    headers.insert(header::CONTENT_DISPOSITION, HeaderValue::try_from(name).map_err(|_| Problem::Broken)?);
    cx.attach(response);
    Ok(())
}

struct Way<R> {
    rows: R,
    /// Whose end is the file's, too (security X-S4).
    session: SessionId,
    format: Format,
    head: bool,
    count: Count,
}

impl<R: Rows> Way<R> {
    /// The bytes of the next page; none at the end, which is recorded first.
    ///
    /// # Errors
    /// Among others when the session is over: the file breaks off, and does not look complete.
    async fn chunk(&mut self) -> Result<Option<Vec<u8>>> {
        loop {
            let page = self.rows.next(&self.count.db, &self.count.grant).await?;
            // After the rows were read: what is sent behind the answer to a sign-out is sent too late.
            sessions::still_open(&self.count.db, &self.count.grant, &self.session).await?;
            let Some(page) = page else {
                self.count.end().await?;
                return Ok(None);
            };
            self.count.rows += page.len() as u64;
            let mut bytes = Vec::new();
            for row in page.into_iter().map(masked) {
                if self.format == Format::Csv && std::mem::take(&mut self.head) {
                    bytes.extend(csv::head(&row));
                }
                bytes.extend(match self.format {
                    Format::Csv => csv::row(&row),
                    Format::Json => json_line(row),
                });
            }
            if !bytes.is_empty() {
                return Ok(Some(bytes));
            }
        }
    }
}

/// The row without what looks like a secret in its texts: names are anybody's words. JSON was masked when it was kept.
fn masked(row: Row) -> Row {
    let mask = |cell| match cell {
        Cell::Text(text) => Cell::Text(text.as_deref().map(redact)),
        other => other,
    };
    row.into_iter().map(|(name, cell)| (name, mask(cell))).collect()
}

/// Counts what leaves. Dropped before the end, it records how far it came.
struct Count {
    db: Db,
    grant: Grant,
    log: Log,
    filter: Value,
    rows: u64,
    over: bool,
}

impl Count {
    fn ended(&self, complete: bool) -> EndExport {
        EndExport { log: self.log, filter: self.filter.clone(), rows: self.rows, complete }
    }

    async fn end(&mut self) -> Result<()> {
        self.db.commit(&self.grant, self.ended(true)).await?;
        self.over = true;
        Ok(())
    }
}

impl Drop for Count {
    fn drop(&mut self) {
        if self.over {
            return;
        }
        let (db, grant, ended) = (self.db.clone(), self.grant.clone(), self.ended(false));
        if let Ok(runtime) = tokio::runtime::Handle::try_current() {
            runtime.spawn(async move {
                if let Err(error) = db.commit(&grant, ended).await {
                    tracing::error!(%error, "the end of an export could not be recorded");
                }
            });
        }
    }
}
