//! Where browsers tell that the content security policy stopped something: a fault of a page, or an attack.
use crate::State;
use axum::{
    Router,
    body::{Body, to_bytes},
    extract,
    http::StatusCode,
    routing::post,
};
use domain::time::{MINUTE, Timestamp};
use serde::Deserialize;
use std::sync::{Mutex, PoisonError};

/// Bytes that are read of a report.
const MOST: usize = 8 * 1024;
/// Lines a minute: anybody can send reports, and nobody shall fill the log with them.
const LINES: u32 = 10;

/// How many reports were logged in the minute that began then.
#[derive(Default)]
pub struct Reports(Mutex<(Timestamp, u32)>);

impl Reports {
    fn may_log(&self, now: Timestamp) -> bool {
        let mut seen = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let minute = now.floor(MINUTE);
        if seen.0 != minute {
            *seen = (minute, 0);
        }
        seen.1 += 1;
        seen.1 <= LINES
    }
}

pub(super) fn routes() -> Router<State> {
    Router::new().route("/reports/csp", post(receive))
}

#[derive(Deserialize)]
struct Report {
    body: Violation,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Violation {
    effective_directive: String,
}

/// Logs the directive and nothing else: addresses and samples may hold what is nobody's business.
async fn receive(extract::State(state): extract::State<State>, body: Body) -> StatusCode {
    let Ok(bytes) = to_bytes(body, MOST).await else { return StatusCode::PAYLOAD_TOO_LARGE };
    let Ok(reports) = serde_json::from_slice::<Vec<Report>>(&bytes) else { return StatusCode::BAD_REQUEST };
    for Report { body: Violation { effective_directive: directive } } in reports {
        let known = directive.len() <= 32 && directive.bytes().all(|b| b.is_ascii_lowercase() || b == b'-');
        if known && state.reports.may_log(state.db.now()) {
            tracing::warn!(directive, "a browser stopped something that the content security policy forbids");
        }
    }
    StatusCode::NO_CONTENT
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_flood_does_not_fill_the_log() {
        let reports = Reports::default();
        let logged = |now| (0..1_000).filter(|_| reports.may_log(Timestamp(now))).count();
        assert_eq!(logged(MINUTE), LINES as usize);
        assert_eq!(logged(2 * MINUTE - 1), 0);
        assert_eq!(logged(2 * MINUTE), LINES as usize);
    }
}
