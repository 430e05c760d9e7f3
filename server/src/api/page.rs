//! Pages of lists: how many, from where, and the cursor that says so.
use super::{call::Call, error::Failure};
use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use domain::page::Paging;
use serde::Serialize;
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

fn bad_cursor() -> Failure {
    Failure::value("cursor", "must be the cursor of this list's page before")
}

/// What a cursor is good for: one route of one tenant's environment.
fn scope(call: &Call, position: &str) -> String {
    let grant = call.grant();
    format!("{} {} {} {position}", grant.organisation(), grant.environment(), call.route())
}

/// A position in this list as an opaque text that opens here only.
pub(super) fn seal(call: &Call, position: &str) -> String {
    let tag = call.db().vault().tag("cursor", &scope(call, position));
    URL_SAFE_NO_PAD.encode(format!("{tag}{position}"))
}

fn open(call: &Call, cursor: &str) -> Option<String> {
    let text = String::from_utf8(URL_SAFE_NO_PAD.decode(cursor).ok()?).ok()?;
    let (tag, position) = text.split_at_checked(32)?;
    call.db().vault().tagged("cursor", &scope(call, position), tag).then(|| position.to_owned())
}
