//! Comma-separated values that a spreadsheet reads as what they are (RFC 4180, OWASP "CSV injection").
//!
//! A spreadsheet runs a cell that begins like a formula. Such a text gets an apostrophe before it, which spreadsheets
//! take for "this is text"; numbers of ours are written bare and stay numbers.
use super::{Cell, Row};
use std::borrow::Cow;

/// What a formula begins with, in ASCII and full width; and what moves on to another cell.
fn starts_formula(c: char) -> bool {
    matches!(c, '=' | '+' | '-' | '@' | '|' | '%' | '\t' | '\r' | '\n' | '\0')
        || matches!(
            c,
            '\u{FF1D}'
                | '\u{FF0B}'
                | '\u{FF0D}'
                | '\u{FF20}'
                | '\u{FE62}'
                | '\u{FE63}'
                | '\u{FE66}'
                | '\u{FE6B}'
                | '\u{2212}'
        )
}

/// What importers skip or strip before they look: quotes and spaces of every kind.
fn is_skipped(c: char) -> bool {
    matches!(c, '"' | '\'' | '`' | '\u{2018}'..='\u{201F}' | '\u{FF02}' | '\u{FF07}' | '\u{FEFF}' | '\u{200B}'..='\u{200F}')
        || (c.is_whitespace() && !starts_formula(c))
}

/// The text, with an apostrophe before it where a spreadsheet could take it for a formula.
pub(crate) fn neutral(text: &str) -> Cow<'_, str> {
    if text.chars().find(|c| !is_skipped(*c)).is_some_and(starts_formula) || text.starts_with(starts_formula) {
        Cow::Owned(format!("'{text}"))
    } else {
        Cow::Borrowed(text)
    }
}

fn line<'a>(cells: impl Iterator<Item = Cow<'a, str>>) -> Vec<u8> {
    let mut line = Vec::with_capacity(256);
    for (n, cell) in cells.enumerate() {
        if n > 0 {
            line.push(b',');
        }
        // Quotes where they are needed, and around a blank at an end, which some readers drop.
        let quoted = cell.contains(['"', ',', '\r', '\n']) || cell.trim() != cell;
        if quoted {
            line.push(b'"');
            line.extend(cell.replace('"', "\"\"").into_bytes());
            line.push(b'"');
        } else {
            line.extend(cell.as_bytes());
        }
    }
    line.extend(b"\r\n");
    line
}

/// The line of column names.
pub(super) fn head(row: &Row) -> Vec<u8> {
    line(row.iter().map(|(name, _)| Cow::Borrowed(*name)))
}

/// The line of a row.
pub(super) fn row(row: &Row) -> Vec<u8> {
    line(row.iter().map(|(_, cell)| match cell {
        Cell::Text(text) | Cell::Json(text) => neutral(text.as_deref().unwrap_or_default()),
        Cell::Number(n) => Cow::Owned(n.to_string()),
    }))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// What has been found to run in one spreadsheet or another.
    const HOSTILE: [&str; 20] = [
        "=1+1",
        "+1",
        "-1",
        "@SUM(A1)",
        "\t=1",
        "\r=1",
        "\n=1",
        "\0=1",
        " =1",
        "\"=1\"",
        "'=1",
        "\u{3000}=1",
        "\u{A0}+1",
        "\u{FEFF}=1",
        "＝1+1",
        "＋1",
        "－1",
        "＠SUM",
        "=cmd|' /C calc'!A0",
        "\" \"\"=HYPERLINK(\"\"http://evil.example\"\")",
    ];

    fn parsed(lines: &[Vec<u8>]) -> Vec<Vec<String>> {
        let text = lines.concat();
        let mut reader = ::csv::ReaderBuilder::new().has_headers(false).from_reader(&*text);
        reader.records().map(|record| record.unwrap().iter().map(str::to_owned).collect()).collect()
    }

    #[test]
    fn no_text_is_a_formula_and_every_text_comes_back() {
        for text in HOSTILE {
            let line = row(&vec![("a", Cell::text(text)), ("b", Cell::text("next")), ("n", Cell::Number(-7))]);
            let cells = parsed(&[line]);
            assert_eq!(cells, [[format!("'{text}"), "next".to_owned(), "-7".to_owned()]], "{text:?}");
        }
        for text in ["plain", "a=b", "1-2", "ü, \"x\"\r\ny", "", "http://x/?a=1", "{\"limit\":-5}"] {
            assert_eq!(parsed(&[row(&vec![("a", Cell::text(text)), ("b", Cell::Text(None))])]), [[text, ""]]);
        }
    }

    #[test]
    fn lines_end_as_the_standard_says_and_the_head_names_the_columns() {
        let values = vec![("when", Cell::text("2026")), ("what, where", Cell::text("x"))];
        assert_eq!([head(&values), row(&values)].concat(), b"when,\"what, where\"\r\n2026,x\r\n");
    }

    proptest! {
        #[test]
        fn any_text_comes_back_as_it_was(text in any::<String>(), other in any::<String>()) {
            let cells = parsed(&[row(&vec![("a", Cell::text(&text)), ("b", Cell::text(&other)), ("c", Cell::Number(1))])]);
            let expected = vec![vec![neutral(&text).into_owned(), neutral(&other).into_owned(), "1".to_owned()]];
            prop_assert_eq!(cells, expected);
        }
    }
}
