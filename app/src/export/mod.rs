//! Taking a log out as a file: every row that passes the filters, in the order of the page, streamed.
//!
//! The rows are read by keyset pages while the browser takes them, so that a file of any length needs the memory of one
//! page. The audit log says that it began before the first row leaves, and how many left at its end.
pub(crate) mod csv;
pub(crate) mod page;
mod stream;

pub(crate) use stream::{Order, Rows, attachment};

use chrono::SecondsFormat;
use chrono_tz::Tz;
use domain::time::Timestamp;
use serde::{Deserialize, Serialize};

/// The form of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Format {
    /// Comma-separated values for spreadsheets, RFC 4180.
    Csv,
    /// One JSON object a line, for programs.
    Json,
}

impl Format {
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "json",
        }
    }
    fn extension(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Json => "ndjson",
        }
    }
    fn content_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8; header=present",
            Self::Json => "application/x-ndjson",
        }
    }
}

/// The zone of a file's local times.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Zone {
    /// The organisation's.
    Organisation,
    /// UTC.
    Utc,
}

impl Zone {
    pub fn of(self, organisation: Tz) -> Tz {
        match self {
            Self::Organisation => organisation,
            Self::Utc => Tz::UTC,
        }
    }
}

/// A value of a row.
#[derive(Debug, Clone, PartialEq)]
pub(crate) enum Cell {
    /// Text of anybody's.
    Text(Option<String>),
    /// A number, which stays one.
    Number(i64),
    /// Values as JSON.
    Json(Option<String>),
}

impl Cell {
    pub fn text(text: impl ToString) -> Self {
        Self::Text(Some(text.to_string()))
    }
}

/// A row: the same columns in the same order in every row of a file.
pub(crate) type Row = Vec<(&'static str, Cell)>;

/// The two columns of a moment: in the file's zone with its offset, and in UTC.
pub(crate) fn moment(at: Timestamp, zone: Tz) -> [(&'static str, Cell); 2] {
    let form = |text: String| Cell::Text(Some(text));
    let local = at.utc().with_timezone(&zone).to_rfc3339_opts(SecondsFormat::Millis, false);
    [("time", form(local)), ("time_utc", form(at.to_string()))]
}

/// The row as a line of JSON.
fn json_line(row: Row) -> Vec<u8> {
    let object: serde_json::Map<String, serde_json::Value> = row
        .into_iter()
        .map(|(name, cell)| {
            let value = match cell {
                Cell::Text(text) => text.into(),
                Cell::Number(n) => n.into(),
                Cell::Json(text) => text.and_then(|text| serde_json::from_str(&text).ok()).unwrap_or_default(),
            };
            (name.to_owned(), value)
        })
        .collect();
    let mut line = serde_json::Value::Object(object).to_string().into_bytes();
    line.push(b'\n');
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_has_its_offset_and_its_utc() {
        let [(_, local), (_, utc)] = moment(Timestamp(1_774_747_800_000), Tz::Europe__Berlin);
        assert_eq!(local, Cell::text("2026-03-29T03:30:00.000+02:00"));
        assert_eq!(utc, Cell::text("2026-03-29T01:30:00.000Z"));
    }

    #[test]
    fn a_line_is_one_object() {
        let row = vec![
            ("a", Cell::text("x\n\u{2028}")),
            ("n", Cell::Number(-3)),
            ("j", Cell::Json(Some("{\"k\":1}".into()))),
        ];
        let line = String::from_utf8(json_line(row)).unwrap();
        assert_eq!(line, "{\"a\":\"x\\n\u{2028}\",\"j\":{\"k\":1},\"n\":-3}\n");
    }
}
