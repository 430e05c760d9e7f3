//! Pages of lists: how many, from where, and the cursor that says so.
use super::{call::Call, error::Failure};
use domain::page::Paging;
use serde::Serialize;
use serde_json::{Value, json};
use std::str::FromStr;

/// Rows of a page when the caller does not say.
const USUAL: u8 = 20;
/// Rows of a page at most.
const MOST: u8 = 100;

/// The list envelope.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(super) struct List<'a, T> {
    pub object: &'static str,
    pub data: &'a [T],
    pub has_more: bool,
    pub cursor: Option<String>,
}

/// Which page is asked for.
#[derive(Debug)]
pub struct PageRequest {
    size: u8,
    before: Option<String>,
}

impl PageRequest {
    pub(super) fn parse(call: &Call, limit: Option<&str>, cursor: Option<&str>) -> Result<Self, Failure> {
        let size = match limit {
            None => USUAL,
            Some(text) => text
                .parse()
                .ok()
                .filter(|n| (1..=MOST).contains(n))
                .ok_or_else(|| Failure::value("limit", "must be a whole number from 1 to 100"))?,
        };
        let before = cursor.map(|text| open(call, text).ok_or_else(bad_cursor)).transpose()?;
        Ok(Self { size, before })
    }

    /// The page, for a list whose rows have ids of this kind.
    pub fn paging<Id: FromStr>(&self) -> Result<Paging<Id>, Failure> {
        let before = self.before.as_deref().map(|id| id.parse().map_err(|_| bad_cursor())).transpose()?;
        Ok(Paging { before, ..Paging::newest(self.size) })
    }
}

/// What every list takes, for the document.
pub(super) fn parameters() -> [Value; 2] {
    [
        json!({
            "name": "limit", "in": "query", "required": false, "description": "Rows of the page.",
            "schema": { "type": "integer", "minimum": 1, "maximum": MOST, "default": USUAL },
        }),
        json!({
            "name": "cursor", "in": "query", "required": false,
            "description": "The `cursor` of the page before; the same filters go with it.",
            "schema": { "type": "string", "minLength": 1 },
        }),
    ]
}

fn bad_cursor() -> Failure {
    Failure::value("cursor", "must be the cursor of this list's page before")
}

/// What a cursor is good for: one route of one tenant's environment.
fn list(call: &Call) -> String {
    let grant = call.grant();
    format!("{} {} {}", grant.organisation(), grant.environment(), call.route())
}

/// A position in this list as an opaque text that opens here only.
pub(super) fn seal(call: &Call, position: &str) -> String {
    call.db().vault().cursor(&list(call), position)
}

fn open(call: &Call, cursor: &str) -> Option<String> {
    call.db().vault().place(&list(call), cursor)
}
